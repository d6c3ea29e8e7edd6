"""Delete and replace rows of an existing file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from fory_io.append import Appender

__all__ = ["delete", "update"]


def delete(
    path: str | os.PathLike[str],
    which: Any,
    *,
    storage_options: Mapping[str, Any] | None = None,
) -> int:
    """Delete rows of a file in one commit; their bytes stay until it is compacted.

    Readers that have the file open keep what they see, and `open` gives older commits
    with their rows. Positions count the rows that are left; `row_numbers` gives
    numbers that deletions do not change.

    Parameters
    ----------
    path : str or path-like
        The file, or a URL; see `Appender`.
    which : Rows, expression, callable, mask, positions, int or slice
        Rows selected from the file, opened before or now; a condition as `Rows.filter`
        takes it; or anything that indexes the file's rows as `open` shows them.
    storage_options : mapping, optional
        For remote file systems.

    Returns
    -------
    int
        How many rows were deleted; those deleted before do not count.

    Raises
    ------
    IndexError
        If a position is out of range.
    BlockingIOError
        If another process is writing to the file, or has changed it in a store.
    """
    with Appender(path, storage_options=storage_options) as writer:
        writer.delete(which)
        if not writer.rows_deleted:
            writer.abort()
        return writer.rows_deleted


def update(
    path: str | os.PathLike[str],
    which: Any,
    data: Any,
    *,
    storage_options: Mapping[str, Any] | None = None,
) -> int:
    """Delete rows and append others in one commit.

    Parameters
    ----------
    path : str or path-like
        The file, or a URL; see `Appender`.
    which : Rows, expression, callable, mask, positions, int or slice
        The rows that go; see `delete`.
    data : Rows, Arrow data, DataFrame or iterable of records
        The rows that come, at the end of the file; see `Writer.write`.
    storage_options : mapping, optional
        For remote file systems.

    Returns
    -------
    int
        How many rows were deleted.
    """
    with Appender(path, storage_options=storage_options) as writer:
        writer.delete(which)
        writer.write(data)
        return writer.rows_deleted
