"""Cut a stream of rows into chunks and append them to a file."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from fory._crc import checksum
from fory_io._chunk_builder import ChunkBuilder
from fory_io.codecs import BLOCK_BYTES, compress, compressor_of
from fory_io.format import (
    CHUNK_BYTES,
    MAX_ROWS_SHIFT,
    PACKED,
    PAGE_SHIFT,
    Codec,
    Feature,
    FrameType,
    up8,
)
from fory_io.frames import Body, FrameWriter
from fory_io.keys import Indexer
from fory_io.snapshot import Snapshot
from fory_io.statistics import Collector
from fory_io.trained import compressor, trained
from fory_row._plan import Plan
from fory_row.rows import Rows

__all__ = ["ROW_INDEXES", "Chunker", "checked_chunk_rows"]

ROW_INDEXES = ("auto", "plain", "linear")

_SAMPLE = 4096


def checked_chunk_rows(chunk_rows: int | None) -> int | None:
    """Return the rows per chunk that a caller asked for, if a file can have them.

    Raises
    ------
    TypeError, ValueError
        If it is no number of rows.
    """
    if chunk_rows is None:
        return None
    if isinstance(chunk_rows, bool):
        raise TypeError("chunk_rows is a number, not a bool")
    n = operator.index(chunk_rows)
    if not 1 <= n <= 1 << MAX_ROWS_SHIFT:
        raise ValueError(f"chunk_rows is 1 to {1 << MAX_ROWS_SHIFT:,}, not {n}")
    return n


class Chunker:
    """Gathers rows and appends them as chunks of about a mebibyte.

    Parameters
    ----------
    frames : FrameWriter
        Where the chunks go.
    codec : Codec
        How their blocks are compressed.
    plan : Plan
        The compiled schema.
    chunk_rows : int, optional
        At most so many rows in a chunk.
    row_index : {"auto", "plain", "linear"}
        How rows of a raw chunk are found, see `Writer`.
    """

    def __init__(
        self,
        frames: FrameWriter,
        codec: Codec,
        plan: Plan,
        chunk_rows: int | None = None,
        row_index: str = "auto",
    ) -> None:
        self._frames = frames
        self._codec = codec
        self._plan = plan
        self._fixed = plan.stride > 0
        self._builder: ChunkBuilder | None = None
        self.statistics = Collector(plan)
        self.indexers: list[Indexer] = []
        self._chunk_rows = chunk_rows
        self._row_index = row_index
        self._short = False
        self.shift = MAX_ROWS_SHIFT
        self.regular = True
        self.taken = 0
        self._compressor: Callable[[bytes], bytes] | None = None
        if codec is not Codec.RAW:
            frames.required |= Feature.COMPRESSION | Feature.PLANES
        if codec in (Codec.LZ4, Codec.ZSTD):
            self._compressor = compressor_of(codec)

    def resume(self, snapshot: Snapshot) -> None:
        """Go on behind the chunks of a commit, with as many rows per chunk."""
        head = snapshot.head
        self._build(head.rows_shift)
        self._short = snapshot.n_rows % (1 << head.rows_shift) != 0
        self.regular = bool(head.regular)

    def compress_with(self, dictionary: bytes | None) -> None:
        """Go on with the dictionary that a file has already."""
        if dictionary is not None and self._codec is Codec.ZSTD_DICT:
            self._compressor = compressor(dictionary)

    @property
    def n_rows(self) -> int:
        """Number of rows taken."""
        return self._frames.n_rows + (self._builder.n_rows if self._builder else 0)

    def add(self, rows: Rows, progress: Callable[[int], object] | None = None) -> None:
        """Take rows; full chunks are written."""
        if not len(rows):
            return
        builder = self._builder or self._sized(rows)
        at = 0
        while at < len(rows):
            at = builder.take(rows, at, len(rows))
            if builder.full:
                self.flush()
            if progress is not None:
                progress(self.taken + at)
        self.taken += len(rows)

    def _sized(self, rows: Rows) -> ChunkBuilder:
        """Choose the rows per chunk: those asked for, else about a mebibyte."""
        if self._chunk_rows is not None:
            return self._build(self._chunk_rows.bit_length() - 1)
        sample = rows[:_SAMPLE]
        per_row = max(1, sample.nbytes // len(sample))
        fitting = max(1, CHUNK_BYTES // per_row)
        return self._build(min(fitting.bit_length() - 1, MAX_ROWS_SHIFT))

    def _build(self, shift: int) -> ChunkBuilder:
        self.shift = shift
        self._builder = ChunkBuilder(1 << shift, 8 * CHUNK_BYTES, PAGE_SHIFT)
        return self._builder

    def flush(self) -> None:
        """Write what was taken since the last full chunk."""
        builder = self._builder
        if builder is None or not builder.n_rows:
            return
        # Only the last chunk may be short; another one makes row numbers a search.
        self.regular = self.regular and not self._short
        block = builder.block()
        self.statistics.add(block)
        for indexer in self.indexers:
            indexer.add(block, self._frames)
        self._short = builder.n_rows < builder.max_rows
        if self._codec is Codec.RAW:
            self._frames.chunk(self._raw_body(builder))
        else:
            body = self._packed_body(builder)
            self._frames.chunk(body, codec=self._codec)
        builder.reset()

    def _raw_body(self, builder: ChunkBuilder) -> Body:
        rows_bytes = builder.rows_bytes
        data, crc = builder.finish(self._fixed, self._row_index)
        if builder.linear:
            self._frames.required |= Feature.LINES
        return Body(data, builder.n_rows, rows_bytes, crc)

    def _packed_body(self, builder: ChunkBuilder) -> Body:
        body, table = bytearray(), bytearray()
        n_planes = builder.n_planes(self._plan)
        blocks = builder.split(BLOCK_BYTES[self._codec], self._fixed, n_planes)
        by = self._compressor or self._learned([planes for *_, planes in blocks])
        for first, rows_bytes, raw, planes in blocks:
            stored = compress(by, planes, raw)
            table += PACKED.pack(
                len(body) // 8, len(stored), len(raw), first, rows_bytes,
                checksum(stored),
            )  # fmt: skip
            body += stored
            body += bytes(up8(len(body)) - len(body))
        table += builder.packed_tail(len(table), self._fixed, n_planes)
        body += table
        return Body(body, builder.n_rows, builder.rows_bytes, checksum(table))

    def _learned(self, blocks: Sequence[Any]) -> Callable[[bytes], bytes]:
        """Return what compresses with a dictionary for blocks like these."""
        halves = [half for raw in blocks for half in _halves(raw)]
        dictionary = trained(halves)
        if dictionary is None:  # a small file
            self._codec = Codec.ZSTD
            self._compressor = compressor_of(Codec.ZSTD)
        else:
            self._frames.frame(FrameType.TRAINED, dictionary)
            self._frames.required |= Feature.TRAINED
            self._compressor = compressor(dictionary)
        return self._compressor


def _halves(raw: Any) -> tuple[bytes, bytes]:
    data = bytes(raw)
    return data[: len(data) // 2], data[len(data) // 2 :]
