"""Records: facts and odd values as bytes that any language with a Fory reads."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from fory._core import Fory
from fory.error import DecodeError, ForyError
from fory_pandas.checked import checked
from fory_pandas.facts import (
    ColumnFacts,
    FrameFacts,
    IndexFacts,
    Label,
    NullRuns,
    PlainValues,
)
from fory_pandas.odd import Odd

__all__ = ["MAX_FACTS_BYTES", "read_facts", "read_value", "write_facts", "write_value"]

MAX_FACTS_BYTES = 64 << 20
"""A record of facts larger than this is refused: it is metadata, not data."""

_MAX_DEPTH = 256
"""Levels in a record; a list of parts and each part in it are one each."""

_REGISTERED = (ColumnFacts, FrameFacts, IndexFacts, Label, NullRuns, Odd, PlainValues)


@cache
def _serializer() -> Fory:
    made = Fory(xlang=True, compatible=True, max_depth=_MAX_DEPTH)
    for cls in _REGISTERED:
        made.register(cls, name=f"fory_pandas.{cls.__name__}")
    return made


def write_facts(facts: FrameFacts) -> bytes:
    """Return the facts as one xlang record named ``fory_pandas.FrameFacts``."""
    return bytes(_serializer().serialize(facts))


def read_facts(record: bytes) -> FrameFacts:
    """Return the facts of a record; nothing in it is imported or called.

    Raises
    ------
    DecodeError
        If the record is damaged, too large, too deep, or no frame's facts.
    """
    if len(record) > MAX_FACTS_BYTES:
        raise DecodeError(
            f"frame facts of {len(record)} bytes are over {MAX_FACTS_BYTES}"
        )
    facts = read_value(record)
    return cast(FrameFacts, checked(facts, FrameFacts))


def write_value(tree: Any) -> bytes:
    """Return a tree of portable values as one record."""
    return bytes(_serializer().serialize(tree))


def read_value(record: bytes) -> Any:
    """Return the tree of portable values in a record."""
    try:
        return _serializer().deserialize(record)
    except DecodeError:
        raise
    except ForyError as error:
        raise DecodeError(f"a record cannot be read: {error}") from error
