"""Names of classes and fields in five or six bits per character (xlang_wire 9, 11)."""

from __future__ import annotations

import functools
from collections.abc import Collection

from fory import _impl
from fory.error import DecodeError, EncodeError

__all__ = [
    "FIELD_CODES",
    "NAMESPACE_CODES",
    "TYPE_NAME_CODES",
    "decode",
    "encode",
    "first_pair",
    "on_wire",
    "snake_case",
    "varuint",
]

UTF8 = 0
LOWER = 1
LOWER_UPPER_DIGIT = 2
FIRST_TO_LOWER = 3
ALL_TO_LOWER = 4
_ALL = frozenset((UTF8, LOWER, LOWER_UPPER_DIGIT, FIRST_TO_LOWER, ALL_TO_LOWER))

# Which encoding a code in a TypeDef stands for.
NAMESPACE_CODES = (UTF8, ALL_TO_LOWER, LOWER_UPPER_DIGIT)
TYPE_NAME_CODES = (UTF8, ALL_TO_LOWER, LOWER_UPPER_DIGIT, FIRST_TO_LOWER)
FIELD_CODES = (UTF8, ALL_TO_LOWER, LOWER_UPPER_DIGIT)

_SMALL = "abcdefghijklmnopqrstuvwxyz"
_FIVE_BITS = _SMALL + "._$|"
_SIX_BITS = _SMALL + _SMALL.upper() + "0123456789"
_MAX_CHARS = 32_766
_LONG = 16


def _choose(text: str, specials: str, allowed: Collection[int]) -> int:
    if LOWER in allowed and all(c in _FIVE_BITS for c in text):
        return LOWER
    if not all(c in _SIX_BITS or c in specials for c in text):
        return UTF8
    n_upper = sum(c in _SMALL.upper() for c in text)
    has_digit = any(c in "0123456789" for c in text)
    if LOWER_UPPER_DIGIT in allowed and has_digit:
        return LOWER_UPPER_DIGIT
    if n_upper == 1 and text[0] in _SMALL.upper():
        return FIRST_TO_LOWER if FIRST_TO_LOWER in allowed else LOWER_UPPER_DIGIT
    if ALL_TO_LOWER in allowed and (len(text) + n_upper) * 5 < len(text) * 6:
        return ALL_TO_LOWER
    return LOWER_UPPER_DIGIT if LOWER_UPPER_DIGIT in allowed else UTF8


def _pack(codes: list[int], width: int) -> bytes:
    """Pack codes behind a bit that says whether the padding looks like one more."""
    n_bits = 1 + width * len(codes)
    n_bytes = -(-n_bits // 8)
    packed = 0
    for code in codes:
        packed = packed << width | code
    if 8 * n_bytes >= n_bits + width:
        packed |= 1 << (n_bits - 1)
    return (packed << (8 * n_bytes - n_bits)).to_bytes(n_bytes, "big")


def _unpack(data: bytes, width: int) -> list[int]:
    bits = int.from_bytes(data, "big")
    n_bits = 8 * len(data)
    n = (n_bits - 1) // width - (data[0] >> 7)
    mask = (1 << width) - 1
    return [bits >> (n_bits - 1 - width * (i + 1)) & mask for i in range(n)]


def encode(text: str, specials: str, allowed: Collection[int]) -> tuple[int, bytes]:
    """Return the encoding that the format prescribes for ``text``, and the bytes."""
    if len(text) > _MAX_CHARS:
        raise EncodeError(f"a name has {len(text)} characters, at most {_MAX_CHARS}")
    if not text:
        return UTF8, b""
    encoding = _choose(text, specials, allowed)
    if encoding == UTF8:
        return encoding, text.encode()
    if encoding == LOWER_UPPER_DIGIT:
        alphabet = _SIX_BITS + specials
        return encoding, _pack([alphabet.index(c) for c in text], 6)
    if encoding == FIRST_TO_LOWER:
        text = text[0].lower() + text[1:]
    elif encoding == ALL_TO_LOWER:
        text = "".join(f"|{c.lower()}" if c in _SMALL.upper() else c for c in text)
    return encoding, _pack([_FIVE_BITS.index(c) for c in text], 5)


@functools.lru_cache(maxsize=4096)
def decode(encoding: int, data: bytes, specials: str) -> str:
    """Return the name that ``data`` spells."""
    try:
        if not data:
            return ""
        if encoding == UTF8:
            return data.decode()
        if encoding == LOWER_UPPER_DIGIT:
            alphabet = _SIX_BITS + specials
            return "".join(alphabet[code] for code in _unpack(data, 6))
        if encoding not in _ALL:
            raise DecodeError(f"name encoding {encoding} is unknown")
        text = "".join(_FIVE_BITS[code] for code in _unpack(data, 5))
    except (UnicodeDecodeError, IndexError) as error:
        raise DecodeError(f"the name {data!r} is not valid: {error}") from error
    if encoding == FIRST_TO_LOWER:
        return text[:1].upper() + text[1:]
    if encoding == ALL_TO_LOWER:
        head, *rest = text.split("|")
        return head + "".join(part[:1].upper() + part[1:] for part in rest)
    return text


def on_wire(text: str, specials: str) -> tuple[object, bytes]:
    """Return a name as it is written outside of a TypeDef: its identity and bytes.

    Two names are one if their bytes are equal; an empty namespace is equal to
    nothing but itself.
    """
    encoding, data = encode(text, specials, _ALL)
    head = varuint(len(data) << 1)
    if not data:
        return object(), head
    if len(data) > _LONG:
        head += (_impl.hash64(data) & ~0xFF | encoding).to_bytes(8, "little")
    else:
        head += bytes([encoding])
    return bytes([encoding]) + data, head + data


def first_pair(namespace: tuple[object, bytes], name: tuple[object, bytes]) -> bytes:
    """Return both names as they begin a message; an equal second one is a number."""
    return namespace[1] + (name[1] if name[0] != namespace[0] else varuint(0b11))


def varuint(value: int) -> bytes:
    """Return an unsigned number in groups of seven bits."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def snake_case(name: str) -> str:
    """Return ``name`` as the format spells it to order and hash fields."""
    out: list[str] = []
    for i, c in enumerate(name):
        if c.isupper():
            before = name[i - 1] if i else ""
            after = name[i + 1] if i + 1 < len(name) else ""
            if (
                out
                and out[-1] != "_"
                and (
                    before.islower()
                    or before.isdigit()
                    or (before.isupper() and after.islower())
                )
            ):
                out.append("_")
            out.append(c.lower())
        else:
            out.append(c)
    return "".join(out).rstrip("_")
