"""Coercions of scalars that lose nothing, and the errors of those that would."""

from __future__ import annotations

import operator
import types
from collections.abc import Mapping, Sequence, Set

from fory._globals import is_made_by_python
from fory._type_ids import TypeId
from fory.error import (
    ContainerChangedError,
    DecodeError,
    EncodeError,
    IntegerRangeError,
    ValueTypeError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "as_entries",
    "as_float",
    "as_int",
    "as_items",
    "changed",
    "hashable",
    "key_step",
    "kind_name",
    "out_of_range",
    "shown",
    "unexpected",
    "with_lists",
]

_SHOWN = 60
_PRINTED_BITS = 1024


def kind_name(kind: int) -> str:
    """Return the name of a type id for a message."""
    return TypeId(kind).name.lower()


def unexpected(expected: str, value: object) -> ValueTypeError:
    """Return the error for a value that is not of the declared type."""
    return ValueTypeError(
        f"expected {expected}, found {type(value).__name__} {shown(value)}"
    )


def changed() -> ContainerChangedError:
    """Return the error for a container that its own content changed."""
    return ContainerChangedError(
        "a container changed size during iteration, while it was being written; copy "
        "it first"
    )


def out_of_range(kind: int, value: int) -> IntegerRangeError:
    """Return the error for an integer that is too large for its type."""
    return IntegerRangeError(
        f"{shown(value)} does not fit into {kind_name(kind)}; declare a wider type, "
        f"or a str"
    )


def shown(value: object) -> str:
    """Return a short text for a value, also for one whose ``repr`` fails."""
    # Python refuses to print very long ints in decimal.
    long = type(value) is int and value.bit_length() > _PRINTED_BITS
    try:
        text = f"{value:#x}" if long else repr(value)
    except Exception:
        text = object.__repr__(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def key_step(key: object) -> str:
    """Return the part of a path that goes through an entry of a map."""
    return f"[{shown(key)}]"


def as_int(value: Any) -> int:
    """Return ``value`` as an int if it is one, also numpy's."""
    if isinstance(value, int):
        return int(value)
    try:
        return operator.index(value)
    except TypeError:
        raise unexpected("an int", value) from None


def as_float(value: Any) -> float:
    """Return ``value`` as a float if no digit of it is lost."""
    if isinstance(value, (str, bytes)):
        raise unexpected("a float", value)
    try:
        result = float(value)
    except (TypeError, OverflowError) as error:
        raise unexpected("a float", value) from error
    if isinstance(value, int) and result != value:
        raise EncodeError(f"the int {value} has no exact float; store it as an int")
    return result


def as_items(value: Any, is_set: bool) -> list[Any]:
    """Return the items of an abstract sequence or set as a list."""
    kind = Set if is_set else Sequence
    fits = isinstance(value, kind) and not isinstance(value, (str, bytes, bytearray))
    is_array = hasattr(value, "tolist") and getattr(value, "ndim", 1) == 1
    if not fits and (is_set or not is_array):
        raise unexpected("a set" if is_set else "a list", value)
    return list(value)


def as_entries(value: Any) -> dict[Any, Any]:
    """Return the entries of any mapping as a dict in the mapping's order."""
    if not isinstance(value, Mapping):
        raise unexpected("a dict", value)
    return {key: value[key] for key in value}


def hashable(value: Any) -> Any:
    """Return a key or set item as the immutable twin of what was read."""
    if isinstance(value, list):
        return tuple(hashable(item) for item in value)
    if isinstance(value, set):
        return frozenset(value)
    try:
        hash(value)
    except TypeError as error:
        raise DecodeError(
            f"a {type(value).__name__} stands where a key is needed: {error}"
        ) from error
    return value


def with_lists(value: Any, reduced: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a reduction whose items and entries can be written."""
    items, entries = (*reduced[3:5], None)[:2]
    for part in (items, entries):
        if part is not None and not hasattr(part, "__iter__"):
            raise EncodeError(
                f"{type(value).__qualname__}.__reduce__ returned {shown(part)} for its "
                f"items, expected an iterator"
            )
    if items is not None:
        items = list(items)
    if isinstance(entries, types.GeneratorType) or is_made_by_python(type(entries)):
        entries = list(entries)
    return (*reduced[:3], items, entries, *reduced[5:])[: len(reduced)]
