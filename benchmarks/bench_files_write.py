"""Writing files of rows against other formats, and its parts."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from file_peers import flights_like, installed
from harness import Case, main

import fory_io
from fory_io._extremes import Extremes
from fory_io.pieces import PIECE
from fory_io.target import sync_folder
from fory_row.arrow import from_arrow


def cases(n: int) -> Iterator[Case]:
    table = flights_like(n)
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)  # cases outlive this generator
    rows = from_arrow(table)
    out = str(folder / "out")

    def by_arrow() -> int:
        with pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)
        return len(table)

    def by_rows(data: Any, **options: Any) -> int:
        fory_io.write(data, out, **options)
        return len(table)

    def by_parquet() -> int:
        pq.write_table(table, out)
        return len(table)

    fory_io.write(rows, out)
    written = memoryview(Path(out).read_bytes())

    def by_copy() -> int:
        """Do what the disk asks of whoever writes these bytes and waits for them."""
        fd = os.open(f"{out}.tmp", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        for at in range(0, len(written), PIECE):
            os.write(fd, written[at : at + PIECE])
        os.fsync(fd)
        os.close(fd)
        os.replace(f"{out}.tmp", out)
        sync_folder(str(folder))
        return len(table)

    contestants = {
        "rows": lambda: by_rows(rows),
        "rows from arrow": lambda: by_rows(table),
        "rows with keys": lambda: by_rows(rows, keys=["i0", "s0"]),
        "rows lz4": lambda: by_rows(rows, compression="lz4"),
        "rows zstd": lambda: by_rows(rows, compression="zstd"),
        "the same bytes, write + fsync": by_copy,
        "arrow, not synced": by_arrow,
        "parquet, not synced": by_parquet,
    }
    if installed("zstandard"):
        contestants["rows zstd-dict"] = lambda: by_rows(rows, compression="zstd-dict")
    yield Case(
        "write a new file",
        contestants,
        n_bytes=rows.nbytes,
        target=">= 1 GB/s of rows",
        after=lambda: Path(out).unlink(missing_ok=True),
    )

    records = table.slice(0, 10_000).to_pylist()

    def by_records() -> int:
        fory_io.write(records, out, schema=rows.schema)
        return len(records)

    yield Case(
        "write dicts",
        {"rows": by_records},
        n_operations=len(records),
        target="<= 2 us per record",
    )
    looks = Extremes(rows.plan)
    blocks = [rows.source.get_block(k) for k in range(rows.source.n_blocks)]

    def statistics() -> int:
        for block in blocks:
            looks.of(block)
        return len(table)

    yield Case(
        "statistics and encoding alone",
        {"statistics": statistics, "encoding": lambda: len(from_arrow(table))},
        n_bytes=rows.nbytes,
        target="encoding >= 2 GB/s",
    )


if __name__ == "__main__":
    main(cases)
