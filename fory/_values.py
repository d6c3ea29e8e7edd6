"""Coercions of scalars that lose nothing, and the errors of those that would."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence, Set
from typing import Any

from fory.error import DecodeError, EncodeError, IntegerRangeError
from fory.types import TypeId

__all__ = [
    "as_entries",
    "as_float",
    "as_int",
    "as_items",
    "hashable",
    "kind_name",
    "out_of_range",
    "unexpected",
]

_SHOWN = 60
_PRINTED_BITS = 1024


def kind_name(kind: int) -> str:
    """Return the name of a type id for a message."""
    return TypeId(kind).name.lower()


def unexpected(expected: str, value: object) -> EncodeError:
    """Return the error for a value that is not of the declared type."""
    return EncodeError(
        f"expected {expected}, found {type(value).__name__} {_shown(value)}"
    )


def out_of_range(kind: int, value: int) -> IntegerRangeError:
    """Return the error for an integer that is too large for its type."""
    return IntegerRangeError(
        f"{_shown(value)} does not fit into {kind_name(kind)}; declare a wider type, "
        f"or a str"
    )


def _shown(value: object) -> str:
    # Python refuses to print very long ints in decimal.
    long = isinstance(value, int) and value.bit_length() > _PRINTED_BITS
    shown = f"{value:#x}" if long else repr(value)
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "..."


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
