"""Statistics of chunks, and filters that skip by them."""

from __future__ import annotations

import datetime as dt
import functools
import math
import random

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import fory_io
from fory_io._extremes import Extremes
from fory_io.statistics import chunk_statistics
from fory_row.arrow import from_arrow

N = 60_000
NS = pa.timestamp("ns", "UTC")
DAY = dt.datetime(2024, 1, 1)


def minute(k):
    return DAY + dt.timedelta(minutes=k)


@functools.cache
def table():
    """Return columns that ascend, so that every chunk has a range of its own."""
    n = range(N)
    return pa.table({
        "i": pa.array(n, pa.int32()),
        "u": pa.array([2**63 + k for k in n], pa.uint64()),
        "x": pa.array([k / 4 if k % 100 else math.nan for k in n]),
        "g": pa.array([k / 4 for k in n], pa.float32()),
        "s": pa.array([f"{k:08d} and more than sixteen bytes" for k in n]),
        "ls": pa.array([f"{k:08d}" for k in n], pa.large_string()),
        "b": pa.array([k.to_bytes(4, "big") + b"\xff" * 20 for k in n]),
        "t": pa.array([minute(k) for k in n], NS),
        "d": pa.array([k // 1000 for k in n], pa.date32()),
        "nul": pa.array([k if k % 3 else None for k in n]),
        "never": pa.nulls(N, pa.int64()),
        "flag": pa.array([k % 2 == 0 for k in n]),
        "list": pa.array([[k] for k in n]),
    })  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    out = str(tmp_path_factory.mktemp("statistics") / "rows.fory")
    fory_io.write(table(), out)
    return out


F = {name: pc.field(name) for name in table().column_names}
CONDITIONS = {
    "int equal": F["i"] == 31_234,
    "int less": F["i"] < 10,
    "reversed": pc.scalar(59_990) < F["i"],
    "unsigned": F["u"] >= pa.scalar(2**63 + N - 3, pa.uint64()),
    "float with NaN": F["x"] > 14_990,
    "float not": ~(F["x"] <= 14_990),
    "float32": F["g"] == 100.25,
    "text": F["s"] == "00031234 and more than sixteen bytes",
    "text range": (F["s"] > "00031234") & (F["s"] < "00031240"),
    "large text": F["ls"] == "00000077",
    "binary": F["b"] == (40_000).to_bytes(4, "big") + b"\xff" * 20,
    "time": F["t"] > pa.scalar(minute(N - 9), NS),
    "date": F["d"] == dt.date(1970, 1, 31),
    "nullable": F["nul"] > 59_000,
    "not nullable": ~(F["nul"] <= 59_000),
    "is null": F["nul"].is_null() & (F["i"] > 59_990),
    "null or": F["nul"].is_null() | (F["nul"] == 1),
    "is in": F["i"].isin([5, 50_000]),
    "is in with null": F["nul"].isin([5, None]),
    "all null": F["never"] == 1,
    "two fields": (F["i"] > 100) & (F["g"] < 30),
    "either": (F["i"] < 5) | (F["g"] > 14_999),
    "bool": F["flag"] & (F["i"] < 4),
    "nothing": F["i"] > N,
    "function": pc.add(F["i"], 1) == 5,
}  # fmt: skip


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=CONDITIONS)
def test_filters_find_the_same_rows(path, condition):
    expected = table().filter(condition)
    found = fory_io.open(path).filter(condition)
    assert [r["i"] for r in found] == expected["i"].to_pylist()


@pytest.mark.parametrize(
    ("name", "most"),
    [("int equal", 1), ("text", 1), ("time", 1), ("is in", 2), ("nothing", 0),
     ("nullable", 2), ("two fields", 1), ("binary", 1), ("unsigned", 1)],
)  # fmt: skip
def test_chunks_are_skipped(path, name, most):
    rows = fory_io.open(path)
    source = rows.source
    spans = source.candidates(rows.schema, CONDITIONS[name])
    rows_per_chunk = 1 << source.snapshot.regular_shift
    assert sum(b - a for a, b in spans) <= most * rows_per_chunk
    assert source.n_blocks > 5


def test_selections_and_projections_are_filtered_too(path):
    rows = fory_io.open(path)[30_000:50_000].select(["g", "i"])
    found = rows.filter(pc.field("i") >= 49_990)
    assert [r["i"] for r in found] == list(range(49_990, 50_000))
    assert len(fory_io.open(path)[::2].filter(pc.field("i") < 10)) == 5


def test_what_is_stored(path):
    rows = fory_io.open(path)
    found = chunk_statistics(rows.source, rows.schema).to_pylist()
    n = 1 << rows.source.snapshot.regular_shift
    first = found[0]
    assert first["0"] == {"min": 0, "max": n - 1, "nulls": 0, "nans": 0}
    assert first["2"]["nans"] == -(-n // 100)
    assert first["4"]["min"] == "00000000 and mor"
    assert first["4"]["max"] > f"{n - 1:08d} and more than"
    assert first["10"] == {"min": None, "max": None, "nulls": n, "nans": 0}
    assert "11" not in first
    assert "12" not in first


def test_statistics_of_appended_rows(tmp_path):
    path = str(tmp_path / "a.fory")
    fory_io.write(table(), path)
    fory_io.append(table(), path)
    rows = fory_io.open(path)
    assert len(chunk_statistics(rows.source, rows.schema)) == rows.source.n_blocks
    found = rows.filter(pc.field("i") == 7)
    assert len(found) == 2


@pytest.mark.parametrize("text", ["\U0010ffff" * 9, "a" * 15 + "é" * 5, "\ud7ff" * 9])
def test_long_text_is_bounded_from_above(tmp_path, text):
    path = str(tmp_path / "t.fory")
    fory_io.write(from_arrow(pa.table({"s": [text]})), path)
    rows = fory_io.open(path)
    assert len(rows.filter(pc.field("s") == text)) == 1
    assert len(rows.filter(pc.field("s") >= text)) == 1


def test_extremes_of_texts_with_common_beginnings():
    """Against Python's own order: short, equal, cut and zero bytes, in every place."""
    rng = random.Random(4)
    for n in range(1, 200):
        parts = [b"", b"\0", b"a", b"ab", b"abcdefgh", b"abcdefgh\0", b"abcdefghi"]
        values = [rng.choice(parts) + rng.choice(parts) for _ in range(n)]
        values = [None if rng.random() < 0.2 else v for v in values]
        rows = from_arrow(pa.table({"b": pa.array(values, pa.binary())}))
        (found,) = Extremes(rows.plan).of(rows.source.get_block(0))
        present = [v for v in values if v is not None]
        expected = (min(present), max(present)) if present else (None, None)
        assert found == (*expected, len(values) - len(present), 0)
