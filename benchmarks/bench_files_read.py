"""Files of rows against what else keeps a table on disk: open, rows, cells, scans."""

from __future__ import annotations

import atexit
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from file_peers import columnar_peers, flights_like, orders_like, peers
from harness import Case, main

import fory_io

N_READS = 1000
N_BLOCKS = 2000


def cases(n: int) -> Iterator[Case]:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)  # cases outlive this generator
    yield from read_cases(flights_like(n), folder)
    (folder / "nested").mkdir()
    yield from nested_cases(orders_like(max(n // 50, 10)), folder / "nested")


def read_cases(table: pa.Table, folder: Path) -> Iterator[Case]:
    paths = {
        k: str(folder / f"a.{k}") for k in ("fory", "lz4", "zstd", "parquet", "arrow")
    }
    fory_io.write(table, paths["fory"])
    fory_io.write(table, paths["lz4"], compression="lz4")
    fory_io.write(table, paths["zstd"], compression="zstd")
    pq.write_table(table, paths["parquet"], compression="zstd")
    with pa.ipc.new_file(paths["arrow"], table.schema) as writer:
        writer.write_table(table, max_chunksize=64 << 10)
    sizes = {k: Path(path).stat().st_size for k, path in paths.items()}
    fory_io.write(table[:10_000], str(folder / "few.fory"))
    opened = {k: fory_io.open(paths[k]) for k in ("fory", "lz4", "zstd")}
    arrow = pa.ipc.open_file(pa.memory_map(paths["arrow"])).read_all()
    rnd = random.Random(1)
    picks = [rnd.randrange(len(table)) for _ in range(N_READS)]
    yield Case(
        "open",
        {
            "rows": lambda: fory_io.open(paths["fory"]) is not None,
            "10 thousand rows": lambda: fory_io.open(folder / "few.fory") is not None,
            "parquet": lambda: pq.ParquetFile(paths["parquet"]) is not None,
            "arrow mapped": lambda: (
                pa.ipc.open_file(pa.memory_map(paths["arrow"])).read_all() is not None
            ),
        },
        target="<= 0.5 ms, the same for any number of rows",
    )
    by_hand = peers(table, folder)
    yield Case(
        "view of a row",
        {"rows": lambda: [opened["fory"][i] for i in picks[:1] * N_READS] and None},
        n_operations=N_READS,
        target="<= 100 ns",
    )
    yield Case(
        "whole row as a dict, the same again",
        {
            "rows": dicts(opened["fory"], picks[:1] * N_READS),
            **{k: reads(read, picks[:1] * N_READS) for k, read in by_hand.items()},
        },
        n_operations=N_READS,
        target="<= 1 us",
    )
    yield Case(
        "whole row as a dict, the file opened anew",
        {"rows": lambda: dicts(fory_io.open(paths["fory"]), picks)()},
        n_operations=N_READS,
        target="first touch <= 3 us",
    )
    yield Case(
        "whole random row as a dict",
        {
            "rows": dicts(opened["fory"], picks),
            **{name: reads(read, picks) for name, read in by_hand.items()},
        },
        n_operations=N_READS,
        target=f"<= 1.2 us; own memory < 10 MB, is {own_memory(paths['fory']):.1f} MB",
    )
    some = picks[:256]
    yield Case(
        "256 random rows as dicts",
        {
            "rows": lambda: opened["fory"].take(some).to_pylist(),
            "arrow mapped": lambda: arrow.take(some).to_pylist(),
            **{name: reads(read, some) for name, read in by_hand.items()},
        },
        n_operations=len(some),
        target="<= 1.5 us a row",
    )
    yield Case(
        "256 random rows as Arrow",
        {
            "rows": lambda: opened["fory"].take(some).to_arrow(),
            "arrow mapped": lambda: arrow.take(some),
        },
        n_operations=len(some),
        target="<= 1 us a row",
    )
    few = picks[:16]
    yield Case(
        "whole random row as a dict, columnar formats",
        {
            "rows": dicts(opened["fory"], few),
            "arrow mapped": lambda: [arrow.slice(i, 1).to_pylist()[0] for i in few],
            **{
                name: reads(read, few)
                for name, read in columnar_peers(table, folder).items()
            },
        },
        n_operations=len(few),
        target="10 x faster than every other",
    )
    # Far apart and more than the cache holds, so that each of them needs its block.
    apart = range(0, len(table), max(len(table) // N_BLOCKS, 1))
    yield Case(
        "row of a compressed file, its block decoded",
        {k: last_of(opened[k], apart) for k in ("lz4", "zstd")},
        n_operations=len(apart),
        target="lz4 <= 5 us, zstd <= 30 us; size of zstd <= 2 x parquet, is "
        f"{sizes['zstd'] / sizes['parquet']:.2f} x",
    )
    column = arrow["n2"].combine_chunks()
    yield Case(
        "one field of a random row",
        {
            "rows": lambda: [opened["fory"][i, "n2"] for i in picks],
            "arrow mapped": lambda: [column[i].as_py() for i in picks],
            **{name: fields(read, picks) for name, read in by_hand.items()},
        },
        n_operations=N_READS,
        target="<= 0.6 us",
    )
    yield Case(
        "one column of all rows",
        {
            "rows": lambda: opened["fory"]["x1"].to_numpy().max(),
            "parquet": lambda: (
                pq.read_table(paths["parquet"], columns=["x1"])["x1"].to_numpy().max()
            ),
            "arrow mapped": lambda: arrow["x1"].to_numpy().max(),
        },
        n_operations=len(table),
        target="<= 15 ns a row; columns win",
    )


def nested_cases(table: pa.Table, folder: Path) -> Iterator[Case]:
    path = str(folder / "a.fory")
    fory_io.write(table, path)
    rows, by_hand = fory_io.open(path), peers(table, folder)
    rnd = random.Random(1)
    picks = [rnd.randrange(len(table)) for _ in range(N_READS)]
    one = picks[:1] * N_READS
    arrow = table["lines"].combine_chunks()
    lines, starts = arrow.values.field("price"), arrow.offsets.to_numpy().tolist()
    kinds = (("the same again", one, "0.15", "3.5"), ("random", picks, "1", "6"))
    for kind, places, deep, whole in kinds:
        yield Case(
            f"nested path of a record, {kind}",
            {
                "rows": lambda p=places: [rows[i, "lines.7.price"] for i in p],
                "rows, by views": lambda p=places: [
                    rows[i]["lines"][7]["price"] for i in p
                ],
                "arrow by hand": lambda p=places: [
                    lines[starts[i] + 7].as_py() for i in p
                ],
                **{
                    name: lambda p=places, read=read: [
                        read(i)["lines"][7]["price"] for i in p
                    ]
                    for name, read in by_hand.items()
                },
            },
            n_operations=N_READS,
            target=f"<= {deep} us",
        )
        few = places[:100]
        yield Case(
            f"nested record of 13 kB as a dict, {kind}",
            {
                "rows": dicts(rows, few),
                **{name: reads(read, few) for name, read in by_hand.items()},
            },
            n_operations=len(few),
            target=f"<= {whole} us",
        )


def own_memory(path: str) -> float:
    """Return the megabytes that 10,000 random rows leave behind in this process."""
    rows, rnd = fory_io.open(path), random.Random(3)
    before = anonymous()
    for _ in range(10_000):
        rows[rnd.randrange(len(rows))].to_dict()
    return (anonymous() - before) / 1000


def anonymous() -> int:
    """Return the kilobytes of memory that belong to this process alone."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0])


Read = Callable[[int], dict[str, Any]]


def reads(read: Read, picks: list[int]) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that reads the picked records one by one."""
    return lambda: [read(i) for i in picks]


def fields(read: Read, picks: list[int]) -> Callable[[], list[Any]]:
    """Return a function that reads one field of each picked record."""
    return lambda: [read(i)["n2"] for i in picks]


def last_of(rows: Any, picks: Sequence[int]) -> Callable[[], int]:
    """Return a function that reads a field of each picked row."""

    def read() -> int:
        for i in picks:
            found = rows[i]["i0"]
        return int(found)

    return read


def dicts(rows: Any, picks: list[int]) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that reads the picked rows one by one."""
    return lambda: [rows[i].to_dict() for i in picks]


if __name__ == "__main__":
    main(cases)
