"""Leaf values that need arithmetic: dates, times, decimals, half floats.

All of it is done on integers (xlang_wire 1, 6), so nothing is rounded that the
format can hold.
"""

from __future__ import annotations

import datetime
import struct
from collections.abc import Callable
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import Any

from fory._extras import read_zone, write_zone
from fory._halves import bfloat16_bits, float16_bits, float16_from
from fory._pure.buffer import Buffer
from fory._type_ids import TypeId
from fory.error import DecodeError, EncodeError

__all__ = [
    "NUMBERS",
    "get_date",
    "get_decimal",
    "get_duration",
    "get_timestamp",
    "get_wall",
    "has_zone",
    "needs_zone",
    "put_date",
    "put_decimal",
    "put_duration",
    "put_timestamp",
    "put_wall",
]

_EPOCH = datetime.date(1970, 1, 1).toordinal()
_MIN_DAY = datetime.date.min.toordinal() - _EPOCH
_MAX_DAY = datetime.date.max.toordinal() - _EPOCH
_MAX_DURATION_DAYS = datetime.timedelta.max.days
_MICROSECOND = datetime.timedelta(microseconds=1)
_NANOS = 1_000_000_000
_DAY_SECONDS = 86_400
_MAX_SCALE = 10_000
_MAX_MAGNITUDE_BYTES = 10_000
_TEXT_SCALE = 1 << 30  # no scale: the Decimal stands as text
_ZONED = 0x60  # highest byte of the seconds of a wall clock time
_WALL = (_ZONED << 56) + (1 << 55)  # added to them: no date has so many
_FOLD, _HAS_ZONE = 1 << 30, 1 << 31
_FIRST_MOMENT = datetime.datetime(1970, 1, 1)
# Arithmetic that never rounds.
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)


# ---- calendar ------------------------------------------------------------------------


def put_date(b: Buffer, value: Any, fixed: bool) -> None:
    """Write the days since 1970; Python messages have them in four bytes."""
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        raise EncodeError(f"expected a date, found {type(value).__name__}")
    days = datetime.date.toordinal(value) - _EPOCH
    if fixed:
        b.write_int32(days)
    else:
        b.write_var_int64(days)


def get_date(b: Buffer, fixed: bool) -> datetime.date:
    """Return the next date."""
    days = b.read_int32() if fixed else b.read_var_int64()
    if not _MIN_DAY <= days <= _MAX_DAY:
        raise DecodeError(
            f"day {days} is outside of the years 1 to 9999, before byte "
            f"{b.reader_index}"
        )
    return datetime.date.fromordinal(days + _EPOCH)


def put_timestamp(b: Buffer, value: Any) -> None:
    """Write seconds since 1970 in UTC and nanoseconds; naive times are local."""
    if not isinstance(value, datetime.datetime):
        raise EncodeError(f"expected a datetime, found {type(value).__name__}")
    if value.tzinfo is None:
        try:
            value = value.astimezone(datetime.UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise EncodeError(f"{value} has no time in UTC: {error}") from error
    offset = value.utcoffset()
    if offset is None:
        raise EncodeError(f"the time zone of {value!r} gives no offset from UTC")
    hours = (datetime.date.toordinal(value) - _EPOCH) * 24 + value.hour
    seconds = (hours * 60 + value.minute) * 60 + value.second
    micros = seconds * 1_000_000 + value.microsecond - offset // _MICROSECOND
    b.write_int64(micros // 1_000_000)
    b.write_uint32(micros % 1_000_000 * 1000)


def get_timestamp(b: Buffer) -> datetime.datetime:
    """Return the next point in time, in UTC."""
    seconds, nanos = b.read_int64(), _checked_nanos(b, b.read_uint32())
    return _datetime_at(b, seconds, nanos, datetime.UTC, 0)


def _checked_nanos(b: Buffer, nanos: int) -> int:
    if nanos >= _NANOS:
        raise DecodeError(
            f"{nanos} ns is a second or more, before byte {b.reader_index}"
        )
    return nanos


def _datetime_at(
    b: Buffer, seconds: int, nanos: int, zone: datetime.tzinfo | None, fold: int
) -> datetime.datetime:
    days, rest = divmod(seconds, _DAY_SECONDS)
    if not _MIN_DAY <= days <= _MAX_DAY:
        raise DecodeError(
            f"second {seconds} is outside of the years 1 to 9999, before byte "
            f"{b.reader_index}"
        )
    day = datetime.date.fromordinal(days + _EPOCH)
    time = datetime.time(
        rest // 3600, rest // 60 % 60, rest % 60, nanos // 1000, zone, fold=fold
    )
    return datetime.datetime.combine(day, time)


def needs_zone(value: Any) -> bool:
    """Tell whether a datetime is more than a moment in UTC."""
    if not isinstance(value, datetime.datetime):
        return False
    return value.tzinfo is not datetime.UTC or bool(value.fold)


def has_zone(b: Buffer) -> bool:
    """Tell whether the next timestamp was written by `put_wall`."""
    seconds = b.read_bytes(8)
    b.reader_index -= 8
    return seconds[7] == _ZONED


def put_wall(b: Any, value: datetime.datetime) -> None:
    """Write a datetime as its wall clock, its fold and, if it has one, its zone."""
    wall = value.replace(tzinfo=None, fold=0) - _FIRST_MOMENT
    b.write_uint64(_WALL + wall.days * _DAY_SECONDS + wall.seconds)
    zone = value.tzinfo
    flags = _FOLD * value.fold | (_HAS_ZONE if zone is not None else 0)
    b.write_uint32(wall.microseconds * 1000 | flags)
    if zone is not None:
        write_zone(b, zone)


def get_wall(b: Buffer) -> datetime.datetime:
    """Return the next wall clock time, in its zone if it has one."""
    seconds, rest = struct.unpack("<QI", b.read_bytes(12))
    nanos = _checked_nanos(b, rest & _FOLD - 1)
    zone = read_zone(b) if rest & _HAS_ZONE else None
    return _datetime_at(b, seconds - _WALL, nanos, zone, rest // _FOLD & 1)


def put_duration(b: Buffer, value: Any) -> None:
    """Write seconds and nanoseconds."""
    if not isinstance(value, datetime.timedelta):
        raise EncodeError(f"expected a timedelta, found {type(value).__name__}")
    b.write_var_int64(value.days * _DAY_SECONDS + value.seconds)
    b.write_uint32(value.microseconds * 1000)


def get_duration(b: Buffer) -> datetime.timedelta:
    """Return the next duration."""
    seconds, nanos = b.read_var_int64(), b.read_int32()
    if not 0 <= nanos < _NANOS:
        raise DecodeError(
            f"{nanos} ns is not between 0 and a second, before byte {b.reader_index}"
        )
    days, rest = divmod(seconds, _DAY_SECONDS)
    if abs(days) > _MAX_DURATION_DAYS:
        raise DecodeError(
            f"{seconds} s is more than a timedelta holds, before byte {b.reader_index}"
        )
    return datetime.timedelta(days, rest, nanos // 1000)


# ---- decimals ------------------------------------------------------------------------


def _needs_text(value: Decimal) -> bool:
    """Tell whether scale and magnitude do not tell a Decimal."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > _MAX_SCALE:
        return True
    is_minus_zero = value.is_signed() and not value
    return is_minus_zero or len(str(value)) > 2 * _MAX_MAGNITUDE_BYTES


def put_decimal(b: Buffer, value: Any, texts: bool) -> None:
    """Write the scale, then the digits as one integer.

    ``texts`` allows Decimals that the format of other languages lacks.
    """
    if not isinstance(value, Decimal):
        raise EncodeError(f"expected a Decimal, found {type(value).__name__}")
    if texts and _needs_text(value):
        b.write_var_int32(_TEXT_SCALE)
        b.write_string(str(value))
        return
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise EncodeError(f"the format has no {value}; use a float or None")
    if abs(exponent) > _MAX_SCALE:
        raise EncodeError(f"the exponent {exponent} is beyond {_MAX_SCALE}")
    b.write_var_int32(-exponent)
    unscaled = int(value.scaleb(-exponent, _EXACT))
    if -(1 << 62) <= unscaled < 1 << 62:
        zigzag = unscaled << 1 if unscaled >= 0 else ~(unscaled << 1)
        b.write_var_uint64(zigzag << 1)
        return
    size = (unscaled.bit_length() + 7) // 8
    if size > _MAX_MAGNITUDE_BYTES:
        raise EncodeError(f"a Decimal of {size} bytes is larger than the format holds")
    b.write_var_uint64((size * 2 + (unscaled < 0)) * 2 + 1)
    b.write_bytes(abs(unscaled).to_bytes(size, "little"))


def get_decimal(b: Buffer, texts: bool) -> Decimal:
    """Return the next decimal, with exactly its exponent."""
    scale = b.read_var_int32()
    if texts and scale == _TEXT_SCALE:
        return _decimal_from(b.read_string(), b.reader_index)
    header = b.read_var_uint64()
    if abs(scale) > _MAX_SCALE:
        raise DecodeError(
            f"the scale {scale} is beyond {_MAX_SCALE}, at byte {b.reader_index}"
        )
    if not header & 1:
        zigzag = header >> 1
        return Decimal(f"{~(zigzag >> 1) if zigzag & 1 else zigzag >> 1}E{-scale}")
    size = header >> 2
    if not 0 < size <= _MAX_MAGNITUDE_BYTES:
        raise DecodeError(f"a Decimal has {size} bytes, at byte {b.reader_index}")
    data = b.read_bytes(size)
    if data[-1] == 0:
        raise DecodeError(
            f"a Decimal has a zero top byte, before byte {b.reader_index}"
        )
    whole = Decimal(int.from_bytes(data, "little"))
    return Decimal((header >> 1 & 1, whole.as_tuple().digits, -scale))


def _decimal_from(text: str, place: int) -> Decimal:
    """Return the Decimal that a text says, whatever the context of its reader."""
    try:
        return Decimal(text)
    except ArithmeticError as error:
        raise DecodeError(f"{text:.40} is no Decimal, before byte {place}") from error


# ---- numbers -------------------------------------------------------------------------


def _put_float16(b: Buffer, value: float) -> None:
    b.write_uint16(float16_bits(value))


def _get_float16(b: Buffer) -> float:
    return float16_from(b.read_uint16())


def _put_bfloat16(b: Buffer, value: float) -> None:
    b.write_uint16(bfloat16_bits(value))


def _get_bfloat16(b: Buffer) -> float:
    return float(struct.unpack("<f", b"\0\0" + b.read_bytes(2))[0])


# How numbers are written and read, by their type ids.
NUMBERS: dict[int, tuple[Callable[..., None], Callable[..., Any]]] = {
    TypeId.BOOL: (Buffer.write_bool, Buffer.read_bool),
    TypeId.INT8: (Buffer.write_int8, Buffer.read_int8),
    TypeId.INT16: (Buffer.write_int16, Buffer.read_int16),
    TypeId.INT32: (Buffer.write_int32, Buffer.read_int32),
    TypeId.VARINT32: (Buffer.write_var_int32, Buffer.read_var_int32),
    TypeId.INT64: (Buffer.write_int64, Buffer.read_int64),
    TypeId.VARINT64: (Buffer.write_var_int64, Buffer.read_var_int64),
    TypeId.TAGGED_INT64: (Buffer.write_tagged_int64, Buffer.read_tagged_int64),
    TypeId.UINT8: (Buffer.write_uint8, Buffer.read_uint8),
    TypeId.UINT16: (Buffer.write_uint16, Buffer.read_uint16),
    TypeId.UINT32: (Buffer.write_uint32, Buffer.read_uint32),
    TypeId.VAR_UINT32: (Buffer.write_var_uint32, Buffer.read_var_uint32),
    TypeId.UINT64: (Buffer.write_uint64, Buffer.read_uint64),
    TypeId.VAR_UINT64: (Buffer.write_var_uint64, Buffer.read_var_uint64),
    TypeId.TAGGED_UINT64: (Buffer.write_tagged_uint64, Buffer.read_tagged_uint64),
    TypeId.FLOAT16: (_put_float16, _get_float16),
    TypeId.BFLOAT16: (_put_bfloat16, _get_bfloat16),
    TypeId.FLOAT32: (Buffer.write_float32, Buffer.read_float32),
    TypeId.FLOAT64: (Buffer.write_float64, Buffer.read_float64),
}
