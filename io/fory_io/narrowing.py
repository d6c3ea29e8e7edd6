"""The rows that a condition can be true of, as far as a sorted index tells."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from fory_io._extremes import Extremes
from fory_io.format import FrameType
from fory_io.ordered import known_orders, live_positions, order_tables
from fory_io.statistics import fragments_that_may, only_compares
from fory_row._plan import Plan
from fory_row.rows import Rows
from fory_row.schema import Schema

if TYPE_CHECKING:
    import pyarrow.compute as pc

    from fory_io._live import LiveSource
    from fory_io._order import OrderTable
    from fory_io._source import FileSource

__all__ = ["SELECTIVE", "narrowed"]

PARTS = 64
"""Stretches of an index that are compared with the condition at a time."""

FINE = 4 * PARTS
"""So few entries are not divided further."""

SELECTIVE = 16
"""An index helps if it leaves at most one of so many rows."""

Span = tuple[int, int]


def narrowed(
    source: FileSource,
    plan: Plan,
    condition: pc.Expression,
    live: LiveSource | None,
    schema: Schema | None = None,
) -> np.ndarray | None:
    """Return the rows that may meet a condition, ascending; None if no index helps.

    An index is divided into stretches, of which Arrow says whether a value between
    their first and last can meet the condition; those that can are divided again.
    ``schema`` is what the rows are read as, if that is another one than theirs.
    """
    if not source.snapshot.all(FrameType.ORDER):
        return None
    plan = plan.base or plan
    schema = schema or plan.schema
    text, names = str(condition), plan.schema.names
    ordinals = Extremes(plan).ordinals
    best: np.ndarray | None = None
    for number, (name, *_) in enumerate(known_orders(source, plan)):
        at = names.index(name)
        if name not in text or names.count(name) > 1 or at not in ordinals:
            continue
        if schema.names.count(name) != 1:
            continue
        _, tables = order_tables(source, plan, number)
        if not only_compares(text) and any(t.n_entries < t.n_rows for t in tables):
            continue  # something may be true of rows that the index lacks
        found = _Search(source, plan, at, schema, condition).rows(tables)
        if found is not None and (best is None or len(found) < len(best)):
            best = found
    if best is None:
        return None
    if live is not None:
        best = live_positions(live, best)
    return np.sort(best[best >= 0])


class _Search:
    """The search for the entries of one index that may meet a condition."""

    def __init__(
        self,
        source: FileSource,
        plan: Plan,
        at: int,
        schema: Schema,
        condition: pc.Expression,
    ) -> None:
        self._n_rows = source.n_rows
        self._rows = Rows(plan, source)
        self._schema = schema
        self._at = at
        self._field = schema.to_arrow().field(plan.schema.names[at])
        self._condition = condition

    def rows(self, tables: list[OrderTable]) -> np.ndarray | None:
        """Return the numbers of the rows, None if they are too many."""
        spans = [self._spans(table) for table in tables]
        n = sum(_total(s) for s in spans)
        if n * SELECTIVE > self._n_rows:
            return None
        found = [np.empty(0, np.int64)]
        for table, some in zip(tables, spans, strict=True):
            for start, stop in some:
                _, numbers = table.entries(start, stop)
                found.append(np.frombuffer(numbers, np.int64))
        return np.concatenate(found)

    def _spans(self, table: OrderTable) -> list[Span]:
        spans, before = [(0, table.n_entries)], table.n_entries + 1
        while FINE < _total(spans) < before:
            before = _total(spans)
            spans = self._kept(table, [s for span in spans for s in _parts(span)])
            if len(spans) > PARTS // 4 or 2 * _total(spans) > before:
                break  # the condition is true here and there
        return [span for span in spans if span[0] < span[1]]

    def _kept(self, table: OrderTable, parts: list[Span]) -> list[Span]:
        """Return the stretches that may meet the condition, neighbours joined."""
        import pyarrow as pa

        ends = [i for start, stop in parts for i in (start, stop - 1)]
        numbers = [int.from_bytes(table.entries(i, i + 1)[1], "little") for i in ends]
        column = self._rows.take(numbers).select([self._at]).to_arrow().column(0)
        try:
            column = column.cast(self._field.type)
        except pa.ArrowException:
            return parts  # a type in which the values are not those that are stored
        known = [
            _between(self._field.name, column[2 * i], column[2 * i + 1])
            for i in range(len(parts))
        ]
        out: list[Span] = []
        for i in fragments_that_may(known, self._schema, self._condition):
            start, stop = parts[i]
            if out and out[-1][1] == start:
                start = out.pop()[0]
            out.append((start, stop))
        return out


def _between(name: str, low: Any, high: Any) -> pc.Expression:
    """Return what is true of all values between two; NaN is between none."""
    import pyarrow.compute as pc

    if any(
        isinstance(v.as_py(), float) and v.as_py() != v.as_py() for v in (low, high)
    ):
        return pc.scalar(True)
    return (pc.field(name) >= low) & (pc.field(name) <= high)


def _parts(span: Span) -> list[Span]:
    edges = np.linspace(*span, PARTS + 1).astype(int).tolist()
    return [(a, b) for a, b in pairwise(edges) if a < b]


def _total(spans: list[Span]) -> int:
    return sum(b - a for a, b in spans)
