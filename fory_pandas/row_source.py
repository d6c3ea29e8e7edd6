"""What a `RowArray` is made of: Python values, their type, and which are nulls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fory.error import EncodeError
from fory_pandas.row_cell import Cell
from fory_pandas.row_dtype import type_from_arrow
from fory_row.rows import Rows
from fory_row.types import DataType, Kind

__all__ = ["is_null", "nulls_of", "row_type_of", "values_of"]


def is_null(value: Any) -> bool:
    """Whether pandas takes a value for a missing cell."""
    return (
        value is None
        or value is pd.NA
        or value is pd.NaT
        or (isinstance(value, float) and value != value)
    )


def values_of(cells: Iterable[Any]) -> list[Any]:
    """Return what the encoder of rows takes: cells as their views, the rest as is."""
    return [cell.view if isinstance(cell, Cell) else cell for cell in cells]


def row_type_of(cells: Iterable[Any]) -> DataType:
    """Return the type of values: that of the first view, else what Arrow infers.

    Raises
    ------
    EncodeError
        If the values have no common type.
    TypeError
        If there are no values to infer it from.
    """
    values = [cell for cell in cells if not is_null(cell)]
    if not values:
        raise TypeError("no values, no type: give a dtype such as 'fory[list<int64>]'")
    first = values[0]
    if isinstance(first, Cell):
        return first._store.type()
    if hasattr(first, "_plan"):
        return _type_of_view(first)
    try:
        inferred = pa.array(values)
    except pa.ArrowException as error:
        raise EncodeError(f"the cells have no common type: {error}") from error
    return type_from_arrow(inferred.type)


def _type_of_view(view: Any) -> DataType:
    """Return the type of a `Row`, `Array` or `Map`."""
    field = view._field
    if hasattr(view, "num_elements"):
        return DataType(Kind.LIST, (field,))
    if field is None:
        return DataType(Kind.STRUCT, tuple(view._plan.schema.fields))
    found: DataType = field.type
    return found


def nulls_of(rows: Rows, field: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which rows have a null in a field."""
    if not rows.schema.fields[field].nullable:
        return np.zeros(len(rows), bool)
    return np.fromiter((row.is_null(field) for row in rows), bool, len(rows))
