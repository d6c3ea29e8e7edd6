"""Instants, durations and periods: int64 in the column's own unit."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.tseries.frequencies import to_offset

from fory_pandas.context import Decoder, Encoder
from fory_pandas.facts import ColumnFacts
from fory_pandas.zones import arrow_zone, facts_of_zone, zone_of

__all__ = [
    "decode_datetime",
    "decode_period",
    "decode_timedelta",
    "encode_datetime",
    "encode_period",
    "encode_timedelta",
    "freq_text",
    "offset_of",
]

_UNITS = ("s", "ms", "us", "ns")
_NAT = np.iinfo(np.int64).min
_FREQ_TEXT_LIMIT = 64


def _int64_with_nulls(values: Any) -> pa.Array:
    """Return the counts of a datetime-like array, NaT as null; a view without any."""
    counts = values.view("i8")
    missing = counts == _NAT
    return pa.array(counts, mask=missing if missing.any() else None)


def _counts(array: pa.Array) -> np.ndarray[Any, Any]:
    """Return int64 counts, nulls as NaT."""
    counts = array.cast(pa.int64()) if array.type == pa.int64() else array.view("int64")
    filled = counts.fill_null(_NAT) if counts.null_count else counts
    numbers: np.ndarray[Any, Any] = filled.to_numpy(zero_copy_only=False)
    return numbers


def encode_datetime(values: Any, to: Encoder) -> tuple[pa.Array, ColumnFacts]:
    """Encode naive and aware timestamps of any unit."""
    zone = values.tz
    facts = ColumnFacts("datetime", values.unit)
    if zone is not None:
        facts.options = _zone_options(zone, to)
    tz = arrow_zone(facts.options) if facts.options else None
    return _int64_with_nulls(values).view(pa.timestamp(values.unit, tz)), facts


def _zone_options(zone: datetime.tzinfo, to: Encoder) -> dict[str, str]:
    facts = facts_of_zone(zone)
    if facts is None:
        name = f"{type(zone).__module__}.{type(zone).__qualname__}"
        to.refuse(
            f"time zone {zone!r} of class {name} has no portable name",
            "convert to a zone of zoneinfo or a fixed offset",
        )
    return facts


def decode_datetime(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    """Decode timestamps; the zone object is of the class that was written."""
    at.expect(facts.dtype in _UNITS, f"unknown unit {facts.dtype[:16]!r}")
    is_instant = pa.types.is_timestamp(array.type) or array.type == pa.int64()
    at.expect(is_instant, f"timestamps stored as {array.type}")
    at.expect(
        array.type == pa.int64() or array.type.unit == facts.dtype,
        f"unit {facts.dtype!r} against a column of {array.type}",
    )
    naive = _counts(array).view(f"M8[{facts.dtype}]")
    if not facts.options:
        return naive
    index = pd.DatetimeIndex(naive, copy=False).tz_localize("UTC")
    return index.tz_convert(zone_of(facts.options)).array


def encode_timedelta(values: Any, to: Encoder) -> tuple[pa.Array, ColumnFacts]:
    """Encode durations of any unit."""
    array = _int64_with_nulls(values).view(pa.duration(values.unit))
    return array, ColumnFacts("timedelta", values.unit)


def decode_timedelta(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    """Decode durations."""
    at.expect(facts.dtype in _UNITS, f"unknown unit {facts.dtype[:16]!r}")
    stored = (pa.duration(facts.dtype), pa.int64())
    at.expect(array.type in stored, f"durations in {facts.dtype} as {array.type}")
    return _counts(array).view(f"m8[{facts.dtype}]")


def freq_text(freq: Any, to: Encoder) -> str:
    """Return the text that pandas parses into an equal offset."""
    text = str(freq.freqstr)
    try:
        same = len(text) <= _FREQ_TEXT_LIMIT and to_offset(text) == freq
    except (ValueError, TypeError):
        same = False
    if not same:
        to.refuse(
            f"frequency {freq!r} has no text that pandas reads back",
            "set freq to None",
        )
    return text


def offset_of(text: str, at: Decoder) -> Any:
    """Return the offset that :func:`freq_text` wrote."""
    at.expect(len(text) <= _FREQ_TEXT_LIMIT, "a frequency text is too long")
    return to_offset(text)


def encode_period(values: Any, to: Encoder) -> tuple[pa.Array, ColumnFacts]:
    """Encode periods as ordinals of their frequency."""
    # The dtype's own spelling: that of the offset differs (M against ME).
    text = values.dtype.name.removeprefix("period[").removesuffix("]")
    try:
        same = len(text) <= _FREQ_TEXT_LIMIT and pd.PeriodDtype(text) == values.dtype
    except ValueError:
        same = False
    if not same:
        to.refuse(f"periods of frequency {text!r} have no text that reads back")
    return _int64_with_nulls(values), ColumnFacts("period", text)


def decode_period(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    """Decode ordinals into periods."""
    at.expect(len(facts.dtype) <= _FREQ_TEXT_LIMIT, "a frequency text is too long")
    at.expect(array.type == pa.int64(), f"periods stored as {array.type}")
    dtype = pd.PeriodDtype(facts.dtype)
    return pd.arrays.PeriodArray(_counts(array), dtype=dtype)
