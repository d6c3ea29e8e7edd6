"""Pickling of rows: by file where there is one, else by value, out of band if asked."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fory_row._block import MemorySource, block_from_buffer
from fory_row.schema import Schema

if TYPE_CHECKING:
    from fory_row.rows import Rows

__all__ = ["reduce_rows"]


def reduce_rows(rows: Rows, protocol: int) -> tuple[Any, ...]:
    """Return how to make the rows again.

    A source that can be opened again offers ``reopen()``; the selection goes along
    and no row is read. Rows in memory are sent as their bytes and offsets, which
    pickle protocol 5 takes out of band.
    """
    plan = rows.plan
    base = plan if plan.base is None else plan.base
    reopen = getattr(rows.source, "reopen", None)
    if reopen is not None:
        places = rows._places()
        return _reopened, (reopen(), places, plan.ordinals)
    data, offsets = rows._gather()
    args = (base.schema, base.layout, base.dictionaries, plan.ordinals)
    wrap: Any = pickle.PickleBuffer if protocol >= 5 else bytes
    return _restored, (*args, wrap(data), wrap(offsets))


def _reopened(
    reopen: tuple[Any, tuple[Any, ...]],
    places: range | np.ndarray,
    ordinals: tuple[int, ...] | None,
) -> Rows:
    opener, args = reopen
    rows: Rows = opener(*args)
    if isinstance(places, range):
        rows = rows._ranged(places.start, places.step, len(places))
    else:
        rows = rows._taken(places)
    return rows if ordinals is None else rows._projected(rows.plan.project(ordinals))


def _restored(
    schema: Schema,
    layout: str,
    dictionaries: Sequence[Any],
    ordinals: tuple[int, ...] | None,
    data: Any,
    offsets: Any,
) -> Rows:
    from fory_row.rows import Rows

    plan = schema.plan(layout, dictionaries)
    n = memoryview(offsets).nbytes // 8 - 1
    rows = Rows(plan, MemorySource([block_from_buffer(data, n, offsets)]))
    return rows if ordinals is None else rows._projected(plan.project(ordinals))
