"""Convert files of rows from and to the formats of tables."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from fory_io.batch_records import has_maps, records_of
from fory_io.dictionaries import dictionary_fields
from fory_io.json_text import json_text, record_text
from fory_io.reader import open as open_rows
from fory_io.text_blocks import read_csv, read_json
from fory_io.writer import Writer
from fory_row.arrow import rows_to_batches
from fory_row.progress import reporter
from fory_row.schema import Schema

__all__ = ["FORMATS", "convert", "format_of"]

FORMATS = {
    ".fory": "fory",
    ".manifest": "manifest",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".feather": "arrow",
    ".arrow": "arrow",
    ".ipc": "arrow",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".avro": "avro",
}
"""File name extensions and the formats that they mean."""

BATCH_ROWS = 1 << 16


def format_of(path: str) -> str:
    """Return the format that the name of a file means.

    Raises
    ------
    ValueError
        If the extension is not known.
    """
    extension = os.path.splitext(path)[1].lower()
    if extension not in FORMATS:
        raise ValueError(
            f"{path}: the extension {extension or '(none)'} is not known; use one of "
            f"{', '.join(FORMATS)}"
        )
    return FORMATS[extension]


def convert(
    source: str,
    target: str,
    *,
    columns: Sequence[str] | None = None,
    compression: str | None = None,
    keys: Sequence[str] | None = None,
    ordered: Sequence[str | Sequence[str]] | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> int:
    """Copy a table from one format to another, batch by batch.

    Parameters
    ----------
    source, target : str
        Files whose extensions name their formats; see `FORMATS`.
    columns : sequence of str, optional
        Fields to copy.
    compression : {None, "lz4", "zstd", "zstd-dict"}
        Of a target in the format ``fory``.
    keys : sequence of str, optional
        Fields of the key index of such a target.
    ordered : sequence of str or of sequences of str, optional
        Fields of its sorted indexes, see `write`.
    progress : bool or callable
        As in `write`.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    DecodeError, OSError, ValueError
        If the source cannot be read, or a field cannot be said in the target's format.
        Nothing is left under the target's name then.

    Notes
    -----
    In CSV an empty field and the usual words (NA, null, ...) are null unless they stand
    between quotes; text is always written between quotes.
    """
    if format_of(target) == "manifest":  # before anything is read
        raise ValueError(f"{target}: a manifest lists files; see `write_manifest`")
    schema, batches, total = _READERS[format_of(source)](source, columns)
    with reporter(progress, total) as report:
        counted = _Counted(batches, report)
        if format_of(target) == "fory":
            made = partial(Writer, compression=compression, keys=keys, ordered=ordered)
            _write_fory(made(target, Schema.from_arrow(schema)), counted)
        else:
            _WRITERS[format_of(target)](target, schema, counted)
    return counted.n_rows


class _Counted:
    """Batches that tell how many rows went through."""

    def __init__(
        self, batches: Iterator[Any], report: Callable[[int], object] | None
    ) -> None:
        self._batches = batches
        self._report = report
        self.n_rows = 0

    def __iter__(self) -> Iterator[Any]:
        for batch in self._batches:
            yield batch
            self.n_rows += batch.num_rows
            if self._report is not None:
                self._report(self.n_rows)


# -- reading: (schema, batches, rows in all or 0) ----------------------------------

Source = tuple[Any, Iterator[Any], int]


def _read_fory(path: str, columns: Sequence[str] | None) -> Source:
    rows = open_rows(path, columns=columns)
    parts = rows.to_batches(BATCH_ROWS)
    batches = (batch for part in parts for batch in rows_to_batches(part))
    return rows.schema.to_arrow(), batches, len(rows)


def _read_parquet(path: str, columns: Sequence[str] | None) -> Source:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    names = list(columns) if columns is not None else None
    schema = file.schema_arrow
    if names is not None:
        schema = _selected(schema, names)
    batches = file.iter_batches(BATCH_ROWS, columns=names)
    return schema, (_ordered(b, schema) for b in batches), file.metadata.num_rows


def _read_arrow(path: str, columns: Sequence[str] | None) -> Source:
    import pyarrow as pa

    mapped = pa.memory_map(path)
    try:
        file = pa.ipc.open_file(mapped)
    except pa.ArrowInvalid:  # others name streams so, which have no end to start from
        mapped.seek(0)
        batches = reader = pa.ipc.open_stream(mapped)
    else:
        reader = file
        batches = (file.get_batch(i) for i in range(file.num_record_batches))
    schema = _selected(reader.schema, columns)
    return schema, (_ordered(b, schema) for b in batches), 0


def _read_csv(path: str, columns: Sequence[str] | None) -> Source:
    found, batches = read_csv(path)
    schema = _selected(found, columns)
    return schema, (_ordered(b, schema) for b in batches), 0


def _read_jsonl(path: str, columns: Sequence[str] | None) -> Source:
    table = read_json(path)
    schema = _selected(table.schema, columns)
    batches = table.select(schema.names).to_batches(BATCH_ROWS)
    return schema, iter(batches), len(table)


def _read_avro(path: str, columns: Sequence[str] | None) -> Source:
    from fory_io import avro

    avro.fastavro()
    file = open(path, "rb")  # noqa: SIM115 - read until the last batch
    try:
        schema, batches = avro.read_batches(file, BATCH_ROWS)
        wanted = _selected(schema, columns)
    except BaseException:
        file.close()
        raise

    def until_end() -> Iterator[Any]:
        with file:
            yield from (_ordered(b, wanted) for b in batches)

    return wanted, until_end(), 0


def _selected(schema: Any, columns: Sequence[str] | None) -> Any:
    import pyarrow as pa

    if columns is None:
        return schema
    for name in columns:
        if schema.get_field_index(name) < 0:
            raise KeyError(f"no field {name!r}, or several")
    return pa.schema([schema.field(n) for n in columns], metadata=schema.metadata)


def _ordered(batch: Any, schema: Any) -> Any:
    if batch.schema.names == schema.names:
        return batch
    return batch.select(schema.names)


_READERS: dict[str, Callable[[str, Sequence[str] | None], Source]] = {
    "fory": _read_fory,
    "manifest": _read_fory,
    "parquet": _read_parquet,
    "arrow": _read_arrow,
    "csv": _read_csv,
    "jsonl": _read_jsonl,
    "avro": _read_avro,
}


# -- writing -----------------------------------------------------------------------


def _write_fory(writer: Writer, batches: _Counted) -> None:
    with writer:
        for batch in batches:
            writer.write(batch)


@contextlib.contextmanager
def _replaced(path: str) -> Iterator[str]:
    """Give a temporary name beside ``path`` that becomes ``path`` on success."""
    temporary = f"{path}.{secrets.token_hex(4)}.tmp"
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def _write_parquet(path: str, schema: Any, batches: _Counted) -> None:
    import pyarrow.parquet as pq

    with _replaced(path) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _write_arrow(path: str, schema: Any, batches: _Counted) -> None:
    import pyarrow as pa

    options = pa.ipc.IpcWriteOptions(unify_dictionaries=True)
    with (
        _replaced(path) as temporary,
        pa.ipc.new_file(temporary, schema, options=options) as writer,
    ):
        if any(dictionary_fields(Schema.from_arrow(schema).fields)):
            # The format has each dictionary once: all batches must be known first.
            writer.write_table(pa.Table.from_batches(batches, schema))
        else:
            for batch in batches:
                writer.write_batch(batch)


def _write_csv(path: str, schema: Any, batches: _Counted) -> None:
    import pyarrow as pa
    from pyarrow import csv

    plain = pa.schema([_csv_field(f) for f in schema])
    with _replaced(path) as temporary, csv.CSVWriter(temporary, plain) as writer:
        for batch in batches:
            columns = [_csv_column(c, f) for c, f in zip(batch, plain, strict=True)]
            writer.write_batch(pa.record_batch(columns, schema=plain))


def _csv_field(field: Any) -> Any:
    """Return the field as pyarrow writes it."""
    import pyarrow as pa

    if pa.types.is_nested(field.type):
        raise ValueError(
            f"{field.name}: CSV has no {field.type}; leave the field out with columns, "
            f"or write JSON lines"
        )
    others = (
        pa.string_view(),
        pa.uuid(),
        pa.binary(),
        pa.large_binary(),
        pa.binary_view(),
    )
    if field.type in others or pa.types.is_fixed_size_binary(field.type):
        return field.with_type(pa.string())
    return field


def _csv_column(column: Any, field: Any) -> Any:
    import pyarrow as pa

    if column.type == pa.uuid():
        texts = [None if u is None else str(u) for u in column.to_pylist()]
        return pa.array(texts, field.type)
    if pa.types.is_fixed_size_binary(column.type):
        column = column.cast(pa.binary())
    try:
        return column if column.type == field.type else column.cast(field.type)
    except pa.ArrowInvalid as e:
        raise ValueError(
            f"{field.name}: CSV holds text, and these bytes are no UTF-8; leave the "
            f"field out with columns, or write JSON lines"
        ) from e


def _write_jsonl(path: str, schema: Any, batches: _Counted) -> None:
    with _replaced(path) as temporary, open(temporary, "w", encoding="utf-8") as out:
        for batch in batches:
            for line in _lines(batch):
                out.write(line + "\n")


def _lines(batch: Any) -> Iterator[str]:
    text = json_text if has_maps(batch.schema) else record_text
    return map(text, records_of(batch, maps_as_pydicts="strict"))


def _write_avro(path: str, schema: Any, batches: _Counted) -> None:
    from fory_io import avro

    avro.fastavro()
    with _replaced(path) as temporary, open(temporary, "wb") as out:
        avro.write_batches(out, schema, batches)


_WRITERS: dict[str, Callable[[str, Any, _Counted], None]] = {
    "parquet": _write_parquet,
    "arrow": _write_arrow,
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "avro": _write_avro,
}
