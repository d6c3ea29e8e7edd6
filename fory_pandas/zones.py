"""Time zones as texts: the key, the offset, and which library's object it was."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import Any

__all__ = ["arrow_zone", "facts_of_zone", "same_zone", "zone_of"]

_MINUTE = datetime.timedelta(minutes=1)
_MICROSECOND = datetime.timedelta(microseconds=1)


def facts_of_zone(zone: datetime.tzinfo) -> dict[str, str] | None:
    """Return the texts from which :func:`zone_of` makes the same zone, or None."""
    if type(zone) is zoneinfo.ZoneInfo:
        return {"zone": zone.key, "zone_class": "zoneinfo"} if zone.key else None
    if type(zone) is datetime.timezone:
        return _fixed_facts(zone)
    library = type(zone).__module__.partition(".")[0]
    if library == "pytz":
        return _pytz_facts(zone)
    if library == "dateutil" and type(zone).__name__ == "tzutc":
        return {"zone": "UTC", "zone_class": "dateutil"}
    return None


def _fixed_facts(zone: datetime.timezone) -> dict[str, str]:
    offset = zone.utcoffset(None)
    facts = {
        "zone": _offset_text(offset),
        "zone_class": "timezone",
        "offset": str(offset // _MICROSECOND),
    }
    name = zone.tzname(None)
    if name != datetime.timezone(offset).tzname(None):
        facts["name"] = name
    return facts


def _pytz_facts(zone: Any) -> dict[str, str] | None:
    import pytz

    key = getattr(zone, "zone", None)
    if key:
        # A localised variant of a named zone is an offset in disguise.
        same = pytz.timezone(key) is zone
        return {"zone": key, "zone_class": "pytz"} if same else None
    offset = zone.utcoffset(None)
    if offset is None or pytz.FixedOffset(offset // _MINUTE) != zone:
        return None
    minutes = str(offset // _MINUTE)
    fixed = {"zone": _offset_text(offset), "zone_class": "pytz-fixed"}
    return fixed | {"offset": minutes}


def _offset_text(offset: datetime.timedelta) -> str:
    """Return the offset as Arrow spells zones; UTC if that has no spelling."""
    minutes, rest = divmod(offset, _MINUTE)
    if rest or not minutes:
        return "UTC"
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def arrow_zone(facts: dict[str, str]) -> str:
    """Return the zone's text in the Arrow type; instants never depend on it."""
    return facts["zone"]


def zone_of(facts: dict[str, str]) -> datetime.tzinfo:
    """Return the zone that :func:`facts_of_zone` described, else ValueError."""
    kind, key = facts["zone_class"], facts["zone"]
    if kind == "zoneinfo":
        return zoneinfo.ZoneInfo(key)  # refuses keys that leave its folder
    if kind == "timezone":
        offset = int(facts["offset"]) * _MICROSECOND
        if "name" in facts:
            return datetime.timezone(offset, facts["name"])
        return datetime.timezone(offset) if offset else datetime.UTC
    if kind in ("pytz", "pytz-fixed"):
        return _pytz_zone(facts)
    if kind == "dateutil" and key == "UTC":
        from dateutil import tz

        return tz.tzutc()
    raise ValueError(f"unknown class of time zone {kind[:32]!r}")


def _pytz_zone(facts: dict[str, str]) -> datetime.tzinfo:
    try:
        import pytz
    except ImportError as error:
        key = facts["zone"][:64]
        raise ValueError(f"time zone {key!r} needs the package pytz") from error
    if facts["zone_class"] == "pytz":
        named: datetime.tzinfo = pytz.timezone(facts["zone"])
        return named
    fixed: datetime.tzinfo = pytz.FixedOffset(int(facts["offset"]))
    return fixed


def same_zone(a: datetime.tzinfo | None, b: datetime.tzinfo | None) -> bool:
    """Whether two zones have the same name, offset and class."""
    if a is b:
        return True
    if a is None or b is None:
        return False
    facts = facts_of_zone(a)
    return facts is not None and facts == facts_of_zone(b)
