"""Small helpers for classes that hold data."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

__all__ = ["dataslots", "get_qualified_classname", "record_class_factory"]

C = TypeVar("C", bound=type)


def get_qualified_classname(obj: Any) -> str:
    """Return the module and name of a class, or of the class of an object.

    Examples
    --------
    >>> get_qualified_classname(5)
    'builtins.int'
    """
    cls = obj if isinstance(obj, type) else type(obj)
    return f"{cls.__module__}.{cls.__qualname__}"


def dataslots(cls: C) -> C:
    """Return a copy of a dataclass whose instances have slots for its fields."""
    import dataclasses

    names = [field.name for field in dataclasses.fields(cls)]
    taken = {"__dict__", "__weakref__", *names}
    body = {name: value for name, value in vars(cls).items() if name not in taken}
    body["__slots__"] = tuple(name for name in names if name in cls.__annotations__)
    return type(cls)(cls.__name__, cls.__bases__, body)


def record_class_factory(cls_name: str, field_names: str | Iterable[str]) -> type[Any]:
    """Return a class of mutable records with these fields.

    Parameters
    ----------
    cls_name : str
        The name of the class.
    field_names : str or iterable of str
        The fields; names in one string are separated by commas or blanks.

    Examples
    --------
    >>> Dog = record_class_factory("Dog", "name weight")
    >>> rex = Dog("Rex", weight=30)
    >>> rex.weight += 2
    >>> rex, list(rex), rex.as_dict()
    (Dog(name='Rex', weight=32), ['Rex', 32], {'name': 'Rex', 'weight': 32})
    """
    import dataclasses

    if isinstance(field_names, str):
        field_names = field_names.replace(",", " ").split()
    names = tuple(field_names)

    def items(self: Any) -> Iterator[Any]:
        return (getattr(self, name) for name in names)

    def as_dict(self: Any) -> dict[str, Any]:
        return {name: getattr(self, name) for name in names}

    body = {
        "__iter__": items,
        "as_dict": as_dict,
        "__module__": sys._getframe(1).f_globals.get("__name__", "__main__"),
    }
    fields = [(name, Any) for name in names]
    return dataclasses.make_dataclass(cls_name, fields, namespace=body, slots=True)
