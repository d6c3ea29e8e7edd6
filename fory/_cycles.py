"""Objects that hold themselves although they must be complete to be referred to.

A tuple in a list in that tuple: readers can hand out a list that is still being read,
but not a tuple. A message that turns out to hold such a cycle is written again in these
forms. Where the cycle closes, the object is written once more, now out of parts that
readers know; the first one then says the number of the second, which stands for both.
"""

from __future__ import annotations

from fory._impl import Codec, Reduction
from fory._type_ids import TypeId
from fory.error import DecodeError
from fory.policy import DeserializationPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["CycleHooks", "ReductionInCycle", "TupleInCycle"]

_REDUCED, _KNOWN, _CALLED = 201, 202, 203
_SPEAKS_FOR_ALL = Reduction(DeserializationPolicy())
_INFO_CLASS = 4


class CycleHooks:
    """Chooses the forms of this module for all objects that need to be complete."""

    def __init__(self, registry: Any, hooks: Any) -> None:
        self.registry = registry
        self.hooks = hooks
        self.plans: dict[type, Codec] = {}
        self.chosen: list[Codec] = []
        self.for_tuples = Codec(
            TypeId.EXT, TypeId.TUPLE_IN_CYCLE, trackable=True, serializer=TupleInCycle()
        )

    def choose(self, value: Any) -> Codec | None:
        """Return the plan for one value, None to let its type decide."""
        chosen = None if self.hooks is None else self.hooks.choose(value)
        if chosen is None and type(value) is tuple:
            return self.for_tuples if value else None
        codec = chosen or self._plan_of(type(value))
        if codec.info == _INFO_CLASS:
            parts = _SPEAKS_FOR_ALL.parts(value)
        elif codec.kind == _KNOWN and codec.serializer.needs_parts:
            parts = codec.serializer.reduction.parts(value)
        elif codec.kind in (_REDUCED, _CALLED):
            parts = codec.serializer.parts(value)
        else:
            return chosen
        if parts[0] == 0:
            return None
        form = ReductionInCycle(None, parts)
        result = Codec(
            TypeId.EXT, TypeId.REDUCE_IN_CYCLE, trackable=True, serializer=form
        )
        self.chosen.append(result)
        return result

    def _plan_of(self, cls: type) -> Codec:
        codec = self.plans.get(cls)
        if codec is None:
            codec = self.registry.codecs.get(cls) or self.registry.resolve(cls)
            self.plans[cls] = codec
        return codec


class TupleInCycle:
    """A tuple, and which later one stands for it."""

    def write(self, ctx: Any, value: tuple[Any, ...]) -> None:
        """Write the items."""
        number = ctx.begin(value)
        ctx.write_var_uint32(len(value))
        for item in value:
            ctx.write_ref(item)
        ctx.write_var_uint32(ctx.end(value, number))

    def read(self, ctx: Any) -> Any:
        """Return the tuple."""
        n = ctx.checked_size(ctx.read_var_uint32())
        items = tuple([ctx.read_ref() for _ in range(n)])
        other = ctx.read_var_uint32()
        return ctx.referred(other - 1) if other else items


class ReductionInCycle:
    """A call that makes an object, and which later object stands for it."""

    def __init__(self, reduction: Reduction | None, parts: tuple[Any, ...]) -> None:
        self.reduction = reduction
        self.parts = parts

    def write(self, ctx: Any, value: Any) -> None:
        """Write the call, then what follows it."""
        number = ctx.begin(value)
        for part in self.parts[1:3]:
            ctx.write_ref(part)
        other = ctx.end(value, number)
        ctx.write_var_uint32(other)
        if not other:
            rest = self.parts[3:]
            ctx.write_var_uint32(len(rest))
            for part in rest:
                ctx.write_ref(part)

    def read(self, ctx: Any) -> Any:
        """Return the object."""
        if self.reduction is None:
            raise DecodeError("a writer's plan cannot read")
        function, args = ctx.read_ref(), ctx.read_ref()
        other = ctx.read_var_uint32()
        if other:
            return ctx.referred(other - 1)
        made = self.reduction.call(function, args)
        ctx.reference(made)
        n = ctx.read_var_uint32()
        if n > 4:
            raise DecodeError(f"a reduced object has {n} parts after its call")
        return self.reduction.finish(made, [ctx.read_ref() for _ in range(n)])
