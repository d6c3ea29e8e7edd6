"""Cells without a portable type, one xlang record each."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from .context import Decoder, Encoder
from .facts import ColumnFacts

__all__ = ["decode_cells", "encode_cells"]


def encode_cells(cells: list[Any], to: Encoder) -> tuple[pa.Array, ColumnFacts]:
    """Encode every cell as a record of its own."""
    to.refuse("cells have no portable form yet")


def decode_cells(array: pa.Array, at: Decoder) -> Any:
    """Decode records into cells, None where the array is null."""
    at.refuse("cells cannot be read yet")
