"""Payloads that only Python messages have: leaves and views (xlang_wire 17)."""

from __future__ import annotations

import array
import copyreg
import types

from fory._array_io import ArraySerializer, array_id_of, no_array
from fory.arrays import ARRAY_CLASSES
from fory.error import DecodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "MappingProxySerializer",
    "PersistentSerializer",
    "PyArraySerializer",
    "SliceSerializer",
]

_ARRAYS = {
    int(c.type_id): ArraySerializer(c.type_id, array.array) for c in ARRAY_CLASSES
}


class SliceSerializer:
    """Start, stop and step of a slice; none of them is shared."""

    needs_parts = False  # before readers know the slice

    def write(self, ctx: Any, value: slice) -> None:
        """Write the three parts."""
        for part in (value.start, value.stop, value.step):
            ctx.write_nullable(part)

    def read(self, ctx: Any) -> slice:
        """Return the slice."""
        return slice(*[ctx.read_ref() for _ in range(3)])


class PyArraySerializer:
    """``array.array``: the id of a dense array, then its payload."""

    needs_parts = False

    def write(self, ctx: Any, value: array.array[Any]) -> None:
        """Write the array."""
        type_id = array_id_of(value)
        if type_id is None:
            raise no_array(value)
        ctx.write_uint8(type_id)
        ctx.write_bytes_and_size(value)

    def read(self, ctx: Any) -> Any:
        """Return the array."""
        type_id = ctx.read_uint8()
        if type_id not in _ARRAYS:
            raise DecodeError(f"{type_id} is not the id of an array")
        return _ARRAYS[type_id].read(ctx)


class MappingProxySerializer:
    """A read-only view on a dict: the dict."""

    def write(self, ctx: Any, value: types.MappingProxyType[Any, Any]) -> None:
        """Write the mapping behind the proxy."""
        ctx.write_ref(value | {})

    def read(self, ctx: Any) -> Any:
        """Return a proxy of a new dict."""
        mapping = ctx.read_ref()
        if not isinstance(mapping, dict):
            raise DecodeError(f"a mapping proxy of {type(mapping).__name__}")
        return types.MappingProxyType(mapping)


class ArrayChoice:
    """Tells arrays of numbers from those of characters, which are rebuilt by a call."""

    def __init__(self, numbers: Any, others: Any) -> None:
        self.numbers, self.others = numbers, others

    def choose(self, value: array.array[Any]) -> Any:
        """Return the plan for this array."""
        return self.others if array_id_of(value) is None else self.numbers


class ClassChoice:
    """Tells classes that are found by their name from those that a call rebuilds."""

    def __init__(self, by_name: Any, others: Any) -> None:
        self.by_name, self.others = by_name, others

    def choose(self, value: type) -> Any:
        """Return the plan for this class, whose metaclass has a reducer."""
        reduced = copyreg.dispatch_table[type(value)](value)
        named = isinstance(reduced, str) and reduced == value.__qualname__
        return self.by_name if named else self.others


class PersistentSerializer:
    """Names of objects that stay outside of the message."""

    def __init__(self, load: Any) -> None:
        self.load = load

    def read(self, ctx: Any) -> Any:
        """Return what has the name that follows."""
        name = ctx.read_ref()
        if self.load is None:
            raise DecodeError(
                f"the message refers to {name!r:.60} outside of it; an Unpickler with "
                f"persistent_load finds it"
            )
        return self.load(name)
