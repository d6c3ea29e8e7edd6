"""Columns of rows: their type in Arrow says all but that they are such a column."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from fory_pandas.arrow_dtype import check_arrow_type
from fory_pandas.context import Decoder, Encoder
from fory_pandas.facts import ColumnFacts
from fory_pandas.row_array import RowArray
from fory_pandas.row_arrow import arrow_storage

__all__ = ["decode_rows", "encode_rows"]


def encode_rows(values: RowArray, to: Encoder) -> tuple[pa.Array, ColumnFacts]:
    """Encode the cells as the structs, lists or maps that they are."""
    array = arrow_storage(values)
    check_arrow_type(array.type, to)
    return array, ColumnFacts("rows")


def decode_rows(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    """Decode an Arrow array into a column of rows."""
    return RowArray._from_arrow(array, None)
