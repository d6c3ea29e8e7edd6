"""The types of a record stream: what its header tells, and how classes get names."""

from __future__ import annotations

import dataclasses
import enum
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fory import Fory, types
from fory._annotations import unaliased
from fory.error import DecodeError, EncodeError
from fory.schema import TypeNode, fields_of

__all__ = ["StreamType", "class_names", "decode_types", "encode_types", "serializer"]


@dataclass
class StreamType:
    """A type of the records: its name, and its fields with their types in words."""

    name: str
    fields: list[str]
    kinds: list[str]


@dataclass
class StreamRecord:
    """What the header of a stream tells."""

    types: list[StreamType]


def serializer(names: Mapping[type, str]) -> Fory:
    """Return what reads and writes records of some classes."""
    made = Fory(xlang=True, compatible=True)
    for cls, name in names.items():
        made.register(cls, typename=name)
    return made


def class_names(cls: type, typename: str | None) -> dict[type, str]:
    """Return the names of a class and of all classes in its fields.

    The others get the names of their classes, in the namespace of ``typename``.

    Raises
    ------
    EncodeError
        If two classes would have one name.
    """
    if not _is_record(cls):
        return {}
    first = typename or cls.__name__
    space = first.rpartition(".")[0]
    names = {cls: first}
    for part in _parts(cls, {cls}):
        names[part] = f"{space}.{part.__name__}" if space else part.__name__
    if len(set(names.values())) < len(names):
        raise EncodeError(
            f"several classes in {cls.__name__} have one name; rename one of them: "
            f"{sorted(names.values())}"
        )
    return names


def _is_record(cls: Any) -> bool:
    return isinstance(cls, type) and (
        dataclasses.is_dataclass(cls) or issubclass(cls, enum.Enum)
    )


def _parts(cls: type, seen: set[type]) -> Iterator[type]:
    """Yield the classes in the annotations of a class, at any depth."""
    if not dataclasses.is_dataclass(cls):
        return
    waiting = list(typing.get_type_hints(cls, localns={cls.__name__: cls}).values())
    while waiting:
        hint = unaliased(waiting.pop(0))
        waiting += [a for a in typing.get_args(hint) if not isinstance(a, str)]
        if _is_record(hint) and hint not in seen:
            seen.add(hint)
            yield hint
            yield from _parts(hint, seen)


def _described(cls: type, name: str, fory: Fory) -> StreamType:
    if not dataclasses.is_dataclass(cls):
        return StreamType(name, [m.name for m in cls], [])  # type: ignore[attr-defined]
    specs = fields_of(cls, fory.type_resolver.kind_of)
    return StreamType(name, [s.name for s in specs], [_text(s.node) for s in specs])


def _text(node: TypeNode) -> str:
    inner = ", ".join(_text(item) for item in node.items)
    text = types.TypeId(node.type_id).name.lower()
    return text + (f"<{inner}>" if inner else "") + ("?" if node.nullable else "")


def _header_serializer() -> Fory:
    return serializer(
        {StreamType: "fory_io.StreamType", StreamRecord: "fory_io.Stream"}
    )


def encode_types(names: Mapping[type, str], fory: Fory) -> bytes:
    """Return the record that tells the types of a stream."""
    described = [_described(cls, name, fory) for cls, name in names.items()]
    return bytes(_header_serializer().dumps(StreamRecord(described)))


def decode_types(data: bytes) -> dict[str, dict[str, str]]:
    """Return the types of a stream: of each name, the fields and their types.

    Raises
    ------
    DecodeError
        If the bytes are no such record.
    """
    record = _header_serializer().loads(data)
    if type(record) is not StreamRecord:
        raise DecodeError("the header of the stream does not hold its types")
    found: dict[str, dict[str, str]] = {}
    for t in record.types:
        if type(t) is not StreamType:
            raise DecodeError("the header of the stream does not hold its types")
        kinds = t.kinds or [""] * len(t.fields)
        if len(kinds) != len(t.fields):
            raise DecodeError(f"the fields and types of {t.name!r} do not match")
        found[t.name] = dict(zip(t.fields, kinds, strict=True))
    return found
