"""Files of rows against what else keeps a table on disk: open, rows, cells, scans."""

from __future__ import annotations

import atexit
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from harness import Case, main

import fory_io
from fory_row.arrow import from_arrow

N_READS = 64


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


def cases(n: int) -> Iterator[Case]:
    table = flights_like(n)
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)  # cases outlive this generator
    yield from read_cases(table, folder)
    yield from write_cases(table, folder)


def read_cases(table: pa.Table, folder: Path) -> Iterator[Case]:
    paths = {
        k: str(folder / f"a.{k}") for k in ("fory", "lz4", "zstd", "parquet", "arrow")
    }
    fory_io.write(table, paths["fory"])
    fory_io.write(table, paths["lz4"], compression="lz4")
    fory_io.write(table, paths["zstd"], compression="zstd")
    pq.write_table(table, paths["parquet"], row_group_size=64 << 10)
    with pa.ipc.new_file(paths["arrow"], table.schema) as writer:
        writer.write_table(table, max_chunksize=64 << 10)
    opened = {k: fory_io.open(paths[k]) for k in ("fory", "lz4", "zstd")}
    arrow = pa.ipc.open_file(pa.memory_map(paths["arrow"])).read_all()
    rnd = random.Random(1)
    picks = [rnd.randrange(len(table)) for _ in range(N_READS)]
    yield Case(
        "open",
        {
            "rows": lambda: len(fory_io.open(paths["fory"])),
            "parquet": lambda: pq.ParquetFile(paths["parquet"]).metadata.num_rows,
            "arrow mapped": lambda: len(
                pa.ipc.open_file(pa.memory_map(paths["arrow"])).read_all()
            ),
        },
        target="<= 0.5 ms",
    )
    yield Case(
        "whole random row as a dict",
        {
            **{k: dicts(rows, picks) for k, rows in opened.items()},
            "arrow mapped": lambda: [arrow.slice(i, 1).to_pylist()[0] for i in picks],
        },
        n_operations=N_READS,
        target="<= 1.2 us; lz4 <= 5, zstd <= 30",
    )
    yield Case(
        "one field of a random row",
        {
            "rows": lambda: [opened["fory"][i, "n2"] for i in picks],
            "arrow mapped": lambda: [arrow["n2"][i].as_py() for i in picks],
        },
        n_operations=N_READS,
        target="<= 0.6 us",
    )
    yield Case(
        "one column of all rows",
        {
            "rows": lambda: opened["fory"].to_arrow(["x1"])["x1"].to_pylist()[-1],
            "parquet": lambda: pq.read_table(paths["parquet"], columns=["x1"])[
                "x1"
            ].to_pylist()[-1],
            "arrow mapped": lambda: arrow["x1"].to_pylist()[-1],
        },
        n_operations=len(table),
        target="columns win",
    )


def dicts(rows: Any, picks: list[int]) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that reads the picked rows one by one."""
    return lambda: [rows[i].to_dict() for i in picks]


def write_cases(table: pa.Table, folder: Path) -> Iterator[Case]:
    rows = from_arrow(table)
    out = str(folder / "out")

    def by_arrow() -> int:
        with pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)
        return len(table)

    def by_rows(data: Any, compression: str | None = None) -> int:
        fory_io.write(data, out, compression=compression)
        return len(table)

    def by_parquet() -> int:
        pq.write_table(table, out)
        return len(table)

    yield Case(
        "write",
        {
            "rows": lambda: by_rows(rows),
            "rows from arrow": lambda: by_rows(table),
            "rows lz4": lambda: by_rows(rows, "lz4"),
            "rows zstd": lambda: by_rows(rows, "zstd"),
            "arrow": by_arrow,
            "parquet": by_parquet,
        },
        n_bytes=rows.nbytes,
        target=">= 1 GB/s from Arrow",
    )


if __name__ == "__main__":
    main(cases)
