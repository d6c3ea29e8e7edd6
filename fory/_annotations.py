"""What every reader of annotations needs to know of the newer spellings."""

from __future__ import annotations

import typing
from typing import Any

__all__ = ["unaliased"]


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
