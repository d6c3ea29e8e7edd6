"""Write the frames of a commit one after another, and the footer that lists them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fory._crc import checksum
from fory_io._pages import page_sums
from fory_io.format import (
    ENTRY_BYTES,
    FOOTER_HEAD_BYTES,
    FRAME_MAGIC,
    MINOR,
    PAGE_SHIFT,
    WRITER,
    Entry,
    FooterHead,
    FrameHeader,
    FrameType,
    Header,
    Trailer,
    frame_start,
    up8,
)
from fory_io.target import Target

__all__ = ["Body", "FrameWriter", "Mark", "Past", "continued_commit", "is_regular"]


@dataclass(frozen=True, slots=True)
class Mark:
    """How much of the directory an earlier commit covers."""

    end: int
    n_chunks: int
    n_frames: int
    n_rows: int


NOTHING = Mark(0, 0, 0, 0)


@dataclass(slots=True)
class Past:
    """What earlier commits left: the start of an append, empty for a new file.

    ``base`` is the commit whose footer the next one continues.
    """

    end: int = 0
    commit: int = 0
    n_rows: int = 0
    rows_bytes: int = 0
    required: int = 0
    directory: bytes = b""
    frames: list[Entry] = field(default_factory=list)
    base: Mark = NOTHING


def continued_commit(number: int) -> int:
    """Return the commit whose footer that of commit ``number`` continues, or 0.

    Like a binary counter: each footer lists what came since the commit whose number
    lacks the lowest bit, so n commits cost O(n log n) bytes and a reader follows at
    most log2 n links.
    """
    return number & (number - 1)


def is_regular(directory: bytes | bytearray, shift: int) -> bool:
    """Tell whether every chunk but the last has ``1 << shift`` rows."""
    entries = Entry.layout.iter_unpack(directory)
    rows = [Entry(*e).rows for e in entries]
    return all(n == 1 << shift for n in rows[:-1]) and (
        not rows or 0 < rows[-1] <= 1 << shift
    )


class Body(NamedTuple):
    """A chunk ready to be written; ``crc`` is of what stands behind its rows."""

    data: Any
    rows: int
    rows_bytes: int
    crc: int


class FrameWriter:
    """Appends frames to a target and remembers where they lie.

    Parameters
    ----------
    target : Target
        Receives the bytes.
    header : Header
        Of the file; written first when ``past`` is empty.
    past : Past, optional
        What is in the file already.
    """

    def __init__(self, target: Target, header: Header, past: Past | None = None):
        self._target = target
        self.header = header
        self._past = past or Past()
        self.position = self._past.end
        self.directory = bytearray(self._past.directory)
        self.frames = list(self._past.frames)
        self.n_rows = self._past.n_rows
        self.rows_bytes = self._past.rows_bytes
        self.required = header.required | self._past.required
        self.continues = past is not None
        if not self.continues:
            self._put(header.to_bytes())

    def _put(self, *parts: Any) -> None:
        self._target.write(*parts)
        self.position += sum(len(p) for p in parts)

    @property
    def n_chunks(self) -> int:
        """Number of chunks so far, those of earlier commits included."""
        return len(self.directory) // ENTRY_BYTES

    def chunk(self, body: Body, *, schema: int = 0, codec: int = 0) -> None:
        """Append a chunk."""
        entry = self._frame(
            FrameType.CHUNK, body.data, body.rows, body.crc, schema, codec
        )
        self.directory += entry.pack()
        self.n_rows += body.rows
        self.rows_bytes += body.rows_bytes

    def adopt(self, entry: Entry, rows_bytes: int, end: int) -> None:
        """List a chunk that is in the file already and ends at byte ``end``."""
        self.directory += entry.pack()
        self.n_rows += entry.rows
        self.rows_bytes += rows_bytes
        self.position = end

    def frame(
        self,
        kind: FrameType,
        body: bytes,
        *,
        schema: int = 0,
        rows: int = 0,
        crc: int | None = None,
    ) -> Entry:
        """Append another frame and list it in the footer.

        ``crc`` is of what stands behind the words of a key index.
        """
        crc = checksum(body) if crc is None else crc
        entry = self._frame(kind, body, rows, crc, schema, 0)
        self.frames.append(entry)
        return entry

    def _frame(
        self, kind: int, body: Any, rows: int, crc: int, schema: int, codec: int
    ) -> Entry:
        start = frame_start(self.position)
        header = FrameHeader(
            FRAME_MAGIC, kind, codec, schema, len(body), rows, self.header.short_id, crc
        )
        padded = up8(len(body))
        pad = bytes(start - self.position), bytes(padded - len(body))
        self._put(pad[0], header.to_bytes(), body, pad[1])
        offset = self.position - padded
        first = self.n_rows if kind == FrameType.CHUNK else len(body)
        return Entry(offset, first, padded // 8, rows, crc, schema, codec, kind)

    def commit(self, rows_shift: int, regular: bool, n_schemas: int) -> Trailer:
        """Append footer and trailer; the target then holds a whole commit."""
        self._target.sync()
        number = self._past.commit + 1
        mark = self._past.base
        frames = b"".join(e.pack() for e in self.frames[mark.n_frames :])
        directory = bytes(self.directory[mark.n_chunks * ENTRY_BYTES :])
        sums = page_sums(directory, PAGE_SHIFT)
        head = FooterHead(
            head_bytes=FOOTER_HEAD_BYTES,
            n_frames=len(frames) // ENTRY_BYTES,
            core_bytes=FOOTER_HEAD_BYTES + len(frames) + len(sums),
            n_rows=self.n_rows,
            rows_bytes=self.rows_bytes,
            n_chunks=len(directory) // ENTRY_BYTES,
            first_chunk=mark.n_chunks,
            first_row=mark.n_rows,
            previous=mark.end,
            parent=self._past.end,
            created=time.time_ns() // 1_000_000,
            required=self.required,
            optional=0,
            minor=MINOR,
            row_layout=self.header.row_layout,
            rows_shift=rows_shift,
            page_shift=PAGE_SHIFT,
            regular=regular,
            n_schemas=n_schemas,
            file_id=self.header.file_id,
            writer=WRITER,
        )
        return self._end(number, [head.pack(), frames, sums, directory])

    def _end(self, number: int, parts: Sequence[bytes]) -> Trailer:
        body = b"".join(parts)
        crc = checksum(b"".join(parts[:3]))
        entry = self._frame(FrameType.FOOTER, body, 0, crc, 0, 0)
        end = self.position + len(Trailer(0, 0, 0, 0, 0).to_bytes())
        trailer = Trailer(entry.offset, len(body), end, number, crc)
        self._put(trailer.to_bytes())
        return trailer
