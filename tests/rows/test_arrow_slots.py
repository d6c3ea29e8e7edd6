"""Slots of rows to and from Arrow: every count of fields and rows around a batch."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import fory_row as fr
from fory.error import EncodeError

TYPES = (
    pa.int64(),
    pa.float64(),
    pa.int32(),
    pa.bool_(),
    pa.timestamp("us"),
    pa.int8(),
)


def table(
    n_fields: int, n: int, nulls: float, types: tuple[pa.DataType, ...]
) -> pa.Table:
    """Return columns whose entries under nulls are not zero."""
    rng = np.random.default_rng(n_fields * 1000 + n)
    columns = {}
    for k in range(n_fields):
        values = pa.array(rng.integers(1, 100, n)).cast(types[k % len(types)])
        valid = np.packbits(rng.random(n) >= nulls, bitorder="little")
        buffers = [pa.py_buffer(valid), values.buffers()[1]]
        columns[f"c{k}"] = pa.Array.from_buffers(values.type, n, buffers)
    return pa.table(columns)


@pytest.mark.parametrize("types", [TYPES[:1], TYPES], ids=["words", "mixed"])
@pytest.mark.parametrize("nulls", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("n", [1, 7, 8, 9, 31, 32, 33, 65])
@pytest.mark.parametrize("n_fields", [1, 2, 3, 16, 17, 64, 65, 130])
def test_slots_come_back(
    n_fields: int, n: int, nulls: float, types: tuple[pa.DataType, ...]
) -> None:
    given = table(n_fields, n, nulls, types)
    assert fr.from_arrow(given).to_arrow().equals(given)


@pytest.mark.parametrize("nulls", [0.0, 0.1])
def test_slots_come_back_past_the_caches(nulls: float) -> None:
    given = table(9, 40_000, nulls, TYPES[:1])
    assert fr.from_arrow(given).to_arrow().equals(given)


@pytest.mark.parametrize("layout", ["standard", "compact"])
@pytest.mark.parametrize("n", [1, 31, 65, 1500])
def test_single_fields_out_of_long_rows_come_back(n: int, layout: str) -> None:
    text = pa.array(map(str, range(n)))
    given = table(130, n, 0.1, TYPES).append_column("text", text)
    rows = fr.from_arrow(given, layout=layout)
    picks = np.random.default_rng(1).permutation(n)
    for name in ("c0", "c7", "c8", "c63", "c64", "c129", "text"):
        assert rows[name].to_arrow().equals(given[name])
        some = rows.take(picks)[name].to_arrow()
        assert some.combine_chunks().equals(given[name].take(picks).combine_chunks())
    several = ["c1", "c70", "text"]
    assert rows.select(several).to_arrow().equals(given.select(several))


def test_values_under_nulls_become_zeros() -> None:
    made = fr.from_arrow(table(4, 100, 0.5, TYPES[:1])).to_arrow()
    for column in made.columns:
        values = np.frombuffer(column.chunk(0).buffers()[1], np.int64)[:100]
        assert not values[column.is_null().to_numpy()].any()


@pytest.mark.parametrize("n", [1, 63, 64, 65, 200])
def test_nulls_are_counted(n: int) -> None:
    given = table(3, n, 0.5, TYPES[:1])
    made = fr.from_arrow(given).to_arrow()
    counts = [column.null_count for column in made.columns]
    assert counts == [column.null_count for column in given.columns]


def test_a_null_where_none_may_be_is_found_among_many_fields() -> None:
    given = table(70, 40, 0.0, TYPES)
    columns = given.columns
    columns[67] = pa.array([None if k == 35 else 1.0 for k in range(40)])
    fields = [field.with_nullable(False) for field in given.schema]
    with pytest.raises(EncodeError, match="'c67' is null in row 35"):
        fr.from_arrow(pa.table(columns, schema=pa.schema(fields)))


def test_columns_start_at_different_places_of_a_page() -> None:
    made = fr.from_arrow(table(8, 20_000, 0.0, TYPES[:1])).to_arrow()
    addresses = [column.chunk(0).buffers()[1].address for column in made.columns]
    assert all(address % 64 == 0 for address in addresses)
    assert len({address % 4096 for address in addresses}) == len(addresses)
