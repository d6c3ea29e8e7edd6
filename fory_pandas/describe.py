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
    from fory_row.arrow import schema_from_arrow

    if isinstance(frame, pd.Series):
        frame = frame.to_frame("0" if frame.name is None else str(frame.name))
    lines: list[dict[str, Any]] = []
    stored: list[tuple[dict[str, Any], pa.Field]] = []
    names = field_names(frame.columns)
    for name, (label, series) in zip(names, frame.items(), strict=True):
        line: dict[str, Any] = {"field": name, "pandas dtype": str(series.dtype)}
        lines.append(line)
        try:
            to = encoder(objects).at(f" column {label!r}")
            array, facts = to.values(series.array)
        except EncodeError as error:
            line["note"] = f"refused: {error}"
            continue
        required = never_null(facts)
        line |= {
            "nullable": not required,
            "bytes per row": _bytes_per_row(array),
            "note": _NOTES.get(_kind(facts), ""),
        }
        stored.append((line, pa.field(name, array.type, nullable=not required)))
    # One schema for all columns: each has a price that wide frames would feel.
    schema = schema_from_arrow(pa.schema([field for _, field in stored]))
    for (line, _), field in zip(stored, schema, strict=True):
        line["row type"] = str(field.type)
    return pd.DataFrame(lines, columns=_COLUMNS)


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
