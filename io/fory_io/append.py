"""Append rows to an existing file; readers keep the state that they opened."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fory_io.format import Layout
from fory_io.frames import FrameWriter, Mark, NOTHING, Past, continued_commit
from fory_io.reader import newest_plan, read_header
from fory_io.recovery import committed_end
from fory_io.snapshot import Snapshot, read_snapshot
from fory_io.storage import FileStorage, Storage
from fory_io.target import AppendTarget
from fory_io.writer import Writer

__all__ = ["Appender", "append", "locked"]


def append(
    rows: Any,
    path: str | os.PathLike[str],
    *,
    progress: bool | Callable[[int, int], object] = False,
) -> None:
    """Append rows to a file as one commit.

    Parameters
    ----------
    rows : Rows
        Rows of the file's schema.
    path : str or path-like
        A local file. Bytes of a commit that was never finished are cut off first.
    progress : bool or callable
        As in `write`.

    Raises
    ------
    EncodeError
        If the rows have another schema than the file.
    BlockingIOError
        If another process is appending.
    """
    with Appender(path) as writer:
        writer.write_with_progress(rows, progress)


@contextmanager
def locked(path: str) -> Iterator[int]:
    """Give a descriptor for writing while no other process has one.

    Raises
    ------
    BlockingIOError
        If another process holds the lock.
    """
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise BlockingIOError(
                e.errno, "another process is writing to the file", path
            ) from None
        yield fd
    finally:
        os.close(fd)
