"""What else keeps records on disk: the contestants of the benches of files."""

from __future__ import annotations

import importlib.util
import mmap
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

Reader = Callable[[int], dict[str, Any]]


def flights_like(n: int) -> pa.Table:
    """Return a table as wide as the flights: ints, floats, nulls, short text."""
    rnd = np.random.default_rng(0)
    ints = {f"i{k}": rnd.integers(0, 5000, n) for k in range(6)}
    nullable = {
        f"n{k}": pa.array(rnd.integers(0, 99, n), mask=rnd.random(n) < 0.03)
        for k in range(5)
    }
    text = {f"s{k}": [f"N{v}" for v in rnd.integers(0, 99_999, n)] for k in range(5)}
    floats = {f"x{k}": rnd.random(n) for k in range(3)}
    return pa.table({**ints, **nullable, **text, **floats})


def installed(*names: str) -> bool:
    """Whether all packages are there."""
    return all(importlib.util.find_spec(name) for name in names)


def peers(records: list[dict[str, Any]], folder: Path) -> dict[str, Reader]:
    """Return what reads record i from each file by hand that is installed."""
    found: dict[str, Reader] = {}
    if installed("msgspec"):
        found["mmap + msgspec"] = mapped_msgpack(records, folder / "msgpack")
    if installed("lmdb", "msgpack"):
        found["LMDB + msgpack"] = lmdb_msgpack(records, folder / "lmdb")
    return found


def mapped_msgpack(records: list[dict[str, Any]], path: Path) -> Reader:
    """Return a reader of records back to back with their offsets in memory."""
    import msgspec

    encode = msgspec.msgpack.Encoder().encode
    decode = msgspec.msgpack.Decoder().decode
    data = [encode(record) for record in records]
    path.write_bytes(b"".join(data))
    at = np.concatenate([[0], np.cumsum([len(d) for d in data])]).tolist()
    with open(path, "rb") as file:
        memory = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return lambda i: decode(memory[at[i] : at[i + 1]])


def lmdb_msgpack(records: list[dict[str, Any]], path: Path) -> Reader:
    """Return a reader of records under their numbers."""
    import lmdb
    import msgpack

    env = lmdb.open(str(path), map_size=1 << 33)
    with env.begin(write=True) as transaction:
        for i, record in enumerate(records):
            transaction.put(struct.pack(">Q", i), msgpack.packb(record))
    get = env.begin(buffers=True).get
    return lambda i: msgpack.unpackb(get(struct.pack(">Q", i)))
