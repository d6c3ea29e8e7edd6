"""Codes of dictionary fields, for encoders: values in, codes into the rows."""

from __future__ import annotations

import datetime as dt
import decimal
import operator
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fory.error import EncodeError
from fory_row.shape import Shape
from fory_row.shown import shown
from fory_row.types import DataType, Field

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Collected", "Known", "has_dictionary", "with_codes"]

Codes = Callable[[Any], int]
# Classes whose equal instances are stored alike; subclasses come first.
_EQUAL_ALIKE = (
    str, bytes, bool, int, dt.datetime, dt.date, dt.time, dt.timedelta, uuid.UUID,
    decimal.Decimal,
)  # fmt: skip


def has_dictionary(fields: Iterable[Field]) -> bool:
    """Tell whether some field, at any depth, is a dictionary."""
    return any(
        f.type.is_logical("dictionary") or has_dictionary(f.type.children)
        for f in fields
    )


def with_codes(
    shape: Shape, fields: Iterable[Field], codes_of: Callable[[DataType], Codes]
) -> Shape:
    """Return the shape of a record whose dictionary fields take values.

    ``codes_of`` is called for each of them, depth first, as a plan counts them.
    """
    children = []
    for child, field in zip(shape.children, fields, strict=True):
        if field.type.is_logical("dictionary"):
            made = replace(child, codes=codes_of(field.type))
        else:
            made = with_codes(child, field.type.children, codes_of)
        children.append(made)
    return replace(shape, children=tuple(children))


class Known:
    """Codes of values that rows came with.

    Parameters
    ----------
    dictionary : pyarrow.Array
        The values.
    """

    def __init__(self, dictionary: pa.Array) -> None:
        self._codes: dict[Any, int] = {}
        for code, value in enumerate(dictionary.to_pylist()):
            self._codes.setdefault(_key(value, code), code)

    def __call__(self, value: Any) -> int:
        """Return the code of a value; an `EncodeError` where there is none."""
        code = self._codes.get(_key(value, None))
        if code is None:
            raise EncodeError(
                f"{shown(value)} is none of the {len(self._codes)} values of the "
                "dictionary; from_pylist(records, schema) makes a new one"
            )
        return code


class Collected:
    """Codes of values as they come, each new one the next.

    Parameters
    ----------
    type_ : DataType
        The type of the dictionary field.
    """

    def __init__(self, type_: DataType) -> None:
        self._field = replace(type_.children[0], nullable=True)
        self._codes: dict[Any, int] = {}
        self._values: list[Any] = []

    def __call__(self, value: Any) -> int:
        """Return the code of a value, a new one when it comes for the first time."""
        code = len(self._values)
        found = self._codes.setdefault(_key(value, code), code)
        if found == code:
            self._values.append(value)
        return found

    def array(self) -> pa.Array:
        """Return the values in the order of their codes.

        Raises
        ------
        EncodeError
            If one is not of the dictionary's type.
        """
        from fory_row.encoder import encoder
        from fory_row.schema import Schema

        field = replace(self._field, name="dictionary")
        made = encoder(schema=Schema([field]))
        rows = made.to_rows({"dictionary": value} for value in self._values)
        return rows.to_arrow().column(0).combine_chunks()


def _key(value: Any, unique: int | None) -> Any:
    """Return what is equal for equal values; others share no code."""
    if isinstance(value, float):
        return value.hex()  # tells zeros apart, and is equal for every NaN
    for kind in _EQUAL_ALIKE:
        if isinstance(value, kind):
            return kind, value
    is_bool = type(value).__name__ in ("bool", "bool_")  # an index in older numpy
    if hasattr(value, "__index__") and not is_bool:  # an integer of numpy
        return int, operator.index(value)
    return object, unique
