"""Ranks: numbers in the order of Arrow values of any type."""

from __future__ import annotations

import decimal
import random

import numpy as np
import pyarrow as pa
import pytest
from rows.random_rows import random_record, random_schema

import fory_row as fr
from fory_pandas.cell_values import order_key
from fory_row.order import ranks

NAN = float("nan")
MAP = pa.map_(pa.string(), pa.int64())
CASES = {
    "floats": ([NAN, None, -0.0, 1.5, 0.0, float("-inf")], None, [4, 5, 2, 3, 2, 1]),
    "half": (np.array([2, -1, NAN], np.float16), None, [2, 1, 3]),
    "text": (["b", None, "", "é", "a"], None, [3, 5, 1, 4, 2]),
    "views": (["b", None, "a"], pa.string_view(), [2, 3, 1]),
    "null": ([None, None], pa.null(), [1, 1]),
    "decimal": ([decimal.Decimal("-1.5"), None, 1], pa.decimal32(5, 2), [1, 3, 2]),
    "lists": ([[2], None, [1, None], [], [1, 5], [1]], None, [5, 6, 4, 1, 3, 2]),
    "views of lists": ([[2], [1, 5], None], pa.list_view(pa.int8()), [2, 1, 3]),
    "fixed": ([[1, 2], None, [1, 1]], pa.list_(pa.int8(), 2), [2, 3, 1]),
    "empty lists": ([[], None, []], pa.list_(pa.int8(), 0), [1, 2, 1]),
    "structs": ([{"a": 1, "b": None}, {"a": 1, "b": "x"}, None], None, [2, 1, 3]),
    "no fields": ([{}, None, {}], pa.struct([]), [1, 2, 1]),
    "maps": ([[("b", 1)], [("b", 0), ("a", 9)], None, []], MAP, [3, 2, 4, 1]),
}


def dense(found):
    """Return ranks without gaps."""
    return (np.unique(found, return_inverse=True)[1] + 1).tolist()


@pytest.mark.parametrize(("values", "kind", "expected"), CASES.values(), ids=CASES)
def test_order(values, kind, expected):
    assert dense(ranks(pa.array(values, kind))) == expected


@pytest.mark.parametrize("case", ["lists", "structs", "maps", "fixed"])
def test_order_of_a_slice(case):
    values, kind, _ = CASES[case]
    array = pa.array(values, kind)
    assert (ranks(array[1:]) == ranks(pa.array(values[1:], array.type))).all()


def test_codes_have_the_order_of_their_values():
    values = pa.array(["z", None, "a", "a"])
    codes = pa.array([0, 1, 2, 3, None], pa.int8())
    found = ranks(pa.DictionaryArray.from_arrays(codes, values))
    assert dense(found) == [2, 3, 1, 1, 3]
    empty = pa.DictionaryArray.from_arrays(pa.nulls(2, pa.int8()), values[:0])
    assert ranks(empty).tolist() == [1, 1]


@pytest.mark.parametrize("seed", range(40))
def test_order_agrees_with_that_of_cells(seed):
    rng = random.Random(seed)
    schema = random_schema(rng)
    records = [random_record(rng, schema.fields) for _ in range(30)]
    rows = fr.encoder(schema=schema).to_rows(records)
    table = rows.to_arrow()
    for name in schema.names:
        keys = [order_key(row[name]) for row in rows]
        found = ranks(table[name].combine_chunks()).tolist()
        for a, b in [rng.choices(range(30), k=2) for _ in range(100)]:
            assert (keys[a] < keys[b]) == (found[a] < found[b])
            assert (keys[a] == keys[b]) == (found[a] == found[b])
