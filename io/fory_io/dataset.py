"""Rows as data sets: map-style for training, and as queries see them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fory_io._permutation import permuted
from fory_io.listing import Paths
from fory_io.many import open_many
from fory_row.rows import Rows
from fory_row.schema import Schema

if TYPE_CHECKING:
    from fory_io.rows_dataset import RowsDataset

__all__ = ["Dataset", "arrow_dataset", "dataset"]


def dataset(
    paths: Paths,
    *,
    columns: Sequence[str] | None = None,
    schema: Schema | None = None,
    hive: bool = True,
    transform: Callable[[dict[str, Any]], Any] | None = None,
    mmap: bool | str = "auto",
    verify: str = "lazy",
    storage_options: Mapping[str, Any] | None = None,
) -> Dataset:
    """Open files of rows as a map-style data set.

    Parameters
    ----------
    paths : str, path-like or sequence of them
        As in `open_many`.
    columns : sequence of str, optional
        Fields of a record.
    schema, hive, mmap, verify, storage_options
        As in `open_many`.
    transform : callable, optional
        Applied to every record; must be picklable for worker processes.

    Examples
    --------
    >>> train = fory_io.dataset("train/")                         # doctest: +SKIP
    >>> DataLoader(train.shuffle(epoch), batch_size=256)          # doctest: +SKIP
    """
    rows = open_many(
        paths,
        columns=columns,
        schema=schema,
        hive=hive,
        mmap=mmap,
        verify=verify,
        storage_options=storage_options,
    )
    return Dataset(rows, transform)


class Dataset:
    """Records by number, as data loaders want them; cheap to send to workers.

    Parameters
    ----------
    rows : Rows
        The records; pickled as paths.
    transform : callable, optional
        Applied to every record.
    seed : int, optional
        Order of the records: a permutation that is computed, not stored.
    """

    def __init__(
        self,
        rows: Rows,
        transform: Callable[[dict[str, Any]], Any] | None = None,
        seed: int | None = None,
    ) -> None:
        self.rows = rows
        self.transform = transform
        self.seed = seed

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> Any:
        """Return record ``i`` in the order of this data set."""
        (place,) = permuted([i], len(self), self.seed)
        record = self.rows[place].to_dict()
        return record if self.transform is None else self.transform(record)

    def __getitems__(self, positions: Sequence[int]) -> list[Any]:
        """Return the records of one batch; a remote file is asked once."""
        places = permuted(positions, len(self), self.seed)
        records = self.rows[places].to_pylist()
        return records if self.transform is None else [*map(self.transform, records)]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def shuffle(self, seed: int) -> Dataset:
        """Return the same records in an order that ``seed`` decides, say the epoch."""
        return Dataset(self.rows, self.transform, operator.index(seed))

    def __repr__(self) -> str:
        order = "in order" if self.seed is None else f"shuffled by {self.seed}"
        return f"Dataset({len(self):,} records, {order})"


def arrow_dataset(source: Rows | Paths) -> RowsDataset:
    """Return rows as a `pyarrow.dataset.Dataset`.

    DuckDB queries it by the name of the variable, Polars by ``scan_pyarrow_dataset``;
    both hand it the columns and the filters of a query. Folders, manifests, statistics
    of chunks and sorted indexes tell what a filter need not read.

    Parameters
    ----------
    source : Rows, str, path-like or sequence of paths
        Rows, or files as `open_many` takes them.

    Examples
    --------
    >>> flights = fory_io.arrow_dataset("flights/")              # doctest: +SKIP
    >>> duckdb.sql("select avg(dep_delay) from flights where year = 2013")
    ...                                                          # doctest: +SKIP
    """
    from fory_io.rows_dataset import RowsDataset

    return RowsDataset(source if isinstance(source, Rows) else open_many(source))
