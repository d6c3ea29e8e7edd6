"""Values as error messages show them: short, and never failing."""

from __future__ import annotations

import datetime as dt
import decimal
import reprlib
import uuid
from typing import Any

_PLAIN = (
    bool, float, complex, str, bytes, bytearray, type(None),
    dt.date, dt.time, dt.timedelta, decimal.Decimal, uuid.UUID,
)  # fmt: skip
_SHORT = reprlib.Repr()
_SHORT.maxother = _SHORT.maxstring = 60


def type_name(value: Any) -> str:
    """Return the name of the value's class, with its module unless builtin."""
    cls = type(value)
    module = cls.__module__
    return cls.__qualname__ if module == "builtins" else f"{module}.{cls.__qualname__}"


def shown(value: Any) -> str:
    """Return the class of a value, and the value where that is short and safe."""
    name = type_name(value)
    if type(value) is int:
        bits = value.bit_length()
        return f"int {value}" if bits <= 200 else f"int of {bits} bits"
    # Only these classes themselves: the repr of anything else may run user code.
    return f"{name} {_SHORT.repr(value)}" if type(value) in _PLAIN else name
