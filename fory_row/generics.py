"""Type variables of generic classes, replaced by what they stand for."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any

from fory._annotations import declared_by

__all__ = ["bound_hints", "has_variables"]


def bound_hints(
    cls: type, args: tuple[Any, ...], hints: Mapping[str, Any]
) -> dict[str, Any]:
    """Return annotations of ``cls[args]`` without the variables of its classes.

    Parameters
    ----------
    cls : type
        A class; others are returned as they are.
    args : tuple
        What it was subscripted with, or empty.
    hints : mapping of str to annotation
        Of the class and its bases, resolved.

    Notes
    -----
    Bases may use one variable for different types, so a field is read with the
    variables of the class that declares it.
    """
    known: dict[type, dict[Any, Any]] = {}
    _bind(cls, args, known)
    return {
        name: substituted(hint, known.get(_declaring(cls, name), {}))
        for name, hint in hints.items()
    }


def substituted(hint: Any, variables: Mapping[Any, Any]) -> Any:
    """Return an annotation with its variables replaced where they are known."""
    if isinstance(hint, typing.TypeVar):
        return variables.get(hint, hint)
    if not has_variables(hint):
        return hint
    return hint[tuple(variables.get(v, v) for v in hint.__parameters__)]


def has_variables(hint: Any) -> bool:
    """Tell whether an annotation is a type variable or has some inside."""
    if isinstance(hint, type):
        return False
    return isinstance(hint, typing.TypeVar) or bool(
        getattr(hint, "__parameters__", None)
    )


def _bind(cls: type, args: tuple[Any, ...], known: dict[type, dict[Any, Any]]) -> None:
    """Note the variables of a class and, through its bases, of theirs."""
    mine = dict(zip(getattr(cls, "__parameters__", ()), args, strict=False))
    known.setdefault(cls, mine)
    for base in vars(cls).get("__orig_bases__", cls.__bases__):
        origin = typing.get_origin(base) or base
        if isinstance(origin, type) and origin not in (object, typing.Generic):
            given = typing.get_args(base)
            _bind(origin, tuple(substituted(a, mine) for a in given), known)


def _declaring(cls: type, name: str) -> type:
    """Return the class whose annotation of a field counts."""
    owners = (c for c in cls.__mro__ if name in declared_by(c))
    return next(owners, cls)
