"""Rows are equal by what their bytes mean, and views are what they look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pytest

import fory_row as fr
from fory.error import EncodeError


def test_equal_codes_of_other_dictionaries():
    first = fr.from_arrow(pa.table({"x": pa.array(["a", "b"]).dictionary_encode()}))
    other = fr.from_arrow(pa.table({"x": pa.array(["u", "v"]).dictionary_encode()}))
    assert first != other
    assert first == fr.from_arrow(first.to_arrow())


def test_equal_bytes_of_other_fields():
    first = fr.from_arrow(pa.table({"a": [1], "b": [2]}))[["a"]]
    other = fr.from_arrow(pa.table({"b": [1], "a": [2]}))[["a"]]
    assert first != other
    assert first == fr.from_arrow(pa.table({"b": [9], "a": [1]}))[["a"]]


def test_views_have_the_protocols_of_their_kind():
    type_ = pa.map_(pa.string(), pa.int8())
    table = pa.table({"l": [[1]], "m": pa.array([[("k", 1)]], type_)})
    row = fr.from_arrow(table)[0]
    assert isinstance(row, Mapping)
    assert isinstance(row["l"], Sequence)
    assert isinstance(row["m"], Mapping)
    match row:
        case {"l": [first]}:
            assert first == 1
        case _:
            raise AssertionError("a row is no mapping in a match statement")


def test_a_mapping_that_repeats_a_name_is_refused():
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"])
    row = fr.from_arrow(table)[0]
    encoder = fr.encoder(fr.schema([("x", fr.int64())]))
    with pytest.raises(EncodeError, match="several values under one name"):
        encoder.to_row(row)


def test_rows_are_compared_with_rows():
    rows = fr.from_arrow(pa.table({"a": [1]}))
    with pytest.raises(TypeError, match="compared with Rows, not int"):
        rows.equals(5)
    assert rows != 5
