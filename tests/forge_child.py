"""Files changed by someone who makes every checksum right again; run in a child."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import struct
import sys
import warnings
from pathlib import Path

import pyarrow as pa

import fory_io
from fory._crc import checksum
from fory.error import DecodeError
from fory_io._pages import page_sums
from fory_io.format import (
    ENTRY_BYTES,
    FOOTER_HEAD_BYTES,
    PACKED,
    Entry,
    FooterHead,
    FrameType,
    Trailer,
)

TAIL = struct.Struct("<QQIIBBHI")
PAGED = (FrameType.KEY_INDEX, FrameType.ORDER)


def put(data, at, value, n_bytes=4):
    data[at : at + n_bytes] = value.to_bytes(n_bytes, "little")


class Forger:
    """Knows where everything lies in a file of one commit."""

    def __init__(self, data):
        self.data = data
        self.trailer = Trailer.from_bytes(data, len(data))
        at = self.trailer.footer_offset
        self.head = FooterHead.unpack(data, at)
        self.frames_at = at + FOOTER_HEAD_BYTES
        self.chunks_at = at + self.head.core_bytes
        places = [self.frames_at + ENTRY_BYTES * k for k in range(self.head.n_frames)]
        places += [self.chunks_at + ENTRY_BYTES * k for k in range(self.head.n_chunks)]
        self.entries = [(place, Entry.unpack(data, place)) for place in places]

    def sealed(self, data):
        """Return changed bytes with all checksums right."""
        for place, entry in self.entries:
            length = 8 * entry.length if entry.type == FrameType.CHUNK else entry.first
            crc = self.seal_body(data, entry, length)
            put(data, place + 24, crc)
            self.seal_frame(data, entry.offset, crc)
        at, core = self.trailer.footer_offset, self.chunks_at
        end = at + self.trailer.footer_bytes
        sums = page_sums(bytes(data[core:end]), self.head.page_shift)
        data[core - len(sums) : core] = sums
        crc = checksum(bytes(data[at:core]))
        self.seal_frame(data, at, crc)
        last = len(data) - 48
        put(data, last + 28, crc)
        put(
            data,
            last + 32,
            checksum(bytes(data[-12:]), checksum(bytes(data[last:-16]))),
        )
        put(data, 60, checksum(bytes(data[:60])))
        return bytes(data)

    def seal_frame(self, data, offset, crc):
        put(data, offset - 8, crc)
        put(data, offset - 4, checksum(bytes(data[offset - 32 : offset - 4])))

    def seal_body(self, data, entry, length):
        start, end = entry.offset, entry.offset + length
        if entry.type != FrameType.CHUNK and entry.type not in PAGED:
            return checksum(bytes(data[start:end]))
        rows_bytes, index_bytes, *_ = TAIL.unpack_from(self.data, end - 32)
        if entry.codec:
            table = end - 32 - index_bytes
            for at in range(table, end - 32, PACKED.size):
                offset, stored, *_ = PACKED.unpack_from(self.data, at)
                first = start + 8 * offset
                put(data, at + 20, checksum(bytes(data[first : first + stored])))
            return checksum(bytes(data[table:end]))
        covered = start + rows_bytes + index_bytes
        sums = page_sums(bytes(data[start:covered]), 12)
        data[covered : covered + len(sums)] = sums
        return checksum(bytes(data[covered:end]))


def use(path, how, key, schema):
    """Read everything in every way; return what came of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            rows = fory_io.open(path, **how)
            found = rows.to_arrow()
            rows.validate()
            [row.to_dict() for row in rows[:20]]
            if rows.schema == schema:
                look_up(rows, key)
        except DecodeError as e:
            return "refused" if str(e) else "refused without a word"
    return "read" if len(found) else "empty"


def look_up(rows, key):
    rows.filter(pa.compute.field("i") == key)
    with contextlib.suppress(KeyError, TypeError):  # not there, no index
        rows.lookup(key)
    with contextlib.suppress(TypeError):
        rows.loc[:key]


def forged(path, n, seed):
    """Change files and seal them again; count what comes of reading them."""
    if "libasan" not in os.environ.get("LD_PRELOAD", ""):  # sanitizers map terabytes
        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    original = Path(path).read_bytes()
    forger, schema = Forger(original), fory_io.open(path).schema
    rng = random.Random(seed)
    counts = {}
    rows_at = {e.offset for _, e in forger.entries if e.type == FrameType.CHUNK}
    for _ in range(n):
        data = bytearray(original)
        for _ in range(rng.choice([1, 1, 2])):
            change(data, rng, forger, rows_at)
        Path(path + ".bad").write_bytes(forger.sealed(data))
        how = {
            "mmap": rng.random() < 0.5,
            "verify": rng.choice(["lazy", "full", "never"]),
        }
        came = use(path + ".bad", how, rng.randrange(100), schema)
        counts[came] = counts.get(came, 0) + 1
        fory_io.verify(path + ".bad")
    return counts


def change(data, rng, forger, rows_at):
    """Change one number somewhere, in what describes more often than in rows."""
    n_bytes = rng.choice([1, 1, 2, 4, 8])
    extremes = [0, 1, (1 << 8 * n_bytes) - 1, 1 << (8 * n_bytes - 1)]
    value = rng.choice([*extremes, rng.randrange(1 << 8 * n_bytes)])
    kind = rng.random()
    if kind < 0.3:  # footer
        at = forger.trailer.footer_offset + rng.randrange(forger.trailer.footer_bytes)
    elif kind < 0.9:
        _, entry = rng.choice(forger.entries)
        length = 8 * entry.length
        tail = rng.choice([32, 64, 128, length])  # tails and tables tell most
        at = entry.offset + length - 1 - rng.randrange(min(tail, length))
    else:
        at = rng.randrange(len(data))
    at = min(at, len(data) - 56)
    put(data, at, value, n_bytes)


if __name__ == "__main__":
    path, n, seed = sys.argv[1:]
    print(json.dumps(forged(path, int(n), int(seed))))
