"""Objects by Python's own protocol: attributes, state, reduction (xlang_wire 17)."""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Iterable
from typing import Any

from fory._globals import find_valid, global_name, lookup, validate_fillers
from fory._values import with_lists
from fory.error import DecodeError, EncodeError, ForyError, UnsupportedObjectError
from fory.policy import DeserializationPolicy

__all__ = ["Attributes", "Reduction", "StateSerializer", "guarded"]

_MAKERS: tuple[Any, ...] = (
    copyreg.__newobj__,  # type: ignore[attr-defined]
    copyreg.__newobj_ex__,  # type: ignore[attr-defined]
    copyreg._reconstructor,  # type: ignore[attr-defined]
)
# How the interpreter begins to say that an object cannot leave its process.
_REFUSALS = ("cannot pickle", "cannot serialize", "can't pickle")


class Attributes:
    """What the engine asks about the instances of a plain class."""

    def __init__(self, slots: list[str], hidden: Iterable[str] = ()) -> None:
        self.slots = slots
        # Names that a descriptor of the class has, too.
        self.hidden = frozenset(hidden)

    def of(self, value: Any) -> dict[str, Any]:
        """Return all attributes that ``value`` has, its slots included."""
        attributes: dict[str, Any] = getattr(value, "__dict__", None) or {}
        if not self.slots:
            return attributes
        filled = {n: getattr(value, n) for n in self.slots if hasattr(value, n)}
        return attributes | filled


def guarded(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call what a class brings; what it raises is an error about the bytes."""
    return _guarded(function, function, *args, **kwargs)


def _guarded(
    blamed: Any, function: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    try:
        return function(*args, **kwargs)
    except (ForyError, MemoryError, RecursionError):
        raise
    except Exception as error:
        name = getattr(blamed, "__qualname__", type(blamed).__qualname__)
        raise DecodeError(f"{name} refuses what the bytes hold: {error}") from error


class StateSerializer:
    """Objects with ``__getstate__`` and ``__setstate__``."""

    def __init__(
        self, cls: type, policy: DeserializationPolicy, concise: bool = False
    ) -> None:
        self.cls: Any = cls
        self.policy = policy
        self.concise = concise

    def write(self, ctx: Any, value: Any) -> None:
        """Write the arguments of ``__new__`` and the state."""
        args: tuple[Any, ...] | None = None if self.concise else ()
        kwargs: dict[str, Any] | None = None if self.concise else {}
        if hasattr(self.cls, "__getnewargs_ex__"):
            args, kwargs = value.__getnewargs_ex__()
        elif hasattr(self.cls, "__getnewargs__"):
            args, kwargs = value.__getnewargs__(), {}
        ctx.write_ref(args)
        ctx.write_ref(kwargs)
        ctx.write_ref(value.__getstate__())

    def read(self, ctx: Any) -> Any:
        """Return a new object that took the state."""
        args, kwargs = ctx.read_ref(), ctx.read_ref()
        self.policy.authorize_instantiation(self.cls, args=args, kwargs=kwargs)
        result = _guarded(
            self.cls,
            lambda: self.cls.__new__(self.cls, *args or (), **kwargs or {}),
        )
        ctx.reference(result)
        state = ctx.read_ref()
        if state is not None:
            self.policy.intercept_setstate(result, state)
            _guarded(self.cls.__setstate__, result.__setstate__, state)
        return result


class Reduction:
    """What the engine asks about objects that are rebuilt by a call.

    The bytes have a count, then 0 and the name of a global, or 1, a callable, its
    arguments, and what else ``__reduce__`` returned.
    """

    def __init__(self, policy: DeserializationPolicy) -> None:
        self.policy = policy
        # By more than the default policy.
        self.watched = type(policy) is not DeserializationPolicy

    def parts(self, value: Any) -> tuple[Any, ...]:
        """Return what is written for an object."""
        return self.checked(value, _reduced(value))

    def checked(self, value: Any, reduced: Any) -> tuple[Any, ...]:
        """Return what is written for what a reduction of ``value`` gave."""
        if isinstance(reduced, str):
            return 0, _name_of_global(value, reduced)
        if not isinstance(reduced, tuple) or not 2 <= len(reduced) <= 6:
            raise EncodeError(
                f"{type(value).__qualname__}.__reduce__ returned {reduced!r:.60}, "
                f"expected a str or a tuple of 2 to 6 items"
            )
        if not callable(reduced[0]) or not isinstance(reduced[1], tuple):
            raise EncodeError(
                f"{type(value).__qualname__}.__reduce__ returned {reduced!r:.60}, "
                f"which is no call: a callable and a tuple are needed"
            )
        has_items = len(reduced) > 3 and reduced[3] is not None
        if has_items or (len(reduced) > 4 and reduced[4] is not None):
            reduced = with_lists(value, reduced)
        return 1, *reduced

    def find(self, name: Any) -> Any:
        """Return the global of this name."""
        module, _, qualname = str(name).rpartition(":")
        if not module:
            module, _, qualname = qualname.rpartition(".")
        return find_valid(module or "builtins", qualname, self.policy)

    def call(self, function: Any, args: Any) -> Any:
        """Return the object that a call makes."""
        if not callable(function) or not isinstance(args, tuple):
            raise DecodeError(
                f"a reduced object calls {function!r:.60} with {args!r:.60}"
            )
        substitute = self.policy.intercept_reduce_call(function, args)
        if substitute is not None:
            return substitute
        cls = _made_by(function, args)
        if cls is not None:
            self.policy.authorize_instantiation(cls, args=args, kwargs={})
        return guarded(function, *args)

    def finish(self, obj: Any, rest: list[Any]) -> Any:
        """Give an object its state, items and entries; return it or a substitute."""
        if rest:
            state, items, entries, setter = rest + [None] * (4 - len(rest))
            if state is not None:
                self.policy.intercept_setstate(obj, state)
                if setter is not None:
                    call = self.policy.intercept_reduce_call(setter, (obj, state))
                    setter = setter if call is None else _leave
            if self.watched:
                validate_fillers(obj, items, entries, self.policy)
            _guarded(type(obj), _rebuild, obj, state, items, entries, setter)
        substitute = self.policy.inspect_reduced_object(obj)
        return obj if substitute is None else substitute


def _reduced(value: Any) -> Any:
    """Return what an object, or who speaks for its class, says about rebuilding it."""
    from fory._reducers import TABLE, reduce_exception

    cls = type(value)
    reducer = copyreg.dispatch_table.get(cls) or TABLE.get(cls)
    try:
        if reducer is not None:
            return reducer(value)
        if isinstance(value, BaseException):
            return reduce_exception(value)
        return value.__reduce_ex__(5)
    except TypeError as error:
        if not str(error).startswith(_REFUSALS):
            raise
        raise UnsupportedObjectError(
            f"{error}: a {cls.__qualname__} belongs to its process, or does not say "
            f"how it is rebuilt"
        ) from error


def _name_of_global(value: Any, name: str) -> str:
    """Return where an object is found that reduces to a name; it must be there."""
    found = global_name(value, name)
    module, _, qualname = found.rpartition(":")
    if lookup(module or "builtins", qualname) is not value:
        raise EncodeError(
            f"{value!r:.60} reduces to the name {found!r}, under which something else, "
            f"or nothing, is found"
        )
    return found


def _made_by(function: Any, args: tuple[Any, ...]) -> Any:
    """Return the class of which a call makes an instance, None if it says not."""
    if function in _MAKERS and args and isinstance(args[0], type):
        return args[0]
    return function if isinstance(function, type) else None


def _leave(obj: Any, state: Any) -> None:
    """Stand for a call that a policy has made itself."""


def _rebuild(obj: Any, state: Any, items: Any, entries: Any, setter: Any) -> None:
    """Do what pickle does after the call of a reduced object."""
    if items is not None:
        if hasattr(obj, "extend"):
            obj.extend(items)
        else:
            for item in items:
                obj.append(item)
    if entries is not None:
        for key, value in entries.items() if isinstance(entries, dict) else entries:
            obj[key] = value
    if state is not None and setter is not None:
        setter(obj, state)
    elif state is not None:
        _set_state(obj, state)


def _set_state(obj: Any, state: Any) -> None:
    take = getattr(obj, "__setstate__", None)
    if take is not None:
        take(state)
        return
    slots: dict[str, Any] | None = None
    if isinstance(state, tuple) and len(state) == 2:
        state, slots = state
    if state:
        obj.__dict__.update(state)
    for name, value in (slots or {}).items():
        if name == "__class__":
            raise TypeError("a state may not change the class of an object")
        setattr(obj, name, value)
