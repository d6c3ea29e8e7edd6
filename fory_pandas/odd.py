"""Values that JSON, Arrow and xlang have no type for, as tagged trees of plain ones.

``to_tree`` leaves plain values alone and wraps the others in an :class:`Odd` with a
tag from a fixed table; ``from_tree`` looks the tag up in the same table, so a record
can name nothing that is not listed here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Protocol

from fory.error import DecodeError
from fory.unknown import UnknownStruct
from fory_pandas import registered
from fory_pandas.names import is_utf8
from fory_pandas.odd_types import BY_TAG, BY_TYPE

__all__ = ["Odd", "Registry", "UnportableError", "from_tree", "to_tree"]

_MAX_DEPTH = 20
_REGISTERED = "registered"


@dataclasses.dataclass
class Odd:
    """A value by tag: its text, and the parts that it is made of."""

    tag: str = ""
    text: str = ""
    parts: list[Any] = dataclasses.field(default_factory=list)


class UnportableError(TypeError):
    """A value of a type that has no tag."""


class Registry(Protocol):
    """What a `fory.Fory` with classes of the caller's own is used for."""

    def serialize(self, obj: Any, /) -> Any:
        """Return the record of an object of a registered class."""

    def deserialize(self, record: bytes, /) -> Any:
        """Return the object of a record."""


def to_tree(value: Any, registry: Registry | None = None, depth: int = 0) -> Any:
    """Return a value as plain values and tagged ones; the exact type decides.

    Values of other types go to the ``registry``, which refuses what it does not know.
    """
    kind = type(value)
    if value is None or kind in (bool, float, bytes):
        return value
    if kind is int:
        small = -(1 << 63) <= value < 1 << 63
        return value if small else Odd("int", hex(value))
    if kind is str:
        if is_utf8(value):
            return value
        return Odd("str", parts=[value.encode("utf-8", "surrogatepass")])
    if depth > _MAX_DEPTH:
        raise UnportableError(f"values nested deeper than {_MAX_DEPTH} levels")
    if kind in (list, tuple, set, frozenset):
        parts = [to_tree(part, registry, depth + 1) for part in value]
        return parts if kind is list else Odd(kind.__name__, parts=parts)
    if kind is dict:
        return _dict_tree(value, registry, depth)
    entry = BY_TYPE.get(kind)
    if entry is None and registry is not None:
        return Odd(_REGISTERED, parts=[bytes(registry.serialize(value))])
    if entry is None:
        raise UnportableError(f"{kind.__module__}.{kind.__qualname__} has no tag")
    text, parts = entry.split(value)
    return Odd(entry.tag, text, [to_tree(part, registry, depth + 1) for part in parts])


def _dict_tree(value: dict[Any, Any], registry: Registry | None, depth: int) -> Any:
    keys = [to_tree(key, registry, depth + 1) for key in value]
    values = [to_tree(item, registry, depth + 1) for item in value.values()]
    # Only text keys stay keys: 1, True and 1.0 differ here and not in every map.
    if all(type(key) is str for key in keys):
        return dict(zip(keys, values, strict=True))
    return Odd("dict", parts=[keys, values])


def from_tree(tree: Any, registry: Registry | None = None, depth: int = 0) -> Any:
    """Return the value that :func:`to_tree` took apart."""
    if depth > 2 * _MAX_DEPTH:
        raise DecodeError(f"a record is nested deeper than {2 * _MAX_DEPTH} levels")
    kind = type(tree)
    if tree is None or kind in (bool, int, float, str, bytes):
        return tree
    if kind is list:
        return [from_tree(part, registry, depth + 1) for part in tree]
    if kind is dict:
        return {key: from_tree(item, registry, depth + 1) for key, item in tree.items()}
    if kind is not Odd:
        raise DecodeError(f"a record may not hold {kind.__name__}")
    parts = [from_tree(part, registry, depth + 1) for part in tree.parts]
    if tree.tag == _REGISTERED:
        return _registered(parts, registry)
    join = _CONTAINERS.get(tree.tag)
    try:
        if join is not None:
            return join(tree.text, parts)
        return BY_TAG[tree.tag].join(tree.text, parts)
    except DecodeError:
        raise
    except KeyError as error:
        raise DecodeError(f"unknown tag {tree.tag[:32]!r} of a value") from error
    except (
        ArithmeticError,
        LookupError,
        NotImplementedError,
        TypeError,
        ValueError,
    ) as e:
        raise DecodeError(f"a value tagged {tree.tag[:32]!r} is damaged: {e}") from e


def _registered(parts: list[Any], registry: Registry | None) -> Any:
    registry = registered.registry() if registry is None else registry
    if registry is None:
        raise DecodeError(
            "a value is of a class that its writer registered; register it with "
            "fory_pandas.register_type, or read with objects=fory, a Fory that knows it"
        )
    if len(parts) != 1 or type(parts[0]) is not bytes:
        raise DecodeError("a value of a registered class is damaged")
    value = registry.deserialize(parts[0])
    if isinstance(value, UnknownStruct):
        raise DecodeError(
            "a value is of a class that its writer registered and this Fory does not "
            f"know: {value!r:.80}"
        )
    return value


_CONTAINERS: dict[str, Callable[[str, list[Any]], Any]] = {
    "dict": lambda _, parts: dict(zip(parts[0], parts[1], strict=True)),
    "frozenset": lambda _, parts: frozenset(parts),
    "int": lambda text, _: int(text, 16),
    "set": lambda _, parts: set(parts),
    "str": lambda _, parts: parts[0].decode("utf-8", "surrogatepass"),
    "tuple": lambda _, parts: tuple(parts),
}
