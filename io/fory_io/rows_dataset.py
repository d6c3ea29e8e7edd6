"""Files of rows as a dataset of pyarrow, whose filters skip what cannot match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from fory_row.rows import Rows

__all__ = ["RowsDataset"]

BATCH_ROWS = 1 << 16


class RowsDataset(ds.InMemoryDataset):  # type: ignore[misc]
    """Rows as pyarrow's datasets are used; made by `fory_io.arrow_dataset`.

    Attributes
    ----------
    rows : Rows
        What it shows.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        # Nothing of this is ever read: every method that would is replaced.
        super().__init__(pa.Table.from_batches([], rows.schema.to_arrow()))

    def scanner(
        self,
        columns: Sequence[str] | dict[str, pc.Expression] | None = None,
        filter: pc.Expression | None = None,
        batch_size: int = BATCH_ROWS,
        **options: Any,
    ) -> ds.Scanner:
        """Return a scanner of the rows that meet ``filter``.

        Parameters
        ----------
        columns : sequence of str, or dict of expressions, optional
            Fields to read, or what to compute from them.
        filter : expression, optional
            Evaluated now, on what cannot be skipped.
        batch_size : int
            Rows of a batch.
        **options
            Accepted and ignored: they tune readers of columnar files.
        """
        rows = self.rows if filter is None else self.rows.filter(filter)
        computed = None
        if isinstance(columns, dict):
            computed = columns
        elif columns is not None:
            rows = rows.select(list(columns))
        schema = rows.schema.to_arrow()
        reader = pa.RecordBatchReader.from_batches(schema, _batches(rows, batch_size))
        return ds.Scanner.from_batches(reader, columns=computed)

    def count_rows(self, filter: pc.Expression | None = None, **options: Any) -> int:
        """Return how many rows meet a filter."""
        return len(self.rows if filter is None else self.rows.filter(filter))

    def take(self, indices: Any, **options: Any) -> pa.Table:
        """Return the rows at some positions, in the order given."""
        columns = options.get("columns")
        rows = self.rows.take(pa.array(indices).to_numpy())
        return rows.to_arrow(None if columns is None else list(columns))

    def filter(self, expression: pc.Expression) -> RowsDataset:
        """Return the rows that meet a condition."""
        return RowsDataset(self.rows.filter(expression))

    def sort_by(self, sorting: Any, **options: Any) -> ds.InMemoryDataset:
        """Return the rows in an order, in memory."""
        return ds.InMemoryDataset(self.rows.sort_by(sorting).to_arrow())

    def join(self, right_dataset: Any, *args: Any, **options: Any) -> Any:
        """Return a join of the rows, read whole, with other data."""
        left = ds.InMemoryDataset(self.rows.to_arrow())
        return left.join(_whole(right_dataset), *args, **options)

    def join_asof(self, right_dataset: Any, *args: Any, **options: Any) -> Any:
        """Return an as-of join of the rows, read whole, with other data."""
        left = ds.InMemoryDataset(self.rows.to_arrow())
        return left.join_asof(_whole(right_dataset), *args, **options)

    def get_fragments(self, filter: pc.Expression | None = None) -> NoReturn:
        """Raise: rows are not in files that pyarrow could read."""
        raise NotImplementedError(
            "rows have no fragments; use scanner() or to_batches()"
        )

    def replace_schema(self, schema: pa.Schema) -> NoReturn:
        """Raise: open the files with ``schema=`` instead."""
        raise NotImplementedError("open the files with schema= instead")

    def __reduce__(self) -> tuple[Any, ...]:
        return RowsDataset, (self.rows,)

    def __repr__(self) -> str:
        return f"RowsDataset({len(self.rows):,} rows of {self.rows.schema.names})"


def _whole(data: Any) -> Any:
    if isinstance(data, RowsDataset):
        return ds.InMemoryDataset(data.rows.to_arrow())
    return data


def _batches(rows: Rows, n: int) -> Iterator[pa.RecordBatch]:
    from fory_row.arrow import rows_to_batches

    for part in rows.to_batches(n):
        yield from rows_to_batches(part)
