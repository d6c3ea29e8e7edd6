"""Times of numpy as exact seconds and nanoseconds."""

from __future__ import annotations

from typing import Any

from fory.error import EncodeError

__all__ = ["exact_time"]

# Units of numpy that divide a second, by how many of them it has.
_PER_SECOND = {"s": 0, "ms": 3, "us": 6, "ns": 9, "ps": 12, "fs": 15, "as": 18}


def exact_time(value: Any, kind: str) -> tuple[int, int] | None:
    """Return seconds and nanoseconds (0 to 10**9 - 1) of a numpy scalar.

    Parameters
    ----------
    value : object
        Anything.
    kind : {"M", "m"}
        Whether a `numpy.datetime64` is wanted, counted from 1970, or a
        `numpy.timedelta64`.

    Returns
    -------
    tuple of (int, int) or None
        None if the value is nothing of the kind.

    Raises
    ------
    EncodeError
        If the value is missing (NaT), has no unit, months for a unit, or parts of a
        nanosecond.
    """
    dtype = getattr(value, "dtype", None)
    if getattr(dtype, "kind", "") != kind or getattr(value, "shape", None) != ():
        return None
    import numpy as np

    if np.isnat(value):
        raise EncodeError(f"found {value!r}; a missing time is None")
    unit, step = np.datetime_data(value.dtype)
    if unit in ("Y", "M") and kind == "M":
        value, unit, step = value.astype("datetime64[D]"), "D", 1
    count = int(value.astype(np.int64)) * step
    seconds = {"W": 604_800, "D": 86_400, "h": 3600, "m": 60}.get(unit)
    if seconds is not None:
        return count * seconds, 0
    if unit not in _PER_SECOND:
        raise EncodeError(f"found {value!r}, whose unit is no number of seconds")
    whole, rest = divmod(count, 10 ** _PER_SECOND[unit])
    nanos, lost = divmod(rest * 10**9, 10 ** _PER_SECOND[unit])
    if lost:
        raise EncodeError(f"found {value!r}, which is finer than nanoseconds")
    return whole, nanos
