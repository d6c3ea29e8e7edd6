"""Payloads of objects that are not dataclasses (xlang_wire 12.5, 17)."""

from __future__ import annotations

import contextlib
import copyreg
from collections.abc import Callable, Iterator
from typing import Any

from fory._globals import find, global_name
from fory.error import DecodeError, EncodeError, ForyError
from fory.policy import DeserializationPolicy

__all__ = [
    "Attributes",
    "NamedTupleSerializer",
    "ReduceSerializer",
    "StateSerializer",
    "SubclassSerializer",
    "has_custom_reduce",
    "has_state_methods",
    "slots_of",
]

_CONTAINERS = (dict, list, set)


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


def has_custom_reduce(cls: type) -> bool:
    """Tell whether instances say themselves how they are rebuilt."""
    if cls in copyreg.dispatch_table:
        return True
    base: Any = next((c for c in _CONTAINERS if issubclass(cls, c)), object)
    return (
        cls.__reduce__ is not base.__reduce__
        or cls.__reduce_ex__ is not base.__reduce_ex__
    )


def has_state_methods(cls: type) -> bool:
    """Tell whether a class defines both ends of its state."""
    own = cls.__getstate__ is not getattr(object, "__getstate__", None)
    return own and hasattr(cls, "__setstate__")


class Attributes:
    """What the engine asks about the instances of a plain class."""

    def __init__(self, cls: type) -> None:
        self.slots = slots_of(cls)

    def attributes(self, value: Any) -> dict[str, Any]:
        """Return all attributes that ``value`` has, its slots included."""
        attributes: dict[str, Any] = getattr(value, "__dict__", {})
        if not self.slots:
            return attributes
        filled = {n: getattr(value, n) for n in self.slots if hasattr(value, n)}
        return attributes | filled


@contextlib.contextmanager
def rebuilding(what: Any) -> Iterator[None]:
    """Turn what a class raises at what the bytes say into an error about them."""
    try:
        yield
    except (ForyError, MemoryError, RecursionError):
        raise
    except Exception as error:
        name = getattr(what, "__qualname__", type(what).__qualname__)
        raise DecodeError(f"{name} refuses what the bytes hold: {error}") from error


class NamedTupleSerializer:
    """Items of a named tuple, each with its type."""

    def __init__(self, cls: type, policy: DeserializationPolicy) -> None:
        self.cls: Any = cls
        self.policy = policy

    def write(self, ctx: Any, value: Any) -> None:
        """Write the items."""
        for item in value:
            ctx.write_ref(item)

    def read(self, ctx: Any) -> Any:
        """Return the tuple."""
        self.policy.authorize_instantiation(self.cls)
        items = [ctx.read_ref() for _ in self.cls._fields]
        with rebuilding(self.cls):
            return self.cls._make(items)


class StateSerializer:
    """Objects with ``__getstate__`` and ``__setstate__``."""

    def __init__(self, cls: type, policy: DeserializationPolicy) -> None:
        self.cls: Any = cls
        self.policy = policy

    def write(self, ctx: Any, value: Any) -> None:
        """Write the arguments of ``__new__`` and the state."""
        args: tuple[Any, ...] = ()
        kwargs: dict[str, Any] = {}
        if hasattr(value, "__getnewargs_ex__"):
            args, kwargs = value.__getnewargs_ex__()
        elif hasattr(value, "__getnewargs__"):
            args = value.__getnewargs__()
        ctx.write_ref(args)
        ctx.write_ref(kwargs)
        ctx.write_ref(value.__getstate__())

    def read(self, ctx: Any) -> Any:
        """Return a new object that took the state."""
        args, kwargs = ctx.read_ref(), ctx.read_ref()
        self.policy.authorize_instantiation(self.cls, args=args, kwargs=kwargs)
        with rebuilding(self.cls):
            result = self.cls.__new__(self.cls, *args, **kwargs)
        ctx.reference(result)
        state = ctx.read_ref()
        self.policy.intercept_setstate(result, state)
        with rebuilding(self.cls):
            result.__setstate__(state)
        return result


class SubclassSerializer:
    """Subclasses of list, set and dict: items, then attributes, then slots."""

    def __init__(self, cls: type, policy: DeserializationPolicy) -> None:
        self.cls: Any = cls
        self.policy = policy
        self.base: Any = next(c for c in _CONTAINERS if issubclass(cls, c))
        self.slots = slots_of(cls)

    def write(self, ctx: Any, value: Any) -> None:
        """Write the items and everything else."""
        ctx.write_container(value, self.base)
        ctx.write_ref(self._state(value))
        for name in self.slots:
            ctx.write_bool(hasattr(value, name))
            if hasattr(value, name):
                ctx.write_ref(getattr(value, name))

    def _state(self, value: Any) -> Any:
        if type(value).__getstate__ is not getattr(object, "__getstate__", None):
            return value.__getstate__()
        return dict(getattr(value, "__dict__", ()))

    def read(self, ctx: Any) -> Any:
        """Return a new container; its ``__init__`` does not run."""
        self.policy.authorize_instantiation(self.cls)
        result: Any = self.cls.__new__(self.cls)
        ctx.reference(result)
        items = ctx.read_container(self.base)
        add = list.extend if self.base is list else self.base.update
        with rebuilding(self.cls):
            add(result, items)
        state = ctx.read_ref()
        if hasattr(result, "__setstate__"):
            self.policy.intercept_setstate(result, state)
            with rebuilding(self.cls):
                result.__setstate__(state)
        elif state:
            with rebuilding(self.cls):
                result.__dict__.update(state)
        for name in self.slots:
            if ctx.read_bool():
                value = ctx.read_ref()
                with rebuilding(self.cls):
                    object.__setattr__(result, name, value)
        return result


class ReduceSerializer:
    """Objects that are rebuilt by a call: ``__reduce__`` as pickle knows it."""

    def __init__(self, policy: DeserializationPolicy) -> None:
        self.policy = policy

    def write(self, ctx: Any, value: Any) -> None:
        """Write the callable, its arguments and what follows the call."""
        reduced = _reduce(value)
        if isinstance(reduced, str):
            parts: tuple[Any, ...] = (0, global_name(value, reduced))
        elif isinstance(reduced, tuple) and 2 <= len(reduced) <= 6:
            parts = (1, *reduced)
            if len(parts) > 4 and parts[4] is not None:
                parts = (*parts[:4], list(parts[4]), *parts[5:])
        else:
            raise EncodeError(
                f"{type(value).__qualname__}.__reduce__ returned {reduced!r:.60}, "
                f"expected a str or a tuple of 2 to 6 items"
            )
        ctx.write_var_uint32(len(parts))
        for part in parts:
            ctx.write_ref(part)

    def read(self, ctx: Any) -> Any:
        """Return the result of the call, with its state and items."""
        n = ctx.read_var_uint32()
        if not 2 <= n <= 7:
            raise DecodeError(f"a reduced object has {n} parts")
        if ctx.read_ref() == 0:
            return _global(ctx.read_ref(), self.policy)
        parts = [ctx.read_ref(), ctx.read_ref() if n > 2 else ()]
        callable_, args = parts
        if not callable(callable_) or not isinstance(args, tuple):
            raise DecodeError(
                f"a reduced object calls {callable_!r:.60} with {args!r:.60}"
            )
        result = self._call(callable_, args)
        ctx.reference(result)
        rest = [ctx.read_ref() for _ in range(n - 3)] + [None] * 4
        with rebuilding(callable_):
            _rebuild(result, *rest[:4], policy=self.policy)
        substitute = self.policy.inspect_reduced_object(result)
        return result if substitute is None else substitute

    def _call(self, callable_: Any, args: tuple[Any, ...]) -> Any:
        substitute = self.policy.intercept_reduce_call(callable_, args)
        if substitute is not None:
            return substitute
        if isinstance(callable_, type):
            self.policy.authorize_instantiation(callable_, args=args, kwargs={})
        with rebuilding(callable_):
            return callable_(*args)


def _reduce(value: Any) -> Any:
    cls: Any = type(value)
    reducer = copyreg.dispatch_table.get(cls)
    if reducer is not None:
        return reducer(value)
    if cls.__reduce_ex__ is not object.__reduce_ex__:
        return value.__reduce_ex__(5)
    if cls.__reduce__ is not object.__reduce__:
        return value.__reduce__()
    return value.__reduce_ex__(5)


def _global(name: Any, policy: DeserializationPolicy) -> Any:
    module, _, qualname = str(name).rpartition(":")
    if not module:
        module, _, qualname = qualname.rpartition(".")
    found = find(module or "builtins", qualname, policy)
    if isinstance(found, type):
        policy.validate_class(found, is_local=False)
    elif callable(found):
        policy.validate_function(found, is_local=False)
    return found


def _rebuild(
    obj: Any,
    state: Any,
    items: Any,
    entries: Any,
    setter: Callable[[Any, Any], Any] | None,
    *,
    policy: DeserializationPolicy,
) -> None:
    """Do what pickle does after the call of a reduced object."""
    if state is not None:
        _set_state(obj, state, setter, policy)
    if items is not None:
        obj.extend(list(items))
    if entries is not None:
        for key, value in _pairs(entries):
            obj[key] = value


def _pairs(entries: Any) -> Iterator[tuple[Any, Any]]:
    yield from entries.items() if isinstance(entries, dict) else entries


def _set_state(
    obj: Any, state: Any, setter: Any, policy: DeserializationPolicy
) -> None:
    policy.intercept_setstate(obj, state)
    if setter is not None:
        setter(obj, state)
        return
    if hasattr(obj, "__setstate__"):
        obj.__setstate__(state)
        return
    slots: dict[str, Any] = {}
    if isinstance(state, tuple) and len(state) == 2:
        state, slots = state
    if state:
        obj.__dict__.update(state)
    for name, value in (slots or {}).items():
        setattr(obj, name, value)
