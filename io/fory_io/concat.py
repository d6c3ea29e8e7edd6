"""Join files by copying their chunks; no row is encoded again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from fory.error import EncodeError
from fory_io._source import FileSource
from fory_io.deletions import deleted_numbers, put_deletions
from fory_io.description import put_description
from fory_io.format import Codec, FrameType, Header, Layout
from fory_io.frames import Body, FrameWriter, is_regular
from fory_io.keys import Indexer, indexers_of, key_names, order_names
from fory_io.mismatch import plan_mismatch
from fory_io.reader import file_source, metadata_record
from fory_io.reader import open as open_rows
from fory_io.snapshot import read_frame
from fory_io.statistics import chunk_statistics
from fory_io.target import Target, open_target
from fory_io.urls import path_of
from fory_row.progress import reporter
from fory_row.rows import Rows
from fory_row.schema import Schema

__all__ = ["concat"]


def concat(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    storage_options: Mapping[str, Any] | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> None:
    """Write the rows of several files into a new one, in their order.

    Parameters
    ----------
    paths : sequence of str or path-like
        Files of one schema; one alone is copied. Where fields have dictionaries, each
        file's must begin with that of the file before, or be equal to it.
    out : str or path-like
        The new file. It has the metadata of the first.
    storage_options : mapping, optional
        For remote file systems.
    progress : bool or callable
        As in `write`, counted in chunks.

    Raises
    ------
    EncodeError
        If schemas, layouts or dictionaries differ.
    DecodeError
        If a file is damaged: every chunk is checked before it is copied.
    """
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    if not paths:
        raise ValueError("nothing to join: name at least one file")
    parts = [open_rows(p, mmap=False, storage_options=storage_options) for p in paths]
    sources = [file_source(p) for p in parts]
    values = _common(parts)
    target = open_target(path_of(out), storage_options)
    try:
        frames = _new_frames(target, sources)
        indexers = _indexers(parts)
        _put_trained(frames, sources)
        total = sum(s.n_blocks for s in sources)
        with reporter(progress, total, "chunk") as report:
            for source in sources:
                _copy(source, frames, indexers, report)
        for indexer in indexers:
            indexer.put(frames)
        _put_deletions(frames, parts)
        put_description(
            frames,
            parts[0].schema,
            values,
            metadata=metadata_record(sources[0]),
            statistics=_statistics(sources, parts[0].schema),
        )
        shift = sources[0].snapshot.head.rows_shift
        frames.commit(shift, is_regular(frames.directory, shift), 1)
        target.commit()
    except BaseException:
        target.abort()
        raise


def _put_trained(frames: FrameWriter, sources: list[FileSource]) -> None:
    """Copy the dictionaries of compressed blocks, equal ones once."""
    bodies = {
        bytes(read_frame(source.storage, entry, source.snapshot.end))
        for source in sources
        for entry in source.snapshot.all(FrameType.TRAINED)
    }
    for body in sorted(bodies):
        frames.frame(FrameType.TRAINED, body)


def _put_deletions(frames: FrameWriter, parts: list[Rows]) -> None:
    """Hide the rows that the parts hide."""
    deleted, first = [], 0
    for part in parts:
        deleted.append(first + deleted_numbers(part.source))
        first += file_source(part).n_rows
    put_deletions(frames, np.concatenate(deleted))


def _common(parts: list[Rows]) -> tuple[Any, ...]:
    """Return the dictionaries that serve all parts."""
    first = parts[0]
    values = tuple(first.plan.dictionaries)
    for part in parts[1:]:
        if part.schema != first.schema or part.plan.layout != first.plan.layout:
            raise EncodeError(
                f"{part.source.label} has another schema than {first.source.label}: "
                f"{plan_mismatch(part.plan, first.plan)}"
            )
        pairs = list(zip(values, part.plan.dictionaries, strict=True))
        if not all(_extends(a, b) or _extends(b, a) for a, b in pairs):
            raise EncodeError(
                f"{part.source.label} has other dictionaries than the files before; "
                f"write its rows with a Writer, which joins dictionaries"
            )
        values = tuple(max(pair, key=len) for pair in pairs)
    return values


def _extends(longer: Any, shorter: Any) -> bool:
    return bool(longer[: len(shorter)].equals(shorter))


def _new_frames(target: Target, sources: list[FileSource]) -> FrameWriter:
    required = 0
    for source in sources:
        required |= source.snapshot.head.required
    layout = Layout(sources[0].snapshot.head.row_layout)
    return FrameWriter(target, Header.new(layout, required))


def _indexers(parts: list[Rows]) -> list[Indexer]:
    """Return what writes the indexes that all parts have."""
    plan = parts[0].plan
    keys = [key_names(file_source(part), plan) for part in parts]
    ordered = [order_names(file_source(part), plan) for part in parts]
    common = [names for names in ordered[0] if all(names in o for o in ordered)]
    shared = keys[0] if all(k == keys[0] for k in keys) else None
    return indexers_of(plan, shared, common, 0)


def _copy(
    source: FileSource,
    frames: FrameWriter,
    indexers: list[Indexer],
    report: Callable[[int], object] | None,
) -> None:
    for k in range(source.n_blocks):
        source.verify_block(k)
        offset, length, crc, codec = source.checked_entry(k)
        data = source.storage.read(offset, length)
        rows, rows_bytes = source.chunk_size(k)
        for indexer in indexers:
            indexer.add(source.get_block(k), frames)
        frames.chunk(Body(data, rows, rows_bytes, crc), codec=Codec(codec))
        if report is not None:
            report(frames.n_chunks)


def _statistics(sources: list[FileSource], schema: Schema) -> Rows | None:
    """Return the statistics of all chunks, None when some have none."""
    import pyarrow as pa

    from fory_row.arrow import from_arrow

    tables = [chunk_statistics(s, schema) for s in sources]
    if any(t is None for t in tables):
        return None
    return from_arrow(pa.concat_tables(tables).combine_chunks())
