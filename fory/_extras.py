"""Leaf values that Python messages keep and other languages lack.

Long ints stand behind a zero of nine bytes, which no other writer makes. A datetime
that is more than a moment in UTC stands as its wall clock, its seconds moved to where
no date lies, and then says its zone. Other readers refuse both.
"""

from __future__ import annotations

import datetime
import functools

from fory.error import DecodeError, EncodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "fixed_zone",
    "named_zone",
    "read_long_int",
    "read_zone",
    "safety",
    "write_long_int",
    "write_zone",
]

_LONG_INT = b"\x80" * 8 + b"\x00"
_OFFSET, _KEY, _OBJECT = 0, 1, 2
_MICROSECOND = datetime.timedelta(microseconds=1)


@functools.cache
def safety() -> tuple[Any, ...]:
    """Return how safely a UUID may have been made, in the order of the bytes."""
    from uuid import SafeUUID

    return SafeUUID.unknown, SafeUUID.safe, SafeUUID.unsafe


def write_long_int(ctx: Any, value: int) -> None:
    """Write an int beyond 64 bits."""
    ctx.write_bytes(_LONG_INT)
    size = value.bit_length() // 8 + 1
    ctx.write_bytes_and_size(value.to_bytes(size, "little", signed=True))


def read_long_int(ctx: Any) -> int:
    """Return an int beyond 64 bits; what announces it was read."""
    return int.from_bytes(ctx.read_bytes_and_size(), "little", signed=True)


# Zones of a message by what it says of them: most datetimes have the same.
_ZONES = "fory.zones"


def write_zone(ctx: Any, zone: datetime.tzinfo) -> None:
    """Write the offset of a zone, its key, or the object that it is."""
    if type(zone) is datetime.timezone:
        init: Any = zone.__getinitargs__()  # type: ignore[attr-defined]
        ctx.write_uint8(_OFFSET)
        ctx.write_var_int64(init[0] // _MICROSECOND)
        ctx.write_nullable(init[1] if len(init) > 1 else None)
        return
    key = getattr(zone, "key", None)
    if (type(zone).__module__, type(zone).__name__) == ("zoneinfo", "ZoneInfo") and key:
        ctx.write_uint8(_KEY)
        ctx.write_string(key)
        return
    if ctx.fory.strict:
        raise EncodeError(
            f"the time zone {zone!r:.60} is an object of {type(zone).__module__}: "
            f"convert it to UTC, or use ZoneInfo or Fory(strict=False)"
        )
    ctx.write_uint8(_OBJECT)
    ctx.write_ref(zone)


def read_zone(ctx: Any) -> Any:
    """Return a zone; those that a message names alike are one object."""
    kind = ctx.read_uint8()
    if kind == _OBJECT:
        return ctx.read_ref()
    if kind not in (_OFFSET, _KEY):
        raise DecodeError(f"a time zone of the unknown kind {kind}")
    place: Any = ctx.read_var_int64() if kind == _OFFSET else ctx.read_string()
    name = ctx.read_ref() if kind == _OFFSET else None
    if name is not None:
        return fixed_zone(place, name)
    zones = ctx.get_context_object(_ZONES)
    if zones is None:
        zones = {}
        ctx.add_context_object(_ZONES, zones)
    zone = zones.get(place)
    if zone is None:
        make = fixed_zone if kind == _OFFSET else named_zone
        zone = zones[place] = make(place)
    return zone


def fixed_zone(micros: int, name: Any = None) -> datetime.timezone:
    """Return the zone at an offset from UTC."""
    try:
        offset = datetime.timedelta(microseconds=micros)
        if name is None:
            return datetime.timezone(offset)
        return datetime.timezone(offset, name)
    except (OverflowError, TypeError, ValueError) as error:
        raise DecodeError(f"a time zone is not valid: {error}") from error


def named_zone(key: str) -> datetime.tzinfo:
    """Return the zone that the database of the machine has under a key."""
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(key)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DecodeError(f"this machine knows no time zone {key!r:.60}") from error
