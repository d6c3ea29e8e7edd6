"""What a frame would become as rows, column by column, without writing any."""

from __future__ import annotations

from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from fory.error import EncodeError
from fory_pandas.columns import encoder
from fory_pandas.context import Encoder
from fory_pandas.facts import ColumnFacts
from fory_pandas.names import field_names, series_field, shown
from fory_pandas.odd import Registry
from fory_pandas.split import never_null

__all__ = ["describe"]

_COLUMNS = ["field", "pandas dtype", "row type", "nullable", "bytes per row", "note"]
_SLOT_BYTES = 8
_NOTES = {
    "cells": "stored as xlang cells",
    "categorical": "codes and one dictionary",
    "sparse": "stored dense",
    "longdouble": "readable on this platform only",
    "period": "ordinals",
    "rows": "cells are rows",
}


def describe(
    frame: pd.DataFrame | pd.Series, *, objects: str | Registry = "strict"
) -> pd.DataFrame:
    """Return a frame with one row per column: field, dtypes, nullable, size, note.

    A column that ``objects`` refuses has no row type; its note says why.
    """
    from fory_row.arrow_schema import schema_from_arrow

    if isinstance(frame, pd.Series):
        frame = pd.Series(frame).to_frame(series_field(frame.name))
    lines: list[dict[str, Any]] = []
    stored: list[tuple[dict[str, Any], pa.Field]] = []
    known: dict[Any, _Column] = {}
    names = field_names(frame.columns)
    to = encoder(objects)
    dtypes = list(frame.dtypes)
    # Making a series of every column is slow, and numbers need none.
    needed = not all(map(_says_all, dtypes))
    every = (
        pd.DataFrame(frame).items()
        if needed
        else zip(frame.columns, repeat(None), strict=False)
    )
    for name, dtype, (label, series) in zip(names, dtypes, every, strict=True):
        column = known.get(dtype) if _says_all(dtype) else None
        if column is None:
            values = pd.Series([], dtype=dtype) if series is None else series
            column = _described(values, to.at(f" column {shown(label)}"))
            if _says_all(dtype):  # others may be costly to hash, or not hashable
                known[dtype] = column
        line = {"field": name, **column.line}
        lines.append(line)
        if column.type is not None:
            field = pa.field(name, column.type, nullable=bool(line["nullable"]))
            stored.append((line, field))
    # One schema for all columns: each has a price that wide frames would feel.
    schema = schema_from_arrow(pa.schema([field for _, field in stored]))
    for (line, _), field in zip(stored, schema, strict=True):
        line["row type"] = str(field.type)
    return pd.DataFrame(lines, columns=_COLUMNS)


class _Column(NamedTuple):
    """What is told of a column, and its type in Arrow if it is not refused."""

    line: dict[str, Any]
    type: pa.DataType | None = None


def _says_all(dtype: Any) -> bool:
    """Whether all columns of a dtype are stored alike, whatever their values."""
    return isinstance(dtype, np.dtype) and dtype.kind in "biufmM"


def _described(series: pd.Series, to: Encoder) -> _Column:
    line: dict[str, Any] = {"pandas dtype": str(series.dtype)}
    try:
        array, facts = to.values(series.array)
    except EncodeError as error:
        return _Column(line | {"note": f"refused: {error}"})
    line |= {
        "nullable": not never_null(facts),
        "bytes per row": _bytes_per_row(array),
        "note": _NOTES.get(_kind(facts), ""),
    }
    return _Column(line, array.type)


def _kind(facts: ColumnFacts) -> str:
    return facts.dtype if facts.kind == "object" else facts.kind


def _bytes_per_row(array: pa.Array | pa.ChunkedArray) -> int:
    """Return the slot and, for values of varying width, the mean body, padded."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _SLOT_BYTES
    try:
        return max(_SLOT_BYTES, -(-kind.bit_width // 64) * 8)
    except ValueError:
        body = array.nbytes / len(array) if len(array) else 0
        return _SLOT_BYTES + round(body / 8) * 8
