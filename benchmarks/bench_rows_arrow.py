"""Arrow to rows and back: rates of row bytes beside the official package and memory."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
from harness import Case, main

import fory_row as fr

SLOW_ROWS = 2000
"""Rows for contestants that take microseconds for each."""


# -- tables ----------------------------------------------------------------------


def flights(n: int) -> pa.Table:
    """Return a table shaped as the flights of New York City are, 19 columns."""
    rng = np.random.default_rng(1)
    some = rng.random(n) < 0.025

    def ints(high: int, mask: np.ndarray | None = None) -> pa.Array:
        return pa.array(rng.integers(0, high, n), mask=mask)

    def codes(n_values: int) -> pa.Array:
        values = pa.array([f"{k:03d}" for k in range(n_values)], pa.large_string())
        return pa.DictionaryArray.from_arrays(
            pa.array(rng.integers(0, n_values, n), pa.int8()), values
        )

    tails = pa.array([f"N{k:05d}" for k in range(4000)], pa.large_string())
    columns = {name: ints(3000) for name in ("year", "month", "day", "sched_dep")}
    columns |= {name: ints(2400, some) for name in ("dep", "delay", "arr", "late")}
    columns |= {name: codes(k) for name, k in (("carrier", 16), ("from", 3))}
    columns |= {"dest": codes(105), "air_time": ints(700, some)}
    columns["tailnum"] = tails.take(ints(4000, some))
    columns |= {name: ints(60) for name in ("sched_arr", "flight", "distance")}
    columns |= {name: ints(60) for name in ("hour", "minute")}
    columns["time_hour"] = ints(2**40).cast(pa.timestamp("us", "UTC"))
    return pa.table(columns)


def fixed(n: int, nulls: float = 0.0) -> pa.Table:
    rng = np.random.default_rng(2)
    columns = {}
    for k in range(10):
        mask = rng.random(n) < nulls if nulls else None
        columns[f"c{k}"] = pa.array(rng.integers(0, 1000, n), mask=mask)
    return pa.table(columns)


def mixed(n: int) -> pa.Table:
    text = pa.array([f"string {k % 1000}" for k in range(n)])
    numbers = fixed(n).select(range(6))
    for name in ("s0", "s1", "s2"):
        numbers = numbers.append_column(name, text)
    return numbers


def _lists(n: int, items: Callable[[int], pa.Array]) -> tuple[pa.Array, pa.Array]:
    """Return offsets of ``n`` lists of 0 to 7 items, and the items."""
    counts = np.random.default_rng(3).integers(0, 8, n)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pa.array(offsets), items(int(offsets[-1]))


def list_of_struct(n: int) -> pa.Table:
    def items(m: int) -> pa.Array:
        parts = [pa.array(np.arange(m)), pa.array(np.arange(m) / 7)]
        parts.append(pa.array(np.arange(m) % 9, pa.int32()))
        return pa.StructArray.from_arrays(parts, ["id", "price", "count"])

    return pa.table({"id": range(n), "l": pa.ListArray.from_arrays(*_lists(n, items))})


def map_of_int(n: int) -> pa.Table:
    offsets, numbers = _lists(n, lambda m: pa.array(np.arange(m)))
    keys = pa.array([f"k{k % 50}" for k in range(len(numbers))])
    maps = pa.MapArray.from_arrays(offsets, keys, numbers)
    return pa.table({"id": range(n), "m": maps})


def embeddings(n: int) -> pa.Table:
    n = max(n // 10, 10)
    floats = np.random.default_rng(4).random(n * 256, dtype=np.float32)
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(floats), 256)
    return pa.table({"id": range(n), "e": vectors})


TABLES: dict[str, tuple[Callable[[int], pa.Table], str]] = {
    "flights, 19 columns": (flights, ">= 3 GB/s, back >= 2"),
    "10 ints": (fixed, ">= 8 GB/s, back >= 6"),
    "10 ints, a tenth null": (lambda n: fixed(n, 0.1), ">= 4 GB/s, back >= 6"),
    "6 ints, 3 strings": (mixed, ">= 6 GB/s, back >= 6"),
    "list of struct": (list_of_struct, ">= 1.5 GB/s"),
    "map of int": (map_of_int, ">= 1.5 GB/s"),
    "256 floats": (embeddings, ">= 1.5 GB/s"),
}


# -- cases -----------------------------------------------------------------------


def conversions(
    name: str, table: pa.Table, target: str, layout: str = "standard"
) -> Iterator[Case]:
    """Compare both ways with a copy of as many bytes into fresh memory."""
    rows = fr.from_arrow(table, layout=layout)
    if not rows.to_arrow().equals(table):
        raise AssertionError(f"{name} does not come back")
    block = np.ones(rows.nbytes, np.uint8)
    n = len(rows)

    def write(threads: int = 1) -> int:
        return fr.from_arrow(table, threads=threads, layout=layout).nbytes

    yield Case(
        f"{name}, to rows",
        {
            "from_arrow": write,
            "from_arrow, two threads": lambda: write(threads=2),
            "copy of the rows' bytes": lambda: block.copy().nbytes,
        },
        n,
        rows.nbytes,
        target=target,
    )
    yield Case(
        f"{name}, to Arrow",
        {
            "to_arrow": lambda: rows.to_arrow().num_rows,
            "copy of the rows' bytes": lambda: len(block.copy()) * n // len(block),
        },
        n,
        rows.nbytes,
        target=target,
    )


def columns(n: int) -> Iterator[Case]:
    """One column out of rows."""
    table = flights(n)
    rows = fr.from_arrow(table)
    words = np.ones(rows.nbytes // 8, np.uint64)

    def read_all(name: str) -> pa.ChunkedArray:
        """Read as many bytes as the rows have, in order: nothing gathers faster."""
        words.sum()
        return table[name]

    for name in ("sched_dep", "dep", "tailnum"):
        yield Case(
            f"column {name!r} of flights",
            {
                "rows.to_arrow": lambda name=name: rows.to_arrow([name]).column(0),
                "sum of the rows' bytes": lambda name=name: read_all(name),
                "views": lambda name=name: pa.chunked_array(
                    [pa.array([row[name] for row in rows], table[name].type)]
                ),
            },
            n,
            equal=lambda a, b: a.equals(b),
            target="<= 8 ns per row for fixed columns",
        )


def official(n: int) -> Iterator[Case]:
    """Compare with the official encoder, which takes one Python object at a time."""
    try:
        import pyfory
    except ImportError:
        return
    table = mixed(n)
    kinds = [int] * 6 + [str] * 3
    annotations = dict(zip(table.column_names, kinds, strict=True))
    record = type("Record", (), {"__annotations__": annotations})
    with warnings.catch_warnings():
        # Of an enum that the package cannot import; its rows are complete.
        warnings.simplefilter("ignore", UserWarning)
        codec = pyfory.encoder(record)

    def encode() -> int:
        size = 0
        for values in table.to_pylist():
            made = record()
            made.__dict__.update(values)
            size += len(codec.to_row(made).to_bytes())
        return size

    yield Case(
        "6 ints, 3 strings, to rows",
        {
            "from_arrow": lambda: fr.from_arrow(table).nbytes,
            "to_pylist and the official to_row": encode,
        },
        n,
        target=">= 50 x",
    )


def cases(size: int) -> Iterator[Case]:
    """Convert tables of every kind."""
    for name, (make, target) in TABLES.items():
        table = make(size)
        yield from conversions(name, table, target)
        yield from conversions(
            f"{name}, compact", table, ">= 0.8 of the rate above", "compact"
        )
    yield from columns(size)
    yield from official(min(size, SLOW_ROWS))


if __name__ == "__main__":
    main(cases, 300_000)
