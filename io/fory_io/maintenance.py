"""Look into files, check them whole, and mend what a dead writer left."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fory.error import ChecksumError, DecodeError
from fory_io._cache import Cache
from fory_io._chunk import LinearBlock, check_block, load_chunk
from fory_io._packed import PackedChunk
from fory_io._source import FileSource
from fory_io.append import checked_directory, past_of
from fory_io.changing import changing
from fory_io.deletions import deleted_numbers
from fory_io.format import (
    FRAME_HEADER_BYTES,
    Codec,
    Entry,
    Feature,
    FrameHeader,
    FrameType,
    Header,
    Trailer,
    frame_start,
    up8,
)
from fory_io.frames import FrameWriter, is_regular
from fory_io.keys import check_frame, key_names, order_names
from fory_io.opening import open_storage
from fory_io.reader import Options, file_source, plan_of, read_header, rows_of
from fory_io.recovery import committed_end, last_commit_end
from fory_io.snapshot import (
    Snapshot,
    check_directory,
    read_footer,
    read_snapshot,
)
from fory_io.storage import Storage, check_extent
from fory_io.urls import path_of
from fory_row._block import Block
from fory_row.progress import reporter

__all__ = ["Check", "Repair", "inspect", "repair", "verify"]


def inspect(
    path: str | os.PathLike[str],
    *,
    storage_options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return facts of a file as plain values: versions, counts, frames, schema.

    Reads the header, the footers and the schema, no rows.

    Raises
    ------
    DecodeError
        If the file is not one or is damaged.
    """
    storage = open_storage(path_of(path), False, storage_options)
    header = read_header(storage)
    end = committed_end(storage)
    snapshot = read_snapshot(storage, end)
    head = snapshot.head
    rows = rows_of(storage, snapshot, Options(storage.name, False, "lazy"))
    kinds = [FrameType(e.type).name.lower() for e in snapshot.frames if _known(e.type)]
    return {
        "path": storage.name,
        "version": f"{header.major}.{head.minor}",
        "writer": head.writer_name,
        "file_id": header.file_id.hex(),
        "commit": snapshot.commit,
        "created": head.created,
        "file_bytes": storage.size,
        "unfinished_bytes": storage.size - end,
        "rows": len(rows),
        "deleted_rows": snapshot.n_rows - len(rows),
        "rows_bytes": snapshot.rows_bytes,
        "chunks": snapshot.n_chunks,
        "rows_per_chunk": 1 << head.rows_shift,
        "regular": bool(head.regular),
        "layout": rows.plan.layout,
        "keys": key_names(file_source(rows), rows.plan) or [],
        "ordered": order_names(file_source(rows), rows.plan),
        "frames": {k: kinds.count(k) for k in sorted(set(kinds))},
        "fields": [str(f) for f in rows.schema.fields],
    }


def _known(kind: int) -> bool:
    return kind in FrameType._value2member_map_


@dataclass
class Check:
    """What `verify` found."""

    path: str
    rows: int = 0
    chunks: int = 0
    commits: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every byte that matters is as it was written."""
        return not self.problems

    def __bool__(self) -> bool:
        return self.ok


def verify(
    path: str | os.PathLike[str],
    *,
    storage_options: Mapping[str, Any] | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> Check:
    """Compare every checksum of a file, those of older commits included.

    Parameters
    ----------
    path : str or path-like
        The file, or a URL.
    storage_options : mapping, optional
        For remote file systems.
    progress : bool or callable
        As in `write`, counted in chunks.

    Returns
    -------
    Check
        The problems found; a damaged chunk does not stop the search for others.
    """
    check = Check(path_of(path))
    try:
        storage = open_storage(check.path, False, storage_options)
        read_header(storage)
        end = committed_end(storage)
        if end != storage.size:
            check.problems.append(
                f"{storage.size - end} bytes follow the last whole commit at {end}"
            )
        snapshot = read_snapshot(storage, end)
        check.commits = snapshot.commit
        ends = _check_commits(storage, snapshot, check)
        _check_frames(storage, snapshot, check)
        _check_headers(storage, snapshot, ends, check)
        _check_chunks(storage, snapshot, check, progress)
    except DecodeError as e:
        check.problems.append(str(e))
    return check


def _check_commits(storage: Storage, snapshot: Snapshot, check: Check) -> list[Trailer]:
    """Check the footers of all commits; return their trailers."""
    found, end = [], snapshot.end
    while end:
        footer = read_footer(storage, end)
        if footer.head.parent >= end:
            raise DecodeError(f"the commit at byte {end} names a later one as earlier")
        try:
            check_directory(footer, footer.directory)
        except ChecksumError as e:
            check.problems.append(str(e))
        found.append(footer.trailer)
        end = footer.head.parent
    return found


def _check_headers(
    storage: Storage, snapshot: Snapshot, ends: list[Trailer], check: Check
) -> None:
    """Compare what frames say of themselves, which repair needs, with the footer."""
    entries = list(snapshot.frames)
    with contextlib.suppress(ChecksumError):  # told before
        directory = checked_directory(snapshot)
        entries += [Entry(*e) for e in Entry.layout.iter_unpack(directory)]
    said = [(e.offset, e.type, e.codec, e.schema, e.rows, e.crc) for e in entries]
    said += [(t.footer_offset, FrameType.FOOTER, 0, 0, 0, t.footer_crc) for t in ends]
    short_id = int.from_bytes(snapshot.head.file_id[:4], "little")
    storage.fetch([(at - FRAME_HEADER_BYTES, at) for at, *_ in said])
    for at, *facts in said:
        start = at - FRAME_HEADER_BYTES
        try:
            raw = storage.read(start, FRAME_HEADER_BYTES)
            h = FrameHeader.from_bytes(raw, 0, start)
            if [h.type, h.codec, h.schema, h.rows, h.crc] != facts:
                raise DecodeError(f"the frame at byte {start} is not what is listed")
            if h.file_id != short_id:
                raise DecodeError(f"the frame at byte {start} is of another file")
        except DecodeError as e:
            check.problems.append(str(e))


def _check_frames(storage: Storage, snapshot: Snapshot, check: Check) -> None:
    for entry in snapshot.frames:
        try:
            check_frame(storage, entry, snapshot.end)
        except DecodeError as e:
            check.problems.append(str(e))
    rows = rows_of(storage, snapshot, Options(storage.name, False, "lazy"))
    deleted_numbers(rows.source)


def _check_chunks(
    storage: Storage,
    snapshot: Snapshot,
    check: Check,
    progress: bool | Callable[[int, int], object],
) -> None:
    source = FileSource(storage, snapshot, Options(storage.name, False, "lazy"))
    with reporter(progress, source.n_blocks, "chunk") as report:
        for k in range(source.n_blocks):
            try:
                check.rows += source.verify_block(k)
                check.chunks += 1
            except DecodeError as e:
                check.problems.append(str(e))
            if report is not None:
                report(k + 1)


@dataclass(frozen=True)
class Repair:
    """What `repair` did: bytes cut off, and rows of whole chunks brought back."""

    bytes_removed: int
    rows_recovered: int


def repair(
    path: str | os.PathLike[str],
    *,
    storage_options: Mapping[str, Any] | None = None,
) -> Repair:
    """Mend a file whose writer died: keep every commit and every whole chunk.

    Chunks that were written after the last commit and are intact become a commit of
    their own; the rest behind the last commit is cut off. Committed bytes are never
    changed. Of a commit whose footer is damaged the chunks are kept, but not what it
    deleted. Of a file in a store a new object takes the place, see `Appender`.

    Raises
    ------
    DecodeError
        If the file has no whole commit.
    BlockingIOError
        If another process is writing to it, or has changed it in a store.
    """
    name = path_of(path)
    with changing(name, storage_options) as change:
        storage = change.storage
        header = read_header(storage)
        newest = committed_end(storage)
        end = last_commit_end(storage) or newest  # whose footer is damaged, too
        snapshot = read_snapshot(storage, end)
        if end == storage.size:
            return Repair(0, 0)
        chunks = _whole_chunks(storage, header, snapshot)
        kept = chunks[-1].end if chunks else end
        target = change.appended(kept)
        try:
            if chunks:
                frames = FrameWriter(target, header, past_of(storage, snapshot))
                for chunk in chunks:
                    assert chunk.entry is not None
                    frames.adopt(chunk.entry, chunk.rows_bytes, chunk.end)
                    frames.required |= chunk.required
                shift = snapshot.head.rows_shift
                frames.commit(shift, is_regular(frames.directory, shift), 1)
            target.commit()
        except BaseException:
            target.abort()
            raise
        rows = sum(c.entry.rows for c in chunks if c.entry is not None)
        return Repair(storage.size - kept, rows)


@dataclass(frozen=True)
class _Frame:
    """An intact frame behind the last commit; without an entry if it is no chunk."""

    entry: Entry | None
    rows_bytes: int
    required: int
    end: int


def _whole_chunks(storage: Storage, header: Header, snapshot: Snapshot) -> list[_Frame]:
    """Return the intact chunks behind a commit; indexes between them are left out."""
    # Codes may point to dictionary values that were never written.
    if plan_of(storage, snapshot).dictionaries or not snapshot.n_chunks:
        return []
    source = FileSource(storage, snapshot, Options(storage.name, False, "lazy"))
    found: list[_Frame] = []
    first, position = snapshot.n_rows, snapshot.end
    while True:
        try:
            frame = _frame_at(source, header, frame_start(position), first)
        except DecodeError:
            return found
        if frame.entry is not None:
            found.append(frame)
            first += frame.entry.rows
        position = frame.end


def _frame_at(source: FileSource, header: Header, start: int, first: int) -> _Frame:
    """Return the frame at a byte; if it is a chunk, ``first`` is its first row."""
    storage = source.storage
    frame = FrameHeader.from_bytes(storage.read(start, FRAME_HEADER_BYTES), 0, start)
    offset, length = start + FRAME_HEADER_BYTES, up8(frame.length)
    if frame.file_id != header.short_id or frame.type not in _SKIPPED:
        raise DecodeError(f"no chunk of this file starts at byte {start}")
    check_extent(storage.name, storage.size, offset, length)
    if frame.type != FrameType.CHUNK:
        return _Frame(None, 0, 0, offset + length)
    entry = Entry(
        offset, first, length // 8, frame.rows, frame.crc, frame.schema, frame.codec,
        frame.type,
    )  # fmt: skip
    block, required = _block_of(source, entry)
    return _Frame(entry, block.nbytes, required, offset + length)


_SKIPPED = (FrameType.CHUNK, FrameType.KEY_INDEX, FrameType.ORDER)
"""What writers put behind a commit before they describe the next one."""


def _block_of(source: FileSource, entry: Entry) -> tuple[Block, int]:
    """Return the checked rows of a chunk, and the features that reading it takes."""
    storage, length = source.storage, 8 * entry.length
    if entry.codec == Codec.RAW:
        body = storage.read(entry.offset, length)
        block = load_chunk(body, entry.rows, entry.crc, "the chunk", entry.offset)
        check_block(block)
        return block, Feature.LINES if isinstance(block, LinearBlock) else 0
    trained = Feature.TRAINED if entry.codec == Codec.ZSTD_DICT else 0
    line = source.n_blocks, entry.offset, length, entry.crc, entry.codec
    unpack = source.unpack(entry.codec, source.n_blocks)
    chunk = PackedChunk(storage, line, entry.rows, Cache(0), unpack, True)
    block = chunk.whole()
    check_block(block)
    return block, Feature.COMPRESSION | trained
