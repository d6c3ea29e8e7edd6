"""Which payload instances of a class have that is no dataclass (xlang_wire 17)."""

from __future__ import annotations

import copyreg

from fory._impl import guarded
from fory.policy import DeserializationPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "NamedTupleSerializer",
    "SubclassSerializer",
    "has_custom_reduce",
    "is_dataclass",
    "is_struct",
    "needs_reduction",
    "slots_of",
]

_CONTAINERS = (dict, list, set)
# Bases whose instances hold more than attributes.
_WITH_CONTENT = (list, dict, set, frozenset, tuple, str, bytes, int, float)


def is_dataclass(cls: type) -> bool:
    """Tell whether a class is a dataclass, without importing what makes them."""
    return hasattr(cls, "__dataclass_fields__")


def is_struct(cls: type) -> bool:
    """Tell whether the fields of a class are all that its instances hold."""
    return is_dataclass(cls) and not issubclass(cls, _WITH_CONTENT)


def slots_of(cls: type) -> list[str]:
    """Return the names of all slots of a class and its bases, sorted."""
    names = []
    for base in cls.__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name.startswith("__") and not name.endswith("__"):
                name = f"_{base.__name__.lstrip('_')}{name}"
            names.append(name)
    return sorted(set(names) - {"__dict__", "__weakref__"})


def hidden_in(cls: type) -> set[str]:
    """Return the names that a descriptor takes before an instance's dict gets them."""
    slots = {*slots_of(cls), "__dict__", "__weakref__", "__class__"}
    return {
        name
        for base in cls.__mro__[:-1]  # object has none but __class__
        for name, entry in vars(base).items()
        if name not in slots and hasattr(type(entry), "__set__")
    }


def has_custom_reduce(cls: type) -> bool:
    """Tell whether instances say themselves how they are rebuilt."""
    if cls in copyreg.dispatch_table:
        return True
    base: Any = next((c for c in _CONTAINERS if issubclass(cls, c)), object)
    return (
        cls.__reduce__ is not base.__reduce__
        or cls.__reduce_ex__ is not base.__reduce_ex__
    )


def writes_state(cls: type) -> bool:
    """Tell whether a class says what the state of an instance is."""
    return cls.__getstate__ is not getattr(object, "__getstate__", None)


def has_custom_state(cls: Any) -> bool:
    """Tell whether a class takes or gives a state by code that is not generated."""
    own = []
    if writes_state(cls):
        own.append(cls.__getstate__)
    if hasattr(cls, "__setstate__"):
        own.append(cls.__setstate__)
    return any(getattr(m, "__module__", None) != "dataclasses" for m in own)


def needs_reduction(cls: type) -> bool:
    """Tell whether only Python's own protocol knows how to rebuild instances."""
    if has_custom_reduce(cls) or writes_state(cls) != hasattr(cls, "__setstate__"):
        return True
    if issubclass(cls, _CONTAINERS):
        return hasattr(cls, "__getnewargs__") or hasattr(cls, "__getnewargs_ex__")
    return False


class NamedTupleSerializer:
    """Items of a named tuple, each with its type."""

    def __init__(self, cls: Any, policy: DeserializationPolicy) -> None:
        self.cls = cls
        self.policy = policy
        self.n_fields = len(cls._fields)
        # Whether _make does no more than a tuple: it is that of namedtuple().
        maker = next((base for base in cls.__mro__ if "_make" in vars(base)), cls)
        self.is_usual = "_fields" in vars(maker) and tuple in maker.__bases__

    def write(self, ctx: Any, value: Any) -> None:
        """Write the items."""
        for item in value:
            ctx.write_ref(item)

    def read(self, ctx: Any) -> Any:
        """Return the tuple."""
        self.policy.authorize_instantiation(self.cls, args=(), kwargs={})
        items = [ctx.read_ref() for _ in self.cls._fields]
        return guarded(self.cls._make, items)


class SubclassSerializer:
    """Subclasses of list, set and dict: items, then attributes, then slots.

    Concise ones have None for no attributes.
    """

    def __init__(
        self, cls: type, policy: DeserializationPolicy, concise: bool = False
    ) -> None:
        self.cls: Any = cls
        self.concise = concise
        self.policy = policy
        self.base: Any = next(c for c in _CONTAINERS if issubclass(cls, c))
        self.slots = slots_of(cls)
        self.says_state = writes_state(cls)
        self.takes_state = hasattr(cls, "__setstate__")
        self.traits = self.base, self.takes_state, self.slots

    def write(self, ctx: Any, value: Any) -> None:
        """Write the items and everything else."""
        ctx.write_container(value, self.base)
        if self.says_state:
            state = value.__getstate__()
        else:
            state = dict(getattr(value, "__dict__", ()))
            state = state or (None if self.concise else {})
        ctx.write_ref(state)
        self.write_slots(ctx, value)

    def write_slots(self, ctx: Any, value: Any) -> None:
        """Write which slots are filled, and with what."""
        for name in self.slots:
            ctx.write_bool(hasattr(value, name))
            if hasattr(value, name):
                ctx.write_ref(getattr(value, name))

    def read(self, ctx: Any) -> Any:
        """Return a new container; its ``__init__`` does not run."""
        self.policy.authorize_instantiation(self.cls, args=(), kwargs={})
        result: Any = guarded(self.cls.__new__, self.cls)
        ctx.reference(result)
        self.add(result, ctx.read_container(self.base))
        state = ctx.read_ref()
        if state is not None:
            self.give(result, state)
        self.fill_slots(ctx, result)
        return result

    def add(self, result: Any, items: Any) -> None:
        """Give a container its items, past what its class may do with them."""
        guarded(list.extend if self.base is list else self.base.update, result, items)

    def give(self, result: Any, state: Any) -> None:
        """Give a container its state."""
        if self.takes_state:
            self.policy.intercept_setstate(result, state)
            guarded(result.__setstate__, state)
        elif state:
            guarded(vars(result).update, state)

    def fill_slots(self, ctx: Any, result: Any) -> None:
        """Read the slots that are filled."""
        for name in self.slots:
            if ctx.read_bool():
                guarded(object.__setattr__, result, name, ctx.read_ref())
