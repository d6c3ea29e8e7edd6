"""What messages call to rebuild objects that cannot say themselves how."""

from __future__ import annotations

import weakref
from typing import Any

from fory import _identity

__all__: list[str] = []


def set_exception(error: BaseException, state: tuple[Any, Any]) -> None:
    """Give an exception its attributes and its cause."""
    attributes, error.__cause__ = state
    if attributes:
        error.__setstate__(attributes)


def make_memoryview(
    data: Any, kind: str, shape: list[int], readonly: bool
) -> memoryview:
    """Return a view of the same shape on a copy of the bytes."""
    view = memoryview(data if readonly else bytearray(data))
    return view if kind == "B" and len(shape) == 1 else view.cast(kind, shape)  # type: ignore[call-overload]


def make_ref(target: Any) -> Any:
    """Return a weak reference; one to nothing is dead."""
    return weakref.ref(_Target() if target is None else target)


class _Target:
    """What a dead reference pointed to."""

    def method(self) -> None:
        """Stand for what a dead reference to a method was bound to."""


def make_weak_method(method: Any) -> Any:
    """Return a weak reference to a bound method; one to nothing is dead."""
    return weakref.WeakMethod(_Target().method if method is None else method)


def make_type_variable(
    kind: str, name: str, module: str, options: dict[str, Any], identity: str
) -> Any:
    """Return a ``TypeVar``, ``ParamSpec`` or ``TypeVarTuple``."""
    import typing

    known = _identity.known(identity)
    if known is not None:
        return known[0]
    options = dict(options)
    constraints = options.pop("constraints", ())
    made = getattr(typing, kind)(name, *constraints, **options)
    made.__module__ = module
    _identity.remember(made, identity)
    return made


def make_type_alias(
    name: str, value: Any, parameters: tuple[Any, ...], module: str
) -> Any:
    """Return what ``type X = ...`` makes."""
    import typing

    # Its module is that of whoever calls, and cannot be set.
    scope = {"__name__": module, "make": vars(typing)["TypeAliasType"]}
    scope.update(name=name, value=value, parameters=parameters)
    return eval("make(name, value, type_params=parameters)", scope)


def make_lru_cache(function: Any, options: dict[str, Any]) -> Any:
    """Return a cached function whose cache is empty."""
    import functools

    return functools.lru_cache(**options)(function)


def make_cached_property(function: Any, name: str | None, doc: str | None) -> Any:
    """Return a cached property, which has a lock in older versions of Python."""
    import functools

    made: Any = functools.cached_property(function)
    made.attrname, made.__doc__ = name, doc
    return made


def make_partial_method(
    function: Any, args: tuple[Any, ...], keywords: dict[str, Any]
) -> Any:
    """Return a partial method, which newer versions of Python prepare for its call."""
    import functools

    return functools.partialmethod(function, *args, **keywords)


def make_view(kind: str, source: Any) -> Any:
    """Return a view on a dict: its keys, values or items."""
    return getattr(source, kind)()


def fill_weak(container: Any, entries: list[tuple[Any, Any]]) -> None:
    """Give a weak dict its entries, as far as something holds them."""
    for key, value in entries:
        container[key] = value


def class_attribute(cls: type, name: str) -> Any:
    """Return a descriptor of a class."""
    return vars(cls)[name]


def make_new_type(name: str, supertype: Any, module: str) -> Any:
    """Return what ``typing.NewType`` makes."""
    import typing

    made: Any = vars(typing)["NewType"](name, supertype)
    made.__module__ = module
    return made
