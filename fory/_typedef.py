"""Type definitions: the schema that travels with a message (xlang_wire 11)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fory import _names
from fory._impl import Buffer, hash64
from fory._layout import WireField
from fory._type_ids import TypeId
from fory.error import DecodeError
from fory.schema import TypeNode

__all__ = ["TypeDef", "encode_named", "encode_struct", "parse"]

_HAS_FIELDS = 0x80
_COMPATIBLE = 0x40
_NAMED = 0x20
_MANY_FIELDS = 31
_LONG_BODY = 255
_COMPRESSED = 0x100
_RESERVED = 0xE00
_LONG_NAME = 63
_LONG_SIZE = 15
_TAG = 3
_NAMED_KINDS = {TypeId.NAMED_ENUM: 1, TypeId.NAMED_EXT: 3, TypeId.NAMED_UNION: 5}
_KIND_OF_BYTE = {byte: type_id for type_id, byte in _NAMED_KINDS.items()}
_MAX_DEPTH = 64


class TypeDef(NamedTuple):
    """A received or sent definition: which class, and the fields in wire order."""

    type_id: TypeId
    user_id: int | None
    namespace: str
    name: str
    fields: tuple[WireField, ...]


# ---- writing -------------------------------------------------------------------------


def encode_struct(definition: TypeDef) -> bytes:
    """Return the bytes of the definition of a struct."""
    body = Buffer.allocate(64)
    n = len(definition.fields)
    kind = _HAS_FIELDS | min(n, _MANY_FIELDS)
    if definition.type_id in (28, 30):
        kind |= _COMPATIBLE
    if definition.user_id is None:
        kind |= _NAMED
    body.write_uint8(kind)
    if n >= _MANY_FIELDS:
        body.write_var_uint32(n - _MANY_FIELDS)
    if definition.user_id is None:
        _put_names(body, definition)
    else:
        body.write_var_uint32(definition.user_id)
    for field in definition.fields:
        _put_field(body, field)
    return _framed(body.to_bytes())


def encode_named(type_id: TypeId, namespace: str, name: str) -> bytes:
    """Return the definition of a named enum, extension or union."""
    body = Buffer.allocate(64)
    body.write_uint8(_NAMED_KINDS[type_id])
    _put_names(body, TypeDef(type_id, None, namespace, name, ()))
    return _framed(body.to_bytes())


def _framed(body: bytes) -> bytes:
    out = Buffer.allocate(len(body) + 16)
    out.write_uint64(_header(body))
    if len(body) >= _LONG_BODY:
        out.write_var_uint32(len(body) - _LONG_BODY)
    out.write_bytes(body)
    return out.to_bytes()


def _header(body: bytes) -> int:
    low = min(len(body), _LONG_BODY)
    bits = hash64(body + bytes([low & 255, low >> 8])) << 12 & 0xFFFF_FFFF_FFFF_FFFF
    if bits > 1 << 63:
        bits = (1 << 64) - bits
    return bits & ~0xFFF | low


def _put_names(body: Buffer, definition: TypeDef) -> None:
    _put_name(body, definition.namespace, "._", _names.NAMESPACE_CODES)
    _put_name(body, definition.name, "$_", _names.TYPE_NAME_CODES)


def _put_name(body: Buffer, text: str, specials: str, codes: tuple[int, ...]) -> None:
    encoding, data = _names.encode(text, specials, codes)
    code = codes.index(encoding)
    body.write_uint8(min(len(data), _LONG_NAME) << 2 | code)
    if len(data) >= _LONG_NAME:
        body.write_var_uint32(len(data) - _LONG_NAME)
    body.write_bytes(data)


def _put_field(body: Buffer, field: WireField) -> None:
    if field.tag is None:
        encoding, data = _names.encode(field.name, "$_", _names.FIELD_CODES)
        code, size = _names.FIELD_CODES.index(encoding), len(data) - 1
    else:
        code, size, data = _TAG, field.tag, b""
    flags = int(field.tracked) | int(field.nullable) << 1
    body.write_uint8(flags | min(size, _LONG_SIZE) << 2 | code << 6)
    if size >= _LONG_SIZE:
        body.write_var_uint32(size - _LONG_SIZE)
    body.write_uint8(_wire_id(field.node))
    for item in field.node.items:
        _put_nested(body, item, field.tracked)
    body.write_bytes(data)


def _put_nested(body: Buffer, node: TypeNode, tracked: bool) -> None:
    """Put one level of a type; what ``Ref`` says of it holds for those inside, too."""
    here = tracked if node.tracked is None else node.tracked
    body.write_var_uint32(_wire_id(node) << 2 | int(node.nullable) << 1 | int(here))
    for item in node.items:
        _put_nested(body, item, here)


def _wire_id(node: TypeNode) -> int:
    """Enums and unions of any kind have one id in a field type."""
    if node.type_id is TypeId.NAMED_ENUM:
        return TypeId.ENUM
    if node.type_id in (TypeId.TYPED_UNION, TypeId.NAMED_UNION):
        return TypeId.UNION
    return node.type_id


# ---- reading -------------------------------------------------------------------------


def parse(header: int, body: bytes, *, max_fields: int, max_bytes: int) -> TypeDef:
    """Return the definition in ``body``, which must match its header."""
    if len(body) > max_bytes:
        raise DecodeError(
            f"a type definition has {len(body)} bytes, more than "
            f"max_type_meta_bytes={max_bytes}"
        )
    if header & (_COMPRESSED | _RESERVED):
        raise DecodeError("a type definition is compressed or of a newer format")
    if _header(body) != header:
        raise DecodeError(
            f"a type definition does not match its hash {header:#x}; the bytes are "
            f"damaged"
        )
    source = Buffer(body)
    kind = source.read_uint8()
    if not kind & _HAS_FIELDS:
        if kind not in _KIND_OF_BYTE:
            raise DecodeError(f"a type definition has the unknown kind {kind}")
        return TypeDef(_KIND_OF_BYTE[kind], None, *_get_names(source), ())
    n = kind & _MANY_FIELDS
    if n == _MANY_FIELDS:
        n += source.read_var_uint32()
    if n > max_fields:
        raise DecodeError(
            f"a type definition has {n} fields, more than max_type_fields={max_fields}"
        )
    type_id = 27 + bool(kind & _COMPATIBLE) + 2 * bool(kind & _NAMED)
    user_id, namespace, name = None, "", ""
    if kind & _NAMED:
        namespace, name = _get_names(source)
    else:
        user_id = source.read_var_uint32()
    fields = tuple(_get_field(source) for _ in range(n))
    _refuse_repeated(field.tag for field in fields)
    return TypeDef(TypeId(type_id), user_id, namespace, name, fields)


def _refuse_repeated(tags: Iterable[int | None]) -> None:
    known = [tag for tag in tags if tag is not None]
    if len(set(known)) < len(known):
        raise DecodeError("a type definition has two fields with the same id")


def _get_names(source: Buffer) -> tuple[str, str]:
    return (
        _get_name(source, "._", _names.NAMESPACE_CODES),
        _get_name(source, "$_", _names.TYPE_NAME_CODES),
    )


def _get_name(source: Buffer, specials: str, codes: tuple[int, ...]) -> str:
    head = source.read_uint8()
    size = head >> 2
    if size == _LONG_NAME:
        size += source.read_var_uint32()
    if head & 3 >= len(codes):
        raise DecodeError(f"a name in a type definition has the encoding {head & 3}")
    return _names.decode(codes[head & 3], source.read_bytes(size), specials)


def _get_field(source: Buffer) -> WireField:
    head = source.read_uint8()
    size = head >> 2 & _LONG_SIZE
    if size == _LONG_SIZE:
        size += source.read_var_uint32()
    node = _get_node(source, _type_id(source.read_uint8()), bool(head & 2), None, 0)
    code = head >> 6
    tag = size if code == _TAG else None
    name = f"__tag_{size}__"
    if code != _TAG:
        encoding = _names.FIELD_CODES[code]
        name = _names.decode(encoding, source.read_bytes(size + 1), "$_")
    return WireField(name, tag, node, bool(head & 2), bool(head & 1))


def _get_node(
    source: Buffer, type_id: TypeId, nullable: bool, tracked: bool | None, depth: int
) -> TypeNode:
    if depth > _MAX_DEPTH:
        raise DecodeError("a field type is nested too deeply")
    n_items = {TypeId.LIST: 1, TypeId.SET: 1, TypeId.MAP: 2}.get(type_id, 0)
    items = []
    for _ in range(n_items):
        head = source.read_var_uint32()
        items.append(
            _get_node(
                source, _type_id(head >> 2), bool(head & 2), bool(head & 1), depth + 1
            )
        )
    return TypeNode(type_id, tuple(items), nullable, tracked)


def _type_id(number: int) -> TypeId:
    try:
        return TypeId(number)
    except ValueError:
        raise DecodeError(f"a field has the unknown type id {number}") from None
