"""Opening and writing as users spell it, and messages that name the file."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import fory_io
import fory_row as fr
from fory.error import DecodeError, EncodeError
from fory_io.cli import main

TABLE = pa.table({"x": [1, 2, 3], "s": ["a", None, "c"]})


@dataclass
class Point:
    x: int


@pytest.fixture
def path(tmp_path):
    fory_io.write(TABLE, tmp_path / "a.fory", metadata={"k": 1})
    return tmp_path / "a.fory"


def test_mode(path):
    assert fory_io.open(path, mode="auto").source.home == "mapped"
    assert fory_io.open(path, mode="pread").source.home == "file"
    with pytest.raises(ValueError, match="mode"):
        fory_io.open(path, mode="mmap2")
    with pytest.raises(ValueError, match="mode"):
        fory_io.open(path, mode="pread", mmap=True)


@pytest.mark.parametrize("verify", [True, False])
def test_verify_by_bool(path, verify):
    damaged = bytearray(path.read_bytes())
    # Behind the headers: a checksum may end like the text that is looked for.
    damaged[damaged.index(b"c" + bytes(7), 128)] ^= 1
    path.write_bytes(damaged)
    if verify:
        with pytest.raises(DecodeError, match=r"a\.fory"):
            fory_io.open(path, verify=verify)
    else:
        rows = fory_io.open(path, verify=verify)
        with pytest.raises(DecodeError, match=r"a\.fory"):
            rows[0].x  # noqa: B018


@pytest.mark.parametrize("keep", [0, 10, 100, -1], ids=str)
def test_bad_files_are_named(path, keep):
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DecodeError, match=r"a\.fory"):
        fory_io.open(path)


@pytest.mark.parametrize(
    "schema", [Point, pa.schema([("x", pa.int64())])], ids=["class", "pyarrow"]
)
def test_schemas_of_others(tmp_path, schema):
    fory_io.write([{"x": 1}], tmp_path / "b.fory", schema=schema)
    assert fory_io.open(tmp_path / "b.fory").to_pylist() == [{"x": 1}]


def test_rows_of_other_rows(tmp_path):
    rows = fr.from_arrow(TABLE)
    fory_io.write([rows[2], rows[0]], tmp_path / "b.fory")
    assert fory_io.open(tmp_path / "b.fory") == rows[[2, 0]]


def test_metadata(path, tmp_path):
    assert fory_io.metadata(path) == {"k": 1} == fory_io.metadata(fory_io.open(path))
    with pytest.raises(EncodeError, match="metadata"):
        fory_io.write(TABLE, tmp_path / "b.fory", metadata={"k": object()})
    with pytest.raises(TypeError, match="metadata is a mapping"):
        fory_io.write(TABLE, tmp_path / "b.fory", metadata=5)
    assert not (tmp_path / "b.fory").exists()


def test_one_path_is_joined_alone(path, tmp_path):
    fory_io.concat(str(path), tmp_path / "b.fory")
    assert fory_io.open(tmp_path / "b.fory") == fory_io.open(path)


def test_a_check_is_true_when_all_is_well(path):
    assert fory_io.verify(path)
    path.write_bytes(path.read_bytes()[:-1])
    assert not fory_io.verify(path)


def test_commits_are_counted_in_messages(path):
    with pytest.raises(IndexError, match=r"no commit 9 .* has 1 to 1"):
        fory_io.open(path, commit=9)


def test_deleting_by_an_unknown_field(path):
    with pytest.raises(KeyError, match="did you mean 's'"):
        fory_io.delete(path, pc.field("ss") == "a")


def test_run_ends_are_expanded(tmp_path):
    ends, values = pa.array([2, 5], pa.int32()), pa.array(["a", None])
    table = pa.table({"x": pa.RunEndEncodedArray.from_arrays(ends, values)})
    fory_io.write(table, tmp_path / "b.fory")
    assert fory_io.open(tmp_path / "b.fory")["x"].to_pylist() == ["a", "a"] + 3 * [None]


def test_dictionaries_of_dictionaries_are_refused(tmp_path):
    values = pa.array(["p", "q"]).dictionary_encode()
    table = pa.table({"x": pa.DictionaryArray.from_arrays(pa.array([1, 0]), values)})
    with pytest.raises(EncodeError, match="field 'x' is a dictionary of dictionaries"):
        fory_io.write(table, tmp_path / "b.fory")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"d": "a", "n": 1.5}, "n: expected"),
        ({"d": "a", "n": 1, "typo": 2}, "no field for the key str 'typo'"),
        ({"d": 5, "n": 1}, "d: expected utf8"),
    ],
    ids=["lossy", "unknown", "type"],
)
def test_records_beside_dictionaries_are_exact(tmp_path, record, message):
    coded = pa.array(["a", "b"]).dictionary_encode()
    fory_io.write(pa.table({"d": coded, "n": [1, 2]}), tmp_path / "b.fory")
    with pytest.raises(EncodeError, match=message):
        fory_io.append([record], tmp_path / "b.fory")
    fory_io.append([{"d": "new", "n": 3}, {"d": None, "n": 4}], tmp_path / "b.fory")
    assert fory_io.open(tmp_path / "b.fory")["d"].to_pylist() == ["a", "b", "new", None]


def test_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("fory-rows")
