"""CSV and JSON lines, which are read in blocks that must hold the longest record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["read_csv", "read_json"]

BLOCKS = 1 << 20, 1 << 24, 1 << 28, (1 << 31) - 1
"""Sizes of blocks that are tried one after another."""


def _by_block(read: Callable[[int], Any], blocks: tuple[int, ...]) -> tuple[Any, int]:
    """Return what ``read`` makes of the first size of blocks that is enough."""
    import pyarrow as pa

    *smaller, largest = blocks
    for block in smaller:
        try:
            return read(block), block
        except pa.ArrowInvalid as e:
            if not _is_too_small(e):
                raise
    return read(largest), largest


def _is_too_small(error: Exception) -> bool:
    return "block size" in str(error)


def read_json(path: str) -> Any:
    """Return a file of JSON lines as a table."""
    from pyarrow import json

    def read(block: int) -> Any:
        return json.read_json(path, json.ReadOptions(block_size=block))

    return _by_block(read, BLOCKS)[0]


def read_csv(path: str) -> tuple[Any, Iterator[Any]]:
    """Return the schema of a CSV file, which its first block tells, and its batches."""

    def opens(block: int) -> Any:
        return _opened(path, block, None)

    reader, block = _by_block(opens, BLOCKS)
    return reader.schema, _batches(path, reader, block)


def _opened(path: str, block: int, schema: Any) -> Any:
    from pyarrow import csv

    # What is written as text between quotes is text; between commas alone is no value.
    convert = csv.ConvertOptions(
        strings_can_be_null=True, quoted_strings_can_be_null=False, column_types=schema
    )
    return csv.open_csv(
        path, csv.ReadOptions(block_size=block), convert_options=convert
    )


def _batches(path: str, reader: Any, block: int) -> Iterator[Any]:
    """Yield all batches; where a record is too long, go on there with larger blocks."""
    import pyarrow as pa

    schema, n_done = reader.schema, 0
    while True:
        n_read = 0
        try:
            for batch in reader:
                n_read += batch.num_rows
                fresh = min(n_read - n_done, batch.num_rows)
                if fresh > 0:
                    n_done = n_read
                    yield batch.slice(batch.num_rows - fresh)
            return
        except pa.ArrowInvalid as e:
            larger = tuple(b for b in BLOCKS if b > block)
            if not larger or not _is_too_small(e):
                raise
        reader, block = _by_block(lambda b: _opened(path, b, schema), larger)
