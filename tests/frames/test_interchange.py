"""Rows and frames handed to polars, duckdb and Arrow, and taken from them."""

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from frames_catalogue import frames

import fory_pandas
import fory_row

RECORDS = [
    {
        "i": 1,
        "s": "é",
        "l": [1, None],
        "d": {"x": 1.5, "y": "z"},
        "t": dt.datetime(2020, 1, 1, 12),
        "n": decimal.Decimal("1.50"),
        "b": b"\x00",
        "day": dt.date(2020, 2, 29),
    },
    dict.fromkeys(["i", "s", "l", "d", "t", "n", "b", "day"]),
]
SELECTIONS = [slice(None), slice(0, 0), [1, 0, 1], slice(None, None, -1)]


@pytest.fixture
def rows():
    return fory_row.from_pylist(RECORDS)


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "text": ["a", None, "c"],
            "category": pd.Categorical(["x", "y", None]),
            "zone": pd.date_range("2020", periods=3, tz="Europe/Berlin"),
            "unsigned": np.array([1, 2, 2**64 - 1], dtype="u8"),
            "cells": fory_pandas.RowArray([[1], None, []]),
        },
        index=pd.Index([3, 1, 2], name="key"),
    )


@pytest.mark.parametrize("key", SELECTIONS, ids=str)
def test_arrow_takes_rows(rows, key):
    expected = [RECORDS[i] for i in range(2)][key] if isinstance(key, slice) else None
    expected = [RECORDS[i] for i in key] if expected is None else expected
    assert pa.table(rows[key]).to_pylist() == expected


@pytest.mark.parametrize("key", SELECTIONS, ids=str)
def test_polars_takes_rows(rows, key):
    polars = pytest.importorskip("polars")
    made = polars.DataFrame(rows[key])
    assert made.to_dicts() == pa.table(rows[key]).to_pylist()


def test_rows_take_a_polars_frame(rows):
    polars = pytest.importorskip("polars")
    back = fory_row.from_arrow(polars.DataFrame(rows))
    assert back.to_pylist() == rows.to_pylist()


def test_polars_takes_rows_of_a_frame(frame):
    polars = pytest.importorskip("polars")
    made = polars.DataFrame(frame.fory.to_rows())
    assert made["category"].to_list() == ["x", "y", None]
    assert made["unsigned"].to_list() == [1, 2, 2**64 - 1]
    assert made["cells"].to_list() == [[1], None, []]


def test_metadata_are_text_whatever_is_in_a_frame():
    # Readers written in Rust die of metadata that are not UTF-8.
    for name, frame in frames().items():
        for key, value in frame.fory.schema(objects="xlang").metadata.items():
            assert value.decode(errors="ignore").encode() == value, (name, key)


def test_duckdb_queries_rows(rows):
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        found = connection.sql("select i, s, d.x, l[1], n from rows").fetchall()
    assert found == [(1, "é", 1.5, 1, decimal.Decimal("1.50")), (None,) * 5]


def test_duckdb_queries_a_mapped_file(frame, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    frame.fory.to_file(tmp_path / "f.fory")
    opened = fory_pandas.open_file(tmp_path / "f.fory")
    with opened as flights, duckdb.connect() as connection:  # noqa: F841
        query = "select text, category from flights where unsigned > 1 order by 1"
        found = connection.sql(query).fetchall()
    assert found == [("c", None), (None, "y")]


def test_rows_take_the_answer_of_a_query(rows):
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        answer = connection.sql("select i + 1 as j, d from rows where i = 1")
        back = fory_row.from_arrow(answer)
    assert back.to_pylist() == [{"j": 2, "d": {"x": 1.5, "y": "z"}}]


def test_rows_take_a_frame_as_arrow_sees_it(frame):
    if not hasattr(frame, "__arrow_c_stream__"):
        pytest.skip("this pandas exports no Arrow")
    back = fory_row.from_arrow(frame.drop(columns="cells"))
    assert back["unsigned"].to_arrow().to_pylist() == [1, 2, 2**64 - 1]


def test_what_rows_cannot_hold_is_refused_by_path():
    union = pa.UnionArray.from_dense(
        pa.array([0], pa.int8()), pa.array([0], pa.int32()), [pa.array([1])]
    )
    table = pa.table({"s": pa.StructArray.from_arrays([union], ["inner"])})
    with pytest.raises(ValueError, match=r"'s\.inner' is a union"):
        fory_row.from_arrow(table)
