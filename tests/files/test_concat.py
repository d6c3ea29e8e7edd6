"""Joining files by their chunks."""

from __future__ import annotations

import pyarrow as pa
import pytest
from file_samples import fixed_rows, mixed_rows, same_rows

import fory_io
from fory.error import ChecksumError, EncodeError


@pytest.fixture
def paths(tmp_path):
    return [str(tmp_path / f"{k}.fory") for k in range(3)]


def test_rows_follow_each_other(paths, tmp_path):
    for k, path in enumerate(paths):
        rows = mixed_rows(20_000, start=20_000 * k)
        fory_io.write(rows, path, compression=(None, "lz4", None)[k])
    out = str(tmp_path / "all.fory")
    fory_io.concat(paths, out)
    rows = fory_io.open(out, verify="full")
    assert same_rows(rows, mixed_rows(60_000))
    assert fory_io.verify(out).ok
    fory_io.append(mixed_rows(10), out)
    assert len(fory_io.open(out)) == 60_010


def test_one_file_stays_regular_and_keeps_its_metadata(paths):
    fory_io.write(fixed_rows(70_000), paths[0], metadata={"a": 1})
    fory_io.concat(paths[:1], paths[1])
    rows = fory_io.open(paths[1])
    assert rows.source.snapshot.regular_shift == 15
    assert fory_io.metadata(rows) == {"a": 1}
    assert rows.source.candidates is not None
    assert rows.source.snapshot.head.file_id != (
        fory_io.open(paths[0]).source.snapshot.head.file_id
    )


def coded(values):
    return pa.table({"d": pa.array(values).dictionary_encode()})


def test_dictionaries_that_extend_each_other(paths):
    fory_io.write(coded(["a", "b"]), paths[0])
    fory_io.write(coded(["a", "b", "c"]), paths[1])
    fory_io.concat(paths[:2], paths[2])
    assert fory_io.open(paths[2]).to_arrow()["d"].to_pylist() == list("ababc")


def test_other_dictionaries_are_refused(paths):
    fory_io.write(coded(["a", "b"]), paths[0])
    fory_io.write(coded(["b", "a"]), paths[1])
    with pytest.raises(EncodeError, match="dictionaries"):
        fory_io.concat(paths[:2], paths[2])


def test_other_schemas_are_refused(paths, tmp_path):
    fory_io.write(fixed_rows(1), paths[0])
    fory_io.write(mixed_rows(1), paths[1])
    with pytest.raises(EncodeError, match="another schema"):
        fory_io.concat(paths[:2], paths[2])
    assert len(list(tmp_path.iterdir())) == 2


def test_damaged_chunks_are_not_copied(paths, tmp_path):
    fory_io.write(fixed_rows(1000), paths[0])
    with open(paths[0], "r+b") as f:
        f.seek(5000)
        f.write(b"damage!")
    with pytest.raises(ChecksumError):
        fory_io.concat(paths[:1], paths[2])
    assert len(list(tmp_path.iterdir())) == 1


def test_nothing_to_join(paths):
    with pytest.raises(ValueError, match="at least one"):
        fory_io.concat([], paths[0])


def test_the_first_field_that_differs_is_named(tmp_path):
    a, b = tmp_path / "a.fory", tmp_path / "b.fory"
    fory_io.write(pa.table({"x": [1], "y": ["a"]}), a)
    for other, message in {
        "missing": (pa.table({"x": [1]}), "field 1, y: utf8, is missing"),
        "further": (
            pa.table({"x": [1], "y": ["a"], "z": [1]}),
            "field 2, z: int64, is not wanted",
        ),
        "type": (
            pa.table({"x": [1.5], "y": ["a"]}),
            "field 0 is x: float64 instead of x: int64",
        ),
    }.values():
        fory_io.write(other, b)
        with pytest.raises(EncodeError, match=message):
            fory_io.concat([a, b], tmp_path / "c.fory")
        with pytest.raises(EncodeError, match=message):
            fory_io.open_many([a, b])
