"""Rows by key against a dict of positions, LMDB and a filter."""

from __future__ import annotations

import atexit
import random
import shutil
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from file_peers import flights_like, installed
from harness import Case, main

import fory_io

N_READS = 1000


def cases(n: int) -> Iterator[Case]:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)  # cases outlive this generator
    ids = np.random.default_rng(1).permutation(n) * 7
    table = flights_like(n).append_column("id", pa.array(ids))
    path = str(folder / "keys.fory")
    fory_io.write(table, path, keys=["id"])
    rows = fory_io.open(path)
    rnd = random.Random(2)
    picks = [7 * rnd.randrange(n) for _ in range(N_READS)]
    positions = {int(v): i for i, v in enumerate(ids)}
    contestants: dict[str, Callable[[], Any]] = {
        "lookup": lambda: [rows.lookup(k)["id"] for k in picks],
        "dict of positions in memory": lambda: [
            rows[positions[k]]["id"] for k in picks
        ],
    }
    if installed("lmdb"):
        contestants["LMDB, raw value"] = by_lmdb(folder, rows, picks)
    yield Case(
        "row by key, one field of it",
        contestants,
        n_operations=N_READS,
        target="<= 0.5 us to a view",
    )
    yield Case(
        "rows of many keys, one field of them",
        {
            "loc": lambda: rows.loc[picks]["id"].to_numpy().tolist(),
            "lookup": contestants["lookup"],
        },
        n_operations=N_READS,
    )
    some = picks[:3]
    yield Case(
        "row by key without an index",
        {
            "lookup": lambda: [rows.lookup(k)["id"] for k in some],
            "filter": lambda: [rows.filter(pc.field("id") == k)[0]["id"] for k in some],
        },
        n_operations=len(some),
    )


def by_lmdb(folder: Path, rows: Any, picks: list[int]) -> Callable[[], Any]:
    import lmdb

    env = lmdb.open(str(folder / "lmdb"), map_size=1 << 34)
    with env.begin(write=True) as transaction:
        for row in rows:
            transaction.put(struct.pack("<q", row["id"]), bytes(row))
    get = env.begin(buffers=True).get
    at = rows.schema.index("id") * 8 + 8
    unpack = struct.Struct("<q").unpack_from
    return lambda: [unpack(get(struct.pack("<q", k)), at)[0] for k in picks]


if __name__ == "__main__":
    main(cases)
