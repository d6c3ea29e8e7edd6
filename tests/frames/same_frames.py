"""Whether two frames are the same: what ``assert_frame_equal`` checks and overlooks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from fory_pandas._scan import first_difference
from fory_pandas.sameness import same_value

__all__ = ["assert_same"]


def assert_same(left: Any, right: Any) -> None:
    """Fail unless two frames or series are the same in every respect."""
    assert type(left) is type(right)
    if isinstance(left, pd.Series):
        pd.testing.assert_series_equal(left, right, check_freq=True)
        _assert_cells([left.name], [right.name])
        _assert_values(left.array, right.array)
    else:
        pd.testing.assert_frame_equal(left, right, check_freq=True)
        _assert_index(left.columns, right.columns)
        for i in range(left.shape[1]):
            _assert_values(left.iloc[:, i].array, right.iloc[:, i].array)
    _assert_index(left.index, right.index)
    _assert_cells([dict(left.attrs)], [dict(right.attrs)])
    assert left.flags == right.flags


def _assert_cells(left: list[Any], right: list[Any]) -> None:
    place = first_difference(left, right, same_value)
    assert place < 0, f"cell {place}: {left[place]!r} became {right[place]!r}"


def _assert_index(left: pd.Index, right: pd.Index) -> None:
    assert type(left) is type(right)
    _assert_cells(list(left.names), list(right.names))
    if isinstance(left, pd.MultiIndex):
        assert left.nlevels == right.nlevels
        for i in range(left.nlevels):
            _assert_index(left.levels[i], right.levels[i])
            np.testing.assert_array_equal(left.codes[i], right.codes[i])
        return
    if isinstance(left, pd.RangeIndex):
        triples = [(x.start, x.stop, x.step) for x in (left, right)]
        assert triples[0] == triples[1]
    else:
        _assert_values(left.array, right.array)
    assert getattr(left, "freq", None) == getattr(right, "freq", None)


def _assert_values(left: Any, right: Any) -> None:
    assert type(left) is type(right)
    assert left.dtype == right.dtype
    assert str(left.dtype) == str(right.dtype)
    if isinstance(left.dtype, pd.CategoricalDtype):
        assert left.ordered == right.ordered
        _assert_index(left.categories, right.categories)
        np.testing.assert_array_equal(left.codes, right.codes)
    elif isinstance(left.dtype, pd.DatetimeTZDtype):
        assert type(left.tz) is type(right.tz)
        assert str(left.tz) == str(right.tz)
    elif isinstance(left.dtype, pd.SparseDtype):
        assert left.kind == right.kind
        _assert_bits(np.array([left.fill_value]), np.array([right.fill_value]))
        _assert_bits(left.sp_values, right.sp_values)
    elif isinstance(left.dtype, pd.StringDtype):
        assert left.dtype.storage == right.dtype.storage
    elif isinstance(left, pd.arrays.NumpyExtensionArray):
        _assert_bits(left.to_numpy(), right.to_numpy())
    elif isinstance(left, pd.arrays.FloatingArray):
        valid = ~left.isna()
        _assert_bits(left._data[valid], right._data[valid])


def _assert_bits(left: np.ndarray, right: np.ndarray) -> None:
    """Compare bit by bit: NaN payloads and the sign of zero count."""
    assert left.dtype == right.dtype
    if left.dtype == np.dtype(object):
        _assert_cells(left.tolist(), right.tolist())
    elif left.dtype.type is np.longdouble:
        # Padding bytes have no defined content.
        np.testing.assert_array_equal(left, right)
        np.testing.assert_array_equal(np.signbit(left), np.signbit(right))
    else:
        assert left.tobytes() == right.tobytes()
