"""Polars: files of rows as lazy frames. Frames themselves go both ways through Arrow.

``pl.DataFrame(rows)`` and ``fory_row.from_arrow(frame)`` need nothing from here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fory_io.many import open_many

if TYPE_CHECKING:
    import polars as pl

__all__ = ["scan_file"]

_BATCH_ROWS = 1 << 17


def scan_file(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    storage_options: Mapping[str, Any] | None = None,
) -> pl.LazyFrame:
    """Return a lazy Polars frame over files of rows of one schema.

    Only the columns that a query uses are read, in batches, and no more rows than it
    asks for; filters are applied to each batch.

    Parameters
    ----------
    paths
        A file, a folder, a pattern with ``*``, or a list of files.
    storage_options
        Of the fsspec file system.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    import polars as pl
    from polars.io.plugins import register_io_source

    rows = open_many(paths, storage_options=storage_options)

    def batches(
        columns: list[str] | None,
        predicate: pl.Expr | None,
        n_rows: int | None,
        batch_rows: int | None,
    ) -> Iterator[pl.DataFrame]:
        picked = rows if columns is None else rows.select(columns)
        picked = picked if n_rows is None else picked.head(n_rows)
        for part in picked.to_batches(batch_rows or _BATCH_ROWS):
            frame = pl.DataFrame(part)
            yield frame if predicate is None else frame.filter(predicate)

    return register_io_source(batches, schema=pl.DataFrame(rows[:0]).schema)
