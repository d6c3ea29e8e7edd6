"""Manifests: data sets opened without opening their files."""

from __future__ import annotations

import datetime as dt
import math
import os
import pickle
import random
import shutil
from dataclasses import replace
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from file_samples import fixed_rows, mixed_rows

import fory_io
from fory.error import DecodeError, EncodeError
from fory_io.cli import main
from fory_io.manifest import read_manifest
from fory_io.statistics import statistics_schema, whole
from fory_row import types as t
from fory_row.schema import Schema

N = 1000


def part(k, n=N):
    return pa.table({
        "i": range(N * k, N * k + n),
        "s": [f"{k}-{j}" for j in range(n)],
        "x": [None if j % 7 == 0 else j / 3 + k for j in range(n)],
    })  # fmt: skip


@pytest.fixture
def root(tmp_path):
    for k in range(6):
        folder = tmp_path / "data" / f"year={2020 + k // 3}"
        folder.mkdir(parents=True, exist_ok=True)
        fory_io.write(part(k), folder / f"{k}.fory", chunk_rows=256)
    return tmp_path


@pytest.fixture
def path(root):
    out = str(root / "all.manifest")
    done = fory_io.write_manifest(out, root / "data")
    assert (done.parts, done.rows, done.added) == (6, 6 * N, 6)
    return out


def n_open(rows):
    return rows.source.files.n_open


@pytest.mark.parametrize("hive", [True, False])
def test_the_same_rows_as_without(path, root, hive):
    rows = fory_io.open_many(path, hive=hive)
    assert n_open(rows) <= 1
    plain = fory_io.open_many(root / "data", hive=hive)
    assert rows.schema == plain.schema
    assert rows.to_arrow().equals(plain.to_arrow())
    assert rows[4321].to_dict() == plain[4321].to_dict()
    assert rows[[5999, 0]].to_pylist() == plain[[5999, 0]].to_pylist()


def test_every_way_to_open(path):
    expected = fory_io.open_many(path)[17].to_dict()
    assert expected["year"] == 2020
    assert fory_io.open(path)[17].to_dict() == expected
    assert fory_io.dataset(path)[17] == expected
    assert fory_io.open(path, columns=["x", "year"]).schema.names == ["x", "year"]
    with pytest.raises(ValueError, match="single files"):
        fory_io.open(path, commit=1)


def test_rows_open_their_file_alone(path):
    rows = fory_io.open_many(path, hive=False)
    assert rows[5500]["i"] == 5500
    assert n_open(rows) == 2  # and the first, which tells where files are


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        (pc.field("i") == 4321, [4]),
        ((pc.field("i") > 2990) & (pc.field("i") < 3010), [2, 3]),
        (pc.field("s") > "4-5", [4, 5]),
        (pc.field("i") < 0, []),
        ((pc.field("year") == 2021) & (pc.field("x") > 337), [5]),
        (pc.field("x").is_null() & (pc.field("i") > 4500), [4, 5]),
    ],
    ids=str,
)
def test_filters_open_what_can_match(path, root, condition, wanted):
    rows = fory_io.open_many(path)
    found = rows.filter(condition)
    plain = fory_io.open_many(root / "data").to_arrow().filter(condition)
    assert found["i"].to_pylist() == plain["i"].to_pylist()
    assert sorted({0, *rows.source.files._open}) == sorted({0, *wanted})


def test_converted_files_are_pruned_by_their_chunks(root):
    rows = fory_io.open_many(root / "data")
    condition = (pc.field("year") == 2021) & (pc.field("i") < 3100)
    assert rows.source.candidates(rows.schema, condition) == [(3000, 3256)]


def test_files_of_older_schemas_are_pruned_too(tmp_path):
    for k in range(3):
        n = pa.array(range(1000 * k, 1000 * k + 1000), pa.int16())
        table = pa.table({"i": n, "f": pa.array([1.5] * 1000, pa.float32())})
        fory_io.write(table, tmp_path / f"{k}.fory", chunk_rows=256)
    wider = Schema([("f", t.float64()), ("i", t.int64()), ("z", t.int8())])
    rows = fory_io.open_many(tmp_path, schema=wider)
    condition = pc.field("i") >= 2999
    assert rows.source.candidates(rows.schema, condition) == [(2768, 3000)]
    assert rows.filter(condition)["i"].to_pylist() == [2999]
    assert rows.source.candidates(rows.schema, pc.field("f") > 1.5) == []
    condition = pc.field("z").is_null() & (pc.field("i") < 2)
    assert rows.filter(condition)["f"].to_pylist() == [1.5, 1.5]


def test_other_processes_get_the_path(path):
    rows = fory_io.open_many(path, columns=["i", "year"])[5998:]
    data = pickle.dumps(rows)
    assert len(data) < 2000
    assert pickle.loads(data).to_pylist() == rows.to_pylist()
    fory_io.write_manifest(path)
    with pytest.raises(DecodeError, match="replaced since"):
        pickle.loads(data)


# -- files that change -------------------------------------------------------------


def test_appended_rows_show_after_an_update(path, root):
    name = root / "data" / "year=2020" / "1.fory"
    fory_io.append(part(9, 10), name)
    rows = fory_io.open_many(path, hive=False)
    assert len(rows) == 6 * N
    assert [rows[k]["i"] for k in (1999, 2000)] == [1999, 2000]
    done = fory_io.write_manifest(path)
    assert (done.rows, done.added, done.changed, done.removed) == (6 * N + 10, 0, 1, 0)
    rows = fory_io.open_many(path, hive=False)
    assert rows[2009]["i"] == 9009
    assert rows.filter(pc.field("i") > 9000)["i"].to_pylist() == [*range(9001, 9010)]


def test_deleted_rows_are_left_out(path, root):
    fory_io.delete(root / "data" / "year=2020" / "0.fory", range(0, N, 2))
    fory_io.write_manifest(path)
    rows = fory_io.open_many(path, hive=False)
    assert len(rows) == 5 * N + 500
    assert rows["i"].to_pylist()[:3] == [1, 3, 5]


def test_an_update_finds_files_that_came_and_went(path, root):
    fory_io.write(part(7), root / "data" / "year=2021" / "7.fory")
    os.unlink(root / "data" / "year=2020" / "0.fory")
    done = fory_io.write_manifest(path)
    assert (done.parts, done.added, done.changed, done.removed) == (6, 1, 0, 1)
    assert fory_io.open(path)["i"].to_pylist()[-1] == 7999


def test_an_update_opens_only_what_changed(path, root, monkeypatch):
    fory_io.append(part(9, 10), root / "data" / "year=2020" / "1.fory")
    opened = []
    plain = fory_io.manifests.open_rows
    monkeypatch.setattr(
        "fory_io.manifests.open_rows",
        lambda name, **how: opened.append(name) or plain(name, **how),
    )
    fory_io.write_manifest(path)
    assert [os.path.basename(name) for name in opened] == ["1.fory"]


@pytest.mark.parametrize("how", ["replaced", "cut", "gone"])
def test_a_file_that_is_another_one_is_refused(path, root, how):
    name = root / "data" / "year=2021" / "5.fory"
    if how == "replaced":
        fory_io.write(part(5), name)
    elif how == "cut":
        os.truncate(name, 3000)
    else:
        os.unlink(name)
    rows = fory_io.open_many(path)
    assert rows[0]["i"] == 0
    error = FileNotFoundError if how == "gone" else DecodeError
    with pytest.raises(error, match="manifest" if how == "replaced" else None):
        rows[5500].to_dict()


def test_folder_and_files_move_together(path, root, tmp_path_factory):
    other = tmp_path_factory.mktemp("moved") / "here"
    shutil.move(root, other)
    assert fory_io.open(other / "all.manifest")[5999]["i"] == 5999


# -- what can be listed ------------------------------------------------------------


def test_patterns_and_lists(root):
    out = str(root / "some.manifest")
    fory_io.write_manifest(out, str(root / "data" / "*" / "[45].fory"))
    assert fory_io.open(out)["year"].to_pylist() == [2021] * 2 * N
    names = [root / "data" / "year=2021" / "5.fory", root / "data" / "year=2020"]
    assert fory_io.write_manifest(out, names).parts == 4
    assert fory_io.open(out)["i"].to_pylist()[0] == 5000


def test_other_schemas_need_one(root):
    fory_io.write(mixed_rows(10), root / "data" / "mixed.fory")
    out = str(root / "x.manifest")
    fory_io.write_manifest(out, root / "data")
    with pytest.raises(EncodeError, match="another schema"):
        fory_io.open_many(out, hive=False)
    rows = fory_io.open_many(out, hive=False, schema=mixed_rows(0).schema)
    assert len(rows) == 6 * N + 10


def test_dictionaries_are_opened(tmp_path):
    for k in range(3):
        words = pa.array(["a", "b", "c"][: k + 1]).dictionary_encode()
        fory_io.write(pa.table({"d": words}), tmp_path / f"{k}.fory")
    out = tmp_path / "d.manifest"
    fory_io.write_manifest(out, tmp_path)
    assert fory_io.open(out)["d"].to_pylist() == ["a", "a", "b", "a", "b", "c"]


def test_the_compact_layout(tmp_path):
    for k in range(2):
        rows = fixed_rows(10, start=10 * k).with_layout("compact")
        fory_io.write(rows, tmp_path / f"{k}.fory")
    out = tmp_path / "c.manifest"
    fory_io.write_manifest(out, tmp_path)
    assert fory_io.open(out)[13]["i"] == 13


def test_a_remote_manifest():
    base = "memory://tests/manifest"
    for k in range(3):
        fory_io.write(part(k), f"{base}/d/{k}.fory")
    names = [f"{base}/d/{k}.fory" for k in range(3)]
    assert fory_io.write_manifest(f"{base}/m.manifest", names).rows == 3 * N
    assert fory_io.open(f"{base}/m.manifest")[2100]["i"] == 2100
    with pytest.raises(ValueError, match="is not below"):
        fory_io.write_manifest(f"{base}/m.manifest", ["memory://other/1.fory"])
    with pytest.raises(ValueError, match="another file system"):
        fory_io.write_manifest("m.manifest", names)
    fsspec.filesystem("memory").store.clear()


def test_names(path, root):
    with pytest.raises(ValueError, match="ends with"):
        fory_io.write_manifest(root / "all.fory", root / "data")
    with pytest.raises(FileNotFoundError):
        fory_io.write_manifest(root / "none.manifest")
    with pytest.raises(FileNotFoundError):
        fory_io.write_manifest(root / "none.manifest", root / "nothing" / "*.fory")


# -- what is stored ----------------------------------------------------------------


def test_statistics_of_a_whole_file():
    stamps = [dt.datetime(2020, 1, k + 1) for k in range(4)]
    table = pa.table({"a": [1], "b": [1.0], "c": ["x"], "d": stamps[:1]})
    schema = statistics_schema(Schema.from_arrow(table.schema))
    lines = [
        {"0": (1, 5, 0, 0), "1": (0.5, 2.0, 0, 1), "2": ("a", "b", 1, 0)},
        {"0": (None, None, 10, 0), "1": (None, None, 3, 7), "2": ("b", None, 0, 0)},
        {"0": (-2, 3, 1, 0), "1": (-1.0, 0.0, 2, 0), "2": ("0", "1", 0, 0)},
    ]
    names = ("min", "max", "nulls", "nans")
    records = [
        {k: dict(zip(names, v, strict=True)) for k, v in x.items()} for x in lines
    ]
    for k, record in enumerate(records):
        record["3"] = dict(zip(names, (stamps[k], stamps[k + 1], 0, 0), strict=True))
    stored = pa.Table.from_pylist(records, schema=schema)
    (found,) = whole(stored, [10, 10, 10]).to_pylist()
    assert list(found["0"].values()) == [-2, 5, 11, 0]
    assert list(found["1"].values()) == [-1.0, 2.0, 5, 8]
    assert list(found["2"].values()) == [None, None, 1, 0]
    assert list(found["3"].values()) == [stamps[0], stamps[3], 0, 0]
    (found,) = whole(stored, [10, 11, 10]).to_pylist()
    assert list(found["0"].values()) == [None, None, 11, 0]


def test_nan_and_null_are_never_pruned(tmp_path):
    values = [[1.0, math.nan], [None, None], [2.0, None], [math.nan, None]]
    for k, v in enumerate(values):
        table = pa.table({"x": pa.array(v, pa.float64())})
        fory_io.write(table, tmp_path / f"{k}.fory")
    out = tmp_path / "n.manifest"
    fory_io.write_manifest(out, tmp_path)
    table = pa.table(
        {"x": pa.array([v for pair in values for v in pair], pa.float64())}
    )
    x = pc.field("x")
    for condition in (
        x.is_null(), x.is_nan(), ~(x > 1), x == 2, x.is_valid(), pc.is_null(x < 2),
        pc.coalesce(x, pc.scalar(5.0)) == 5, ~x.is_nan(),
    ):  # fmt: skip
        found = fory_io.open(out).filter(condition).to_arrow()
        assert str(found["x"].to_pylist()) == str(
            table.filter(condition)["x"].to_pylist()
        )


def test_manifests_that_cannot_be(path, root):
    good = read_manifest(path)
    strange = [
        {"path": "/etc/passwd"},
        {"path": "file:///etc/passwd"},
        {"path": ""},
        {"rows": -1},
        {"rows": N + 1},
        {"schema": 1},
        {"schema": -1},
        {"layout": "other"},
        {"chunks": [N + 5, -5]},
    ]
    for change in strange:
        parts = [replace(good.parts[0], **change), *good.parts[1:]]
        replace(good, parts=parts).write()
        with pytest.raises(DecodeError, match="cannot be"):
            fory_io.open(path)
    parts = [replace(p, chunks=[N - 1, 1]) for p in good.parts]
    replace(good, parts=parts).write()
    with pytest.raises(DecodeError, match="other chunks"):
        fory_io.open_many(path, hive=False)[5]
    replace(good, parts=[replace(p, rows=5, chunks=[5]) for p in good.parts]).write()
    with pytest.raises(DecodeError, match="is not the file"):
        fory_io.open_many(path)[7].to_dict()
    fory_io.write(fixed_rows(3), path)
    with pytest.raises(DecodeError, match="no manifest"):
        fory_io.open(path)


def test_damage(path):
    data = Path(path).read_bytes()
    rng = random.Random(1)
    expected = fory_io.open(path).to_arrow()
    for _ in range(40):
        bad = bytearray(data)
        bad[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        Path(path).write_bytes(bad)
        try:
            rows = fory_io.open(path)
        except DecodeError:
            continue
        assert rows.to_arrow().equals(expected)


# -- the command -------------------------------------------------------------------


def test_as_a_command(root, capsys):
    out = str(root / "c.manifest")
    assert main(["manifest", out, str(root / "data")]) == 0
    assert capsys.readouterr().out == (
        f"{out}: 6,000 rows in 6 files; 6 added, 0 changed, 0 removed\n"
    )
    assert main(["manifest", out, "--json"]) == 0
    assert '"parts": 6' in capsys.readouterr().out
    assert main(["get", out, "4321", "s"]) == 0
    assert capsys.readouterr().out == "4-321\n"
    assert main(["convert", out, str(root / "all.parquet")]) == 0
    assert main(["manifest", str(root / "none.manifest")]) == 1
    assert main(["manifest", str(root / "none.fory"), str(root)]) == 1
    with pytest.raises(SystemExit) as e:
        main(["convert", str(root / "all.parquet"), out])
    assert e.value.code == 2
