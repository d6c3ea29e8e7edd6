"""Compiled paths: one value deep inside, or all of them."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest
from rows.building import row_of

import fory_row as fr

LINES = [
    [{"price": 1.5, "tags": ["a", "b"]}, None, {"price": None, "tags": []}],
    None,
    [],
    [{"price": 4.0, "tags": None}],
]
TABLE = pa.table(
    {
        "id": [1, 2, 3, 4],
        "lines": LINES,
        "head.ed": [{"x": True}, None, {"x": None}, {"x": False}],
        "m": pa.array(
            [[("k", 1)], [], None, [("k", 3), ("j", 4)]],
            pa.map_(pa.string(), pa.int32()),
        ),
        "day": pa.array([0, None, 2, 3], pa.date32()),
    }
)


@pytest.fixture
def rows():
    return fr.from_arrow(TABLE)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("id", [1, 2, 3, 4]),
        ("lines[0].price", [1.5, None, IndexError, 4.0]),
        ("lines[-1].price", [None, None, IndexError, 4.0]),
        ("lines[1].price", [None, None, IndexError, IndexError]),
        ("lines[0].tags[1]", ["b", None, IndexError, None]),
        ('["head.ed"].x', [True, None, None, False]),
        ("m['k']", [1, None, None, 3]),
        ("m.j", [None, None, None, 4]),
        ("day", [r["day"] for r in TABLE.to_pylist()]),
    ],
)
def test_one_value(rows, text, values):
    path = fr.path(text)
    for row, expected in zip(rows, values, strict=True):
        if expected is IndexError:
            with pytest.raises(IndexError, match="item"):
                path(row)
        else:
            assert path(row) == expected


def test_compact_rows():
    type_ = fr.list_(fr.struct([("x", fr.int16())]))
    row = row_of("compact", a=(type_, [{"x": 1}, {"x": 7}]))
    assert fr.path("a[1].x")(row) == 7


def test_all_values(rows):
    prices = fr.path("lines[*].price").to_arrow(rows)
    assert prices.to_pylist() == [[1.5, None, None], [], [], [4.0]]
    assert prices.type.value_type == pa.float64()
    tags = fr.path("lines[*].tags[*]").to_arrow(rows)
    assert tags.to_pylist() == [["a", "b"], [], [], []]
    first = fr.path("lines[0].price").to_arrow(rows)
    assert first.to_pylist() == [1.5, None, None, 4.0]
    flags = fr.path('["head.ed"].x').to_arrow(rows)
    assert flags.to_pylist() == [True, None, None, False]
    assert fr.path("lines[0]").to_arrow(rows).to_pylist()[0] == LINES[0][0]


def test_maps_of_many_rows(rows):
    assert fr.path("m['k']").to_arrow(rows).to_pylist() == [1, None, None, 3]
    assert fr.path("m[*]").to_arrow(rows).to_pylist() == [[1], [], [], [3, 4]]
    assert fr.path("m[*]").to_numpy(rows).tolist() == [1, 3, 4]


def test_last_of_equal_keys_counts():
    type_ = pa.map_(pa.string(), pa.struct([("x", pa.int8())]))
    entries = [[("k", {"x": 1}), ("k", {"x": 2})], [("k", {"x": 3}), ("k", None)]]
    rows = fr.from_arrow(pa.table({"m": pa.array(entries, type_)}))
    path = fr.path("m.k.x")
    assert [path(row) for row in rows] == [2, None]
    assert path.to_arrow(rows).to_pylist() == [2, None]


def test_threads_share_a_path():
    ints = fr.from_arrow(pa.table({"m": [{"x": i} for i in range(500)]}))
    deep = fr.from_arrow(pa.table({"y": [0] * 500, "m": [{"x": {"z": "t"}}] * 500}))
    path = fr.path("m.x")
    wanted = [list(range(500)), [{"z": "t"}] * 500]

    def read(k):
        rows = (ints, deep)[k % 2]
        return (
            path.to_arrow(rows).to_pylist() == [path(r) for r in rows] == wanted[k % 2]
        )

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(read, range(40)))


def test_numpy(rows):
    out = fr.path("lines[*].price").to_numpy(rows)
    np.testing.assert_array_equal(out, [1.5, np.nan, np.nan, 4.0])
    assert fr.path("id").to_numpy(rows).dtype == np.int64
    with pytest.raises(ValueError, match="nulls"):
        fr.path("day").to_numpy(rows)
    assert fr.path("lines[*].tags[*]").to_numpy(rows).tolist() == ["a", "b"]


def test_selections(rows):
    assert fr.path("id").to_numpy(rows[::-2]).tolist() == [4, 2]
    assert fr.path("id")(rows[["id"]][1]) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "no field 'nothing'"),
        ("lines.price", r"name its fields as \[\*\].price"),
        ("id.x", "nothing is inside"),
        ("[0]", "names, not positions"),
        ("lines[0].prize", "did you mean 'price'"),
    ],
)
def test_paths_that_do_not_fit(rows, text, message):
    with pytest.raises(KeyError, match=message):
        fr.path(text)(rows[0])


@pytest.mark.parametrize("text", ["", "a..b", "a[", "a[x]", "a[1", ".a.", "a[*"])
def test_texts_that_are_no_path(text):
    with pytest.raises(ValueError, match="path"):
        fr.path(text)


def test_many_values_of_one_row_need_another_call(rows):
    with pytest.raises(TypeError, match="to_arrow"):
        fr.path("lines[*].price")(rows[0])


def test_pickle_and_repr():
    path = fr.path("a[1].b")
    assert pickle.loads(pickle.dumps(path)).steps == path.steps == ("a", 1, "b")
    assert repr(path) == "path('a[1].b')"


def test_positions_that_no_list_has():
    with pytest.raises(ValueError, match="no list has an item 9"):
        fr.path("a[99999999999999999999]")
