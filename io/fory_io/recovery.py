"""Find the last whole commit of a file whose writer died."""

from __future__ import annotations

import warnings

from fory.error import ChecksumError, DecodeError, FormatVersionError
from fory_io.format import TRAILER_BYTES, TRAILER_MAGIC, Trailer
from fory_io.snapshot import check_directory, read_footer
from fory_io.storage import Storage

__all__ = [
    "UnfinishedCommitWarning",
    "committed_end",
    "last_commit_end",
    "unlost_end",
    "warn_if_unfinished",
]

_WINDOW = 1 << 20


class UnfinishedCommitWarning(UserWarning):
    """A file does not end with a whole commit; an older one was opened."""


def committed_end(storage: Storage) -> int:
    """Return where the newest whole commit ends.

    Raises
    ------
    DecodeError
        If there is no whole commit.
    """
    n = min(storage.size, TRAILER_BYTES)
    tail = storage.read(storage.size - n, n)
    try:
        return Trailer.from_bytes(tail, storage.size).end
    except FormatVersionError:
        raise
    except DecodeError:
        end = last_commit_end(storage)
        if end is None:
            raise
        return end


def unlost_end(storage: Storage) -> int:
    """Return where the newest whole commit ends, to those who drop what follows.

    Raises
    ------
    DecodeError
        If there is no whole commit, or if what follows was one and is damaged: a
        writer that died leaves no trailer.
    """
    end = committed_end(storage)
    if end != storage.size:
        n = min(TRAILER_BYTES, storage.size - end)
        tail = bytes(storage.read(storage.size - n, n))
        position = storage.size.to_bytes(8, "little")
        if tail.endswith(TRAILER_MAGIC) or tail[16:24] == position:
            raise ChecksumError(
                f"the newest commit of {storage.name} is damaged, and changing the "
                f"file would lose it; bring back an intact copy, or let `fory repair` "
                f"keep what is whole"
            )
    return end


def warn_if_unfinished(storage: Storage, end: int) -> None:
    """Tell the caller of `open` when bytes follow the newest whole commit."""
    if end != storage.size:
        warnings.warn(
            f"{storage.name} does not end with a whole commit: a writer is at work or "
            f"died, or the file was cut; opened as of byte {end} of {storage.size}. "
            f"`fory repair` mends it",
            UnfinishedCommitWarning,
            stacklevel=4,
        )


def last_commit_end(storage: Storage) -> int | None:
    """Return the end of the last whole commit, None when there is none.

    Looks backwards for the trailer's magic number; what carries it must also know its
    own position and have the right checksums, so rows that contain the magic number do
    not deceive.
    """
    overlap = len(TRAILER_MAGIC) - 1
    stop = storage.size
    while stop >= TRAILER_BYTES:
        start = max(0, stop - _WINDOW)
        window = bytes(storage.read(start, stop - start))
        at = window.rfind(TRAILER_MAGIC)
        while at >= 0:
            end = start + at + len(TRAILER_MAGIC)
            if _is_commit(storage, end):
                return end
            at = window.rfind(TRAILER_MAGIC, 0, at + overlap)
        # The magic number may lie across the border of two windows.
        stop = start + overlap if start else 0
    return None


def _is_commit(storage: Storage, end: int) -> bool:
    try:
        footer = read_footer(storage, end)
        check_directory(footer, footer.directory)
    except DecodeError:
        return False
    return True
