"""Bytes gathered into large pieces, so that the system keeps a file in huge pages."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["Pieces"]

PIECE = 2 << 20
"""A huge page. What is written in whole ones at multiples of them lies in such pages
of memory, and mapped readers miss the processor's table of pages less often."""

SMALL = 64 << 10
"""Less is copied; the system takes only so many parts at once."""


class Receiver(Protocol):
    """What appends bytes to a file."""

    def write(self, parts: list[memoryview], /) -> None:
        """Append them now."""

    def write_behind(self, parts: list[memoryview], /) -> None:
        """Append them soon."""

    def drain(self) -> None:
        """Return when everything is appended."""


class Pieces:
    """Hands bytes on in pieces that begin at multiples of `PIECE`.

    Full pieces are written by a thread of their own while the next ones are made.

    Parameters
    ----------
    receiver : Appender
        What appends to the file.
    end : int
        Where the first byte lies in the file.
    """

    def __init__(self, receiver: Receiver, end: int = 0) -> None:
        self._receiver = receiver
        self._room = PIECE - end % PIECE
        self._parts: list[memoryview] = []
        self._copied = bytearray()
        self._n = 0

    def add(self, parts: Any) -> None:
        """Take bytes, which must not change any more; full pieces are written."""
        for part in parts:
            left = memoryview(part).cast("B") if len(part) else memoryview(b"")
            while len(left):
                taken = min(len(left), self._room - self._n)
                self._gather(left[:taken])
                self._n += taken
                left = left[taken:]
                if self._n == self._room:
                    self._receiver.write_behind(self._piece())
                    self._room, self._n = PIECE, 0

    def _gather(self, part: memoryview) -> None:
        if len(part) < SMALL:
            self._copied += part
        else:
            self._parts += [memoryview(self._copied), part]
            self._copied = bytearray()

    def _piece(self) -> list[memoryview]:
        """Return what was gathered, and gather anew."""
        parts = [*self._parts, memoryview(self._copied)]
        self._parts, self._copied = [], bytearray()
        return parts

    def flush(self) -> None:
        """Write all that came; the rest of the piece may follow later."""
        self._receiver.drain()
        if self._n:
            self._receiver.write(self._piece())
            self._room -= self._n
            self._n = 0
