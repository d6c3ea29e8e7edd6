"""What many rows of a remote file need, fetched in at most two round trips."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from fory_io._fetch import description_bytes
from fory_io.format import PAGE_SHIFT, Feature, up8

if TYPE_CHECKING:
    from fory_io._source import FileSource

__all__ = ["fetch_rows"]

PAGE = 1 << PAGE_SHIFT
DENSE = 8
"""A chunk of which so many rows are wanted close together is worth fetching whole."""

SPREAD = 32
"""Rows are close together when one of so many between them is wanted."""

TRIP_BYTES = 4 << 20
"""So much is fetched in vain to save a round trip: what a line carries meanwhile."""


def fetch_rows(source: FileSource, positions: Iterable[int]) -> None:
    """Fetch the pages or blocks of some rows; the next reads cost no request.

    First the chunks' checksums with the parts of their row indexes, then the rows. What
    does not fit into half of the cache is left to the reads themselves.
    """
    wanted: dict[int, list[int]] = {}
    for position in sorted(set(map(int, positions))):
        k, row = source.chunk_of(position)
        wanted.setdefault(k, []).append(row)
    budget = source.storage.cache_bytes // 2
    whole = _whole(source, wanted)
    first = _within(
        budget, (r for k in wanted for r in _first(source, k, wanted[k], k in whole))
    )
    source.storage.fetch(first)
    if sum(b - a for a, b in first) < budget:
        second = (r for k in wanted for r in _second(source, k, wanted[k]))
        source.storage.fetch(_within(budget, second))


def _whole(source: FileSource, wanted: dict[int, list[int]]) -> set[int]:
    """Return the chunks to fetch whole, which saves the trip for what describes them.

    Those are chunks of near rows and, because a range goes on there, the ones beside.
    """
    dense = {
        k
        for k, rows in wanted.items()
        if len(rows) >= DENSE and rows[-1] - rows[0] < SPREAD * len(rows)
    }
    whole, spare = set(), TRIP_BYTES
    for k, rows in wanted.items():
        if not dense.isdisjoint((k - 1, k, k + 1)):
            n_rows, length = _rows_in(source, k), source.checked_entry(k)[1]
            spare -= length * (n_rows - len(rows)) // n_rows
            if spare < 0:
                break
            whole.add(k)
    return whole


def _within(budget: int, ranges: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for start, stop in ranges:
        budget -= stop - start
        if budget < 0:
            break
        out.append((start, stop))
    return out


def _first(
    source: FileSource, k: int, rows: list[int], whole: bool
) -> Iterator[tuple[int, int]]:
    """Yield what has to be known before the rows' places are, or the whole chunk."""
    offset, length, _, _ = source.checked_entry(k)
    end = offset + length
    if source.is_compressed(k):
        yield end - min(length, 8192), end
        return
    if whole:
        yield offset, end
        return
    known = description_bytes(length)
    if source.snapshot.head.required & Feature.LINES:
        known = min(length, known + _rows_in(source, k))  # a row takes about a byte
        yield end - known, end
        return
    yield end - known, end
    if not source.fixed and known < length:
        first, stop = source.chunk_rows(k)
        covered = covered_bytes(length)
        index = covered - up8(4 * (stop - first + 1))
        for row in rows:
            start, last = pages(index + 4 * row, index + 4 * row + 8, covered)
            yield offset + start, offset + last


def _rows_in(source: FileSource, k: int) -> int:
    first, stop = source.chunk_rows(k)
    return stop - first


def pages(start: int, stop: int, covered: int) -> tuple[int, int]:
    """Return the extent of the pages that hold the bytes from start to stop."""
    return max(start, 0) // PAGE * PAGE, min(-(-stop // PAGE) * PAGE, covered)


def covered_bytes(length: int) -> int:
    """Return the bytes under page checksums of a body with pages of 4 KiB."""
    room = length - 32
    n_pages = max(0, room // (PAGE + 4) - 1)
    while -(-(room - up8(4 * n_pages)) // PAGE) > n_pages:
        n_pages += 1
    return room - up8(4 * n_pages)


def _second(source: FileSource, k: int, rows: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the pages or blocks in which the rows lie."""
    if source.is_compressed(k):
        chunk = source.get_packed(k)
        for row in rows:
            yield chunk.extent(row)
        return
    offset = source.checked_entry(k)[0]
    block: Any = source.get_block(k)
    for row in rows:
        first, last = block.extent(row)
        start, stop = pages(first, last, block.covered)
        yield offset + start, offset + stop
