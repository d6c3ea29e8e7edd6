"""Files of rows against what else keeps a table on disk: open, rows, cells, scans."""

from __future__ import annotations

import atexit
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from file_peers import flights_like, peers
from harness import Case, main

import fory_io

N_READS = 1000


def cases(n: int) -> Iterator[Case]:
    table = flights_like(n)
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)  # cases outlive this generator
    yield from read_cases(table, folder)


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
    by_hand = peers(table.to_pylist(), folder)
    yield Case(
        "whole random row as a dict",
        {
            "rows": dicts(opened["fory"], picks),
            **{name: reads(read, picks) for name, read in by_hand.items()},
        },
        n_operations=N_READS,
        target="<= 1.2 us",
    )
    few = picks[:16]
    yield Case(
        "whole random row as a dict, columnar formats",
        {
            "rows": dicts(opened["fory"], few),
            "arrow mapped": lambda: [arrow.slice(i, 1).to_pylist()[0] for i in few],
        },
        n_operations=len(few),
    )
    yield Case(
        "random row of a compressed file, its block decoded",
        {k: cold_rows(opened[k], picks) for k in ("lz4", "zstd")},
        n_operations=N_READS,
        target="lz4 <= 5 us, zstd <= 30 us",
    )
    yield Case(
        "one field of a random row",
        {
            "rows": lambda: [opened["fory"][i, "n2"] for i in picks],
            "arrow mapped": lambda: [arrow["n2"][i].as_py() for i in picks],
            **{name: fields(read, picks) for name, read in by_hand.items()},
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


Read = Callable[[int], dict[str, Any]]


def reads(read: Read, picks: list[int]) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that reads the picked records one by one."""
    return lambda: [read(i) for i in picks]


def fields(read: Read, picks: list[int]) -> Callable[[], list[Any]]:
    """Return a function that reads one field of each picked record."""
    return lambda: [read(i)["n2"] for i in picks]


def cold_rows(rows: Any, picks: list[int]) -> Callable[[], list[int]]:
    """Return a function that views the picked rows, no block being decoded yet."""

    def read() -> list[int]:
        rows.source.cache.clear()
        return [rows[i]["i0"] for i in picks]

    return read


def dicts(rows: Any, picks: list[int]) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that reads the picked rows one by one."""
    return lambda: [rows[i].to_dict() for i in picks]


if __name__ == "__main__":
    main(cases)
