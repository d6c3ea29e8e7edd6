"""The table of odd types: how each comes apart and goes together again."""

from __future__ import annotations

import datetime
import decimal
import fractions
import ipaddress
import pathlib
import re
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from fory_pandas.names import shown
from fory_pandas.zones import facts_of_zone, zone_of

__all__ = ["BY_TAG", "BY_TYPE", "OddType"]

_DTYPE = re.compile(r"[<>|=][biufcmMSU]\d{1,6}(\[\d*[a-zA-Zμ]{1,2}\])?")


class OddType(NamedTuple):
    """A type: its tag, a text and parts made of a value, the value made of them."""

    tag: str
    type: type
    split: Callable[[Any], tuple[str, list[Any]]]
    join: Callable[[str, list[Any]], Any]


def _as_text(tag: str, kind: type) -> OddType:
    return OddType(
        tag, kind, lambda value: (str(value), []), lambda text, _: kind(text)
    )


def _zone_part(zone: datetime.tzinfo | None) -> dict[str, str] | None:
    if zone is None:
        return None
    facts = facts_of_zone(zone)
    if facts is None:
        raise TypeError(f"time zone {shown(zone)} has no portable name")
    return facts


def _zone(part: dict[str, str] | None) -> datetime.tzinfo | None:
    return None if part is None else zone_of(part)


def _split_datetime(v: datetime.datetime) -> tuple[str, list[Any]]:
    date = [v.year, v.month, v.day]
    clock = [v.hour, v.minute, v.second, v.microsecond]
    return "", [*date, *clock, v.fold, _zone_part(v.tzinfo)]


def _join_datetime(_: str, parts: list[Any]) -> datetime.datetime:
    *numbers, fold, zone = parts
    return datetime.datetime(*numbers).replace(tzinfo=_zone(zone), fold=fold)


def _split_time(v: datetime.time) -> tuple[str, list[Any]]:
    clock = [v.hour, v.minute, v.second, v.microsecond]
    return "", [*clock, v.fold, _zone_part(v.tzinfo)]


def _join_time(_: str, parts: list[Any]) -> datetime.time:
    *numbers, fold, zone = parts
    return datetime.time(*numbers).replace(tzinfo=_zone(zone), fold=fold)


def _dtype(text: str) -> np.dtype[Any]:
    if not _DTYPE.fullmatch(text):
        raise ValueError(f"unknown numpy dtype {text[:32]!r}")
    return np.dtype(text)


def _split_array(value: np.ndarray[Any, Any]) -> tuple[str, list[Any]]:
    shape = list(value.shape)
    if value.dtype == np.dtype(object):
        return "O", [shape, value.ravel().tolist()]
    text = value.dtype.str
    _dtype(text)
    return text, [shape, value.tobytes()]


def _join_array(text: str, parts: list[Any]) -> np.ndarray[Any, Any]:
    shape, data = parts
    if any(type(length) is not int or length < 0 for length in shape):
        raise ValueError(f"an array of shape {shape[:8]}")
    if text == "O":
        cells = np.fromiter(data, dtype=object, count=len(data))
        return cells.reshape(shape)
    return np.frombuffer(data, _dtype(text)).reshape(shape).copy()


def _split_scalar(value: np.generic) -> tuple[str, list[Any]]:
    _dtype(value.dtype.str)
    return value.dtype.str, [value.tobytes()]


def _join_scalar(text: str, parts: list[Any]) -> np.generic:
    scalar: np.generic = np.frombuffer(parts[0], _dtype(text), 1)[0]
    return scalar


def _counted(count: int, kind: str, unit: str) -> Any:
    """Return a numpy instant or duration of so many units."""
    if unit not in ("s", "ms", "us", "ns"):
        raise ValueError(f"unknown unit {unit[:16]!r}")
    return np.array([count], np.int64).view(f"{kind}[{unit}]")[0]


def _split_timestamp(value: pd.Timestamp) -> tuple[str, list[Any]]:
    return value.unit, [int(value.asm8.view("i8")), _zone_part(value.tzinfo)]


def _join_timestamp(unit: str, parts: list[Any]) -> pd.Timestamp:
    count, zone = parts
    stamp = pd.Timestamp(_counted(count, "M8", unit))
    return stamp if zone is None else stamp.tz_localize("UTC").tz_convert(_zone(zone))


def _split_timedelta(value: pd.Timedelta) -> tuple[str, list[Any]]:
    return value.unit, [int(value.asm8.view("i8"))]


def _split_period(value: pd.Period) -> tuple[str, list[Any]]:
    dtype = pd.PeriodDtype(value.freq)
    text = dtype.name.removeprefix("period[").removesuffix("]")
    return text, [value.ordinal]


def _join_period(text: str, parts: list[Any]) -> pd.Period:
    if len(text) > 64:
        raise ValueError("a frequency text is too long")
    return pd.Period(ordinal=parts[0], freq=text)


def _join_interval(closed: str, parts: list[Any]) -> pd.Interval:
    return pd.Interval(parts[0], parts[1], closed=closed)


_TYPES = (
    OddType("NA", type(pd.NA), lambda _: ("", []), lambda *_: pd.NA),
    OddType("NaT", type(pd.NaT), lambda _: ("", []), lambda *_: pd.NaT),
    OddType(
        "Interval",
        pd.Interval,
        lambda v: (v.closed, [v.left, v.right]),
        _join_interval,
    ),
    OddType("Period", pd.Period, _split_period, _join_period),
    OddType(
        "Timedelta",
        pd.Timedelta,
        _split_timedelta,
        lambda unit, parts: pd.Timedelta(_counted(parts[0], "m8", unit)),
    ),
    OddType("Timestamp", pd.Timestamp, _split_timestamp, _join_timestamp),
    OddType("ndarray", np.ndarray, _split_array, _join_array),
    OddType(
        "bytearray", bytearray, lambda v: ("", [bytes(v)]), lambda _, p: bytearray(p[0])
    ),
    OddType(
        "complex",
        complex,
        lambda v: ("", [v.real, v.imag]),
        lambda _, p: complex(p[0], p[1]),
    ),
    OddType(
        "date",
        datetime.date,
        lambda v: (v.isoformat(), []),
        lambda text, _: datetime.date.fromisoformat(text),
    ),
    OddType("datetime", datetime.datetime, _split_datetime, _join_datetime),
    OddType("time", datetime.time, _split_time, _join_time),
    OddType(
        "timedelta",
        datetime.timedelta,
        lambda v: ("", [v.days, v.seconds, v.microseconds]),
        lambda _, p: datetime.timedelta(p[0], p[1], p[2]),
    ),
    OddType(
        "Fraction",
        fractions.Fraction,
        lambda v: ("", [v.numerator, v.denominator]),
        lambda _, p: fractions.Fraction(p[0], p[1]),
    ),
    OddType(
        "range",
        range,
        lambda v: ("", [v.start, v.stop, v.step]),
        lambda _, p: range(p[0], p[1], p[2]),
    ),
    OddType(
        "slice",
        slice,
        lambda v: ("", [v.start, v.stop, v.step]),
        lambda _, p: slice(p[0], p[1], p[2]),
    ),
    OddType(
        "UUID", uuid.UUID, lambda v: ("", [v.bytes]), lambda _, p: uuid.UUID(bytes=p[0])
    ),
    _as_text("Decimal", decimal.Decimal),
    *(
        _as_text(kind.__name__, kind)
        for kind in (
            ipaddress.IPv4Address,
            ipaddress.IPv4Interface,
            ipaddress.IPv4Network,
            ipaddress.IPv6Address,
            ipaddress.IPv6Interface,
            ipaddress.IPv6Network,
            pathlib.PosixPath,
            pathlib.PurePosixPath,
            pathlib.PureWindowsPath,
            pathlib.WindowsPath,
        )
    ),
)
_SCALARS = "bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 \
float64 longdouble complex64 complex128 datetime64 timedelta64 str_ bytes_"

BY_TYPE: dict[type, OddType] = {entry.type: entry for entry in _TYPES} | {
    getattr(np, name): OddType("scalar", getattr(np, name), _split_scalar, _join_scalar)
    for name in _SCALARS.split()
}
BY_TAG: dict[str, OddType] = {entry.tag: entry for entry in BY_TYPE.values()}
