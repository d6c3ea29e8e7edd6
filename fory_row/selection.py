"""Which rows a key picks: masks, arrays and lists of positions."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from fory_row.shown import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fory_row.schema import Schema

__all__ = ["names_of", "ordinals_of", "positions_array", "positions_of"]


def positions_of(
    key: Any, n: int, own_index: Callable[[], Any] = lambda: None
) -> int | np.ndarray:
    """Return a position, or an int64 array of positions in range.

    Parameters
    ----------
    key : int-like, mask, array or list of ints
        A mask has one bool per row; a Series is taken by position.
    n : int
        Number of rows.
    own_index : callable
        Returns the index of the frame that the rows are, or None; a Series may have
        it, or the default one.

    Raises
    ------
    IndexError
        If a position is out of range or a mask has another length.
    TypeError
        If the key is none of these.
    """
    if isinstance(key, (bool, np.bool_)):
        raise TypeError("a single bool picks no row; use a mask with one bool per row")
    if not hasattr(key, "__len__") or getattr(key, "ndim", 1) == 0:
        try:
            return operator.index(key)
        except TypeError:
            raise _no_key(key) from None
    array = _as_array(key, n, own_index)
    if array.ndim == 0:
        raise _no_key(key)
    if array.ndim != 1:
        raise TypeError(f"rows are picked by one dimension, the key has {array.ndim}")
    if array.dtype == bool:
        if len(array) != n:
            raise IndexError(
                f"the mask has {len(array):,} entries, there are {n:,} rows"
            )
        return np.flatnonzero(array).astype(np.int64, copy=False)
    if array.dtype.kind not in "iu":
        raise TypeError(f"rows are picked by integers or a mask, not {array.dtype}")
    return _in_range(array, n)


def _no_key(key: Any) -> TypeError:
    return TypeError(
        "rows are picked by int, slice, mask, list of ints or field names, not "
        f"{type(key).__name__}"
    )


def names_of(key: Any) -> list[str] | None:
    """Return field names if a key is a list, array or index of them, else None."""
    if not isinstance(key, list):
        kind = getattr(getattr(key, "dtype", None), "kind", "i")
        if kind not in "OUT" or getattr(key, "ndim", 0) != 1:
            return None
        key = key.tolist()
    return key if key and all(isinstance(name, str) for name in key) else None


def positions_array(positions: Any) -> np.ndarray:
    """Return positions as an array; a mask is not taken for zeros and ones."""
    array = np.asarray(positions)
    if array.ndim != 1:
        raise TypeError(f"take() wants a list of positions, not {shown(positions)}")
    if array.dtype == bool:
        raise TypeError("take() wants positions; rows[mask] picks rows by a mask")
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"take() wants positions, integers, not {array.dtype}")
    return array.astype(np.int64) if array.size == 0 else array


def ordinals_of(names: Sequence[str | int], schema: Schema) -> list[int]:
    """Return the positions of fields given by name or position.

    Raises
    ------
    IndexError
        If there are not so many fields.
    KeyError
        If there is no such field, or several of that name.
    """
    n = len(schema)
    found = []
    for name in [names] if isinstance(names, str) else names:
        at = schema.index(name) if isinstance(name, str) else operator.index(name)
        if not -n <= at < n:
            raise IndexError(f"field {at} of {n}")
        found.append(at % n)
    return found


def _as_array(key: Any, n: int, own_index: Callable[[], Any]) -> np.ndarray:
    if getattr(key, "null_count", 0) and not hasattr(key, "dtype"):  # of pyarrow
        raise TypeError("the key has missing entries; use .fill_null(False)")
    if np.ma.is_masked(key):
        raise TypeError("the key has masked entries; use .filled(False)")
    index = getattr(key, "index", None)
    if index is not None and hasattr(key, "iloc"):  # a Series, by position
        if not _is_default_index(index, n) and not index.equals(own_index()):
            raise TypeError(
                "a Series picks rows by position and needs the default index, or that "
                "of the frame; use .to_numpy()"
            )
        if str(key.dtype) == "boolean" and key.isna().any():
            raise TypeError("the mask has missing entries; use .fillna(False)")
        key = key.to_numpy(dtype=bool) if str(key.dtype) == "boolean" else key
    array = np.asarray(key)
    return array.astype(np.int64) if array.size == 0 and array.dtype != bool else array


def _is_default_index(index: Any, n: int) -> bool:
    return (
        getattr(index, "start", None) == 0 and getattr(index, "step", None) == 1
    ) or (len(index) == n and bool((np.asarray(index) == np.arange(n)).all()))


def _in_range(array: np.ndarray, n: int) -> np.ndarray:
    outside = (array >= n) | (array < -n) if array.dtype.kind == "i" else array >= n
    if outside.any():
        first = array[outside][0]
        raise IndexError(f"row {first} of {n:,}")
    array = array.astype(np.int64)
    array[array < 0] += n
    return array
