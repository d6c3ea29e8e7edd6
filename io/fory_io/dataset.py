"""Many files as one collection, and rows as a map-style data set for training."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fory.error import EncodeError
from fory_io._joined import JoinedSource
from fory_io.reader import open as open_rows
from fory_row._plan import Plan
from fory_row.rows import Rows

__all__ = ["Dataset", "dataset", "open_many"]

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def open_many(
    paths: Paths,
    *,
    columns: Sequence[str] | None = None,
    mmap: bool | str = "auto",
    verify: str = "lazy",
    storage_options: Mapping[str, Any] | None = None,
) -> Rows:
    """Open several files of one schema as one collection, in the order of their names.

    Parameters
    ----------
    paths : str, path-like or sequence of them
        A file, a folder (its ``.fory`` files, at any depth), a pattern with ``*``, or a
        list of files, which keep their order.
    columns, mmap, verify, storage_options
        As in `open`.

    Returns
    -------
    Rows
        A lazy view of all files.

    Raises
    ------
    EncodeError
        If the schemas or dictionaries of the files differ.
    FileNotFoundError
        If there is no file.
    """
    names = expanded(paths)
    opened = [
        open_rows(name, mmap=mmap, verify=verify, storage_options=storage_options)
        for name in names
    ]
    plan = common_plan(opened, names)
    absolute = [n if "://" in n else os.path.abspath(n) for n in names]
    again = (_reopened, (absolute, mmap, verify))
    label = f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]
    rows = Rows(plan, JoinedSource([r.source for r in opened], label, again))
    return rows if columns is None else rows.select(list(columns))


def _reopened(names: list[str], mmap: bool | str, verify: str) -> Rows:
    return open_many(names, mmap=mmap, verify=verify)


def expanded(paths: Paths) -> list[str]:
    """Return the files that folders and patterns mean."""
    if not isinstance(paths, str | os.PathLike):
        found = [os.fspath(p) for p in paths]
    else:
        text = os.fspath(paths)
        if os.path.isdir(text):
            text = os.path.join(text, "**", "*.fory")
        plain = "://" in text or os.path.exists(text) or not glob.has_magic(text)
        found = [text] if plain else sorted(glob.glob(text, recursive=True))
    if not found:
        raise FileNotFoundError(f"no file of rows at {paths}")
    return found


def common_plan(opened: Sequence[Rows], names: Sequence[str]) -> Plan:
    """Return the plan that reads all files: that with the longest dictionaries."""
    best = opened[0].plan
    for rows, name in zip(opened[1:], names[1:], strict=True):
        plan = rows.plan
        if plan.schema != best.schema or plan.layout != best.layout:
            raise EncodeError(
                f"{name} has another schema than {names[0]}: {plan.schema!r} instead "
                f"of {best.schema!r}"
            )
        pairs = list(zip(best.dictionaries, plan.dictionaries, strict=True))
        longest = [max(pair, key=len) for pair in pairs]
        if not all(
            v[: len(a)].equals(a)
            for v, p in zip(longest, pairs, strict=True)
            for a in p
        ):
            raise EncodeError(
                f"{name} has other dictionaries than {names[0]}; write the files with "
                f"one Writer, or join them"
            )
        if longest:
            best = Plan(best.schema, best.layout, longest)
    return best


def dataset(
    paths: Paths,
    *,
    columns: Sequence[str] | None = None,
    transform: Callable[[dict[str, Any]], Any] | None = None,
) -> Dataset:
    """Open files of rows as a map-style data set.

    Parameters
    ----------
    paths : str, path-like or sequence of them
        As in `open_many`.
    columns : sequence of str, optional
        Fields of a record.
    transform : callable, optional
        Applied to every record; must be picklable for worker processes.

    Examples
    --------
    >>> train = fory_io.dataset("train/")                         # doctest: +SKIP
    >>> DataLoader(train.shuffle(epoch), batch_size=256)          # doctest: +SKIP
    """
    return Dataset(open_many(paths, columns=columns), transform)


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
        n = len(self)
        if not -n <= i < n:
            raise IndexError(f"record {i} of {n:,}")
        record = self.rows[self._place(i % n)].to_dict()
        return record if self.transform is None else self.transform(record)

    def __getitems__(self, positions: Sequence[int]) -> list[Any]:
        """Return the records of one batch; a remote file is asked once."""
        n = len(self)
        for i in positions:
            if not -n <= i < n:
                raise IndexError(f"record {i} of {n:,}")
        records = self.rows[[self._place(i % n) for i in positions]].to_pylist()
        return records if self.transform is None else [*map(self.transform, records)]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def shuffle(self, seed: int) -> Dataset:
        """Return the same records in an order that ``seed`` decides, say the epoch."""
        return Dataset(self.rows, self.transform, seed)

    def __repr__(self) -> str:
        order = "in order" if self.seed is None else f"shuffled by {self.seed}"
        return f"Dataset({len(self):,} records, {order})"

    def _place(self, i: int) -> int:
        return i if self.seed is None else permuted(i, len(self), self.seed)


def permuted(i: int, n: int, seed: int) -> int:
    """Return where ``i`` goes in a permutation of ``range(n)`` that needs no memory.

    Four Feistel rounds permute the numbers of the next even power of two; what falls
    outside the range is sent on until it is inside.
    """
    half = max(1, ((n - 1).bit_length() + 1) // 2)
    mask = (1 << half) - 1
    while True:
        left, right = i >> half, i & mask
        for k in range(4):
            left, right = right, left ^ (_mixed(right, seed * 4 + k) & mask)
        i = left << half | right
        if i < n:
            return i


def _mixed(value: int, key: int) -> int:
    """Return 64 bits that look random (the finaliser of splitmix64)."""
    x = (value + (key + 1) * 0x9E3779B97F4A7C15) & 0xFFFF_FFFF_FFFF_FFFF
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFF_FFFF_FFFF_FFFF
    x = (x ^ x >> 27) * 0x94D049BB133111EB & 0xFFFF_FFFF_FFFF_FFFF
    return x ^ x >> 31
