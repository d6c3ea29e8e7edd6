"""The frame that says which rows of a file are deleted."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pyarrow.compute as pc

from fory_io._live import LiveSource
from fory_io.format import Feature, FrameType, up8
from fory_io.frames import FrameWriter
from fory_row._block import Source
from fory_row.rows import Rows

__all__ = [
    "chosen_rows",
    "deleted_numbers",
    "put_deletions",
    "row_numbers",
]

_HEAD = struct.Struct("<QII")
_LINE = struct.Struct("<IIQ")
_ENTRY = np.dtype([("offset", "<u8"), ("first", "<u8"), ("rest", "V16")])


def row_numbers(rows: Rows) -> np.ndarray:
    """Return the number that each row has in its file, as int64 (copy).

    Deleted rows keep their numbers, so those of the others never change; they count
    on through appends, and start anew when a file is compacted.

    Raises
    ------
    TypeError
        If the rows do not come from one file.
    """
    from fory_io.reader import file_source

    file_source(rows)
    places = np.asarray(rows._places(), dtype=np.int64)
    if isinstance(rows.source, LiveSource):
        return np.array(rows.source.row_numbers(places), dtype=np.int64)
    return places


def chosen_rows(rows: Rows, which: Any) -> Rows:
    """Return the rows that a caller names."""
    from fory_io.reader import file_source

    if isinstance(which, Rows):
        ours, theirs = file_source(rows).snapshot, file_source(which).snapshot
        same = ours.head.file_id == theirs.head.file_id and theirs.end <= ours.end
        if not same:
            raise ValueError(
                f"these are rows of {which.source.label}, not of {rows.source.label}, "
                f"or the file was compacted: open it again"
            )
        return which
    if isinstance(which, pc.Expression) or callable(which):
        return rows.filter(which)
    if isinstance(which, int | np.integer) and not isinstance(which, bool):
        which = [which]
    chosen = rows[which]
    if not isinstance(chosen, Rows) or chosen.plan is not rows.plan:  # field names
        raise TypeError(
            f"rows are named by Rows, an expression, a function, a mask or positions, "
            f"not {type(which).__name__}"
        )
    return chosen


def deleted_numbers(source: Source) -> np.ndarray:
    """Return the numbers of the rows of a file that are deleted, ascending."""
    if not isinstance(source, LiveSource):
        return np.empty(0, np.int64)
    parts = [
        source.inner.chunk_rows(chunk)[0] + np.array(places, dtype=np.int64)
        for chunk, places in source.numbers()
    ]
    return np.concatenate([np.empty(0, np.int64), *parts])


def put_deletions(frames: FrameWriter, numbers: np.ndarray) -> None:
    """Append the frame of all deleted rows of a file, ascending and different."""
    if len(numbers):
        directory = np.frombuffer(frames.directory, _ENTRY)
        body, n_lines = _body(numbers, directory["first"].astype(np.int64))
        frames.frame(FrameType.DELETIONS, body, rows=n_lines)
        frames.required |= Feature.DELETIONS


def _body(numbers: np.ndarray, first_rows: np.ndarray) -> tuple[bytes, int]:
    """Return the body of the frame, and the number of its lines."""
    chunks = np.searchsorted(first_rows, numbers, side="right") - 1
    places = (numbers - first_rows[chunks]).astype("<u2")
    listed, starts, counts = np.unique(chunks, return_index=True, return_counts=True)
    offset = _HEAD.size + len(listed) * _LINE.size
    lines, parts = [_HEAD.pack(len(numbers), len(listed), 0)], []
    for chunk, start, n in zip(listed, starts, counts, strict=True):
        part = places[start : start + n].tobytes()
        lines.append(_LINE.pack(chunk, n, offset))
        parts.append(part.ljust(up8(len(part)), b"\0"))
        offset += up8(len(part))
    return b"".join(lines + parts), len(listed)
