"""Read damaged rows in every way, in a process that may die of it.

``python damage_rows.py layout kind seed count``: the rows end where a page ends that
must not be touched, so reading one byte too many ends the process, and they are read
between two different fillings, so that a foreign byte on the left shows as well. The
process fails when a read gives anything but a value or a `DecodeError`.
"""

from __future__ import annotations

import ctypes
import mmap
import random
import resource
import struct
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from rows.reference import decode, encode

import fory_row as fr
from fory.error import DecodeError
from fory_row import Field

PAGE = mmap.PAGESIZE
LINE = fr.struct(
    [
        Field("sku", fr.utf8()),
        Field("price", fr.int32(), nullable=False),
        Field("size", fr.struct([("w", fr.int8()), ("h", fr.float32())])),
    ]
)
NESTED = [
    Field("id", fr.int64(), nullable=False),
    Field("name", fr.utf8()),
    Field("ok", fr.bool_()),
    Field("lines", fr.list_(LINE)),
    Field("tags", fr.map_(fr.utf8(), fr.list_(fr.int16()))),
    Field("grid", fr.list_(fr.list_(fr.float64()))),
    Field("at", fr.timestamp()),
    Field("total", fr.decimal(12, 2)),
    Field("raw", fr.binary()),
    Field("pair", fr.fixed_size_list(fr.int8(), 2)),
    Field("key", fr.fixed_size_binary(5)),
]
FLAT = [Field("a", fr.int32()), Field("b", fr.bool_()), Field("c", fr.float64(), False)]


def record(i: int) -> dict[str, Any]:
    line = {"sku": f"naïve {i}", "price": i, "size": {"w": None, "h": 1.5}}
    return {
        "id": i,
        "name": "a name of some length" if i % 2 else "",
        "ok": i % 3 == 0,
        "lines": [line, None, {**line, "sku": None, "size": None}],
        "tags": [("first", [1, None, 3]), ("second", None), ("", [])],
        "grid": [[0.5], [], None, [1.0, 2.0]],
        "at": 1_700_000_000_000_000 + i,
        "total": -12345,
        "raw": bytes(range(i % 20)),
        "pair": [1, 2],
        "key": b"12345",
    }


# -- every way to read -----------------------------------------------------------


def walk(value: Any) -> Any:
    """Read a view by all its accessors; only the first elements of long ones."""
    if isinstance(value, fr.Row):
        return (
            [walk(value[i]) for i in range(len(value))],
            value.to_bytes(),
            repr(value),
        )
    if isinstance(value, fr.Map):
        keys, values = value.keys_array(), value.values_array()
        return walk(keys), walk(values), len(value), repr(value)
    if isinstance(value, fr.Array):
        items = [walk(v) for v in value[:20]]
        return items, value[::-1].is_null(0) if items else None, value.null_count
    return value


def look_up(row: fr.Row) -> Any:
    tags = row.tags
    return None if tags is None else (tags.get("second"), list(tags.items()))


def numbers(row: fr.Row) -> Any:
    pair = row.pair
    return None if pair is None else pair.to_numpy(masked=True).tolist()


READS: dict[str, Callable[[fr.Rows], Any]] = {
    "validate": lambda rows: rows.validate(),
    "canonical": lambda rows: rows.validate(canonical=True),
    "tree": lambda rows: rows.to_pylist(),
    "views": lambda rows: [walk(row) for row in rows],
    "cells": lambda rows: [rows[i, "name"] for i in range(len(rows))],
    "maps": lambda rows: [look_up(row) for row in rows],
    "numpy": lambda rows: [numbers(row) for row in rows],
    "arrow": lambda rows: rows.to_arrow(),
    "standard": lambda rows: rows.with_layout("standard").to_pylist(),
    "compact": lambda rows: rows.with_layout("compact").to_pylist(),
    "text": lambda rows: repr(rows) + rows._repr_html_(),
}
FLAT_READS = {
    k: READS[k]
    for k in ("validate", "canonical", "tree", "views", "arrow", "compact", "text")
}


def outcome(read: Callable[[fr.Rows], Any], rows: fr.Rows) -> str:
    try:
        return repr(read(rows))
    except DecodeError:
        return "DecodeError"
    except OverflowError as e:
        # Sound bytes may hold a moment that Python has no datetime for.
        if "Python has no" not in str(e):
            raise
        return "no Python value"


# -- memory that ends at a forbidden page ----------------------------------------


class Guarded:
    """Bytes whose end is the end of readable memory."""

    def __init__(self, pages: int) -> None:
        self.size = pages * PAGE
        self.map = mmap.mmap(-1, self.size + PAGE)
        self.view = memoryview(self.map)
        address = ctypes.addressof(ctypes.c_char.from_buffer(self.map, self.size))
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        if protect(ctypes.c_void_p(address), PAGE, 0):
            raise OSError(ctypes.get_errno(), "mprotect")

    def hold(self, data: bytes, filling: int) -> memoryview:
        """Return ``data`` at the very end, ``filling`` before it."""
        start = self.size - len(data)
        self.view[: self.size] = bytes([filling]) * start + data
        return self.view[start : self.size]


def read_all(
    memory: Guarded,
    fields: list[Field],
    data: bytes,
    offsets: list[int] | None,
    layout: str,
) -> dict[str, str]:
    """Return what each way of reading gives, the same between two fillings."""
    schema = fr.Schema(fields)
    reads = READS if fields is NESTED else FLAT_READS
    seen = []
    for filling in (0x00, 0x7E):
        held = memory.hold(data, filling)
        try:
            rows = fr.Rows.from_buffer(schema, held, offsets, layout=layout)
        except DecodeError:
            return {}
        seen.append({name: outcome(read, rows) for name, read in reads.items()})
    assert seen[0] == seen[1], "bytes outside the rows were read"
    return seen[0]


def check(
    found: dict[str, str],
    fields: list[Field],
    data: bytes,
    offsets: list[int] | None,
    layout: str,
) -> None:
    """Compare what was read with the verdicts of `validate` and of the reference."""
    if found.get("canonical") == "None":
        assert found["validate"] == "None"
    if found.get("validate") != "None":
        return
    assert "DecodeError" not in {v for k, v in found.items() if k != "canonical"}
    for start, stop in pairwise(offsets or ()):
        value = decode(fields, data[start:stop], layout)
        if found["canonical"] == "None":
            assert encode(fields, value, layout) == data[start:stop]


# -- damage ----------------------------------------------------------------------


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Change one to four places: bits, bytes, words of telling values, moved words."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(len(out))
        word = rng.randrange(max(len(out) - 8, 1)) & ~3
        kind = rng.randrange(4)
        if kind == 0:
            out[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            out[at] = rng.randrange(256)
        elif kind == 2:
            near = rng.randrange(len(out) + 16)
            telling = (0, 1, 7, 8, near, near, 2**31 - 1, 2**31, 2**32 - 1)
            out[word : word + 4] = struct.pack("<I", rng.choice(telling))
        else:
            other = rng.randrange(max(len(out) - 8, 1)) & ~3
            out[word : word + 8] = out[other : other + 8]
    return bytes(out[: len(data)])


def cases(
    kind: str, layout: str, rng: random.Random, count: int
) -> Iterator[tuple[list[Field], bytes, list[int] | None]]:
    """Yield damaged rows: fields, bytes and offsets."""
    rows = [encode(NESTED, record(i), layout) for i in range(4)]
    offsets = [0]
    for row in rows:
        offsets.append(offsets[-1] + len(row))
    batch = b"".join(rows)
    if kind == "cut-row":
        for n in range(len(rows[1])):
            yield NESTED, rows[1][:n], [0, n]
    elif kind == "cut-batch":
        for n in range(len(batch)):
            yield NESTED, batch[:n], [min(at, n) for at in offsets]
    elif kind == "row":
        for _ in range(count):
            data = mutate(rows[3], rng)
            yield NESTED, data, [0, len(data)]
    elif kind == "batch":
        for _ in range(count):
            data = mutate(batch, rng)
            moved = struct.unpack("<5Q", mutate(struct.pack("<5Q", *offsets), rng))
            yield NESTED, data, list(moved) if rng.random() < 0.2 else offsets
    else:
        flat = b"".join(
            encode(FLAT, {"a": i, "b": True, "c": 1.5}, layout) for i in range(5)
        )
        for _ in range(count):
            yield FLAT, mutate(flat, rng), None


def main(layout: str, kind: str, seed: str, count: str) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    memory = Guarded(2)
    n = refused = 0
    for fields, data, offsets in cases(
        kind, layout, random.Random(int(seed)), int(count)
    ):
        try:
            found = read_all(memory, fields, data, offsets, layout)
            check(found, fields, data, offsets, layout)
        except BaseException:
            print(f"after {n} cases: {data.hex()} {offsets}", file=sys.stderr)
            raise
        n += 1
        refused += found.get("validate") == "DecodeError" or not found
    print(n, refused)


if __name__ == "__main__":
    main(*sys.argv[1:])
