"""Records of strangers: every field of every fact is of its declared type."""

from __future__ import annotations

import types
from typing import Any, Union, get_args, get_origin, get_type_hints

from fory.error import DecodeError
from fory_pandas.facts import (
    ColumnFacts,
    FrameFacts,
    IndexFacts,
    Label,
    NullRuns,
    PlainValues,
)

__all__ = ["checked"]


_FACTS = (ColumnFacts, FrameFacts, IndexFacts, Label, NullRuns, PlainValues)
_HINTS: dict[Any, dict[str, Any]] = {cls: get_type_hints(cls) for cls in _FACTS}


def checked(value: Any, kind: Any, place: str = "facts") -> Any:
    """Return ``value`` if it is of the annotated ``kind`` in all its parts.

    A compatible reader fills the fields that the writer had, which in damaged
    bytes may be of any type.
    """
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        if value is not None:
            checked(value, get_args(kind)[0], place)
        return value
    if origin is list:
        _expect(value, list, place)
        (part,) = get_args(kind)
        for i, item in enumerate(value):
            checked(item, part, f"{place}[{i}]")
    elif origin is dict:
        _expect(value, dict, place)
        for key, item in value.items():
            _expect(key, str, f"{place} key")
            _expect(item, str, f"{place}[{key!r:.40}]")
    else:
        _expect(value, kind, place)
        for name, hint in _HINTS.get(kind, {}).items():
            checked(getattr(value, name, None), hint, f"{place}.{name}")
    return value


def _expect(value: Any, kind: Any, place: str) -> None:
    if type(value) is not kind:
        raise DecodeError(
            f"{place}: expected {kind.__name__}, found {type(value).__name__}"
        )
