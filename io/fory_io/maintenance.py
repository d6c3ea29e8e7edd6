"""Look into files, check them whole, and mend what a dead writer left."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fory.error import DecodeError
from fory_io._chunk import check_block, load_chunk
from fory_io._source import FileSource
from fory_io.append import locked, past_of
from fory_io.deletions import deleted_numbers
from fory_io.format import (
    FRAME_HEADER_BYTES,
    Entry,
    FrameHeader,
    FrameType,
    Header,
    frame_start,
    up8,
)
from fory_io.frames import FrameWriter, is_regular
from fory_io.keys import check_frame, key_names, order_names
from fory_io.reader import Options, file_source, plan_of, read_header, rows_of
from fory_io.recovery import committed_end
from fory_io.snapshot import Snapshot, read_footer, read_snapshot
from fory_io.storage import FileStorage, Storage, open_storage
from fory_io.target import AppendTarget
from fory_row.progress import reporter

__all__ = ["Check", "Repair", "inspect", "repair", "verify"]


def inspect(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return facts of a file as plain values: versions, counts, frames, schema.

    Reads the header, the footers and the schema, no rows.

    Raises
    ------
    DecodeError
        If the file is not one or is damaged.
    """
    storage = open_storage(os.fspath(path), False)
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


def verify(
    path: str | os.PathLike[str],
    *,
    progress: bool | Callable[[int, int], object] = False,
) -> Check:
    """Compare every checksum of a file, those of older commits included.

    Parameters
    ----------
    path : str or path-like
        The file.
    progress : bool or callable
        As in `write`, counted in chunks.

    Returns
    -------
    Check
        The problems found; a damaged chunk does not stop the search for others.
    """
    check = Check(os.fspath(path))
    try:
        storage = open_storage(check.path, False)
        read_header(storage)
        end = committed_end(storage)
        if end != storage.size:
            check.problems.append(
                f"{storage.size - end} bytes follow the last whole commit at {end}"
            )
        snapshot = read_snapshot(storage, end)
        check.commits = snapshot.commit
        _check_commits(storage, snapshot, check)
        _check_frames(storage, snapshot, check)
        _check_chunks(storage, snapshot, check, progress)
    except DecodeError as e:
        check.problems.append(str(e))
    return check


def _check_commits(storage: Storage, snapshot: Snapshot, check: Check) -> None:
    end = snapshot.head.parent
    while end:
        footer = read_footer(storage, end)
        if footer.head.parent >= end:
            raise DecodeError(f"the commit at byte {end} names a later one as earlier")
        end = footer.head.parent


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


def repair(path: str | os.PathLike[str]) -> Repair:
    """Mend a file whose writer died: keep every commit and every whole chunk.

    Chunks that were written after the last commit and are intact become a commit of
    their own; the rest behind the last commit is cut off. Committed bytes are never
    changed.

    Raises
    ------
    DecodeError
        If the file has no whole commit.
    BlockingIOError
        If another process is writing to it.
    """
    name = os.fspath(path)
    with locked(name) as fd:
        storage = FileStorage(name)
        header = read_header(storage)
        end = committed_end(storage)
        if end == storage.size:
            return Repair(0, 0)
        snapshot = read_snapshot(storage, end)
        chunks = _whole_chunks(storage, header, snapshot)
        kept = chunks[-1].end if chunks else end
        target = AppendTarget(name, fd, kept)
        if chunks:
            frames = FrameWriter(target, header, past_of(storage, snapshot))
            for chunk in chunks:
                frames.adopt(chunk.entry, chunk.rows_bytes, chunk.end)
            shift = snapshot.head.rows_shift
            frames.commit(shift, is_regular(frames.directory, shift), 1)
        target.commit()
        return Repair(storage.size - kept, sum(c.entry.rows for c in chunks))


@dataclass(frozen=True)
class _Chunk:
    entry: Entry
    rows_bytes: int
    end: int


def _whole_chunks(storage: Storage, header: Header, snapshot: Snapshot) -> list[_Chunk]:
    """Return the intact chunks that follow a commit without a gap."""
    # Codes may point to dictionary values that were never written.
    if plan_of(storage, snapshot).dictionaries or not snapshot.n_chunks:
        return []
    found: list[_Chunk] = []
    first, position = snapshot.n_rows, snapshot.end
    while True:
        try:
            chunk = _chunk_at(storage, header, frame_start(position), first)
        except DecodeError:
            return found
        found.append(chunk)
        first += chunk.entry.rows
        position = chunk.end


def _chunk_at(storage: Storage, header: Header, start: int, first: int) -> _Chunk:
    raw = storage.read(start, FRAME_HEADER_BYTES)
    frame = FrameHeader.from_bytes(raw, 0, start)
    if frame.type != FrameType.CHUNK or frame.file_id != header.short_id:
        raise DecodeError(f"no chunk of this file starts at byte {start}")
    offset, length = start + FRAME_HEADER_BYTES, up8(frame.length)
    body = storage.read(offset, length)
    block = load_chunk(body, frame.rows, frame.crc, "the chunk", offset)
    check_block(block)
    entry = Entry(
        offset, first, length // 8, frame.rows, frame.crc, frame.schema, frame.codec,
        frame.type,
    )  # fmt: skip
    return _Chunk(entry, block.nbytes, offset + length)
