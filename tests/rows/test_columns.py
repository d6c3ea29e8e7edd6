"""Columns: one field or path of many rows, and the keys that pick fields and rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import fory_row as fr

TABLE = pa.table(
    {
        "x": [1, 2, None],
        "a": [{"b": 1, "c": [5, 6]}, {"b": 2, "c": [7]}, None],
        "lines": [[{"p": 1.5}, {"p": 2.5}], [], None],
        "m": pa.array(
            [[("k", 1), ("j", 2)], [], None], pa.map_(pa.string(), pa.int64())
        ),
        "n": pa.array([[(3, "three")], [], None], pa.map_(pa.int8(), pa.string())),
    }
)


@pytest.fixture
def rows():
    return fr.from_arrow(TABLE)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("a.b", [1, 2, None]),
        ("a.c.0", [5, 7, None]),
        ("a.c[-1]", [6, 7, None]),
        ("a['b']", [1, 2, None]),
        ("lines[*].p", [[1.5, 2.5], [], None]),
        ("m['k']", [1, None, None]),
        ("m.j", [2, None, None]),
        ("m[*]", [[1, 2], [], None]),
        ("n.3", ["three", None, None]),
        ("n[3]", ["three", None, None]),
    ],
)
def test_cells_of_a_path(rows, path, values):
    column = rows[path]
    assert list(column) == values
    assert [rows[i, path] for i in range(3)] == values
    in_bulk = column.to_arrow().to_pylist()
    assert in_bulk == [[] if v is None and "*" in path else v for v in values]


def test_items_that_a_list_lacks_are_null_in_bulk(rows):
    assert rows["lines[1].p"].to_pylist() == [2.5, None, None]
    assert rows["lines[1].p"].to_arrow().to_pylist() == [2.5, None, None]
    with pytest.raises(IndexError):
        rows["lines[1].p"][1]


def test_lists_inside_lists_are_one_list():
    table = pa.table({"a": [[{"b": [1, 2]}, {"b": None}, {"b": [3]}], [], None]})
    column = fr.from_arrow(table)["a[*].b[*]"]
    assert column.to_arrow().to_pylist() == [[1, 2, 3], [], []]
    assert column.to_pylist() == [[1, 2, 3], [], None]


def test_a_column_of_a_column(rows):
    assert rows["a"]["b"][1] == 2
    assert rows["m"]["k"].to_arrow().to_pylist() == [1, None, None]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("xx", "no field 'xx'; did you mean 'x'"),
        ("a.bb", "no field 'bb'; did you mean 'b'"),
        ("lines.p", r"name fields of its items as \[0\].p, or \[\*\].p"),
        ("x.y", "nothing is named 'y'"),
    ],
)
def test_unknown_names_are_refused_at_once(rows, path, message):
    with pytest.raises(KeyError, match=message):
        rows[path]


def test_series(rows):
    assert rows["x"].name == "x"
    series = rows["a.b"].to_pandas()
    assert series.name == "a.b"
    assert series.tolist()[:2] == [1, 2]
    frame = pd.DataFrame({"k": pd.Categorical(["u", "v", "u"])})
    again = fr.from_pandas(frame)["k"].to_pandas()
    pd.testing.assert_series_equal(again, frame["k"])


@pytest.mark.parametrize(
    "names",
    [["x", "m"], np.array(["x", "m"]), pd.Index(["x", "m"]), pd.Series(["x", "m"])],
    ids=["list", "array", "index", "series"],
)
def test_names_pick_fields(rows, names):
    assert rows[names].schema.names == ["x", "m"]


def test_a_tuple_of_names_is_no_cell(rows):
    with pytest.raises(TypeError, match=r'several fields are rows\[\["x", "y"\]\]'):
        rows["x", "m"]


@pytest.mark.parametrize(
    "key",
    [
        pa.array([True, False, True]),
        pa.chunked_array([[True], [False, True]]),
        pa.array([0, 2]),
    ],
    ids=["mask", "chunked mask", "positions"],
)
def test_arrow_arrays_pick_rows(rows, key):
    assert rows[key].to_pylist() == [rows[0].to_dict(), rows[2].to_dict()]


def test_masked_entries_pick_nothing(rows):
    with pytest.raises(TypeError, match="masked entries"):
        rows[np.ma.array([0, 1], mask=[True, False])]


@pytest.mark.parametrize("key", [b"x", {1}], ids=["bytes", "set"])
def test_what_picks_no_rows_is_named(rows, key):
    with pytest.raises(TypeError, match=f"field names, not {type(key).__name__}"):
        rows[key]


def test_nulls_pick_nothing(rows):
    with pytest.raises(TypeError, match="missing entries"):
        rows[pa.array([True, None, True])]


def test_repr_cuts_cells_and_counts():
    rows = fr.from_arrow(pa.table({"s": ["x" * 100_000] * 9}))
    assert repr(rows["s"]).startswith("Column('s', 9 rows: ['xxx")
    assert len(repr(rows["s"])) < 500
