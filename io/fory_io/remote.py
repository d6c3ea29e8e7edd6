"""Files on any file system that fsspec knows, read in few and small requests."""

from __future__ import annotations

import bisect
import contextlib
import errno
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Options
from typing import Any

from fory.error import DecodeError, TruncatedError
from fory_io._map import Mapping
from fory_io.format import TRAILER_BYTES, Trailer
from fory_io.storage import check_extent
from fory_io.urls import file_system, public_name

__all__ = ["RemoteStorage", "last_bytes", "merged", "named"]

SUFFIX = 64 << 10
"""Bytes at the end that are fetched first: footer and schema of all but huge files."""

MAX_REQUEST = 8 << 20
SMALL_GAP = 2 << 10


class Segments:
    """Pieces of a file that were fetched; those fetched first make room.

    Threads share them. Looking takes no lock: what others put or drop meanwhile makes
    it miss a piece at worst.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._n_bytes = 0
        self._starts: list[int] = []
        self._pieces: dict[int, bytes] = {}
        self._order: list[int] = []
        self._lock, self._process = threading.Lock(), os.getpid()

    def get(self, start: int, stop: int) -> bytes | None:
        """Return the bytes from ``start`` to ``stop`` if one piece has them all."""
        at = bisect.bisect_right(self._starts, start) - 1
        try:
            first = self._starts[at]
            piece = self._pieces[first]
        except LookupError:
            return None
        if not first <= start <= stop <= first + len(piece):
            return None
        return piece[start - first : stop - first]

    def put(self, start: int, data: bytes) -> None:
        """Keep a piece; a longer one at the same place stays."""
        if os.getpid() != self._process:  # a thread may have held it when we forked
            self._lock, self._process = threading.Lock(), os.getpid()
        with self._lock:
            self._put(start, data)

    def _put(self, start: int, data: bytes) -> None:
        old = self._pieces.get(start)
        if old is not None and len(old) >= len(data):
            return
        self._n_bytes += len(data) - len(old or b"")
        self._pieces[start] = data
        if old is None:
            bisect.insort(self._starts, start)
            self._order.append(start)
        while self._n_bytes > self._budget and len(self._order) > 1:
            first = self._order.pop(0)
            self._starts.remove(first)
            self._n_bytes -= len(self._pieces.pop(first))


class RemoteStorage:
    """A file that is fetched in ranges.

    Parameters
    ----------
    path : str
        URL with a protocol that fsspec knows.
    options : mapping, optional
        For the file system.

    Notes
    -----
    Opening is one request, for the end of the file. Every byte that is fetched later
    is compared with checksums that were fetched before, so a file that was replaced
    meanwhile is noticed and never mixed with the old one.
    """

    home = "remote"
    mapping: Mapping | None = None
    cache_bytes = 64 << 20

    def __init__(self, path: str, options: Options[str, Any] | None = None) -> None:
        self.name = public_name(path)
        self._fs, self._path = file_system(path, options)
        self._segments = Segments(self.cache_bytes)
        self.n_requests = 0
        self.n_bytes = 0
        tail = self._suffix()
        self.size = self._size_by(tail)
        self._segments.put(self.size - len(tail), tail)

    def _suffix(self) -> bytes:
        self.n_requests += 1
        with named(self.name):
            data = last_bytes(self._fs, self._path, SUFFIX)
        self.n_bytes += len(data)
        if not data:
            raise TruncatedError(f"{self.name} is empty")
        return data

    def _size_by(self, tail: bytes) -> int:
        """Return the size as the trailer says it; only a cut file needs a request."""
        if len(tail) < SUFFIX:
            return len(tail)
        with contextlib.suppress(DecodeError):
            end = int.from_bytes(tail[-TRAILER_BYTES:][16:24], "little")
            return Trailer.from_bytes(tail, end).end
        self.n_requests += 1
        self._fs.invalidate_cache(self._path)  # a listing may be older than the file
        return int(self._fs.info(self._path)["size"])

    def read(self, offset: int, n_bytes: int) -> bytes:
        """Return the bytes, fetched unless they were before."""
        check_extent(self.name, self.size, offset, n_bytes)
        if n_bytes == 0:
            return b""
        found = self._segments.get(offset, offset + n_bytes)
        if found is not None:
            return found
        self.n_requests += 1
        data: bytes = self._fs.cat_file(self._path, start=offset, end=offset + n_bytes)
        return self._checked(data, offset, n_bytes)

    def cached(self, offset: int, n_bytes: int) -> bytes | None:
        """Return the bytes if they were fetched before."""
        return self._segments.get(offset, offset + n_bytes)

    def fetch(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Fetch pieces of the file in one round trip and keep them for `read`."""
        missing = [r for r in ranges if self._segments.get(*r) is None]
        wanted = merged(missing)
        if not wanted:
            return
        starts = [a for a, _ in wanted]
        stops = [b for _, b in wanted]
        self.n_requests += len(wanted)
        paths = [self._path] * len(wanted)
        parts = self._fs.cat_ranges(paths, starts, stops, on_error="raise")
        for start, stop, data in zip(starts, stops, parts, strict=True):
            self._segments.put(start, self._checked(data, start, stop - start))

    def _checked(self, data: bytes, offset: int, n_bytes: int) -> bytes:
        """Raise unless exactly the bytes came: some stores send all or too few."""
        self.n_bytes += len(data)
        if len(data) != n_bytes:
            raise TruncatedError(
                f"{self.name} gave {len(data)} bytes instead of {n_bytes} at byte "
                f"{offset}: it was cut or replaced; open it again"
            )
        return bytes(data)


@contextlib.contextmanager
def named(name: str) -> Iterator[None]:
    """Say which file is missing, as of local ones; file systems say it as they like."""
    try:
        yield
    except FileNotFoundError as e:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name) from e


def last_bytes(fs: Any, path: str, n_bytes: int) -> bytes:
    """Return the end of a file, in one request where the file system can."""
    try:
        data: bytes = fs.cat_file(path, start=-n_bytes)
    except (AttributeError, NotImplementedError):  # its files do not know their size
        size = int(fs.info(path)["size"])
        data = fs.cat_file(path, start=max(0, size - n_bytes), end=size)
    return data[-n_bytes:]


def merged(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sort ranges and join near ones, as long as little is fetched in vain.

    Gaps of up to 2 KiB cost less than a request; larger ones are closed, the smallest
    first, while all gaps together stay below a sixteenth of what is needed. No
    request has more than 8 MiB.
    """
    ordered: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if ordered and start <= ordered[-1][1]:
            ordered[-1] = ordered[-1][0], max(stop, ordered[-1][1])
        else:
            ordered.append((start, stop))
    spare = sum(b - a for a, b in ordered) // 16
    closed = set()
    gaps = [(ordered[i + 1][0] - ordered[i][1], i) for i in range(len(ordered) - 1)]
    for gap, i in sorted(gaps):
        spare -= gap
        if spare < 0 and gap > SMALL_GAP:
            break
        closed.add(i)
    return _joined(ordered, closed)


def _joined(
    ordered: Sequence[tuple[int, int]], closed: set[int]
) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for i, (start, stop) in enumerate(ordered):
        if out and i - 1 in closed and stop - out[-1][0] <= MAX_REQUEST:
            out[-1] = out[-1][0], stop
        else:
            out.append((start, stop))
    return out
