"""Memory for many columns at once: the kernel gives large pieces in large pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["Room"]

_ALIGNMENT = 64


class Room:
    """One allocation that arrays are cut from; it lives as long as any of them.

    Columns of a few megabytes, each allocated by itself, spend most of their time in
    page faults.
    """

    def __init__(self, sizes: Iterable[int]) -> None:
        self._memory = np.empty(sum(map(_padded, sizes)), np.uint8)
        self._free = 0

    def empty(self, n: int, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
        """Return an array that is not set yet, cut from the room while it lasts."""
        size = n * dtype.itemsize
        if self._free + size > len(self._memory):
            return np.empty(n, dtype)
        made = self._memory[self._free : self._free + size].view(dtype)
        self._free += _padded(size)
        return made

    def holds(self, values: np.ndarray[Any, Any]) -> bool:
        """Whether an array was cut from this room."""
        return values.base is self._memory


def _padded(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
