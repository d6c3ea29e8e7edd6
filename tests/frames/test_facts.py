"""Facts come from strangers: they name nothing, import nothing, and fail cleanly."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from frames_catalogue import frames, objects

from fory.error import DecodeError, EncodeError
from fory_pandas import records
from fory_pandas.cells import read_odd, write_odd
from fory_pandas.columns import encoder
from fory_pandas.convert import to_arrow, to_pandas
from fory_pandas.facts import ColumnFacts, FrameFacts, IndexFacts, Label, NullRuns
from fory_pandas.odd import Odd
from fory_pandas.records import read_facts, write_facts, write_value

FRAMES = frames()


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "i": [1, 2],
            "t": pd.date_range("2020", periods=2, tz="UTC"),
            "c": pd.Categorical(["a", "b"]),
            "o": objects(None, "x"),
        },
        index=pd.Index(["k", "l"]),
    )


def _column(facts: FrameFacts, place: int, **changes: Any) -> FrameFacts:
    columns = list(facts.columns)
    columns[place] = dataclasses.replace(columns[place], **changes)
    return dataclasses.replace(facts, columns=columns)


def _deep_column() -> ColumnFacts:
    facts = ColumnFacts("object", "list")
    for _ in range(60):
        facts = ColumnFacts("object", "list", parts=[facts])
    return facts


LIES = {
    "kind": lambda f: _column(f, 0, kind="os.system"),
    "dtype": lambda f: _column(f, 0, dtype="object"),
    "wrong_width": lambda f: _column(f, 0, dtype="int8"),
    "longdouble": lambda f: _column(f, 0, kind="longdouble", options={}),
    "unit": lambda f: _column(f, 1, dtype="fs"),
    "zone": lambda f: _column(f, 1, options={"zone_class": "zoneinfo", "zone": "../x"}),
    "zone_class": lambda f: _column(f, 1, options={"zone_class": "os", "zone": "UTC"}),
    "offset": lambda f: _column(
        f, 1, options={"zone_class": "timezone", "zone": "UTC", "offset": "1e99"}
    ),
    "no_categories": lambda f: _column(f, 2, categories=None),
    "categories_of_a_range": lambda f: _column(
        f, 2, categories=IndexFacts("range", stop=10**15)
    ),
    "cell_type": lambda f: _column(f, 3, dtype="pickle"),
    "cells_of_text": lambda f: _column(f, 3, dtype="cells"),
    "nested_text": lambda f: _column(f, 3, dtype="list"),
    "null_kind": lambda f: _column(f, 3, nulls=NullRuns([0], ["evil"])),
    "null_runs": lambda f: _column(f, 3, nulls=NullRuns([5, 0], ["NA", "None"])),
    "null_before_runs": lambda f: _column(f, 3, nulls=NullRuns([1, 2], ["NA", "NaN"])),
    "deep": lambda f: dataclasses.replace(f, columns=[*f.columns[:3], _deep_column()]),
    "n_rows": lambda f: dataclasses.replace(f, n_rows=3),
    "container": lambda f: dataclasses.replace(f, container="panel"),
    "series_of_four": lambda f: dataclasses.replace(f, container="series"),
    "field": lambda f: dataclasses.replace(f, fields=["i", "t", "c", "gone"]),
    "fewer_fields": lambda f: dataclasses.replace(f, fields=["i"]),
    "range_of_step_0": lambda f: dataclasses.replace(
        f, index=IndexFacts("range", stop=2, step=0)
    ),
    "huge_range": lambda f: dataclasses.replace(
        f, index=IndexFacts("range", stop=2**40)
    ),
    "index_kind": lambda f: dataclasses.replace(
        f, index=dataclasses.replace(f.index, kind="module")
    ),
    "freq": lambda f: dataclasses.replace(
        f, index=dataclasses.replace(f.index, freq="D")
    ),
    "multi_without_levels": lambda f: dataclasses.replace(
        f, index=dataclasses.replace(f.index, kind="multi")
    ),
    "name": lambda f: dataclasses.replace(
        f, index=dataclasses.replace(f.index, name=Label("import"))
    ),
    "unhashable_name": lambda f: dataclasses.replace(
        f, index=dataclasses.replace(f.index, name=Label("odd", odd=write_value([1])))
    ),
    "attrs_of_text": lambda f: dataclasses.replace(f, attrs=write_value("x")),
    "attrs_of_bytes": lambda f: dataclasses.replace(f, attrs=b"\xff\xfe"),
}


@pytest.mark.parametrize("lie", LIES)
def test_facts_that_lie_are_refused(frame, lie):
    table, facts = to_arrow(frame)
    record = write_facts(LIES[lie](facts))
    with pytest.raises(DecodeError):
        to_pandas(table, read_facts(record))


def test_record_of_facts_is_bounded(monkeypatch, frame):
    monkeypatch.setattr(records, "MAX_FACTS_BYTES", 10)
    with pytest.raises(DecodeError, match="over 10"):
        read_facts(write_facts(to_arrow(frame)[1]))


def test_record_of_another_kind_is_no_facts():
    with pytest.raises(DecodeError, match="FrameFacts"):
        read_facts(write_value({"columns": []}))


@pytest.mark.parametrize(
    "tree",
    [
        Odd("os.system", "true"),
        Odd("ndarray", "V8", [[1], b"12345678"]),
        Odd("ndarray", "<i8", [[2**40], b""]),
        Odd("ndarray", "<i8", [[-5], b"12345678"]),
        Odd("ndarray", "O", [[1, 2, 3], [1]]),
        Odd("scalar", "O", [b"12345678"]),
        Odd("Timestamp", "fs", [0, None]),
        Odd("Timestamp", "ns", ["x", None]),
        Odd("datetime", "", [1, 2]),
        Odd("Decimal", "one"),
        Odd("Period", "D" * 100, [1]),
        Odd("int", "zz"),
        Odd("dict", "", [[1], []]),
        Odd("set", "", [[1]]),
        Odd("complex", "", []),
        Label("text", "x"),
    ],
    ids=lambda tree: getattr(tree, "tag", "other"),
)
def test_odd_values_that_lie_are_refused(tree):
    with pytest.raises(DecodeError):
        read_odd(write_value(tree), None)


def test_odd_value_too_deep_is_refused():
    value: list[Any] = []
    for _ in range(200):
        value = [value]
    with pytest.raises(EncodeError, match="deeper"):
        write_odd(value, encoder("xlang"))


def test_odd_value_without_a_tag_names_its_class():
    with pytest.raises(EncodeError, match=r"builtins\.object"):
        write_odd({"a": [object()]}, encoder("xlang"))


DAMAGE = """
import sys
import warnings
import pyarrow as pa
from fory.error import DecodeError
from fory_pandas.convert import to_arrow, to_pandas
from fory_pandas.records import read_facts, write_facts
from frames_catalogue import frames

warnings.simplefilter("ignore")
names = ["index_multi_unused", "object_mixed_scalars", "labels_mixed", "attrs_array"]
counts = {"read": 0, "refused": 0}
for name in [*names, "category_datetime_tz", "object_dict_nested", "sparse_int"]:
    table, facts = to_arrow(frames()[name], objects="xlang")
    record = write_facts(facts)
    damaged = [record[:cut] for cut in range(len(record))]
    for place in range(len(record)):
        for bit in (1, 16, 128):
            flipped = bytearray(record)
            flipped[place] ^= bit
            damaged.append(bytes(flipped))
    for record in damaged:
        try:
            to_pandas(table, read_facts(record))
            counts["read"] += 1
        except DecodeError:
            counts["refused"] += 1
print("done" if counts["refused"] > 1000 else counts)
"""


@pytest.mark.slow
def test_damaged_facts_are_refused_or_read_but_never_crash():
    here = Path(__file__).parent
    paths = [str(here), str(here.parent), *sys.path]
    code = f"import sys; sys.path[:0] = {paths!r}\n{DAMAGE}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr[-3000:]
