"""Rules of the getters that take a position and know the type."""

from __future__ import annotations

import datetime as dt
import operator
from typing import TYPE_CHECKING, Any

from fory_row.schema import Schema

if TYPE_CHECKING:
    from fory_row._view import Array, Map, Row

__all__ = ["buffer_of", "integer", "num_fields", "schema_of", "typed"]


def _value(view: Row | Array, i: int) -> Any:
    return view[operator.index(i)]


def typed(view: Row | Array, i: int, cls: type) -> Any:
    """Return an item that is of a class, or None; a time of day makes no date."""
    value = _value(view, i)
    other = cls is dt.date and isinstance(value, dt.datetime)
    if value is None or (isinstance(value, cls) and not other):
        return value
    raise TypeError(f"item {i} is of type {type(value).__name__}, not {cls.__name__}")


def integer(view: Row | Array, i: int, bits: int) -> int | None:
    """Return an item that is an integer of so many bits, or None."""
    value = _value(view, i)
    if value is None:
        return None
    if type(value) is bool or not isinstance(value, int):
        raise TypeError(f"item {i} is of type {type(value).__name__}, not int")
    if not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise OverflowError(f"item {i} is {value}, which has no place in int{bits}")
    return value


def schema_of(view: Row) -> Schema:
    """Return the fields of a row, or of a struct inside one."""
    field = _row(view, "schema")._field
    return view._plan.schema if field is None else Schema(field.type.children)


def num_fields(view: Row) -> int:
    """Return how many fields a row has."""
    return len(_row(view, "num_fields"))


def buffer_of(view: Row | Array | Map) -> memoryview:
    """Return the bytes of a view: those of a row where they lie."""
    from fory_row._view import Array, Row

    if isinstance(view, Row):
        return memoryview(view)
    return memoryview(view._bytes()[0] if isinstance(view, Array) else view.to_bytes())


def _row(view: Any, name: str) -> Row:
    from fory_row._view import Row

    if not isinstance(view, Row):
        raise AttributeError(f"{type(view).__name__} has no {name}; a row has")
    return view
