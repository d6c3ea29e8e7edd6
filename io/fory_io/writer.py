"""Write rows into a file as they come."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from fory_io._blobs import blobs_last as with_blobs_last
from fory_io.chunker import ROW_INDEXES, Chunker, checked_chunk_rows
from fory_io.codecs import codec_of
from fory_io.description import put_description
from fory_io.dictionaries import check_dictionaries
from fory_io.format import Codec, Feature, Header, Layout
from fory_io.frames import FrameWriter
from fory_io.ingest import Ingest
from fory_io.keys import Indexer, indexers_of
from fory_io.records import encode_metadata
from fory_io.target import Target, open_target
from fory_io.urls import path_of
from fory_row._block import MemorySource
from fory_row._plan import Plan
from fory_row.infer import schema_from
from fory_row.progress import reporter
from fory_row.rows import Rows
from fory_row.schema import Schema

__all__ = ["Writer", "write"]

_BATCH_ROWS = 1024
_LAYOUTS = {"standard": Layout.STANDARD, "compact": Layout.COMPACT}


def write(
    data: Any,
    path: str | os.PathLike[str],
    *,
    schema: Schema | Any = None,
    metadata: Mapping[str, Any] | None = None,
    compression: str | None = None,
    keys: str | Sequence[str] | None = None,
    ordered: str | Sequence[str | Sequence[str]] | None = None,
    chunk_rows: int | None = None,
    row_index: str = "auto",
    blobs_last: bool = False,
    layout: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> None:
    """Write rows into a new file; an old one under the name is replaced at the end.

    Parameters
    ----------
    data : Rows, Arrow data, DataFrame or iterable of records
        What to write; see `Writer.write`.
    path : str or path-like
        The file.
    schema : Schema, pyarrow.Schema or class, optional
        Of the rows; needed for mappings.
    metadata : mapping of str, optional
        Facts to keep with the file: anything a cross-language record can say.
    compression : {None, "lz4", "zstd", "zstd-dict"}
        How blocks of rows are compressed. None keeps rows readable where they lie;
        the last makes small blocks with a dictionary (package ``zstandard``).
    keys : sequence of str, optional
        Fields that together are the key by which `Rows.lookup` finds rows.
    ordered : sequence of str, or of sequences of str, optional
        Fields that get a sorted index each, by which `Rows.loc` finds ranges and
        `Rows.filter` what it can; several fields in a sequence get one together.
    chunk_rows : int, optional
        At most so many rows in a chunk; a power of two is kept to exactly. By default
        as many as fill about a mebibyte.
    row_index : {"auto", "plain", "linear"}
        How rows are found: by four bytes each, or by about one, which takes a second
        look. The smaller one is chosen where it saves a sixteenth of the file.
    blobs_last : bool
        Whether values of more than 512 bytes stand behind all others in their row:
        reading the others touches no page of theirs. The rows are the same otherwise,
        but not byte for byte those of other writers.
    layout : {"standard", "compact"}, optional
        How rows lie in the file. By default as `Rows` do already, others standard.
    storage_options : mapping, optional
        For remote file systems.
    progress : bool or callable
        True shows a bar (package ``tqdm``); a callable gets (rows done, rows in all).

    Raises
    ------
    EncodeError
        If something cannot be stored as it is. Whatever is raised, nothing is left
        under the name that was not there before.
    """
    total = len(data) if hasattr(data, "__len__") else 0
    writing = Writer(
        path,
        schema,
        metadata=metadata,
        compression=compression,
        keys=keys,
        ordered=ordered,
        chunk_rows=chunk_rows,
        row_index=row_index,
        blobs_last=blobs_last,
        layout=layout,
        storage_options=storage_options,
    )
    with (
        writing as writer,
        reporter(progress, total) as report,
    ):
        writer.write(data, report)


def _arranged(rows: Rows) -> Iterator[Rows]:
    """Yield the rows with their large values last."""
    for part in rows.to_batches(_BATCH_ROWS):
        yield Rows(part.plan, MemorySource([with_blobs_last(part)]))


class Writer:
    """Writes a file of rows as they come, in bounded memory.

    Parameters
    ----------
    path : str, path-like or URL
        The file; it appears under this name when the writer is closed.
    schema : Schema, pyarrow.Schema or class, optional
        Of the rows; by default that of the first rows written.
    metadata : mapping of str, optional
        Facts to keep with the file.
    compression : {None, "lz4", "zstd", "zstd-dict"}
        How blocks of rows are compressed.
    keys : sequence of str, optional
        Fields that together are the key by which `Rows.lookup` finds rows.
    ordered : sequence of str, or of sequences of str, optional
        Fields with sorted indexes, see `write`.
    chunk_rows : int, optional
        At most so many rows in a chunk, see `write`.
    row_index : {"auto", "plain", "linear"}
        How rows are found, see `write`.
    blobs_last : bool
        Whether large values stand last in a row, see `write`.
    layout : {"standard", "compact"}, optional
        How rows lie, see `write`.
    storage_options : mapping, optional
        For remote file systems.

    Notes
    -----
    A context manager: an exception inside it leaves no file.

    Examples
    --------
    >>> with fory_io.Writer("all.fory") as w:            # doctest: +SKIP
    ...     for batch in batches:
    ...         w.write(batch)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        schema: Schema | Any = None,
        *,
        metadata: Mapping[str, Any] | None = None,
        compression: str | None = None,
        keys: str | Sequence[str] | None = None,
        ordered: str | Sequence[str | Sequence[str]] | None = None,
        chunk_rows: int | None = None,
        row_index: str = "auto",
        blobs_last: bool = False,
        layout: str | None = None,
        storage_options: Mapping[str, Any] | None = None,
    ) -> None:
        codec = codec_of(compression)
        if row_index not in ROW_INDEXES:
            known = ", ".join(ROW_INDEXES)
            raise ValueError(f"row_index is one of {known}, not {row_index!r}")
        if layout is not None and layout not in _LAYOUTS:
            known = ", ".join(_LAYOUTS)
            raise ValueError(f"layout is one of {known}, not {layout!r}")
        wanted = None if schema is None else schema_from(schema)
        self._prepare(Ingest(wanted, layout), metadata, codec, chunk_rows)
        self._keys, self._ordered = keys, ordered
        self._row_index = row_index
        self._blobs_last = blobs_last
        self._path = path_of(path)
        self._target: Target | None = self._opened(storage_options)

    def _opened(self, options: Mapping[str, Any] | None) -> Target:
        """Return where the bytes go."""
        return open_target(self._path, options)

    def _prepare(
        self,
        ingest: Ingest,
        metadata: Mapping[str, Any] | None,
        codec: Codec,
        chunk_rows: int | None = None,
    ) -> None:
        self._ingest = ingest
        self._metadata = None if metadata is None else encode_metadata(metadata)
        self._codec = codec
        self._chunk_rows = checked_chunk_rows(chunk_rows)
        self._row_index = "auto"
        self._blobs_last = False
        self._target = None
        self._frames: FrameWriter | None = None
        self._chunks: Chunker | None = None
        self._stored: tuple[Any, ...] = ()  # dictionaries that are in the file already

    # -- what it tells ---------------------------------------------------------

    def __repr__(self) -> str:
        state = "closed" if self._target is None else f"{self.rows_written:,} rows"
        return f"{type(self).__name__}({self._path!r}, {state})"

    @property
    def schema(self) -> Schema | None:
        """The schema of the file, None until it is known."""
        return self._ingest.schema

    @property
    def rows_written(self) -> int:
        """Number of rows in the file so far."""
        return self._chunks.n_rows if self._chunks else 0

    # -- taking rows -----------------------------------------------------------

    def write(self, data: Any, progress: Callable[[int], object] | None = None) -> None:
        """Append rows.

        Parameters
        ----------
        data : Rows, Arrow data, DataFrame or iterable of records
            Anything with ``__arrow_c_stream__`` or ``__arrow_c_array__`` is taken
            batch by batch; a DataFrame as Arrow sees it (``df.fory.to_file`` keeps
            what only pandas knows). Records are mappings, if the writer was given a
            schema, or instances of one class that has annotations.
        progress : callable, optional
            Gets the number of rows taken by this writer.

        Raises
        ------
        EncodeError
            If the schema is not that of the file, or a value cannot be stored.
        ValueError
            If the writer is closed.
        """
        if self._target is None:
            raise ValueError("the writer is closed")
        for rows in self._ingest.rows(data):
            chunks = self._started()
            for part in _arranged(rows) if self._blobs_last else (rows,):
                chunks.add(part, progress)

    def keep_metadata(self, record: bytes | None) -> None:
        """Take the metadata of another file as they are."""
        self._metadata = record

    def _started(self) -> Chunker:
        """Return the chunks; the header is written before the first of them."""
        if self._chunks is None:
            assert self._ingest.schema is not None
            check_dictionaries(self._ingest.schema)
            if self._frames is None:
                self._frames = self._new_frames()
            plan = self._ingest.schema.plan(self._ingest.layout)
            self._chunks = Chunker(
                self._frames, self._codec, plan, self._chunk_rows, self._row_index
            )
            self._chunks.indexers = self._indexers(plan, self._frames.n_rows)
        return self._chunks

    def _indexers(self, plan: Plan, first_row: int) -> list[Indexer]:
        """Return what writes the indexes."""
        return indexers_of(plan, self._keys, self._ordered, first_row)

    def _new_frames(self) -> FrameWriter:
        assert self._target is not None
        packed = Feature.COMPRESSION | Feature.PLANES
        required = packed if self._codec is not Codec.RAW else 0
        layout = _LAYOUTS[self._ingest.layout]
        return FrameWriter(self._target, Header.new(layout, required))

    # -- ending ----------------------------------------------------------------

    def close(self) -> None:
        """Finish the file and give it its name.

        Raises
        ------
        ValueError
            If no rows and no schema were given.
        """
        if self._target is None:
            return
        try:
            if self.schema is None:
                raise ValueError("a file needs a schema: write rows, or pass schema=")
            chunks = self._started()
            chunks.flush()
            assert self._frames is not None
            self._describe(self._frames, chunks)
            self._frames.commit(chunks.shift, chunks.regular, 1)
            self._target.commit()
        except BaseException:
            self.abort()
            raise
        self._target = None

    def _describe(self, frames: FrameWriter, chunks: Chunker) -> None:
        """Append what opening the file needs beside its chunks."""
        assert self.schema is not None
        plan = Plan(self.schema, self._ingest.layout, self._ingest.values)
        for indexer in chunks.indexers:
            indexer.check(plan)
            indexer.put(frames)
        put_description(
            frames,
            self.schema,
            self._ingest.values,
            stored=self._stored,
            metadata=self._metadata,
            statistics=chunks.statistics.rows(),
        )

    def abort(self) -> None:
        """Leave no file; closing afterwards does nothing."""
        if self._target is not None:
            target, self._target = self._target, None
            target.abort()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()
