"""Values of rows as JSON text."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

__all__ = ["json_text", "plain", "record_text"]


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return a value of a row as JSON.

    Notes
    -----
    JSON knows neither bytes nor times nor NaN: bytes become base64, dates and times ISO
    text, decimals, durations and UUIDs text, NaN and infinities null. A map whose keys
    are not text becomes a list of pairs.
    """
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False, indent=indent)


def record_text(record: dict[str, Any]) -> str:
    """Return a record in which no field is a map as JSON; see `json_text`."""
    try:
        return _ENCODE(record)
    except ValueError:  # of NaN and infinities
        return json_text(record)


def plain(value: Any) -> Any:
    """Return a value made of what JSON knows."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if hasattr(value, "to_dict"):
        value = value.to_dict()
    if isinstance(value, dict):
        if all(isinstance(k, str) for k in value):
            return {k: plain(v) for k, v in value.items()}
        return [[plain(k), plain(v)] for k, v in value.items()]
    if hasattr(value, "to_list"):
        value = value.to_list()
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=plain).encode
