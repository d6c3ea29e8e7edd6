"""Time zones: the text that Arrow keeps, to a Python ``tzinfo``."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

__all__ = ["zone"]

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")


@lru_cache(maxsize=1024)
def zone(name: str) -> dt.tzinfo:
    """Return the zone called ``name``: ``UTC``, ``+01:00`` or an IANA name.

    Raises
    ------
    ValueError
        If the name is neither an offset nor a zone known to this machine.
    """
    if name in ("UTC", "Etc/UTC", "Z"):
        return dt.UTC if name != "Etc/UTC" else ZoneInfo(name)
    offset = _OFFSET.fullmatch(name)
    if offset:
        sign, hours, minutes = offset.groups()
        size = dt.timedelta(hours=int(hours), minutes=int(minutes))
        return dt.timezone(-size if sign == "-" else size)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as e:
        raise ValueError(
            f"time zone {name!r} is unknown here; install `tzdata` or read the "
            "column with to_arrow()"
        ) from e
