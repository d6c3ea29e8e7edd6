"""Both engines in one process, and what it means that they do the same.

The twin walks the plans of a compiled instance: classes, options and registrations
are those of one ``Fory``, only the engine differs.
"""

from __future__ import annotations

import array
import collections
import decimal
import struct
import types
from collections.abc import Callable
from itertools import repeat
from typing import Any

import numpy as np

import fory
from fory._pure.graph import Engine
from fory.arrays import DenseArray

__all__ = ["agree", "alike", "outcome", "twin_of"]

_ATOMS = (str, bytes, int, type(None), type, types.FunctionType, range, slice)
_CONTAINERS = (list, tuple, dict, set, frozenset, collections.deque)


class Twin(Engine):
    """The other engine of a ``Fory``, for all else that ``Fory`` itself."""

    def __init__(self, made: fory.Fory) -> None:
        self._made = made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)


def twin_of(made: fory.Fory) -> Engine:
    """Return the twin with the plans and options of a compiled instance."""
    config = made.config
    shared = {
        "xlang": config.xlang,
        "ref": config.ref,
        "compatible": config.compatible,
        "max_depth": config.max_depth,
    }
    twin = Twin(made)
    limits = {
        "max_unbacked": config.max_unbacked_container_items,
        "max_memory": config.max_graph_memory_bytes or -1,
    }
    writing = {**shared, "hooks": config.hooks}
    twin._configure(made.type_resolver, writing, {**shared, **limits})
    return twin


def outcome(call: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Return what a call returns, or the class and the text of its error."""
    try:
        return "returned", call(*args, **options)
    except Exception as error:
        return "raised", type(error), str(error), getattr(error, "path", "")


def agree(mine: Any, theirs: Any) -> None:
    """Fail unless two outcomes are values that are alike, or equal errors."""
    if mine[0] == theirs[0] == "returned":
        assert alike(mine[1], theirs[1]), (mine, theirs)
    else:
        assert mine == theirs, (mine, theirs)


def alike(a: Any, b: Any, pairs: dict[int, int] | None = None) -> bool:
    """Tell whether two graphs are equal to the bit, with what they share."""
    pairs = {} if pairs is None else pairs
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return struct.pack("<d", a) == struct.pack("<d", b) or a != a != b != b
    if isinstance(a, decimal.Decimal):
        return a.as_tuple() == b.as_tuple()
    if isinstance(a, _ATOMS):
        return a == b
    if isinstance(a, types.BuiltinFunctionType):
        return a.__qualname__ == b.__qualname__ and alike(a.__self__, b.__self__, pairs)
    if id(a) in pairs:
        return pairs[id(a)] == id(b)
    pairs[id(a)] = id(b)
    if isinstance(a, np.ndarray):
        same_form = (a.dtype, a.shape) == (b.dtype, b.shape)
        if a.dtype.hasobject:
            return same_form and all(map(alike, a.flat, b.flat, repeat(pairs)))
        return same_form and a.tobytes() == b.tobytes()
    if isinstance(a, (array.array, DenseArray)):
        return a.tobytes() == b.tobytes()
    if isinstance(a, types.MappingProxyType):
        a, b = dict(a), dict(b)
    if isinstance(a, _CONTAINERS) and not _same_items(a, b, pairs):
        return False
    state, other = _state(a), _state(b)
    if not state and not other:
        without_content = type(a).__eq__ is object.__eq__
        return isinstance(a, _CONTAINERS) or without_content or a == b
    return list(state) == list(other) and all(
        alike(state[name], other[name], pairs) for name in state
    )


def _same_items(a: Any, b: Any, pairs: dict[int, int]) -> bool:
    if isinstance(a, (set, frozenset)):
        return a == b or sorted(map(repr, a)) == sorted(map(repr, b))
    if isinstance(a, dict):
        a, b = list(a.items()), list(b.items())
        return len(a) == len(b) and all(
            alike(k, j, pairs) and alike(v, w, pairs)
            for (k, v), (j, w) in zip(a, b, strict=True)
        )
    return len(a) == len(b) and all(
        alike(x, y, pairs) for x, y in zip(a, b, strict=True)
    )


def _state(value: Any) -> dict[str, Any]:
    names = [n for c in type(value).__mro__ for n in c.__dict__.get("__slots__", ())]
    slots = {n: getattr(value, n) for n in names if hasattr(value, n)}
    return {**getattr(value, "__dict__", {}), **slots}
