"""Append rows to an existing file; readers keep the state that they opened."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np

from fory_io.changing import Change, changing
from fory_io.chunker import Chunker
from fory_io.deletions import (
    chosen_rows,
    deleted_numbers,
    put_deletions,
    row_numbers,
)
from fory_io.format import ENTRY_BYTES, Codec, Entry, FrameType
from fory_io.frames import NOTHING, FrameWriter, Mark, Past, continued_commit
from fory_io.ingest import Ingest
from fory_io.keys import Indexer, stored_indexers
from fory_io.reader import Options, file_source, read_header, rows_of
from fory_io.recovery import unlost_end
from fory_io.snapshot import Snapshot, check_directory, read_frame, read_snapshot
from fory_io.storage import Storage
from fory_io.urls import path_of
from fory_io.writer import Writer
from fory_row._plan import Plan
from fory_row.progress import reporter

__all__ = ["Appender", "append", "past_of"]


def append(
    data: Any,
    path: str | os.PathLike[str],
    *,
    storage_options: Mapping[str, Any] | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> None:
    """Append rows to a file as one commit.

    Parameters
    ----------
    data : Rows, Arrow data, DataFrame or iterable of records
        Rows of the file's schema; see `Writer.write`.
    path : str or path-like
        The file, or a URL; see `Appender`. Bytes of a commit that was never finished
        are cut off first.
    storage_options : mapping, optional
        For remote file systems.
    progress : bool or callable
        As in `write`.

    Raises
    ------
    EncodeError
        If the rows have another schema than the file.
    BlockingIOError
        If another process is appending, or has changed a file in a store meanwhile.
    """
    total = len(data) if hasattr(data, "__len__") else 0
    writing = Appender(path, storage_options=storage_options)
    with writing as writer, reporter(progress, total) as report:
        writer.write(data, report)


class Appender(Writer):
    """Appends and deletes rows; `close` makes all changes one commit.

    Parameters
    ----------
    path : str or path-like
        A file of rows, or a URL.
    metadata : mapping of str, optional
        Facts that take the place of those in the file.
    storage_options : mapping, optional
        For remote file systems.

    Notes
    -----
    A local file grows at its end and is locked meanwhile. Files in stores cannot grow:
    `close` puts a new object in the place of the old one, whose bytes it begins with.
    S3 copies them itself, up to 5 GiB; otherwise they pass through this process, some
    megabytes at a time. Stores have no locks: if the object is not the one that was
    read, `close` raises `BlockingIOError` and changes nothing. S3 itself compares when
    it publishes; elsewhere what others publish between our last look and the change of
    the name is lost, so let one process write.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        metadata: Mapping[str, Any] | None = None,
        storage_options: Mapping[str, Any] | None = None,
    ) -> None:
        name = self._path = path_of(path)
        with ExitStack() as held:
            self._resume(held.enter_context(changing(name, storage_options)), metadata)
            self._held = held.pop_all()

    def _resume(self, change: Change, metadata: Mapping[str, Any] | None) -> None:
        """Take up the work where the last commit ended."""
        storage = change.storage
        header = read_header(storage)
        snapshot = read_snapshot(storage, unlost_end(storage))
        self._old = rows_of(storage, snapshot, Options(self._path, False, "lazy"))
        self._deleted = deleted_numbers(self._old.source)
        self._n_deleted = len(self._deleted)
        plan = self._old.plan
        ingest = Ingest(plan.schema, plan.layout, plan.dictionaries)
        past = past_of(storage, snapshot)
        self._prepare(ingest, metadata, _last_codec(past.directory))
        self._stored = plan.dictionaries
        self._target = change.appended(snapshot.end)
        self._frames = FrameWriter(self._target, header, past)
        try:
            if snapshot.n_chunks:
                self._started().resume(snapshot)
                self._started().compress_with(_trained(storage, snapshot))
        except BaseException:
            self._target.abort()
            raise

    def _indexers(self, plan: Plan, first_row: int) -> list[Indexer]:
        return stored_indexers(file_source(self._old), plan, first_row)

    @property
    def rows_deleted(self) -> int:
        """Number of rows that this commit deletes."""
        return len(self._deleted) - self._n_deleted

    def delete(self, which: Any) -> None:
        """Delete rows of the state that was opened.

        Parameters
        ----------
        which : Rows, expression, callable, mask, positions, int or slice
            See `delete`.

        Raises
        ------
        IndexError
            If a position is out of range.
        ValueError
            If these are rows of another file, or the writer is closed.
        """
        if self._target is None:
            raise ValueError("the writer is closed")
        numbers = row_numbers(chosen_rows(self._old, which))
        self._deleted = np.union1d(self._deleted, numbers)

    def _describe(self, frames: FrameWriter, chunks: Chunker) -> None:
        if self.rows_deleted:
            put_deletions(frames, self._deleted)
        for indexer in chunks.indexers:
            indexer.absorb(file_source(self._old))
        super()._describe(frames, chunks)

    def close(self) -> None:
        """Make what was written the newest commit."""
        with self._held:
            super().close()

    def abort(self) -> None:
        """Leave the file as it was."""
        with self._held:
            super().abort()


def past_of(storage: Storage, snapshot: Snapshot) -> Past:
    """Return what a commit behind this one has to know of it."""
    base = continued_commit(snapshot.commit + 1)
    mark = NOTHING
    if base:
        earlier = read_snapshot(storage, snapshot.end, base)
        mark = Mark(earlier.end, earlier.n_chunks, len(earlier.frames), earlier.n_rows)
    return Past(
        end=snapshot.end,
        commit=snapshot.commit,
        n_rows=snapshot.n_rows,
        rows_bytes=snapshot.rows_bytes,
        required=snapshot.head.required,
        directory=checked_directory(snapshot),
        frames=list(snapshot.frames),
        base=mark,
    )


def _trained(storage: Storage, snapshot: Snapshot) -> bytes | None:
    """Return the dictionary of compressed blocks."""
    entry = snapshot.newest(FrameType.TRAINED)
    return None if entry is None else read_frame(storage, entry, snapshot.end)


def _last_codec(directory: bytes) -> Codec:
    """Return how the newest chunk is compressed."""
    if not directory:
        return Codec.RAW
    return Codec(Entry.unpack(directory, len(directory) - ENTRY_BYTES).codec)


def checked_directory(snapshot: Snapshot) -> bytes:
    """Return the directory after comparing its checksums."""
    directory = bytes(snapshot.directory)
    if snapshot.page_sums is not None:
        check_directory(snapshot, directory)
    return directory
