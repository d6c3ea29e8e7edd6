"""Blocks over bytes that a caller already has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from fory.error import TruncatedError
from fory_row._block import Block, block_from_buffer
from fory_row._plan import Plan

if TYPE_CHECKING:
    from fory_row._rows import RowsCore

__all__ = ["block_bytes", "block_over"]


def _checked(offsets: Any) -> np.ndarray:
    """Return the offsets of rows, and of their end, as uint64."""
    array = np.asarray(offsets)
    if isinstance(offsets, (list, tuple)) and all(type(i) is int for i in offsets):
        # numpy makes floats of ints on both sides of 2**63.
        if offsets and not 0 <= min(offsets) <= max(offsets) < 1 << 64:
            raise ValueError(f"offsets lie between {min(offsets)} and {max(offsets)}")
        array = np.array(offsets, dtype=np.uint64)
    if array.ndim != 1 or len(array) == 0 or array.dtype.kind not in "iu":
        raise TypeError(
            "offsets are integers in one dimension, one more than there are rows; "
            f"these are {array.dtype} of shape {array.shape}"
        )
    if array.dtype.kind == "i" and array.min() < 0:
        raise ValueError(f"offsets start at {array.min()}")
    return np.ascontiguousarray(array, dtype=np.uint64)


def block_over(plan: Plan, buffer: Any, offsets: Any) -> Block:
    """Return the rows in a buffer, which is kept; see `Rows.from_buffer`."""
    if offsets is not None:
        ends = _checked(offsets)
        return block_from_buffer(buffer, len(ends) - 1, ends)
    if not plan.stride:
        raise ValueError("rows of this schema differ in width; give their offsets")
    n, rest = divmod(memoryview(buffer).nbytes, plan.stride)
    if rest:
        raise TruncatedError(
            f"rows of {plan.stride} bytes do not fill the buffer: {rest} bytes are left"
        )
    return block_from_buffer(buffer, n, stride=plan.stride)


def block_bytes(rows: RowsCore) -> Iterator[memoryview]:
    """Yield the bytes of the blocks that rows come from; see `Rows.buffers`."""
    source, start = rows.source, 0
    whole = type(rows)(rows.plan, source)
    for k in range(source.n_blocks):
        block = source.get_block(k)
        if type(block) is Block:
            yield memoryview(block)
        else:  # rows that are not all there are, or not as they will be read
            data, _ = whole[start : start + len(block)]._gather()
            yield memoryview(data).toreadonly()
        start += len(block)
