"""Write rows into a file, chunk by chunk."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from fory.error import EncodeError
from fory_io._chunk import ChunkBuilder
from fory_io.dictionaries import dictionary_body, dictionary_fields
from fory_io.format import (
    CHUNK_BYTES,
    MAX_ROWS_SHIFT,
    PAGE_SHIFT,
    FrameType,
    Header,
    Layout,
)
from fory_io.frames import Body, FrameWriter
from fory_io.records import encode_metadata, encode_schema
from fory_io.target import LocalTarget, Target
from fory_row.progress import reporter
from fory_row.rows import Rows
from fory_row.schema import Schema

__all__ = ["Writer", "write"]

_LAYOUTS = {"standard": Layout.STANDARD, "compact": Layout.COMPACT}
_SAMPLE = 4096


def write(
    rows: Any,
    path: str | os.PathLike[str],
    *,
    metadata: Mapping[str, Any] | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> None:
    """Write rows into a new file; an old one under the name is replaced at the end.

    Parameters
    ----------
    rows : Rows
        What to write.
    path : str or path-like
        The file.
    metadata : mapping of str, optional
        Facts to keep with the file: anything a cross-language record can say.
    progress : bool or callable
        True shows a bar (package ``tqdm``); a callable gets (rows done, rows in all).

    Raises
    ------
    EncodeError
        If something cannot be stored as it is. Whatever is raised, nothing is left
        under the name that was not there before.
    """
    with (
        Writer(path, metadata=metadata) as writer,
        reporter(progress, len(rows)) as report,
    ):
        writer.write(rows, report)


class Writer:
    """Writes a file of rows as they come, in bounded memory.

    Parameters
    ----------
    path : str or path-like
        The file; it appears under this name when the writer is closed.
    schema : Schema, optional
        Of the rows; by default that of the first rows written.
    metadata : mapping of str, optional
        Facts to keep with the file.

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
        schema: Schema | None = None,
        *,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self._reset(metadata)
        if schema is not None:
            self._begin(schema, "standard", ())
        self._target = LocalTarget(os.fspath(path))

    def _reset(self, metadata: Mapping[str, Any] | None) -> None:
        self._metadata = encode_metadata(metadata) if metadata else None
        self._target: Target | None = None
        self._schema: Schema | None = None
        self._dictionaries: list[Any] = []
        self._stored: tuple[Any, ...] = ()  # dictionaries that are in the file already
        self._builder: ChunkBuilder | None = None
        self._frames: FrameWriter | None = None
        self._shift = MAX_ROWS_SHIFT
        self._fixed = False
        self._short = False
        self._irregular = False

    # -- what it tells ---------------------------------------------------------

    @property
    def schema(self) -> Schema | None:
        """The schema of the file, None until it is known."""
        return self._schema

    @property
    def rows_written(self) -> int:
        """Number of rows taken so far."""
        done = self._frames.n_rows if self._frames else 0
        return done + (self._builder.n_rows if self._builder else 0)

    # -- taking rows -----------------------------------------------------------

    def write(
        self, rows: Rows, progress: Callable[[int], object] | None = None
    ) -> None:
        """Append rows.

        Raises
        ------
        EncodeError
            If their schema is not that of the file.
        ValueError
            If the writer is closed.
        """
        if self._target is None:
            raise ValueError("the writer is closed")
        if self._schema is None:
            plan = rows.plan
            self._begin(plan.schema, plan.layout, plan.dictionaries)
        self._check(rows)
        if self._builder is None and len(rows):
            self._size_chunks(rows)
        at = 0
        while at < len(rows):
            at = self._builder.take(rows, at, len(rows))
            if self._builder.full:
                self._flush()
            if progress is not None:
                progress(at)

    def _begin(self, schema: Schema, layout: str, dictionaries: Any) -> None:
        self._record = encode_schema(schema)
        self._schema = schema
        self._layout = layout
        self._dictionaries = list(dictionaries)
        self._fixed = schema.plan(layout).stride > 0

    def _started(self) -> FrameWriter:
        """Return the frames; the header is written before the first of them."""
        if self._frames is None:
            assert self._target is not None
            header = Header.new(_LAYOUTS[self._layout])
            self._frames = FrameWriter(self._target, header)
        return self._frames

    def _check(self, rows: Rows) -> None:
        if rows.plan.base is not None:
            raise EncodeError(
                "these rows show some fields of longer rows; copy them first: "
                "fory_row.from_arrow(rows.to_arrow())"
            )
        if rows.schema != self._schema:
            raise EncodeError(
                f"the rows have another schema than the file: {rows.schema!r} "
                f"instead of {self._schema!r}"
            )
        for mine, theirs in zip(
            self._dictionaries, rows.plan.dictionaries, strict=True
        ):
            if mine is not theirs and not mine.equals(theirs):
                raise EncodeError(
                    "the rows have other dictionaries than the file; join the tables "
                    "with pyarrow.Table.unify_dictionaries() first"
                )

    def _size_chunks(self, rows: Rows) -> None:
        """Choose the rows per chunk so that a chunk has about a mebibyte."""
        sample = rows[:_SAMPLE]
        per_row = max(1, sample.nbytes // len(sample))
        self._build(min((CHUNK_BYTES // per_row or 1).bit_length() - 1, MAX_ROWS_SHIFT))

    def _build(self, shift: int) -> None:
        self._shift = shift
        self._builder = ChunkBuilder(1 << shift, 8 * CHUNK_BYTES, PAGE_SHIFT)

    def _flush(self) -> None:
        builder = self._builder
        if builder is None or not builder.n_rows:
            return
        # Only the last chunk may be short; another one makes row numbers a search.
        self._irregular |= self._short
        self._short = builder.n_rows < builder.max_rows
        rows_bytes = builder.rows_bytes
        body, crc = builder.finish(self._fixed)
        self._started().chunk(Body(body, builder.n_rows, rows_bytes, crc))
        builder.reset()

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
        if self._schema is None:
            self.abort()
            raise ValueError("a file needs a schema: write rows, or pass schema=")
        try:
            self._flush()
            frames = self._started()
            self._put_metadata(frames, self._schema)
            frames.commit(self._shift, not self._irregular, 1)
            self._target.commit()
        except BaseException:
            self.abort()
            raise
        self._target = None

    def _put_metadata(self, frames: FrameWriter, schema: Schema) -> None:
        """Append what opening needs, close to the end of the file."""
        fields = dictionary_fields(schema.fields)
        for k, (values, f) in enumerate(zip(self._dictionaries, fields, strict=False)):
            if k >= len(self._stored) or values is not self._stored[k]:
                body, n_values = dictionary_body(values, f)
                frames.frame(FrameType.DICTIONARY, body, schema=k, rows=n_values)
        if self._metadata is not None:
            frames.frame(FrameType.METADATA, self._metadata)
        if not frames.continues:
            frames.frame(FrameType.SCHEMA, self._record)

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
