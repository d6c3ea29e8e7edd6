"""Requests, bytes and time that rows of a file behind a slow network cost."""

from __future__ import annotations

import atexit
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
from file_peers import flights_like
from fsspec.implementations.local import LocalFileSystem
from harness import Case, main

import fory_io

LATENCY = 0.03
N_PICKS = 100
N_COPIES = 50
"""The larger file has the rows of the smaller one so often: a gigabyte by default."""


class SlowFileSystem(LocalFileSystem):  # type: ignore[misc]
    """Local files of which every round trip takes 30 ms."""

    protocol = "slow"
    n_trips = 0

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path.removeprefix("slow://")

    def cat_file(self, *args: Any, **options: Any) -> Any:
        self._wait()
        return super().cat_file(*args, **options)

    def cat_ranges(self, paths: Any, starts: Any, ends: Any, **options: Any) -> Any:
        self._wait()  # a store answers requests that are sent together together
        read = super().cat_file
        return [read(*r) for r in zip(paths, starts, ends, strict=True)]

    def _wait(self) -> None:
        type(self).n_trips += 1
        time.sleep(LATENCY)


def cases(n: int) -> Iterator[Case]:
    fsspec.register_implementation("slow", SlowFileSystem, clobber=True)
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)  # cases outlive this generator
    table = flights_like(n)
    once, often = str(folder / "once.fory"), str(folder / "often.fory")
    fory_io.write(table, once)
    fory_io.concat([once] * N_COPIES, often)
    yield Case(
        "open over 30 ms of latency",
        {"rows": lambda: len(fory_io.open(f"slow://{often}"))},
        target=f"1 request; it takes {cost(f'slow://{often}', [])}",
    )
    for path, n_rows in ((once, n), (often, n * N_COPIES)):
        yield from picks_of(f"slow://{path}", table, n_rows)


def picks_of(path: str, table: Any, n: int) -> Iterator[Case]:
    """Yield reads of rows from a file that repeats a table."""
    rnd = random.Random(1)
    few = min(N_PICKS, n)
    near = range(n // 2, n)[: 10 * N_PICKS]
    places = {
        "spread": rnd.sample(range(n), few),
        "near": rnd.sample(near, min(few, len(near))),
    }
    for name, picks in places.items():
        found = fory_io.open(path)[picks].to_arrow()
        if not found.equals(table.take([i % len(table) for i in picks])):
            raise AssertionError(f"{name} rows differ")
        allowed = "<= 3 round trips, <= 1 MiB" if name == "spread" else "1 round trip"
        yield Case(
            f"open, then {N_PICKS} {name} rows of {n:,}, over 30 ms of latency",
            {"rows": lambda picks=picks: len(fory_io.open(path)[picks].to_arrow())},
            target=f"{allowed}; they take {cost(path, picks)}",
        )


def cost(path: str, picks: list[int]) -> str:
    """Return what opening costs, or what rows do after it."""
    before = SlowFileSystem.n_trips
    rows = fory_io.open(path)
    storage = rows.source.storage
    n_bytes = storage.n_bytes
    if picks:
        before = SlowFileSystem.n_trips
        rows[picks].to_arrow()
        n_bytes = storage.n_bytes - n_bytes
    return f"{SlowFileSystem.n_trips - before} with {n_bytes:,} bytes"


if __name__ == "__main__":
    main(cases)
