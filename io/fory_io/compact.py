"""Rewrite a file without what nobody reads any more."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fory_io.changing import Change, changing
from fory_io.codecs import name_of
from fory_io.format import Codec
from fory_io.keys import key_names, order_names
from fory_io.reader import file_source, metadata_record
from fory_io.reader import open as open_rows
from fory_io.recovery import unlost_end
from fory_io.target import Target
from fory_io.urls import path_of
from fory_io.writer import Writer
from fory_row.progress import reporter

__all__ = ["compact"]


class _Rewriter(Writer):
    """Writes the file that takes the place of another."""

    def __init__(
        self,
        change: Change,
        path: str,
        compression: str | None,
        keys: Sequence[str] | None,
        ordered: Sequence[Sequence[str]] | None,
    ) -> None:
        self._change = change
        super().__init__(path, compression=compression, keys=keys, ordered=ordered)

    def _opened(self, options: Mapping[str, Any] | None) -> Target:
        return self._change.replaced()


def compact(
    path: str | os.PathLike[str],
    *,
    storage_options: Mapping[str, Any] | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> None:
    """Rewrite a file as one commit: no deleted rows, no older commits, full chunks.

    The new file takes the place of the old one when it is complete and on the disk.
    Readers keep the old one as long as they have it open. Rows are numbered anew.

    Parameters
    ----------
    path : str or path-like
        The file, or a URL; of one in a store, see `Appender`.
    storage_options : mapping, optional
        For remote file systems.
    progress : bool or callable
        As in `write`.

    Raises
    ------
    DecodeError
        If the file is damaged; it stays as it is.
    BlockingIOError
        If another process is writing to it, or has changed it in a store.
    """
    name = path_of(path)
    with (
        changing(name, storage_options) as change,
        open_rows(name, storage_options=storage_options) as rows,
    ):
        unlost_end(change.storage)
        source = file_source(rows)
        n = source.n_blocks
        codec = source.checked_entry(n - 1)[3] if n else Codec.RAW
        keys = key_names(source, rows.plan)
        ordered = order_names(source, rows.plan)
        packing = name_of(codec)
        writer = _Rewriter(change, name, packing, keys, ordered)
        writer.keep_metadata(metadata_record(source))
        with writer, reporter(progress, len(rows)) as report:
            writer.write(rows, report)
