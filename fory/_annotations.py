"""What every reader of annotations needs to know of the newer Pythons."""

from __future__ import annotations

import sys
import typing
from typing import Any

__all__ = ["declared_by", "settled_annotations", "unaliased"]


def unaliased(hint: Any) -> Any:
    """Return what a name made by ``type X = ...`` stands for, its arguments put in.

    The statement came with Python 3.12, and libraries use it: ``NDArray[np.uint16]`` is
    such a name in newer versions of numpy. Any other annotation is returned as it is.
    """
    while True:
        alias = typing.get_origin(hint) or hint
        if type(alias).__name__ != "TypeAliasType":
            return hint
        args = dict(zip(alias.__type_params__, typing.get_args(hint), strict=False))
        hint = alias.__value__
        if args:
            # The value takes arguments in the order in which it uses them.
            hint = hint[tuple(args.get(each, Any) for each in hint.__parameters__)]


def declared_by(owner: Any) -> dict[str, Any]:
    """Return the own annotations of a class or function.

    From Python 3.14 on they are evaluated only when somebody asks; names that resolve
    to nothing then stay forward references, as strings do.
    """
    if sys.version_info >= (3, 14):
        from annotationlib import Format, get_annotations

        return get_annotations(owner, format=Format.FORWARDREF)
    import inspect

    return inspect.get_annotations(owner)


def settled_annotations(owner: Any) -> Any:
    """Return the own annotations of a class or function for another process.

    They are values, or all of them strings where one cannot be evaluated: the code that
    would do it later holds the whole namespace of a class.
    """
    try:
        return owner.__annotations__
    except Exception:  # from Python 3.14 on they are code, which may raise anything
        if sys.version_info >= (3, 14):
            from annotationlib import Format, get_annotations

            return get_annotations(owner, format=Format.STRING)
        raise
