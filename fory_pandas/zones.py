"""Time zones as texts: the key, the offset, and which library's object it was."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import Any

from .context import Decoder, Encoder

__all__ = ["arrow_zone", "zone_facts", "zone_of"]

_DAY = datetime.timedelta(days=1)


def zone_facts(zone: datetime.tzinfo, to: Encoder) -> dict[str, str]:
    """Return the texts from which :func:`zone_of` makes an equal zone."""
    facts = _facts(zone)
    if facts is None:
        name = f"{type(zone).__module__}.{type(zone).__qualname__}"
        to.refuse(
            f"time zone {zone!r} of class {name} has no portable name",
            "convert to a zone of zoneinfo or a fixed offset",
        )
    return facts


def _facts(zone: datetime.tzinfo) -> dict[str, str] | None:
    kind = f"{type(zone).__module__}.{type(zone).__name__}"
    if type(zone) is zoneinfo.ZoneInfo:
        return {"zone": zone.key, "zone_class": "zoneinfo"} if zone.key else None
    if type(zone) is datetime.timezone:
        return _fixed_facts(zone)
    if kind.startswith("pytz"):
        return _pytz_facts(zone)
    if kind == "dateutil.tz.tz.tzutc":
        return {"zone": "UTC", "zone_class": "dateutil"}
    if kind == "dateutil.tz.tz.tzlocal":
        return None
    return None


def _fixed_facts(zone: datetime.timezone) -> dict[str, str] | None:
    offset = zone.utcoffset(None)
    micros = str(offset // datetime.timedelta(microseconds=1))
    facts = {"zone": _offset_text(offset), "zone_class": "timezone", "offset": micros}
    name = zone.tzname(None)
    if name != datetime.timezone(offset).tzname(None):
        facts["name"] = name
    return facts


def _pytz_facts(zone: Any) -> dict[str, str] | None:
    import pytz

    if zone is pytz.utc:
        return {"zone": "UTC", "zone_class": "pytz"}
    if isinstance(zone, pytz.tzinfo.BaseTzInfo) and zone.zone:
        # pandas keeps the zone itself; a localised variant of it names the same.
        same = pytz.timezone(zone.zone) is zone
        return {"zone": zone.zone, "zone_class": "pytz"} if same else None
    if kind_of_fixed := getattr(zone, "_minutes", None):
        return {
            "zone": _offset_text(zone.utcoffset(None)),
            "zone_class": "pytz-fixed",
            "offset": str(kind_of_fixed),
        }
    return None


def _offset_text(offset: datetime.timedelta) -> str:
    """Return the offset as Arrow spells zones, or UTC if it has odd seconds."""
    minutes, rest = divmod(offset, datetime.timedelta(minutes=1))
    if rest:
        return "UTC"
    if not minutes:
        return "UTC"
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def arrow_zone(facts: dict[str, str]) -> str:
    """Return the zone's text in the Arrow type; instants never depend on it."""
    return facts["zone"]


def zone_of(facts: dict[str, str], at: Decoder) -> datetime.tzinfo:
    """Return the zone object that :func:`zone_facts` described."""
    kind, key = facts["zone_class"], facts["zone"]
    if kind == "zoneinfo":
        return zoneinfo.ZoneInfo(key)  # validates the key: no path leaves its folder
    if kind == "timezone":
        offset = datetime.timedelta(microseconds=int(facts["offset"]))
        if "name" in facts:
            return datetime.timezone(offset, facts["name"])
        return datetime.timezone(offset)
    if kind in ("pytz", "pytz-fixed"):
        try:
            import pytz
        except ImportError as error:
            at.refuse(f"time zone {key[:64]!r} needs the package pytz: {error}")
        if kind == "pytz-fixed":
            fixed: datetime.tzinfo = pytz.FixedOffset(int(facts["offset"]))
            return fixed
        named: datetime.tzinfo = pytz.timezone(key)
        return named
    if kind == "dateutil":
        from dateutil import tz

        return tz.tzutc() if key == "UTC" else at.refuse("unknown dateutil zone")
    at.refuse(f"unknown class of time zone {kind[:32]!r}")
