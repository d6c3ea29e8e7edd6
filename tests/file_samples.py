"""Rows made byte by byte, for tests of files that must not depend on the encoders."""

from __future__ import annotations

import array
import struct

from fory_row import types as t
from fory_row._block import MemorySource, block_from_buffer
from fory_row.rows import Rows
from fory_row.schema import Schema

FIXED = Schema([("i", t.int64()), ("k", t.int32()), ("x", t.float64())])
MIXED = Schema([("i", t.int64()), ("s", t.utf8())])


def fixed_record(i: int) -> dict[str, object]:
    return {"i": i, "k": i % 7, "x": i / 2}


def mixed_record(i: int, longest: int = 100) -> dict[str, object]:
    return {"i": i, "s": chr(97 + i % 26) * (i * 7919 % longest)}


def fixed_rows(n: int, start: int = 0) -> Rows:
    """Return rows that all have 32 bytes."""
    records = (fixed_record(i) for i in range(start, start + n))
    data = b"".join(struct.pack("<Qqi4xd", 0, *r.values()) for r in records)
    return Rows(FIXED.plan(), MemorySource([block_from_buffer(data, n, stride=32)]))


def mixed_rows(n: int, start: int = 0, longest: int = 100) -> Rows:
    """Return rows of different widths."""
    data, offsets = bytearray(), array.array("Q", [0])
    for i in range(start, start + n):
        text = str(mixed_record(i, longest)["s"]).encode()
        data += struct.pack("<QqQ", 0, i, 24 << 32 | len(text))
        data += text + bytes(-len(text) % 8)
        offsets.append(len(data))
    return Rows(MIXED.plan(), MemorySource([block_from_buffer(data, n, offsets)]))


def same_rows(a: Rows, b: Rows) -> bool:
    """Compare rows byte by byte."""
    return len(a) == len(b) and all(
        bytes(x) == bytes(y) for x, y in zip(a, b, strict=True)
    )
