"""Floats of 32 and 16 bits, as the wire rounds them (xlang_wire 1)."""

from __future__ import annotations

import struct

__all__ = ["bfloat16_bits", "float16_bits", "float16_from", "float32_bytes"]


def float32_bytes(value: float) -> bytes:
    """Return the nearest number of 32 bits; one that is too large is infinite."""
    try:
        return struct.pack("<f", value)
    except OverflowError:
        return struct.pack("<f", float("inf") if value > 0 else float("-inf"))
    except struct.error as error:
        raise TypeError(str(error)) from error


def float16_bits(value: float) -> int:
    """Round to 32 bits first; a NaN keeps its sign and the top of its payload."""
    data = float32_bytes(value)
    narrow = struct.unpack("<f", data)[0]
    if narrow != narrow:
        bits = int.from_bytes(data, "little")
        return bits >> 16 & 0x8000 | 0x7E00 | (bits >> 13 & 0x1FF or 1)
    try:
        return int.from_bytes(struct.pack("<e", narrow), "little")
    except OverflowError:
        return 0x7C00 if value > 0 else 0xFC00


def bfloat16_bits(value: float) -> int:
    """Return the upper half of 32 bits, rounded to the nearest, ties to even."""
    data = float32_bytes(value)
    if value != value:
        return 0x7FC0
    bits = int.from_bytes(data, "little")
    return bits + 0x7FFF + (bits >> 16 & 1) >> 16


def float16_from(value: int) -> float:
    """Return the number of 16 bits; a NaN keeps its sign and payload."""
    if value & 0x7FFF <= 0x7C00:
        return float(struct.unpack("<e", value.to_bytes(2, "little"))[0])
    single = (value & 0x8000) << 16 | 0x7F80_0000 | (value & 0x3FF) << 13
    return float(struct.unpack("<f", single.to_bytes(4, "little"))[0])
