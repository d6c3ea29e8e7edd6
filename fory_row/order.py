"""The order of Arrow values of any type: by parts, nulls last."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["ranks", "sortable"]

_Ints = np.ndarray[Any, np.dtype[Any]]


def ranks(array: pa.Array) -> _Ints:
    """Return numbers that compare as the values do; equal values have one number.

    Structs are ordered field by field; lists item by item, a beginning before what
    goes on; maps by their entries, sorted by key. NaN comes behind other numbers and
    null behind all, at every depth; 0.0 equals -0.0.

    Parameters
    ----------
    array : pyarrow.Array
        Of any type that rows hold.

    Returns
    -------
    numpy.ndarray
        Integers from 1 on, with gaps (copy).
    """
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return ranks(array.storage)
    if pa.types.is_dictionary(kind):
        return _of_codes(array)
    if pa.types.is_struct(kind):
        fields = [ranks(array.field(i)) for i in range(kind.num_fields)]
        parts = np.array(fields, ">u8").reshape(len(fields), len(array)).T
        return _of_runs(parts, np.full(len(array), len(fields)), array)
    if pa.types.is_map(kind):
        return _of_maps(array)
    if pa.types.is_nested(kind):
        counts = pc.list_value_length(array).fill_null(0).to_numpy()
        return _of_runs(ranks(pc.list_flatten(array)), counts, array)
    return _of_plain(array)


def sortable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return what Arrow sorts as the values of a column are ordered; nulls stay null.

    Arrow itself sorts plain types only.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return sortable(column.cast(kind.value_type))
    if pa.types.is_float16(kind):
        return column.cast(pa.float32())
    if _arrow_sorts(kind):
        return column
    array = pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0)
    return pa.chunked_array([pa.array(ranks(array), mask=_nulls(array))])


def _arrow_sorts(kind: pa.DataType) -> bool:
    return not (
        pa.types.is_nested(kind)
        or isinstance(kind, pa.BaseExtensionType)
        or (pa.types.is_decimal(kind) and kind.bit_width < 128)
        or kind in (pa.string_view(), pa.binary_view())
    )


def _of_plain(array: pa.Array) -> _Ints:
    kind = array.type
    if pa.types.is_null(kind):
        return np.ones(len(array), np.uint64)
    if pa.types.is_float16(kind):
        array = array.cast(pa.float32())
    elif pa.types.is_decimal(kind) and kind.bit_width < 128:
        array = array.cast(pa.decimal128(kind.precision, kind.scale))
    elif kind in (pa.string_view(), pa.binary_view()):
        array = array.cast(pa.large_binary())
    numbers = pc.rank(array, tiebreaker="dense")
    found: _Ints = numbers.to_numpy(zero_copy_only=False, writable=True)
    return found


def _of_codes(array: pa.DictionaryArray) -> _Ints:
    codes = array.indices.fill_null(0).to_numpy()
    missing = _nulls(array.indices)
    if len(array.dictionary) == 0:
        return np.ones(len(array), np.uint64)
    missing |= _nulls(array.dictionary)[codes]
    found = ranks(array.dictionary)[codes]
    found[missing] = len(array.dictionary) + 1
    return found


def _of_maps(array: pa.MapArray) -> _Ints:
    offsets = array.offsets.to_numpy()
    counts = np.diff(offsets)
    counts[_nulls(array)] = 0
    parents = np.repeat(np.arange(len(array)), counts)
    first = np.cumsum(counts) - counts  # where the entries of each map come to lie
    places = np.arange(len(parents)) + (offsets[:-1] - first)[parents]
    keys, values = ranks(array.keys)[places], ranks(array.items)[places]
    order = np.lexsort((values, keys, parents))
    return _of_runs(np.stack([keys[order], values[order]], 1), 2 * counts, array)


def _of_runs(parts: _Ints, counts: _Ints, array: pa.Array) -> _Ints:
    """Return the ranks of runs of numbers: as big-endian bytes they compare alike."""
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    data = np.ascontiguousarray(parts, ">u8")
    buffers = [None, pa.py_buffer(8 * offsets), pa.py_buffer(data)]
    runs = pa.Array.from_buffers(pa.large_binary(), len(counts), buffers)
    found = _of_plain(runs)
    found[_nulls(array)] = len(array) + 1
    return found


def _nulls(array: pa.Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    found: _Ints = array.is_null().to_numpy(zero_copy_only=False)
    return found
