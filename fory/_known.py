"""Classes of the standard library that have short forms of their own.

They are what ``fory.dumps`` writes instead of a reduction. This module has the rules,
for the twin and for readers that a policy watches; ``_write_known`` and
``_read_known`` do the same without a look at the policy.
"""

from __future__ import annotations

import functools

from fory._extras import safety
from fory._globals import find, find_valid
from fory._impl import Reduction
from fory._type_ids import TypeId
from fory.error import DecodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["KNOWN", "Known", "id_of"]


class Known:
    """One of the classes; subclasses say what its instances are made of."""

    module = "builtins"
    name = ""
    needs_parts = False  # before readers know the instance

    def __init__(self, reduction: Reduction) -> None:
        self.reduction = reduction

    @functools.cached_property
    def cls(self) -> Any:
        """The class; its module is imported at the first use."""
        return find(self.module, self.name, self.reduction.policy)

    def find(self) -> Any:
        """Return the class past the hooks of the policy."""
        return find_valid(self.module, self.name, self.reduction.policy)

    def make(self, args: Any, *rest: Any) -> Any:
        """Return what a call of the class makes, with what pickle adds to it."""
        made = self.reduction.call(self.find(), args)
        return self.reduction.finish(made, list(rest))


class _Mapping(Known):
    """A mapping that its values may refer to."""

    def write(self, ctx: Any, value: Any) -> None:
        """Write the entries."""
        _write_as(ctx, TypeId.MAP, dict(value.items()))

    def read(self, ctx: Any) -> Any:
        """Return the mapping."""
        return self.filled(ctx, ())

    def filled(self, ctx: Any, args: Any, state: Any = None) -> Any:
        """Make an empty mapping, then read its entries."""
        made = self.reduction.call(self.find(), args)
        ctx.reference(made)
        entries = _read_as(ctx, TypeId.MAP)
        return self.reduction.finish(made, [state, None, entries])


class _Counter(_Mapping):
    module, name = "collections", "Counter"


class _OrderedDict(_Mapping):
    module, name = "collections", "OrderedDict"

    def write(self, ctx: Any, value: Any) -> None:
        """Write the attributes, mostly none, and the entries."""
        ctx.write_nullable(vars(value) or None)
        super().write(ctx, value)

    def read(self, ctx: Any) -> Any:
        """Return the mapping."""
        return self.filled(ctx, (), ctx.read_ref())


class _DefaultDict(_Mapping):
    module, name = "collections", "defaultdict"

    def write(self, ctx: Any, value: Any) -> None:
        """Write what makes missing values, and the entries."""
        ctx.write_ref(value.default_factory)
        super().write(ctx, value)

    def read(self, ctx: Any) -> Any:
        """Return the mapping."""
        factory = ctx.read_ref()
        return self.filled(ctx, () if factory is None else (factory,))


class _Deque(Known):
    module, name = "collections", "deque"

    def write(self, ctx: Any, value: Any) -> None:
        """Write one more than the bound, 0 without one, and the items."""
        ctx.write_var_uint64(0 if value.maxlen is None else value.maxlen + 1)
        _write_as(ctx, TypeId.LIST, list(value))

    def read(self, ctx: Any) -> Any:
        """Return the deque."""
        bound = ctx.read_var_uint64()
        args = ((), bound - 1) if bound else ()
        made = self.reduction.call(self.find(), args)
        ctx.reference(made)
        items = _read_as(ctx, TypeId.LIST)
        return self.reduction.finish(made, [None, items])


class _Partial(Known):
    module, name = "functools", "partial"
    needs_parts = True

    def write(self, ctx: Any, value: Any) -> None:
        """Write function, arguments by place and by name, attributes."""
        ctx.write_ref(value.func)
        _write_as(ctx, TypeId.TUPLE, value.args)
        _write_as(ctx, TypeId.MAP, value.keywords)
        ctx.write_nullable(vars(value) or None)

    def read(self, ctx: Any) -> Any:
        """Return the partial."""
        function = ctx.read_ref()
        args = tuple(_read_as(ctx, TypeId.TUPLE))
        keywords = _read_as(ctx, TypeId.MAP)
        state = function, args, keywords, ctx.read_ref()
        return self.make((function,), state)


class _Fraction(Known):
    module, name = "fractions", "Fraction"

    def write(self, ctx: Any, value: Any) -> None:
        """Write numerator and denominator."""
        ctx.write_nullable(value.numerator)
        ctx.write_nullable(value.denominator)

    def read(self, ctx: Any) -> Any:
        """Return the fraction."""
        return self.make((ctx.read_ref(), ctx.read_ref()))


class _UUID(Known):
    module, name = "uuid", "UUID"

    def write(self, ctx: Any, value: Any) -> None:
        """Write the 16 bytes and how safely they were made."""
        ctx.write_bytes(value.bytes)
        ctx.write_uint8(safety().index(value.is_safe))

    def read(self, ctx: Any) -> Any:
        """Return the UUID."""
        number, safe = int.from_bytes(ctx.read_bytes(16), "big"), ctx.read_uint8()
        if safe >= len(safety()):
            raise DecodeError(f"a UUID has the unknown safety {safe}")
        state = {"int": number}
        if safe:
            state["is_safe"] = safety()[safe].value
        new = find_valid("copyreg", "__newobj__", self.reduction.policy)
        made = self.reduction.call(new, (self.find(),))
        return self.reduction.finish(made, [state])


class _Complex(Known):
    name = "complex"

    def write(self, ctx: Any, value: complex) -> None:
        """Write both parts."""
        ctx.write_float64(value.real)
        ctx.write_float64(value.imag)

    def read(self, ctx: Any) -> Any:
        """Return the number."""
        return self.make((ctx.read_float64(), ctx.read_float64()))


class _FrozenSet(Known):
    name = "frozenset"
    needs_parts = True

    def write(self, ctx: Any, value: frozenset[Any]) -> None:
        """Write the items."""
        _write_as(ctx, TypeId.LIST, list(value))

    def read(self, ctx: Any) -> Any:
        """Return the set."""
        return self.make((_read_as(ctx, TypeId.LIST),))


class _ByteArray(Known):
    name = "bytearray"

    def write(self, ctx: Any, value: bytearray) -> None:
        """Write the bytes; they are never out of band, as in pickle."""
        ctx.write_bytes_and_size(value)

    def read(self, ctx: Any) -> Any:
        """Return the bytes."""
        return self.make((ctx.read_bytes_and_size(),))


class _Range(Known):
    name = "range"

    def write(self, ctx: Any, value: range) -> None:
        """Write start, stop and step."""
        for part in (value.start, value.stop, value.step):
            ctx.write_nullable(part)

    def read(self, ctx: Any) -> Any:
        """Return the range."""
        return self.make(tuple([ctx.read_ref() for _ in range(3)]))


KNOWN: dict[TypeId, type[Known]] = {
    TypeId.ORDERED_DICT: _OrderedDict,
    TypeId.DEQUE: _Deque,
    TypeId.DEFAULT_DICT: _DefaultDict,
    TypeId.COUNTER: _Counter,
    TypeId.PARTIAL: _Partial,
    TypeId.FRACTION: _Fraction,
    TypeId.UUID: _UUID,
    TypeId.COMPLEX: _Complex,
    TypeId.FROZENSET: _FrozenSet,
    TypeId.BYTEARRAY: _ByteArray,
    TypeId.RANGE: _Range,
}
_BY_PLACE = {(form.module, form.name): type_id for type_id, form in KNOWN.items()}


def id_of(cls: type) -> TypeId | None:
    """Return the id of the short form of a class, None if it has none."""
    import sys

    type_id = _BY_PLACE.get((cls.__module__, cls.__qualname__))
    if type_id is None:
        return None
    home = sys.modules.get(cls.__module__)
    return type_id if getattr(home, cls.__qualname__, None) is cls else None


def _write_as(ctx: Any, type_id: TypeId, value: Any) -> None:
    ctx.write_payload_as(ctx.fory.type_resolver.by_type_id[type_id], value)


def _read_as(ctx: Any, type_id: TypeId) -> Any:
    return ctx.read_payload_as(ctx.fory.type_resolver.by_type_id[type_id])
