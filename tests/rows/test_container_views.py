"""Array and Map views: sequences and mappings over the bytes."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from rows.building import row_of

import fory_row as fr


def array_of(item, values, layout="standard"):
    return row_of(layout, a=(fr.list_(item), values)).a


LAYOUTS = pytest.mark.parametrize("layout", ["standard", "compact"])


@LAYOUTS
def test_sequence(layout):
    array = array_of(fr.int32(), [1, None, 3, 4, 3], layout)
    assert len(array) == array.num_elements == 5
    assert [array[i] for i in range(-5, 5)] == [1, None, 3, 4, 3] * 2
    assert list(array) == array.to_list() == [1, None, 3, 4, 3]
    assert 4 in array
    assert None in array
    assert 9 not in array
    assert array.index(3) == 2
    assert array.count(3) == 2
    assert array.null_count == 1
    assert array.is_null(1)
    with pytest.raises(IndexError):
        array[5]
    with pytest.raises(TypeError, match="bool"):
        array[True]


@LAYOUTS
@pytest.mark.parametrize(
    "part", [slice(1, 4), slice(None, None, -1), slice(4, 1, -2), slice(9, 3)]
)
def test_slices_are_views(layout, part):
    values = ["a", None, "ccc", "", "é"]
    array = array_of(fr.utf8(), values, layout)
    assert array[part] == values[part]
    assert array[part][::-1] == values[part][::-1]
    assert pickle.loads(pickle.dumps(array[part])) == values[part]


def test_equality():
    array = array_of(fr.float64(), [1.0, float("nan")])
    assert array == array_of(fr.float64(), [1.0, float("nan")])
    assert array == [1.0, float("nan")]
    assert array != [1.0]
    assert copy.deepcopy(array) is array
    with pytest.raises(TypeError, match="unhashable"):
        hash(array)


NUMBERS = [
    (fr.int8(), "i1", [-1, 0, 1]),
    (fr.uint64(), "<u8", [-1, 0, 1]),
    (fr.float32(), "<f4", [0.5, -1.0]),
    (fr.bool_(), "?", [True, False, True]),
    (fr.float16(), "<f2", [0x3C00]),
    (fr.timestamp("ns"), "<M8[ns]", [1, 2]),
    (fr.date32(), "<M8[D]", [0, 1]),
    (fr.duration(), "<m8[us]", [5]),
]


@LAYOUTS
@pytest.mark.parametrize(
    ("item", "dtype", "values"), NUMBERS, ids=lambda v: str(v)[:20]
)
def test_numbers_are_numpy(layout, item, dtype, values):
    array = array_of(item, values, layout)
    out = np.asarray(array)
    assert out.dtype == np.dtype(dtype)
    assert len(out) == len(values)
    assert not out.flags.writeable
    assert list(out.view(np.uint8)[:1]) == [np.asarray(out[:1]).view(np.uint8)[0]]
    np.testing.assert_array_equal(np.asarray(array[::-1]), out[::-1])


def test_numpy_shares_the_bytes_and_keeps_them_alive():
    out = np.asarray(array_of(fr.int64(), list(range(1000))))
    assert out.base is not None
    assert out.sum() == 499_500


@LAYOUTS
def test_numbers_are_a_buffer(layout):
    shared = memoryview(array_of(fr.int32(), [1, 2, 3], layout)[::-2])
    assert shared.readonly
    assert shared.format in ("i", "=i")
    assert shared.tolist() == [3, 1]


@pytest.mark.parametrize(
    ("item", "values", "error"),
    [(fr.int32(), [1, None], ValueError), (fr.utf8(), ["a"], TypeError)],
    ids=["nulls", "text"],
)
def test_what_is_no_buffer(item, values, error):
    with pytest.raises(error, match="to_list"):
        memoryview(array_of(item, values))


def test_nulls_in_numpy_are_explicit():
    array = array_of(fr.int32(), [1, None, 3])
    with pytest.raises(ValueError, match="1 of 3 elements"):
        np.asarray(array)
    masked = array.to_numpy(masked=True)
    assert masked.tolist() == [1, None, 3]


def test_texts_become_objects():
    assert np.asarray(array_of(fr.utf8(), ["a", None])).tolist() == ["a", None]
    with pytest.raises(TypeError, match="not numbers"):
        array_of(fr.utf8(), ["a"]).to_numpy()


@LAYOUTS
def test_map(layout):
    type_ = fr.map_(fr.utf8(), fr.int32())
    view = row_of(layout, m=(type_, [("x", 1), ("y", None), ("", 3)])).m
    assert len(view) == 3
    assert view["x"] == 1
    assert view["y"] is None
    assert view[""] == 3
    assert "z" not in view
    assert view.get("z", 9) == 9
    assert list(view) == view.keys() == ["x", "y", ""]
    assert view.values() == [1, None, 3]
    assert view == {"x": 1, "y": None, "": 3} == view.to_dict()
    assert view.items() == view.pairs()
    assert pickle.loads(pickle.dumps(view)) == view
    assert repr(view) == "Map({'x': 1, 'y': None, '': 3})"
    with pytest.raises(KeyError):
        view["z"]


def test_of_a_repeated_key_the_last_entry_counts():
    view = row_of(m=(fr.map_(fr.int8(), fr.int8()), [(1, 2), (1, 3)])).m
    assert view[1] == 3
    assert view.to_dict() == {1: 3}
    assert view.items() == [(1, 3)]
    assert view.pairs() == [(1, 2), (1, 3)]


def test_map_with_struct_keys():
    key = fr.struct([("k", fr.int8())])
    view = row_of(m=(fr.map_(key, fr.int8()), [({"k": 1}, 2)])).m
    assert view[{"k": 1}] == 2
    assert view.to_dict() == [({"k": 1}, 2)]
