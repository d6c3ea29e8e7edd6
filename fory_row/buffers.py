"""Blocks over bytes that a caller already has."""

from __future__ import annotations

from typing import Any

import numpy as np

from fory.error import TruncatedError
from fory_row._block import Block, block_from_buffer
from fory_row._plan import Plan

__all__ = ["block_over"]


def block_over(plan: Plan, buffer: Any, offsets: Any) -> Block:
    """Return the rows in a buffer, which is kept; see `Rows.from_buffer`."""
    if offsets is not None:
        offsets = np.ascontiguousarray(offsets, dtype=np.uint64)
        return block_from_buffer(buffer, len(offsets) - 1, offsets)
    if not plan.stride:
        raise ValueError("rows of this schema differ in width; give their offsets")
    n, rest = divmod(memoryview(buffer).nbytes, plan.stride)
    if rest:
        raise TruncatedError(
            f"rows of {plan.stride} bytes do not fill the buffer: {rest} bytes are left"
        )
    return block_from_buffer(buffer, n, stride=plan.stride)
