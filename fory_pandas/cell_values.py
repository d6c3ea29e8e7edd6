"""Values of cells compared, ordered and spelled, whatever their types.

Two cells are the same when their values are: NaN is itself, 0.0 is -0.0, and the
entries of a map have no order.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import math
import uuid
from collections.abc import Callable
from typing import Any

from fory_row._view import Array, Map, Row
from fory_row.types import DataType, Kind

__all__ = ["bytes_decide", "order_key", "value_of_json", "value_text"]

_FLOATS = (Kind.FLOAT32, Kind.FLOAT64)
_TYPES_OF_TEXT: dict[Kind, Callable[[str], Any]] = {
    Kind.DATE32: datetime.date.fromisoformat,
    Kind.DECIMAL: decimal.Decimal,
    Kind.TIMESTAMP: datetime.datetime.fromisoformat,
}
_LOGICAL_OF_TEXT: dict[str, Callable[[str], Any]] = {
    "date64": datetime.date.fromisoformat,
    "decimal": decimal.Decimal,
    "time": datetime.time.fromisoformat,
    "timestamp": datetime.datetime.fromisoformat,
    "uuid": uuid.UUID,
}


def bytes_decide(type_: DataType) -> bool:
    """Whether canonical bytes are equal exactly when the values are."""
    if type_.kind in _FLOATS or type_.kind is Kind.MAP:
        return False
    if type_.is_logical("float16"):
        return False
    return all(bytes_decide(child.type) for child in type_.children)


def value_text(value: Any) -> str:
    """Return a text that is equal for equal values of one type, and only then."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else repr(value + 0.0)  # -0.0 becomes 0.0
    if isinstance(value, Map):
        pairs = sorted((value_text(k), value_text(v)) for k, v in value.pairs())
        return f"{{{','.join(f'{k}:{v}' for k, v in pairs)}}}"
    if isinstance(value, Array):
        return f"[{','.join(map(value_text, value))}]"
    if isinstance(value, Row):
        return f"({','.join(map(value_text, value.values()))})"
    return repr(value)


def order_key(value: Any) -> tuple[Any, ...]:
    """Return what orders values of one type: by parts, NaN and nulls last."""
    if value is None:
        return (2,)
    if isinstance(value, float) and math.isnan(value):
        return (1,)
    if isinstance(value, Map):
        pairs = sorted((order_key(k), order_key(v)) for k, v in value.pairs())
        return (0, tuple(pairs))
    if isinstance(value, Array):
        return (0, tuple(map(order_key, value)))
    if isinstance(value, Row):
        return (0, tuple(map(order_key, value.values())))
    return (0, value)


def value_of_json(value: Any, type_: DataType) -> Any:
    """Return what JSON says of a value of a type, the inverse of a cell's text.

    Raises
    ------
    ValueError
        If JSON has something else than the type.
    """
    if value is None:
        return None
    if type_.kind is Kind.STRUCT and isinstance(value, dict):
        types = {field.name: field.type for field in type_.children}
        return {
            key: value_of_json(part, types[key]) if key in types else part
            for key, part in value.items()
        }
    if type_.kind is Kind.LIST and isinstance(value, list):
        return [value_of_json(part, type_.children[0].type) for part in value]
    if type_.kind is Kind.MAP:
        return _map_of_json(value, type_)
    if isinstance(value, str):
        if type_.kind is Kind.BINARY and type_.logical is None:
            return base64.b64decode(value, validate=True)
        name = "" if type_.logical is None else type_.logical.name
        make = _LOGICAL_OF_TEXT.get(name) or _TYPES_OF_TEXT.get(type_.kind)
        return value if make is None else make(value)
    return value


def _map_of_json(value: Any, type_: DataType) -> Any:
    key_type, item_type = (child.type for child in type_.children)
    pairs = value.items() if isinstance(value, dict) else value
    return [
        (value_of_json(key, key_type), value_of_json(item, item_type))
        for key, item in pairs
    ]
