"""The order of the fields of a struct and the hash of its schema (xlang_wire 12)."""

from __future__ import annotations

from typing import NamedTuple

from fory._impl import hash64
from fory._names import snake_case
from fory._type_ids import TypeId
from fory.schema import TypeNode

__all__ = ["WireField", "in_order", "schema_hash"]

_COMPRESSED = {
    TypeId.VARINT32,
    TypeId.VARINT64,
    TypeId.TAGGED_INT64,
    TypeId.VAR_UINT32,
    TypeId.VAR_UINT64,
    TypeId.TAGGED_UINT64,
}
_WIDTH = {
    **dict.fromkeys((6, 7, 8, 13, 14, 15, 20), 8),
    **dict.fromkeys((4, 5, 11, 12, 19), 4),
    **dict.fromkeys((3, 10, 17, 18), 2),
    **dict.fromkeys((1, 2, 9), 1),
}
_EMPTY_HASH = 47
_DYNAMIC_IN_HASH = range(TypeId.ENUM, TypeId.NONE)


class WireField(NamedTuple):
    """A field as both sides see it: name or tag, type, nullable, tracked."""

    name: str
    tag: int | None
    node: TypeNode
    nullable: bool
    tracked: bool

    @property
    def key(self) -> tuple[int, int, str, str]:
        """Sort key: tags first, then names in snake case."""
        if self.tag is not None:
            return (0, self.tag, "", "")
        return (1, 0, snake_case(self.name), self.name)


def in_order(fields: list[WireField]) -> list[WireField]:
    """Return fields as they follow each other in the bytes: numbers come first."""
    return sorted(fields, key=_position)


def _position(field: WireField) -> tuple[object, ...]:
    type_id = field.node.type_id
    if type_id not in _WIDTH:
        return (2, field.key)
    return (
        int(field.nullable),
        type_id in _COMPRESSED,
        -_WIDTH[type_id],
        int(type_id),
        field.key,
    )


def schema_hash(fields: list[WireField], *, native: bool) -> int:
    """Return the 32-bit hash that guards structs without schema evolution."""
    if not fields:
        return _EMPTY_HASH
    text = "".join(
        f"{_hash_name(f)},{_fingerprint(f.node, f.tracked, f.nullable, native)};"
        for f in sorted(fields, key=lambda f: f.key)
    )
    return hash64(text.encode()) & 0xFFFF_FFFF


def _hash_name(field: WireField) -> str:
    return snake_case(field.name) if field.tag is None else str(field.tag)


def _fingerprint(node: TypeNode, tracked: bool, nullable: bool, native: bool) -> str:
    type_id = int(node.type_id)
    if node.bare is not None and (native or node.bare <= TypeId.NONE):
        type_id = int(node.bare)
    if type_id in _DYNAMIC_IN_HASH:
        type_id = 0
    text = f"{type_id},{int(tracked)},{int(nullable)}"
    if node.items:
        parts = (_fingerprint(item, False, False, native) for item in node.items)
        text += f"[{'|'.join(parts)}]"
    return text
