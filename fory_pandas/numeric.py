"""Numbers and booleans: numpy of any width and byte order, and with a mask."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fory_pandas.context import Decoder, Encoder
from fory_pandas.facts import ColumnFacts
from fory_pandas.room import Room

__all__ = [
    "decode_complex",
    "decode_longdouble",
    "decode_masked",
    "decode_numpy",
    "encode_masked",
    "encode_numbers",
]

_PLAIN = frozenset(
    ["bool", "float16", "float32", "float64"]
    + [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
)
_COMPLEX = {"complex64": "float32", "complex128": "float64"}
_MASKED: dict[str, type] = {
    "boolean": pd.arrays.BooleanArray,
    "Float32": pd.arrays.FloatingArray,
    "Float64": pd.arrays.FloatingArray,
} | {
    f"{sign}Int{bits}": pd.arrays.IntegerArray
    for sign in ("", "U")
    for bits in (8, 16, 32, 64)
}


def encode_numbers(
    values: np.ndarray[Any, Any], to: Encoder
) -> tuple[pa.Array, ColumnFacts]:
    """Encode a numpy array of numbers; a view of it where the memory allows."""
    dtype = values.dtype
    if dtype.type is np.longdouble and dtype.itemsize > 8:
        return _encode_longdouble(values)
    native, name = _native(dtype)
    if name not in _PLAIN and name not in _COMPLEX:
        to.refuse(f"numpy dtype {dtype} has no portable form", "convert the column")
    text = name if dtype.isnative else f"{_SWAPPED}{name}"
    values = values.astype(native, copy=False)
    if name in _COMPLEX:
        parts = [pa.array(values.real), pa.array(values.imag)]
        array = pa.StructArray.from_arrays(parts, ["re", "im"])
        return array, ColumnFacts("complex", text)
    # NaN stays a value: from_pandas would turn it into a null.
    return pa.array(values, from_pandas=False), ColumnFacts("numpy", text)


@lru_cache(64)
def _native(dtype: np.dtype[Any]) -> tuple[np.dtype[Any], str]:
    """Return a dtype in native byte order and its name, which numpy is slow to say."""
    native = dtype.newbyteorder("=")
    return native, native.name


_SWAPPED = ">" if sys.byteorder == "little" else "<"


def _split_order(text: str) -> tuple[str, str]:
    """Return the byte order mark and the name in a dtype text."""
    return (text[0], text[1:]) if text[:1] in ("<", ">") else ("=", text)


def _ordered(dtype: np.dtype[Any], order: str) -> np.dtype[Any]:
    if order == "=":
        return dtype
    return dtype.newbyteorder(">" if order == ">" else "<")


def decode_numpy(
    array: pa.Array | pa.ChunkedArray, facts: ColumnFacts, at: Decoder
) -> Any:
    """Decode plain numbers; a view of the memory of one chunk where its form allows."""
    order, name = _split_order(facts.dtype)
    at.expect(name in _PLAIN, f"unknown numpy dtype {facts.dtype[:32]!r}")
    at.expect(not array.null_count, f"a null in a column of dtype {name}")
    expected = np.dtype(name)
    at.expect(
        array.type == pa.from_numpy_dtype(expected),
        f"a column of {array.type} for dtype {name}",
    )
    values = _numbers(array, expected, at.room)
    return values.astype(_ordered(expected, order), copy=False)


def _numbers(
    array: pa.Array | pa.ChunkedArray, dtype: np.dtype[Any], room: Room | None
) -> np.ndarray[Any, Any]:
    """Return an array, or its chunks one behind the other."""
    if isinstance(array, pa.Array):
        return array.to_numpy(zero_copy_only=False)
    if array.num_chunks == 1 and room is None:
        return array.chunk(0).to_numpy(zero_copy_only=False)
    n = len(array)
    values = np.empty(n, dtype) if room is None else room.empty(n, dtype)
    at = 0
    for chunk in array.chunks:
        values[at : at + len(chunk)] = chunk.to_numpy(zero_copy_only=False)
        at += len(chunk)
    return values


def decode_complex(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    """Decode a struct of ``re`` and ``im``."""
    order, name = _split_order(facts.dtype)
    at.expect(name in _COMPLEX, f"unknown complex dtype {facts.dtype[:32]!r}")
    at.expect(not array.null_count, f"a null in a column of dtype {name}")
    values = np.empty(len(array), name)
    part = ColumnFacts("numpy", _COMPLEX[name])
    values.real = decode_numpy(array.field("re"), part, at)
    values.imag = decode_numpy(array.field("im"), part, at)
    return values.astype(_ordered(np.dtype(name), order), copy=False)


def _longdouble_format() -> str:
    """Name this platform's long double by its significand and storage bits."""
    info = np.finfo(np.longdouble)
    return f"{info.nmant}/{np.dtype(np.longdouble).itemsize * 8}/{sys.byteorder}"


def _encode_longdouble(
    values: np.ndarray[Any, Any],
) -> tuple[pa.Array, ColumnFacts]:
    swapped = not values.dtype.isnative
    values = values.astype(np.longdouble)  # a contiguous native copy
    width = values.dtype.itemsize
    if np.finfo(np.longdouble).nmant == 63:
        # x87 extended: six of sixteen bytes are padding with undefined content.
        values.view(np.uint8).reshape(-1, width)[:, 10:] = 0
    array = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(width), len(values), [None, pa.py_buffer(values)]
    )
    options = {"format": _longdouble_format(), "order": _SWAPPED if swapped else "="}
    return array, ColumnFacts("longdouble", "longdouble", options)


def decode_longdouble(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    """Decode long doubles, on the platform that has the same ones only."""
    wanted = facts.options["format"]
    if wanted != _longdouble_format():
        at.refuse(
            f"long doubles of format {wanted[:32]!r} (significand/storage bits/order) "
            f"cannot be read where they are {_longdouble_format()!r}"
        )
    at.expect(not array.null_count, "a null in a column of long doubles")
    width = np.dtype(np.longdouble).itemsize
    at.expect(array.type == pa.binary(width), f"long doubles stored as {array.type}")
    raw = array.buffers()[1]
    data = np.frombuffer(raw, np.uint8)[array.offset * width :][: len(array) * width]
    values = data.view(np.longdouble)
    order = facts.options["order"]
    at.expect(order in ("=", _SWAPPED), f"unknown byte order {order[:8]!r}")
    return values.astype(_ordered(values.dtype, order), copy=False)


def encode_masked(values: Any, to: Encoder) -> tuple[pa.Array, ColumnFacts]:
    """Encode Int, UInt, Float and boolean arrays; missing values become nulls."""
    # The protocol method passes data and mask: a NaN that is not masked stays one.
    return pa.array(values), ColumnFacts("masked", values.dtype.name)


def decode_masked(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    """Decode an array with a validity mask."""
    make = _MASKED.get(facts.dtype)
    if make is None:
        at.refuse(f"unknown nullable dtype {facts.dtype[:32]!r}")
    name = "bool" if facts.dtype == "boolean" else facts.dtype.lower()
    at.expect(
        array.type == pa.from_numpy_dtype(np.dtype(name)),
        f"a column of {array.type} for dtype {facts.dtype}",
    )
    if not array.null_count:
        mask = np.zeros(len(array), np.bool_)
        return make(array.to_numpy(zero_copy_only=False), mask)
    mask = array.is_null().to_numpy(zero_copy_only=False)
    return make(_beneath(array, np.dtype(name)), mask)


def _beneath(array: pa.Array, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """Return the values of an array as if its nulls were values."""
    _, data = array.buffers()
    whole = pa.Array.from_buffers(array.type, len(array), [None, data], 0, array.offset)
    values: np.ndarray[Any, Any] = whole.to_numpy(zero_copy_only=False)
    return values.astype(dtype, copy=False)
