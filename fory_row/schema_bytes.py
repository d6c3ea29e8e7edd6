"""Schema bytes and the official type-tree hash (row_format 5.1 and 5.2)."""

from __future__ import annotations

from collections.abc import Sequence

from fory.error import DecodeError, EncodeError, TruncatedError
from fory_row.types import DataType, Field, Kind

VERSION = 1
MAX_DEPTH = 100
_UTF8, _LOWER, _ALPHANUMERIC = 0, 1, 2
_LOWER_ALPHABET = "abcdefghijklmnopqrstuvwxyz._$|"
_ALPHANUMERIC_ALPHABET = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789$_"
)
_PLAIN_NAME = frozenset(_ALPHANUMERIC_ALPHABET)
_CHILD_NAMES = {Kind.LIST: ("item",), Kind.MAP: ("key", "value")}


# -- names: 5 or 6 bits a character, most significant bit first ------------------


def _encode_name(name: str) -> tuple[int, bytes]:
    if not name.isascii() or not _PLAIN_NAME.issuperset(name):
        return _UTF8, name.encode()
    capitals = sum(c.isupper() for c in name)
    has_digit = any(c.isdigit() for c in name)
    if not has_digit and (len(name) + capitals) * 5 < len(name) * 6:
        escaped = "".join(f"|{c.lower()}" if c.isupper() else c for c in name)
        return _LOWER, _pack(escaped, _LOWER_ALPHABET, 5)
    return _ALPHANUMERIC, _pack(name, _ALPHANUMERIC_ALPHABET, 6)


def _decode_name(encoding: int, data: bytes) -> str:
    if encoding == _UTF8:
        return data.decode()
    if encoding == _ALPHANUMERIC:
        return _unpack(data, _ALPHANUMERIC_ALPHABET, 6)
    if encoding != _LOWER:
        raise ValueError(f"name encoding {encoding} is unknown")
    parts = _unpack(data, _LOWER_ALPHABET, 5).split("|")
    return parts[0] + "".join(p[:1].upper() + p[1:] for p in parts[1:])


def _pack(text: str, alphabet: str, bits: int) -> bytes:
    value = 0
    for c in text:
        value = value << bits | alphabet.index(c)
    n_bits = 1 + len(text) * bits
    n_bytes = (n_bits + 7) // 8
    spare = n_bytes * 8 - n_bits
    strip = 1 if spare >= bits else 0
    return (strip << (n_bytes * 8 - 1) | value << spare).to_bytes(n_bytes, "big")


def _unpack(data: bytes, alphabet: str, bits: int) -> str:
    value = int.from_bytes(data, "big")
    total = len(data) * 8
    n_chars = (total - 1) // bits - (value >> (total - 1))
    mask = (1 << bits) - 1
    codes = (value >> (total - 1 - bits * (i + 1)) & mask for i in range(n_chars))
    return "".join(alphabet[c] for c in codes)


# -- schema ----------------------------------------------------------------------


def encode_schema(fields: Sequence[Field]) -> bytes:
    """Return the official bytes of a schema (row_format 5.1)."""
    out = bytearray([VERSION])
    _put_varuint(out, len(fields))
    for f in fields:
        _put_field(out, f, f.name)
    return bytes(out)


def _put_varuint(out: bytearray, n: int) -> None:
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)


def _put_field(out: bytearray, f: Field, name: str) -> None:
    if not name:
        raise EncodeError(
            "schema bytes cannot say an empty field name; rename the field"
        )
    encoding, data = _encode_name(name)
    n = min(len(data) - 1, 15)
    out.append(encoding | n << 2 | f.nullable << 6)
    if n == 15:
        _put_varuint(out, len(data) - 15)
    out += data
    _put_type(out, f.type)


def _put_type(out: bytearray, t: DataType) -> None:
    out.append(t.kind)
    if t.kind is Kind.DECIMAL:
        out += bytes((t.precision, t.scale))
    elif t.kind is Kind.STRUCT:
        _put_varuint(out, len(t.children))
        for child in t.children:
            _put_field(out, child, child.name)
    elif t.kind in _CHILD_NAMES:
        names = _CHILD_NAMES[t.kind]
        for child, name in zip(t.children, names, strict=True):
            _put_field(out, child, name)


def decode_schema(data: bytes | bytearray | memoryview) -> list[Field]:
    """Read official schema bytes; raise `DecodeError` when they are not that."""
    reader = _Reader(bytes(data))
    if reader.byte() != VERSION:
        raise DecodeError(f"schema bytes start with version {data[0]}, expected 1")
    fields = [reader.field(0) for _ in range(reader.count())]
    if reader.at != len(reader.data):
        extra = len(reader.data) - reader.at
        raise DecodeError(f"{extra} bytes follow the schema at byte {reader.at}")
    return fields


class _Reader:
    """Reads schema bytes from the front; every step checks what is left."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, n: int) -> bytes:
        if n > len(self.data) - self.at:
            raise TruncatedError(
                f"schema bytes end at {len(self.data)}, need {n} more at {self.at}"
            )
        self.at += n
        return self.data[self.at - n : self.at]

    def byte(self) -> int:
        return self.take(1)[0]

    def varuint(self) -> int:
        value = 0
        for shift in range(0, 35, 7):
            b = self.byte()
            value |= (b & 0x7F) << shift
            if b < 0x80:
                break
        if b >= 0x80 or value >> 32:
            raise DecodeError(f"length at byte {self.at} exceeds 32 bits")
        return value

    def count(self) -> int:
        """Read a number of fields; each takes at least three bytes."""
        n = self.varuint()
        if n > (len(self.data) - self.at) // 3:
            raise TruncatedError(f"{n} fields do not fit behind byte {self.at}")
        return n

    def field(self, depth: int) -> Field:
        if depth > MAX_DEPTH:
            raise DecodeError(f"types nest deeper than {MAX_DEPTH} at byte {self.at}")
        header = self.byte()
        if header & 0x80:
            raise DecodeError(f"field header {header:#x} at byte {self.at - 1}")
        n = header >> 2 & 15
        size = n + 1 if n < 15 else self.varuint() + 15
        raw = self.take(size)
        try:
            name = _decode_name(header & 3, raw)
        except (ValueError, IndexError) as e:
            at = self.at - size
            raise DecodeError(f"field name at byte {at} is not readable") from e
        return Field(name, self.type(depth), bool(header & 0x40))

    def type(self, depth: int) -> DataType:
        type_id = self.byte()
        try:
            kind = Kind(type_id)
        except ValueError as e:
            raise DecodeError(f"type id {type_id} at byte {self.at - 1}") from e
        if kind is Kind.DECIMAL:
            return DataType(kind, (), self.byte(), self.byte())
        n = self.count() if kind is Kind.STRUCT else len(_CHILD_NAMES.get(kind, ()))
        return DataType(kind, tuple(self.field(depth + 1) for _ in range(n)))


# -- hash ------------------------------------------------------------------------


def type_tree_hash(fields: Sequence[Field]) -> int:
    """Return the official hash of a type tree (row_format 5.2)."""
    h = 17
    stack = [f.type for f in reversed(fields)]
    while stack:
        t = stack.pop()
        while h * 31 + t.kind > 0x7FFF_FFFF_FFFF_FFFF:
            h >>= 2
        h = h * 31 + t.kind
        if t.kind in (Kind.LIST, Kind.MAP, Kind.STRUCT):
            stack.extend(c.type for c in reversed(t.children))
    return h
