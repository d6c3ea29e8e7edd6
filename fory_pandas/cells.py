"""Cells without a portable type, one xlang record each."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from fory.error import ForyError
from fory_pandas._scan import first_difference
from fory_pandas.context import Decoder, Encoder
from fory_pandas.facts import ColumnFacts
from fory_pandas.odd import Registry, from_tree, to_tree
from fory_pandas.records import read_value, write_value
from fory_pandas.sameness import same_value
from fory_pandas.scalars import object_array

__all__ = ["decode_cells", "encode_cells", "read_odd", "write_odd"]


def write_odd(value: Any, to: Encoder, row: int | None = None) -> bytes:
    """Return any listed value as a record, verified to read back the same."""
    try:
        record = write_value(to_tree(value, to.registry))
        back = read_odd(record, to.registry)
        same = first_difference([value], [back], same_value) < 0
    except (ForyError, TypeError, ValueError, RecursionError) as error:
        to.refuse(
            f"a value of {type(value).__qualname__} has no portable form ({error})",
            row=row,
        )
    if not same:
        to.refuse(f"a value of {type(value).__qualname__} would change", row=row)
    return record


def read_odd(record: bytes, registry: Registry | None) -> Any:
    """Return the value of a record; DecodeError for anything not listed."""
    return from_tree(read_value(record), registry)


def encode_cells(cells: list[Any], to: Encoder) -> tuple[pa.Array, ColumnFacts]:
    """Encode every cell as a record of its own."""
    records = [
        None if cell is None else write_odd(cell, to, row)
        for row, cell in enumerate(cells)
    ]
    return pa.array(records, pa.large_binary()), ColumnFacts("object", "cells")


def decode_cells(array: pa.Array, at: Decoder) -> Any:
    """Decode records into cells, None where the array is null."""
    binary = pa.types.is_binary(array.type) or pa.types.is_large_binary(array.type)
    at.expect(binary, f"records stored as {array.type}")
    records = array.to_pylist()
    return object_array([_cell(r, row, at) for row, r in enumerate(records)])


def _cell(record: bytes | None, row: int, at: Decoder) -> Any:
    if record is None:
        return None
    try:
        return read_odd(record, at.registry)
    except ForyError as error:
        at.refuse(f"row {row}: {error}")
