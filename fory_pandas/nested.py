"""Cells that hold other cells: lists, tuples, dicts and numpy arrays."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fory_pandas.context import Decoder, Encoder
from fory_pandas.facts import ColumnFacts
from fory_pandas.names import shown
from fory_pandas.scalars import object_array

__all__ = ["BY_TAG", "BY_TYPE"]

_Encoded = tuple[pa.Array, ColumnFacts]
_Recurse = Callable[[list[Any], Encoder], _Encoded]


def _lengths(cells: list[Any]) -> np.ndarray[Any, Any]:
    return np.fromiter(
        (0 if cell is None else len(cell) for cell in cells), np.int64, len(cells)
    )


def _offsets(cells: list[Any], lengths: np.ndarray[Any, Any]) -> pa.Array:
    """Return list offsets, null where the cell is: int32 while they fit."""
    offsets = np.zeros(len(cells) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    fits = offsets[-1] < 2**31
    missing = np.array([cell is None for cell in cells] + [False])
    return pa.array(
        offsets.astype(np.int32) if fits else offsets,
        mask=missing if missing.any() else None,
    )


def _list_array(offsets: pa.Array, values: pa.Array) -> pa.Array:
    small = offsets.type == pa.int32()
    return (pa.ListArray if small else pa.LargeListArray).from_arrays(offsets, values)


def _recursed(cells: list[Any], recurse: _Recurse, to: Encoder) -> _Encoded:
    array, facts = recurse(cells, to)
    if facts.nulls is not None and len(facts.nulls.kinds) > 1:
        # Runs count places, which move when rows of nested cells are picked.
        raise ValueError("several kinds of null inside of nested cells")
    return array, facts


def _sequences(tag: str) -> Callable[[list[Any], _Recurse, Encoder], _Encoded]:
    def encode(cells: list[Any], recurse: _Recurse, to: Encoder) -> _Encoded:
        lengths = _lengths(cells)
        flat = list(chain.from_iterable(cell for cell in cells if cell is not None))
        values, part = _recursed(flat, recurse, to.inside("[]", lengths))
        array = _list_array(_offsets(cells, lengths), values)
        return array, ColumnFacts("object", tag, parts=[part])

    return encode


def _encode_dicts(cells: list[Any], recurse: _Recurse, to: Encoder) -> _Encoded:
    """Encode a struct if all keys agree, in order as well, else a map."""
    keys = tuple(next(cell for cell in cells if cell is not None))
    are_names = all(type(key) is str and "\0" not in key for key in keys)
    if not are_names or any(c is not None and tuple(c) != keys for c in cells):
        return _encode_map(cells, recurse, to)
    if not keys:
        return pa.array(cells, pa.struct([])), ColumnFacts("object", "dict")
    parts, facts = [], []
    present = np.array([cell is not None for cell in cells])
    for key in keys:
        column = [None if cell is None else cell[key] for cell in cells]
        array, part = _recursed(
            column, recurse, to.inside(f"[{shown(key)}]", present | True)
        )
        parts.append(array)
        facts.append(part)
    mask = None if present.all() else pa.array(~present)
    array = pa.StructArray.from_arrays(parts, list(keys), mask=mask)
    return array, ColumnFacts("object", "dict", parts=facts, keys=list(keys))


def _encode_map(cells: list[Any], recurse: _Recurse, to: Encoder) -> _Encoded:
    lengths = _lengths(cells)
    present = [cell for cell in cells if cell is not None]
    flat_keys = list(chain.from_iterable(present))
    flat_values = list(chain.from_iterable(cell.values() for cell in present))
    keys, key_facts = _recursed(flat_keys, recurse, to.inside(" keys", lengths))
    values, facts = _recursed(flat_values, recurse, to.inside("[]", lengths))
    offsets = _offsets(cells, lengths)
    if offsets.type != pa.int32() or keys.null_count:
        raise ValueError("a map with null keys or over 2^31 entries")
    array = pa.MapArray.from_arrays(offsets, keys, values)
    return array, ColumnFacts("object", "map", parts=[key_facts, facts])


def _encode_arrays(cells: list[Any], _: _Recurse, to: Encoder) -> _Encoded:
    """Encode one-dimensional numpy arrays of one dtype as lists of it."""
    present = [cell for cell in cells if cell is not None]
    dtype = present[0].dtype
    if any(cell.ndim != 1 or cell.dtype != dtype for cell in present):
        raise ValueError("arrays of several dtypes or dimensions")
    lengths = _lengths(cells)
    flat = pd.Series(np.concatenate(present), dtype=_series_dtype(dtype), copy=False)
    values, part = to.inside("[]", lengths).values(flat.array)
    array = _list_array(_offsets(cells, lengths), values)
    return array, ColumnFacts("object", "ndarray", parts=[part])


def _series_dtype(dtype: np.dtype[Any]) -> Any:
    """Return object for objects, lest pandas looks for strings among them."""
    return object if dtype == np.dtype(object) else None


def _pieces(
    array: pa.Array, values: Any, make: Callable[[Any], Any]
) -> np.ndarray[Any, Any]:
    """Cut flat values at a list array's offsets, None where the list is null."""
    offsets = array.offsets.to_numpy()
    bounds = (offsets - offsets[0]).tolist() if len(offsets) else [0]
    pairs = pairwise(bounds)
    if not array.null_count:
        return object_array([make(values[a:b]) for a, b in pairs])
    valid = array.is_valid().to_numpy(zero_copy_only=False).tolist()
    cut = zip(pairs, valid, strict=True)
    return object_array([make(values[a:b]) if v else None for (a, b), v in cut])


def _flat(array: pa.Array, values: pa.Array) -> pa.Array:
    """Return the values between a list array's first and last offset."""
    offsets = array.offsets
    first, last = (offsets[0].as_py(), offsets[-1].as_py()) if len(offsets) else (0, 0)
    return values.slice(first, last - first)


def _is_list(array: pa.Array, at: Decoder) -> None:
    kind = array.type
    stored = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    at.expect(stored, f"nested cells stored as {kind}")


def _decode_sequences(make: Callable[[Any], Any]) -> Callable[..., Any]:
    def decode(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
        _is_list(array, at)
        flat = at.at("[]").values(_flat(array, array.values), facts.parts[0])
        return _pieces(array, flat.tolist(), make)

    return decode


def _decode_dicts(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    kind = array.type
    matches = pa.types.is_struct(kind) and kind.num_fields == len(facts.keys)
    at.expect(matches and len(facts.parts) == len(facts.keys), f"a dict as {kind}")
    columns = [
        at.at(f"[{key[:32]!r}]").values(array.field(i), part).tolist()
        for i, (key, part) in enumerate(zip(facts.keys, facts.parts, strict=True))
    ]
    rows = zip(*columns, strict=True) if columns else [()] * len(array)
    cells: list[Any] = [dict(zip(facts.keys, row, strict=True)) for row in rows]
    if array.null_count:
        valid = array.is_valid().to_numpy(zero_copy_only=False).tolist()
        cells = [cell if v else None for cell, v in zip(cells, valid, strict=True)]
    return object_array(cells)


def _decode_map(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    at.expect(pa.types.is_map(array.type), f"a dict as {array.type}")
    keys = at.at(" keys").values(_flat(array, array.keys), facts.parts[0])
    values = at.at("[]").values(_flat(array, array.items), facts.parts[1])
    pairs = list(zip(keys.tolist(), values.tolist(), strict=True))
    return _pieces(array, pairs, dict)


def _decode_arrays(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    _is_list(array, at)
    flat = at.at("[]").values(_flat(array, array.values), facts.parts[0])
    at.expect(isinstance(flat, np.ndarray), "arrays of a dtype that is not numpy's")
    return _pieces(array, flat, np.array)


BY_TYPE: dict[type, Callable[[list[Any], _Recurse, Encoder], _Encoded]] = {
    dict: _encode_dicts,
    list: _sequences("list"),
    np.ndarray: _encode_arrays,
    tuple: _sequences("tuple"),
}
BY_TAG: dict[str, Callable[[pa.Array, ColumnFacts, Decoder], Any]] = {
    "dict": _decode_dicts,
    "list": _decode_sequences(list),
    "map": _decode_map,
    "ndarray": _decode_arrays,
    "tuple": _decode_sequences(tuple),
}
