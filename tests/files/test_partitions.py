"""Data sets whose files differ: folders that are fields, older and newer schemas."""

from __future__ import annotations

import datetime as dt
import pickle

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from file_samples import fixed_rows, mixed_rows

import fory_io
from fory.error import EncodeError, TypeNotCompatibleError
from fory_io.partitions import partitions_of
from fory_row import types as t
from fory_row.schema import Schema


def put(folder, table):
    folder.mkdir(parents=True, exist_ok=True)
    fory_io.write(table, folder / "part.fory")


@pytest.fixture
def root(tmp_path):
    for year in (2023, 2024):
        for kind in ("a", "b"):
            words = [f"{year}{kind}{i}" for i in range(3000)]
            folder = tmp_path / f"year={year}" / f"kind={kind}"
            put(folder, pa.table({"i": range(3000), "s": words}))
    return tmp_path


def test_folders_are_fields(root):
    rows = fory_io.open_many(root)
    assert rows.schema.names == ["i", "s", "year", "kind"]
    assert len(rows) == 12_000
    assert rows[0].to_dict() == {"i": 0, "s": "2023a0", "year": 2023, "kind": "a"}
    assert rows[9001].to_dict() == {"i": 1, "s": "2024b1", "year": 2024, "kind": "b"}
    assert rows[-1, "kind"] == "b"
    assert rows["year"].to_numpy().tolist() == [2023] * 6000 + [2024] * 6000
    assert rows[[5, 8999]].to_pylist()[1]["s"] == "2024a2999"
    table = rows.to_arrow()
    assert table.schema.field("year").type == pa.int64()
    assert table["s"].to_pylist()[6000] == "2024a0"


def test_a_filter_skips_folders(root):
    rows = fory_io.open_many(root)
    found = rows.filter((pc.field("year") == 2024) & (pc.field("i") < 2))
    assert found["s"].to_pylist() == ["2024a0", "2024a1", "2024b0", "2024b1"]
    condition = (pc.field("year") == 2024) & (pc.field("kind") == "a")
    assert rows.source.candidates(rows.schema, condition) == [(6000, 9000)]


@pytest.mark.parametrize("pattern", ["*/kind=a/*.fory", "year=*/kind=a/part.fory"])
def test_patterns_name_folders_too(root, pattern):
    rows = fory_io.open_many(str(root / pattern))
    assert rows.schema.names == ["i", "s", "year", "kind"]
    assert len(rows) == 6000


def test_a_list_of_files_and_hive_false_add_nothing(root):
    names = ["i", "s"]
    path = root / "year=2023" / "kind=a" / "part.fory"
    assert fory_io.open_many([path]).schema.names == names
    assert fory_io.open_many(path).schema.names == names
    assert fory_io.open_many(root, hive=False).schema.names == names


def test_pickled_and_selected(root):
    rows = fory_io.open_many(root, columns=["kind", "i"])[2999:3001]
    again = pickle.loads(pickle.dumps(rows))
    assert again.to_pylist() == [{"kind": "a", "i": 2999}, {"kind": "b", "i": 0}]
    data = fory_io.dataset(root, columns=["year", "s"])
    assert data[11_999] == {"year": 2024, "s": "2024b2999"}


def test_closed_rows_are_closed(root):
    rows = fory_io.open_many(root)
    row = rows[1]
    rows.close()
    assert row["i"] == 1
    with pytest.raises(ValueError, match="closed"):
        rows[2]


def test_a_field_of_the_file_counts(tmp_path):
    put(tmp_path / "i=7", fixed_rows(10))
    assert fory_io.open_many(tmp_path)["i"].to_pylist() == list(range(10))


def test_what_folders_say():
    paths = ["r/a=1/b=x%2Fy/p", "r/a=-2/b=__HIVE_DEFAULT_PARTITION__/p"]
    found = partitions_of("r", paths)
    assert [(f.name, str(f.type)) for f in found.fields] == [
        ("a", "int64"),
        ("b", "utf8"),
    ]
    assert found.values == [(1, "x/y"), (-2, None)]


@pytest.mark.parametrize("text", ["01", "1.0", "9223372036854775808", "+1", "", "²"])
def test_numbers_that_would_lose_something_stay_text(text):
    found = partitions_of("r", [f"r/a={text}/p", "r/a=1/p"])
    assert found.values == [(text,), ("1",)]


def test_folders_that_differ_are_refused(root):
    put(root / "month=1", fixed_rows(1))
    with pytest.raises(ValueError, match="hive=False"):
        fory_io.open_many(root)


# -- schemas ---------------------------------------------------------------------

WIDE = Schema([
    ("i", t.int64()), ("x", t.float64()), ("new", t.utf8()), ("when", t.date32()),
])  # fmt: skip


@pytest.fixture
def versions(tmp_path):
    day = dt.date(2024, 1, 1)
    fory_io.write(
        pa.table({"i": pa.array([1, 2], pa.int32()), "gone": ["a", "b"]}),
        tmp_path / "1.fory",
    )
    fory_io.write(
        pa.table(
            {
                "new": pa.array(["n", None]).dictionary_encode(),
                "x": pa.array([0.5, None], pa.float32()),
                "i": pa.array([3, 4], pa.int16()),
                "when": [day, day],
            }
        ),
        tmp_path / "2.fory",
    )
    return tmp_path


def test_files_of_other_versions_are_read_through_a_schema(versions):
    day = dt.date(2024, 1, 1)
    rows = fory_io.open_many(versions, schema=WIDE)
    assert rows.schema == WIDE
    assert rows.to_pylist() == [
        {"i": 1, "x": None, "new": None, "when": None},
        {"i": 2, "x": None, "new": None, "when": None},
        {"i": 3, "x": 0.5, "new": "n", "when": day},
        {"i": 4, "x": None, "new": None, "when": day},
    ]
    assert rows.filter(pc.field("i") > 3)["i"].to_pylist() == [4]
    assert pickle.loads(pickle.dumps(rows))[2]["new"] == "n"


def test_without_a_schema_differences_are_refused(versions):
    with pytest.raises(EncodeError, match="another schema"):
        fory_io.open_many(versions)


def test_values_are_never_narrowed(versions):
    narrow = Schema([("i", t.int16())])
    with pytest.raises(
        TypeNotCompatibleError, match=r"1\.fory cannot be read.*i: int32"
    ):
        fory_io.open_many(versions, schema=narrow)


def test_the_same_schema_costs_nothing(tmp_path):
    fory_io.write(mixed_rows(10), tmp_path / "1.fory")
    rows = fory_io.open_many(tmp_path, schema=mixed_rows(0).schema)
    assert type(rows.source).__name__ == "JoinedSource"


def test_schema_and_folders_together(tmp_path):
    put(tmp_path / "day=1", pa.table({"i": pa.array([1], pa.int8())}))
    put(tmp_path / "day=2", pa.table({"i": pa.array([2], pa.int64()), "k": ["z"]}))
    schema = Schema([("i", t.int64()), ("k", t.utf8())])
    assert fory_io.open_many(tmp_path, schema=schema).to_pylist() == [
        {"i": 1, "k": None, "day": 1},
        {"i": 2, "k": "z", "day": 2},
    ]


def test_dictionary_fields_come_as_values(tmp_path):
    for day, words in enumerate((["a", "b", "a"], ["c", "b", None])):
        put(
            tmp_path / f"day={day}",
            pa.table({"w": pa.array(words).dictionary_encode()}),
        )
    rows = fory_io.open_many(tmp_path, schema=Schema([("w", t.utf8())]))
    assert rows["w"].to_pylist() == ["a", "b", "a", "c", "b", None]


def test_dictionaries_that_agree_are_kept(tmp_path):
    words = pa.array(["b", None, "a", "b"]).dictionary_encode()
    for day in (1, 2):
        put(tmp_path / f"day={day}", pa.table({"w": words}))
    rows = fory_io.open_many(tmp_path)
    assert rows.to_arrow()["w"].type == words.type
    assert rows[4:].to_arrow()["w"].combine_chunks() == words
    assert rows[6].to_dict() == {"w": "a", "day": 2}


def test_one_row_is_converted_alone(root):
    rows = fory_io.open_many(root)
    first, other = rows[0], rows[7000]
    assert (first["year"], other["s"]) == (2023, "2024a1000")
    batch = rows.source.get_block(0)
    assert len(batch) == 1024
    assert len(memoryview(first)) * 1000 < len(memoryview(batch))
    assert [r["year"] for r in rows[[11_999, 0]].to_pylist()] == [2024, 2023]
