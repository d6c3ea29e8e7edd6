"""Rows for tests, their bytes made by the reference codec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rows.reference import encode

from fory_row import RowData, Rows, Schema
from fory_row._block import MemorySource, block_from_buffer
from fory_row._view import Row
from fory_row.types import Field


def row_of(layout: str = "standard", /, **columns: Any) -> Row:
    """Return a row view; each keyword is a pair of type and physical value."""
    fields = [Field(name, type_) for name, (type_, _) in columns.items()]
    data = encode(fields, {n: v for n, (_, v) in columns.items()}, layout)
    return RowData(Schema(fields), data, layout=layout)


def rows_of(
    fields: Sequence[Field], records: Sequence[dict[str, Any]], n_blocks: int = 1
) -> Rows:
    """Return rows of physical values in ``n_blocks`` blocks."""
    parts = np.array_split(np.arange(len(records)), n_blocks)
    blocks = []
    for part in parts:
        encoded = [encode(fields, records[i]) for i in part]
        offsets = np.cumsum([0, *map(len, encoded)]).astype(np.uint64)
        blocks.append(block_from_buffer(b"".join(encoded), len(encoded), offsets))
    return Rows(Schema(fields).plan(), MemorySource(blocks))
