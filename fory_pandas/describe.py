"""What a frame would become as rows, column by column, without writing any."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from fory.error import EncodeError

from .columns import encoder
from .facts import ColumnFacts
from .names import field_names
from .odd import Registry
from .split import never_null

__all__ = ["describe"]

_SLOT_BYTES = 8
_NOTES = {
    "cells": "stored as xlang cells",
    "categorical": "codes and one dictionary",
    "sparse": "stored dense",
    "longdouble": "readable on this platform only",
    "period": "ordinals",
}


def describe(
    frame: pd.DataFrame | pd.Series, *, objects: str | Registry = "strict"
) -> pd.DataFrame:
    """Return a frame with one row per column: field, dtypes, nullable, size, note.

    A column that ``objects`` refuses has no row type; its note says why.
    """
    if isinstance(frame, pd.Series):
        frame = frame.to_frame("0" if frame.name is None else str(frame.name))
    lines = []
    for field, (label, series) in zip(
        field_names(frame.columns), frame.items(), strict=True
    ):
        to = encoder(objects).at(f" column {label!r}")
        line: dict[str, Any] = {"field": field, "pandas dtype": str(series.dtype)}
        try:
            array, facts = to.values(series.array)
            lines.append(line | _described(field, array, facts))
        except EncodeError as error:
            lines.append(line | {"note": f"refused: {error}"})
    columns = ["field", "pandas dtype", "row type", "nullable", "bytes per row", "note"]
    return pd.DataFrame(lines, columns=columns)


def _described(
    field: str, array: pa.Array | pa.ChunkedArray, facts: ColumnFacts
) -> dict[str, Any]:
    from fory_row.arrow import schema_from_arrow

    nullable = not never_null(facts)
    schema = pa.schema([pa.field(field, array.type, nullable=nullable)])
    kind = facts.dtype if facts.kind == "object" else facts.kind
    return {
        "row type": str(schema_from_arrow(schema).field(0).type),
        "nullable": nullable,
        "bytes per row": _bytes_per_row(array),
        "note": _NOTES.get(kind, ""),
    }


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
