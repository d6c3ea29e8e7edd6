"""Frames into rows and files, beside what pandas users do today."""

from __future__ import annotations

import atexit
import datetime as dt
import decimal
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
from harness import Case, main

import fory_pandas as fpd
import fory_row


def mixed_frame(n: int) -> pd.DataFrame:
    """Return object columns of every scalar kind, one in ten cells None."""
    rng = np.random.default_rng(0)
    day = dt.datetime(2020, 1, 1)
    numbers = rng.integers(0, 1 << 40, n).tolist()
    floats = rng.random(n).tolist()
    columns: dict[str, list[Any]] = {
        "text": [f"name {i % 1000}" for i in numbers],
        "int": numbers,
        "float": floats,
        "bool": [i % 2 == 0 for i in numbers],
        "decimal": [decimal.Decimal(i % 10**6).scaleb(-2) for i in numbers],
        "date": [day.date() + dt.timedelta(days=i % 10_000) for i in numbers],
        "datetime": [day + dt.timedelta(seconds=i % 10**8) for i in numbers],
    }
    missing = rng.random(n) < 0.1
    for cells in columns.values():
        for i in np.flatnonzero(missing):
            cells[i] = None
    return pd.DataFrame(
        {name: pd.Series(cells, dtype=object) for name, cells in columns.items()}
    )


def flights(n: int) -> pd.DataFrame:
    """Return a frame of the shape of flights: 19 columns, four of them text."""
    rng = np.random.default_rng(0)
    whole = [f"int{i}" for i in range(9)]
    frame = pd.DataFrame({name: rng.integers(0, 3000, n) for name in whole})
    for name in ("dep_delay", "arr_delay", "air_time", "dep_time", "arr_time"):
        frame[name] = np.where(rng.random(n) < 0.03, np.nan, rng.integers(0, 500, n))
    for name, words in (
        ("carrier", 16),
        ("tailnum", 4000),
        ("origin", 3),
        ("dest", 105),
    ):
        frame[name] = rng.choice([f"{name[:2]}{i}" for i in range(words)], n)
    frame["time_hour"] = pd.Timestamp("2013-01-01 05:00") + pd.to_timedelta(
        rng.integers(0, 8760, n), unit="h"
    )
    return frame


def _records_to_rows(frame: pd.DataFrame) -> Any:
    return fory_row.from_arrow(pa.Table.from_pylist(frame.to_dict("records")))


def _records_to_feather(frame: pd.DataFrame) -> Any:
    table = pa.Table.from_pylist(frame.to_dict("records"))
    feather.write_feather(table, io.BytesIO(), compression="uncompressed")
    return table


def _described(frame: pd.DataFrame) -> int:
    frame.info(verbose=True, buf=io.StringIO())
    return frame.shape[1]


def _same_columns(ours: Any, other: Any) -> bool:
    """Whether rows and rows or a table have the same values."""
    left, right = ours.to_arrow(), pa.table(other)
    return all(
        left[name].cast(right[name].type).equals(right[name])
        for name in right.column_names
    )


def cases(size: int) -> Iterator[Case]:
    """Yield comparisons over frames of ``size`` rows."""
    mixed = mixed_frame(size)
    yield Case(
        "object columns to rows",
        {
            "df.fory.to_rows()": mixed.fory.to_rows,
            "to_dict(records), Arrow, rows": lambda: _records_to_rows(mixed),
            "to_dict(records), Arrow, feather": lambda: _records_to_feather(mixed),
        },
        size,
        equal=_same_columns,
        target="records-based ways at least 5 x",
    )
    yield from _files(flights(size))
    wide = pd.DataFrame({f"c{i}": [i, i + 1] for i in range(min(size, 2000))})
    yield Case(
        "describe 2,000 columns",
        {
            "df.fory.describe()": lambda: wide.fory.describe().shape[0],
            "df.info()": lambda: _described(wide),
        },
        target="under 0.1 s",
    )


def _files(frame: pd.DataFrame) -> Iterator[Case]:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)  # cases outlive this generator
    rows_path, feather_path = folder / "f.fory", folder / "f.feather"

    def write() -> str:
        frame.fory.to_file(rows_path)
        return folder.name

    def write_feather() -> str:
        frame.to_feather(feather_path, compression="uncompressed")
        return folder.name

    def write_unsynced() -> str:
        with mock.patch("os.fsync"):
            return write()

    def write_feather_synced() -> str:
        with open(feather_path, "wb") as file:
            frame.to_feather(file, compression="uncompressed")
            file.flush()
            os.fsync(file.fileno())
        return folder.name

    yield Case(
        "flights to a file",
        {
            "df.fory.to_file, which ends with an fsync": write,
            "df.to_feather, which does not": write_feather,
            "df.fory.to_file without its fsync": write_unsynced,
            "df.to_feather and an fsync": write_feather_synced,
        },
        len(frame),
        target="feather at least 0.33 x",
    )
    yield Case(
        "flights from a file",
        {
            "fpd.read_file": lambda: fpd.read_file(rows_path),
            "pd.read_feather": lambda: pd.read_feather(feather_path),
        },
        len(frame),
        equal=pd.DataFrame.equals,
        target="feather at least 0.33 x",
    )


if __name__ == "__main__":
    main(cases)
