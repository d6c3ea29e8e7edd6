"""Files of rows cut into parts that other engines read as their partitions."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from fory_io.listing import expanded
from fory_pandas.files import open_file
from fory_row.schema import Schema

__all__ = ["PARTITION_ROWS", "FilePart", "file_parts"]

PARTITION_ROWS = 1 << 20
"""Rows of a part, unless the caller wants others."""


class FilePart(NamedTuple):
    """Rows ``start`` to ``stop`` of a file."""

    path: str
    start: int
    stop: int


def file_parts(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    partition_rows: int,
    storage_options: Mapping[str, Any] | None,
) -> tuple[list[FilePart], list[Schema]]:
    """Return the parts of all files, one at least of each, and the schema of each file.

    A file without rows has an empty part: its schema is a fact that somebody may need.
    Local paths become absolute, because workers may run in another folder.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If ``partition_rows`` is less than 1.
    """
    if partition_rows < 1:
        raise ValueError(f"partition_rows is at least 1, not {partition_rows}")
    parts: list[FilePart] = []
    schemas: list[Schema] = []
    for path in expanded(paths, storage_options)[0]:
        name = path if "://" in path else os.path.abspath(path)
        with open_file(name, storage_options=storage_options) as rows:
            schemas.append(rows.schema)
            parts += _cut(name, len(rows), partition_rows)
    return parts, schemas


def _cut(path: str, n_rows: int, partition_rows: int) -> Iterator[FilePart]:
    for start in range(0, max(n_rows, 1), partition_rows):
        yield FilePart(path, start, min(start + partition_rows, n_rows))
