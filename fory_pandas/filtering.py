"""Rows that an Arrow expression keeps, found a batch at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from fory_row.rows import Rows

__all__ = ["kept_places"]

_BATCH_ROWS = 1 << 16
_PLACE = "__place__"


def kept_places(
    rows: Rows,
    expression: pc.Expression,
    report: Callable[[int], object] | None = None,
) -> np.ndarray:
    """Return the places of the rows for which an expression over the fields is true.

    Memory holds one batch of 65,536 rows at a time, with all fields: an expression
    does not tell which of them it reads.
    """
    found = [np.empty(0, np.int64)]
    start = 0
    for batch in rows.to_batches(_BATCH_ROWS):
        places = pa.array(np.arange(start, start + len(batch)))
        table = batch.to_arrow().append_column(_PLACE, places)
        kept = table.filter(expression).column(_PLACE)
        found.append(kept.to_numpy())
        start += len(batch)
        if report is not None:
            report(start)
    return np.concatenate(found)
