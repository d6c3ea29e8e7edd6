"""Cells of one exact type: how each type goes into Arrow and comes out of it.

Each pair takes and returns what the others do: a list of cells with None for every
null in, a numpy array of objects with None for every null out.
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

from ._scan import int_width
from .zones import arrow_zone, facts_of_zone, zone_of

__all__ = ["BY_TAG", "BY_TYPE", "CellType", "object_array"]

_Options = dict[str, str]


class CellType(NamedTuple):
    """One type of cell. ``exact`` types need no verification after encoding."""

    tag: str
    type: type
    encode: Callable[[list[Any], _Options], pa.Array]
    decode: Callable[[pa.Array, _Options], Any]
    exact: bool = False


def object_array(cells: list[Any]) -> np.ndarray[Any, Any]:
    """Return cells as a numpy array of objects, sequences among them whole."""
    return np.fromiter(cells, dtype=object, count=len(cells))


def _plain(kind: pa.DataType) -> Callable[[list[Any], _Options], pa.Array]:
    # from_pandas=False: a NaN is a value, and so is a NaT in disguise.
    return lambda cells, _: pa.array(cells, kind, from_pandas=False)


def _with_none(array: pa.Array, values: np.ndarray[Any, Any]) -> Any:
    """Return numpy values as objects, None where the array is null."""
    cells = values.astype(object)
    if array.null_count:
        cells[array.is_null().to_numpy(zero_copy_only=False)] = None
    return cells


def _encode_int(cells: list[Any], _: _Options) -> pa.Array:
    width = int_width(cells)
    if not isinstance(width, str):
        raise OverflowError(f"{cells[width]} does not fit in 64 bits")
    return pa.array(cells, pa.type_for_alias(width))


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


def _encode_decimal(cells: list[Any], options: _Options) -> pa.Array:
    """Encode one scale as decimals, several as their texts, which lose nothing."""
    present = [cell for cell in cells if cell is not None]
    first = present[0]
    scale = -first.as_tuple().exponent if first.is_finite() else 0
    one_scale = first.is_finite() and all(map(first.same_quantum, present))
    # No decimal of Arrow has a negative zero.
    if one_scale and not any(not cell and cell.is_signed() for cell in present):
        for kind in (pa.decimal128(38, scale), pa.decimal256(76, scale)):
            with suppress(pa.ArrowInvalid):
                return pa.array(cells, kind)
    options["as"] = "text"
    texts = [None if cell is None else str(cell) for cell in cells]
    return pa.array(texts, pa.large_string())


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


def _encode_datetime(cells: list[Any], options: _Options) -> pa.Array:
    """Encode naive datetimes, or aware ones that share a zone."""
    zone = next(cell for cell in cells if cell is not None).tzinfo
    if zone is None:
        if any(cell is not None and cell.tzinfo is not None for cell in cells):
            raise ValueError("naive and aware datetimes in one column")
        return pa.array(cells, pa.timestamp("us"))
    facts = facts_of_zone(zone)
    if facts is None:
        raise ValueError(f"time zone {zone!r} has no portable name")
    options.update(facts)
    utc = datetime.UTC
    naive = [cell and cell.astimezone(utc).replace(tzinfo=None) for cell in cells]
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


def _encode_uuid(cells: list[Any], _: _Options) -> pa.Array:
    return pa.array([cell and cell.bytes for cell in cells], pa.binary(16))


def _decode_uuid(array: pa.Array, _: _Options) -> Any:
    return object_array([cell and uuid.UUID(bytes=cell) for cell in array.to_pylist()])


_CELL_TYPES = (
    CellType("str", str, _plain(pa.large_string()), _decode_objects, True),
    CellType("bytes", bytes, _plain(pa.large_binary()), _decode_objects, True),
    CellType("bool", bool, _plain(pa.bool_()), _decode_bool, True),
    CellType("int", int, _encode_int, _decode_number, True),
    CellType("float", float, _plain(pa.float64()), _decode_number, True),
    CellType("decimal", decimal.Decimal, _encode_decimal, _decode_decimal),
    CellType("date", datetime.date, _plain(pa.date32()), _decode_date),
    CellType("datetime", datetime.datetime, _encode_datetime, _decode_datetime),
    CellType("time", datetime.time, _plain(pa.time64("us")), _decode_pylist),
    CellType(
        "timedelta", datetime.timedelta, _plain(pa.duration("us")), _decode_duration
    ),
    CellType("uuid", uuid.UUID, _encode_uuid, _decode_uuid),
)

BY_TYPE = {entry.type: entry for entry in _CELL_TYPES}
BY_TAG = {entry.tag: entry for entry in _CELL_TYPES}
