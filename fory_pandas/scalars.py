"""Cells of one exact type: how each type goes into Arrow and comes out of it.

Each pair takes and returns what the others do: cells with their kinds of nulls in, a
numpy array of objects with None for every null out.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from fory_pandas._build import (
    bitmap,
    build_blobs,
    build_bools,
    build_dates,
    build_datetimes,
    build_decimals,
    build_floats,
    build_ints,
    build_texts,
    build_timedeltas,
    build_times,
)
from fory_pandas.names import shown
from fory_pandas.zones import arrow_zone, facts_of_zone, zone_of

__all__ = ["BY_TAG", "BY_TYPE", "CellType", "Cells", "object_array"]

_Options = dict[str, str]


class Cells(NamedTuple):
    """Cells of one type, and per cell which null it is, 0 for none."""

    all: list[Any]
    kinds: bytearray
    n_nulls: int

    def bare(self) -> list[Any]:
        """Return the cells with None for every kind of null."""
        if not self.n_nulls:
            return self.all
        pairs = zip(self.all, self.kinds, strict=True)
        return [None if kind else cell for cell, kind in pairs]

    def array(self, kind: pa.DataType, *buffers: bytes) -> pa.Array:
        """Return the Arrow array of buffers that were built of the cells."""
        valid = pa.py_buffer(bitmap(self.kinds)) if self.n_nulls else None
        parts = [valid, *map(pa.py_buffer, buffers)]
        return pa.Array.from_buffers(kind, len(self.all), parts, self.n_nulls)


class CellType(NamedTuple):
    """One type of cell; ``is_exact`` tells what needs no verification once encoded."""

    tag: str
    type: type
    encode: Callable[[Cells, _Options], pa.Array]
    decode: Callable[[pa.Array, _Options], Any]
    is_exact: Callable[[pa.Array, _Options], bool] = lambda array, options: True


def object_array(cells: list[Any]) -> np.ndarray[Any, Any]:
    """Return cells as a numpy array of objects, sequences among them whole."""
    return np.fromiter(cells, dtype=object, count=len(cells))


def _built(
    kind: pa.DataType, build: Callable[[list[Any], bytearray], bytes]
) -> Callable[[Cells, _Options], pa.Array]:
    """Return what encodes cells of fixed width."""
    return lambda cells, _: cells.array(kind, build(cells.all, cells.kinds))


def _built_bytes(
    kind: pa.DataType, build: Callable[[list[Any], bytearray], tuple[bytes, bytes]]
) -> Callable[[Cells, _Options], pa.Array]:
    """Return what encodes cells of any length."""
    return lambda cells, _: cells.array(kind, *build(cells.all, cells.kinds))


def _with_none(array: pa.Array, values: np.ndarray[Any, Any]) -> Any:
    """Return numpy values as objects, None where the array is null."""
    cells = values.astype(object)
    if array.null_count:
        cells[array.is_null().to_numpy(zero_copy_only=False)] = None
    return cells


def _encode_int(cells: Cells, _: _Options) -> pa.Array:
    data, is_unsigned = build_ints(cells.all, cells.kinds)
    return cells.array(pa.uint64() if is_unsigned else pa.int64(), data)


def _decode_number(array: pa.Array, _: _Options) -> Any:
    filled = array.fill_null(0) if array.null_count else array
    return _with_none(array, filled.to_numpy(zero_copy_only=False))


def _decode_bool(array: pa.Array, _: _Options) -> Any:
    filled = array.fill_null(False) if array.null_count else array
    return _with_none(array, filled.to_numpy(zero_copy_only=False))


def _decode_objects(array: pa.Array, _: _Options) -> Any:
    return array.to_numpy(zero_copy_only=False).astype(object, copy=False)


def _decode_pylist(array: pa.Array, _: _Options) -> Any:
    return object_array(array.to_pylist())


def _encode_decimal(cells: Cells, options: _Options) -> pa.Array:
    """Encode one scale as decimals, several as their texts, which lose nothing."""
    built = build_decimals(cells.all, cells.kinds)
    if built is not None:
        data, scale = built
        return cells.array(pa.decimal128(38, scale), data)
    wide = _wide_decimals(cells)
    if wide is not None:
        return wide
    options["as"] = "text"
    pairs = zip(cells.all, cells.kinds, strict=True)
    texts = [None if kind else str(cell) for cell, kind in pairs]
    return cells.array(pa.large_string(), *build_texts(texts, cells.kinds))


def _wide_decimals(cells: Cells) -> pa.Array | None:
    """Return decimals of one scale that 128 bits do not hold, None for others."""
    bare = cells.bare()
    present = [cell for cell in bare if cell is not None]
    first = present[0]
    if not first.is_finite() or not all(map(first.same_quantum, present)):
        return None
    # No decimal of Arrow has a negative zero.
    if any(not cell and cell.is_signed() for cell in present):
        return None
    scale = -first.as_tuple().exponent
    for kind, digits in ((pa.decimal128, 38), (pa.decimal256, 76)):
        # Arrow makes numbers of other scales too, but cannot print them.
        if abs(scale) <= digits:
            with suppress(pa.ArrowInvalid, ValueError):
                return pa.array(bare, kind(digits, scale))
    return None


def _is_exact_decimal(array: pa.Array, options: _Options) -> bool:
    """Whether the builder made it: what pyarrow made is read back and compared."""
    kind = array.type
    return "as" in options or (pa.types.is_decimal128(kind) and kind.scale >= 0)


def _decode_decimal(array: pa.Array, options: _Options) -> Any:
    cells = array.to_numpy(zero_copy_only=False)
    if "as" not in options:
        return cells
    return object_array([cell and decimal.Decimal(cell) for cell in cells.tolist()])


def _decode_date(array: pa.Array, _: _Options) -> Any:
    days = array.view("int32")
    filled = days.fill_null(0) if array.null_count else days
    return _with_none(array, filled.to_numpy().astype("M8[D]"))


def _counts(array: pa.Array) -> Any:
    counts = array.view("int64")
    filled = counts.fill_null(0) if array.null_count else counts
    return filled.to_numpy(zero_copy_only=False)


def _decode_duration(array: pa.Array, _: _Options) -> Any:
    return _with_none(array, _counts(array).view("m8[us]"))


def _encode_datetime(cells: Cells, options: _Options) -> pa.Array:
    """Encode naive datetimes, or aware ones that share a zone."""
    built = build_datetimes(cells.all, cells.kinds)
    if built is not None:
        return cells.array(pa.timestamp("us"), built)
    bare = cells.bare()
    zone = next(cell for cell in bare if cell is not None).tzinfo
    if zone is None:
        raise ValueError("naive and aware datetimes in one column")
    facts = facts_of_zone(zone)
    if facts is None:
        raise ValueError(f"time zone {shown(zone)} has no portable name")
    options.update(facts)
    utc = datetime.UTC
    naive = [cell and cell.astimezone(utc).replace(tzinfo=None) for cell in bare]
    return pa.array(naive, pa.timestamp("us")).view(
        pa.timestamp("us", arrow_zone(facts))
    )


def _decode_datetime(array: pa.Array, options: _Options) -> Any:
    naive = _with_none(array, _counts(array).view("M8[us]"))
    if not options:
        return naive
    zone, utc = zone_of(options), datetime.UTC
    return object_array(
        [cell and cell.replace(tzinfo=utc).astimezone(zone) for cell in naive.tolist()]
    )


def _encode_uuid(cells: Cells, _: _Options) -> pa.Array:
    array = pa.array([cell and cell.bytes for cell in cells.bare()], pa.binary(16))
    if not hasattr(pa, "uuid"):  # pyarrow 17
        return array
    return pa.ExtensionArray.from_storage(pa.uuid(), array)


def _decode_uuid(array: pa.Array, _: _Options) -> Any:
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    return object_array([cell and uuid.UUID(bytes=cell) for cell in array.to_pylist()])


_CELL_TYPES = (
    CellType("str", str, _built_bytes(pa.large_string(), build_texts), _decode_objects),
    CellType(
        "bytes", bytes, _built_bytes(pa.large_binary(), build_blobs), _decode_objects
    ),
    CellType("bool", bool, _built(pa.bool_(), build_bools), _decode_bool),
    CellType("int", int, _encode_int, _decode_number),
    CellType("float", float, _built(pa.float64(), build_floats), _decode_number),
    CellType(
        "decimal",
        decimal.Decimal,
        _encode_decimal,
        _decode_decimal,
        _is_exact_decimal,
    ),
    CellType("date", datetime.date, _built(pa.date32(), build_dates), _decode_date),
    CellType(
        "datetime",
        datetime.datetime,
        _encode_datetime,
        _decode_datetime,
        lambda array, options: not options,
    ),
    CellType(
        "time", datetime.time, _built(pa.time64("us"), build_times), _decode_pylist
    ),
    CellType(
        "timedelta",
        datetime.timedelta,
        _built(pa.duration("us"), build_timedeltas),
        _decode_duration,
    ),
    CellType(
        "uuid",
        uuid.UUID,
        _encode_uuid,
        _decode_uuid,
        lambda array, options: False,
    ),
)

BY_TYPE = {entry.type: entry for entry in _CELL_TYPES}
BY_TAG = {entry.tag: entry for entry in _CELL_TYPES}
