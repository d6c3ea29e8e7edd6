"""Small tables that lie in frames of their own: dictionaries and statistics."""

from __future__ import annotations

from typing import Any

from fory_io._chunk import load_chunk
from fory_io._chunk_builder import ChunkBuilder
from fory_io.format import PAGE_SHIFT
from fory_row._block import MemorySource
from fory_row.rows import Rows
from fory_row.schema import Schema

__all__ = ["embed", "embedded"]


def embed(rows: Rows) -> bytes:
    """Return rows as the body of one chunk."""
    builder = ChunkBuilder(max(len(rows), 1), 1 << 35, PAGE_SHIFT)
    builder.take(rows, 0, len(rows))
    body, _ = builder.finish(rows.plan.stride > 0)
    return bytes(body)


def embedded(body: Any, schema: Schema, n_rows: int, what: str) -> Rows:
    """Return the rows in the body of a frame whose checksum was compared.

    Raises
    ------
    DecodeError
        If the body does not hold ``n_rows`` rows.
    """
    block = load_chunk(body, n_rows, 0, what, 0, verify=False)
    return Rows(schema.plan(), MemorySource([block]))
