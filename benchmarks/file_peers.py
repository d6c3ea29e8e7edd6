"""What else keeps records on disk: the contestants of the benches of files."""

from __future__ import annotations

import array
import importlib.util
import mmap
import struct
from collections.abc import Callable, Iterable, Iterator
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


def orders_like(n: int) -> pa.Table:
    """Return a table of nested records of about 13 kB, most of it a picture."""
    rnd = np.random.default_rng(0)
    prices = rnd.random((n, 10)).tolist()
    return pa.table(
        {
            "id": range(n),
            "user": [
                {"name": f"name {k}", "address": {"city": f"city {k % 99}", "zip": k}}
                for k in range(n)
            ],
            "lines": [
                [{"sku": f"sku {k}-{j}", "price": p} for j, p in enumerate(prices[k])]
                for k in range(n)
            ],
            "picture": [rnd.bytes(12_000) for _ in range(n)],
        }
    )


def installed(*names: str) -> bool:
    """Whether all packages are there."""
    return all(importlib.util.find_spec(name) for name in names)


def peers(table: pa.Table, folder: Path) -> dict[str, Reader]:
    """Return what reads record i from each file by hand that is installed."""
    found: dict[str, Reader] = {}
    if installed("msgspec"):
        at = write_msgpack(records_of(table), folder / "msgpack")
        found["mmap + msgspec"] = mapped_msgpack(folder / "msgpack", at)
    if installed("lmdb", "msgpack"):
        found["LMDB + msgpack"] = lmdb_msgpack(records_of(table), folder / "lmdb")
    return found


def records_of(table: pa.Table) -> Iterator[dict[str, Any]]:
    """Yield the records of a table, few of them in memory."""
    for batch in table.to_batches(max_chunksize=4096):
        yield from batch.to_pylist()


def write_msgpack(records: Iterable[dict[str, Any]], path: Path) -> array.array[int]:
    """Write records back to back and return where they start."""
    import msgspec

    encode = msgspec.msgpack.Encoder().encode
    at = array.array("q", [0])
    with open(path, "wb") as file:
        for record in records:
            at.append(at[-1] + file.write(encode(record)))
    return at


def mapped_msgpack(path: Path, at: array.array[int]) -> Reader:
    """Return a reader of records back to back with their offsets in memory."""
    import msgspec

    decode = msgspec.msgpack.Decoder().decode
    with open(path, "rb") as file:
        memory = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return lambda i: decode(memory[at[i] : at[i + 1]])


def lmdb_msgpack(records: Iterable[dict[str, Any]], path: Path) -> Reader:
    """Return a reader of records under their numbers."""
    import lmdb
    import msgpack

    env = lmdb.open(str(path), map_size=1 << 33)
    with env.begin(write=True) as transaction:
        for i, record in enumerate(records):
            transaction.put(struct.pack(">Q", i), msgpack.packb(record))
    get = env.begin(buffers=True).get
    return lambda i: msgpack.unpackb(get(struct.pack(">Q", i)))


def columnar_peers(table: pa.Table, folder: Path) -> dict[str, Reader]:
    """Return what reads record i from each columnar file that is installed."""
    found: dict[str, Reader] = {}
    if installed("datasets"):
        found["HuggingFace datasets"] = hugging_face(table, folder / "stream.arrow")
    if installed("lance"):
        found["Lance"] = lance(table, folder / "lance")
    return found


def hugging_face(table: pa.Table, path: Path) -> Reader:
    """Return a reader of a mapped Arrow stream."""
    import datasets

    with pa.ipc.new_stream(str(path), table.schema) as writer:
        writer.write_table(table)
    read: Reader = datasets.Dataset.from_file(str(path)).__getitem__
    return read


def lance(table: pa.Table, path: Path) -> Reader:
    """Return a reader of a Lance data set."""
    import lance

    take = lance.write_dataset(table, str(path)).take
    return lambda i: take([i]).to_pylist()[0]
