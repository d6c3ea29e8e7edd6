"""Bytes gathered into large pieces, so that the system keeps a file in huge pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Pieces"]

PIECE = 2 << 20
"""A huge page. What is written in whole ones at multiples of them lies in such pages
of memory, and mapped readers miss the processor's table of pages less often."""

LITTLE = 64 << 10
"""Room that is enough for who appends a few rows."""


class Pieces:
    """Hands bytes on in pieces that begin at multiples of `PIECE`.

    Parameters
    ----------
    write : callable
        Gets a list of bytes-like objects to append.
    end : int
        Where the first byte lies in the file.
    """

    def __init__(
        self, write: Callable[[list[memoryview]], object], end: int = 0
    ) -> None:
        self._write = write
        self._room = PIECE - end % PIECE
        self._held = bytearray()
        self._n = 0

    def add(self, parts: Any) -> None:
        """Take bytes; full pieces are written."""
        for part in parts:
            left = memoryview(part).cast("B") if len(part) else b""
            while len(left):
                taken = min(len(left), self._room - self._n)
                self._reserve(self._n + taken)
                self._held[self._n : self._n + taken] = left[:taken]
                self._n += taken
                left = left[taken:]
                if self._n == self._room:
                    self.flush()
                    self._room = PIECE

    def _reserve(self, n_bytes: int) -> None:
        """Make room; who writes little needs little."""
        if n_bytes > len(self._held):
            room = bytearray(LITTLE if n_bytes <= LITTLE else PIECE)
            room[: self._n] = self._held[: self._n]
            self._held = room

    def flush(self) -> None:
        """Write what is held; the rest of the piece may follow later."""
        if self._n:
            self._write([memoryview(self._held)[: self._n]])
            self._room -= self._n
            self._n = 0
