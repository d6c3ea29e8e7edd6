"""Least and greatest values per chunk, and the chunks that a filter can skip."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fory_io._extremes import Extremes
from fory_io.embedded import embedded
from fory_io.format import FrameType
from fory_io.snapshot import read_frame
from fory_row._block import Block
from fory_row._plan import Plan
from fory_row.rows import Rows
from fory_row.schema import Schema

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.compute as pc

    from fory_io._source import FileSource

__all__ = [
    "Collector",
    "candidates",
    "chunk_statistics",
    "fragments_that_may",
    "known_of",
    "only_compares",
    "statistics_schema",
    "whole",
]

CUT = 16
"""Text and bytes are cut to this many bytes."""


def statistics_schema(schema: Schema) -> pa.Schema:
    """Return the fields of the statistics of a schema, one struct per ordered field.

    The struct of the field at position k is named by the number k and has ``min``,
    ``max``, ``nulls`` and ``nans``.
    """
    import pyarrow as pa

    arrow = schema.to_arrow()
    ordinals = Extremes(schema.plan()).ordinals
    return pa.schema([(str(k), _struct(_value_type(arrow[k]))) for k in ordinals])


def _value_type(field: pa.Field) -> pa.DataType:
    """Return the type of the stored extremes: one that every Arrow compares."""
    import pyarrow as pa

    if pa.types.is_large_string(field.type) or pa.types.is_string_view(field.type):
        return pa.string()
    if pa.types.is_large_binary(field.type) or pa.types.is_binary_view(field.type):
        return pa.binary()
    return field.type


def _struct(value: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    counts = [("nulls", pa.int64()), ("nans", pa.int64())]
    return pa.struct([("min", value), ("max", value), *counts])


class Collector:
    """Gathers the statistics of chunks as they are written."""

    def __init__(self, plan: Plan) -> None:
        self._schema = plan.schema
        self._extremes = Extremes(plan)
        self._chunks: list[Any] = []

    def add(self, block: Block) -> None:
        """Look at the rows of one chunk."""
        self._chunks.append(self._extremes.of(block))

    def rows(self) -> Rows | None:
        """Return one row per chunk, None when there is nothing to say."""
        import pyarrow as pa

        from fory_row.arrow import from_arrow

        schema = statistics_schema(self._schema)
        if not len(schema) or not self._chunks:
            return None
        columns = []
        for k, field in enumerate(schema):
            found = [chunk and chunk[k] for chunk in self._chunks]
            columns.append(_column(found, field.type))
        return from_arrow(pa.Table.from_arrays(columns, schema=schema))


def _column(found: list[Any], type_: pa.StructType) -> pa.Array:
    import pyarrow as pa

    value = type_.field("min").type
    known = [f or (None, None, None, None) for f in found]
    low, high, nulls, nans = map(list, zip(*known, strict=True))
    if pa.types.is_string(value) or pa.types.is_binary(value):
        low = [_cut_low(v, value) for v in low]
        high = [_cut_high(v, value) for v in high]
    arrays = [
        _values(low, value),
        _values(high, value),
        pa.array(nulls, pa.int64()),
        pa.array(nans, pa.int64()),
    ]
    return pa.StructArray.from_arrays(arrays, fields=list(type_))


def _values(values: list[Any], type_: pa.DataType) -> pa.Array:
    import pyarrow as pa

    if pa.types.is_temporal(type_):
        counts = pa.int32() if type_.bit_width == 32 else pa.int64()
        return pa.array(values, counts).view(type_)
    return pa.array(values, type_)


def _cut_low(value: bytes | None, type_: pa.DataType) -> Any:
    """Return a value that is not greater, in at most 16 bytes."""
    import pyarrow as pa

    if value is None:
        return value
    return _prefix(value) if pa.types.is_string(type_) else value[:CUT]


def _prefix(value: bytes) -> str | None:
    """Return at most 16 bytes of text, None for what is not UTF-8."""
    head = value[:CUT].decode("utf-8", "ignore")
    return head if value.startswith(head.encode()) else None


def _cut_high(value: bytes | None, type_: pa.DataType) -> Any:
    """Return a value that is not less, in about 16 bytes; None when there is none."""
    import pyarrow as pa

    if value is None:
        return value
    if not pa.types.is_string(type_):
        return value if len(value) <= CUT else _next_bytes(value[:CUT])
    head = _prefix(value)
    return head if head is None or len(value) <= CUT else _next_text(head)


def _next_bytes(head: bytes) -> bytes | None:
    head = head.rstrip(b"\xff")
    return head[:-1] + bytes([head[-1] + 1]) if head else None


def _next_text(head: str) -> str | None:
    head = head.rstrip("\U0010ffff")
    if not head:
        return None
    after = ord(head[-1]) + 1
    return head[:-1] + chr(0xE000 if after == 0xD800 else after)


# -- what a filter may skip ------------------------------------------------------


def chunk_statistics(source: FileSource, schema: Schema) -> pa.Table | None:
    """Return the statistics of all chunks, None when some have none; read once."""
    if source.statistics is None:
        source.statistics = _read(source, schema)
    return source.statistics or None


def _read(source: FileSource, schema: Schema) -> pa.Table | tuple[()]:
    import pyarrow as pa

    wanted = Schema.from_arrow(statistics_schema(schema))
    snapshot = source.snapshot
    entries = snapshot.all(FrameType.STATISTICS)
    if sum(e.rows for e in entries) != source.n_blocks or not entries:
        return ()
    parts = [
        embedded(
            read_frame(source.storage, e, snapshot.end), wanted, e.rows, "statistics"
        ).to_arrow()
        for e in entries
    ]
    return pa.concat_tables(parts).combine_chunks()


def candidates(table: pa.Table, schema: Schema, condition: pc.Expression) -> list[int]:
    """Return the numbers of the chunks that may have rows for which ``condition``
    is true.
    """
    known = known_of(table, schema, schema, str(condition))
    if not known:
        return list(range(len(table)))
    return fragments_that_may(known, schema, condition)


def known_of(
    table: pa.Table, stored: Schema, schema: Schema, text: str
) -> list[pc.Expression]:
    """Return what is true of all rows of each chunk for which a condition is true.

    Nothing is returned when the condition names no field that has statistics.

    Parameters
    ----------
    table : Table
        The statistics of the chunks.
    stored : Schema
        Their fields.
    schema : Schema
        What they are read as: fields are found by name, and may be wider.
    text : str
        The condition.
    """
    names, wanted = stored.names, schema.names
    named = [
        k
        for k in table.schema.names
        if names[int(k)] in text
        and names.count(names[int(k)]) == 1
        and wanted.count(names[int(k)]) == 1
    ]
    lines = _lines(table.select(named), stored, schema) if named else []
    return [_known(line, text) for line in lines]


def fragments_that_may(
    known: Sequence[pc.Expression], schema: Schema, condition: pc.Expression
) -> list[int]:
    """Return the numbers of the parts that may have rows meeting a condition.

    ``known`` says of each part what is true of all its rows.
    """
    import pyarrow.dataset as ds
    import pyarrow.fs as fs

    kinds = ds.ParquetFileFormat()  # no file is read: fragments carry what is known
    files = fs.LocalFileSystem()
    fragments = [
        kinds.make_fragment(str(i), files, partition_expression=expression)
        for i, expression in enumerate(known)
    ]
    parts = ds.FileSystemDataset(fragments, schema.to_arrow(), kinds, files)
    return [int(f.path) for f in parts.get_fragments(filter=condition)]


def _lines(table: pa.Table, stored: Schema, schema: Schema) -> Any:
    """Yield per chunk the name and the statistics of each field."""
    import pyarrow as pa

    arrow = schema.to_arrow()
    columns = []
    for k in table.schema.names:
        name = stored.names[int(k)]
        values = table[k].combine_chunks()
        parts = [values.field(part) for part in ("min", "max", "nulls", "nans")]
        try:
            parts[:2] = [p.cast(arrow.field(name).type) for p in parts[:2]]
        except pa.ArrowException:
            continue  # a type in which the values are not those that are stored
        columns.append((name, parts))
    for i in range(len(table)):
        yield [(name, [p[i] for p in parts]) for name, parts in columns]


def only_compares(text: str) -> bool:
    """Whether a condition is of comparisons alone.

    A null makes them null, and `filter` drops the row; other functions may make
    something else of a null.
    """
    return not set(re.findall(r"(\w+)\(", text)) - {"invert"}


def _known(line: list[Any], text: str) -> pc.Expression:
    """Return what is true of every row of a chunk for which a comparison is true."""
    import pyarrow.compute as pc

    compares_only = only_compares(text)
    known = pc.scalar(True)
    for name, (low, high, nulls, nans) in line:
        sure = low.is_valid and high.is_valid and nans.as_py() == 0
        if sure and (compares_only or nulls.as_py() == 0):
            known = known & (pc.field(name) >= low) & (pc.field(name) <= high)
    return known


def whole(table: pa.Table, n_rows: list[int]) -> pa.Table:
    """Return the statistics of all chunks together, as one line.

    ``n_rows`` are the rows of each chunk: without extremes, it has only nulls and NaNs
    or they are unknown.
    """
    import pyarrow as pa

    columns = []
    for name, type_ in zip(table.schema.names, table.schema.types, strict=True):
        values = table[name].combine_chunks()
        parts = [values.field(p) for p in ("min", "max", "nulls", "nans")]
        columns.append(pa.StructArray.from_arrays(_joined(parts, n_rows), type_.names))
    return pa.Table.from_arrays(columns, schema=table.schema)


def _joined(parts: list[pa.Array], n_rows: list[int]) -> list[pa.Array]:
    """Return least, greatest, nulls and NaNs of all; null for what is not known."""
    import pyarrow as pa
    import pyarrow.compute as pc

    low, high, nulls, nans = parts
    none = pc.equal(pc.add(nulls, nans), pa.array(n_rows, pa.int64()))
    bounded = pc.and_(low.is_valid(), high.is_valid())
    sure = pc.all(pc.or_kleene(bounded, none), skip_nulls=False).as_py()
    ends = [pc.min_max(low)["min"], pc.min_max(high)["max"]]
    if not sure:
        ends = [pa.scalar(None, low.type)] * 2
    counts = [pc.sum(n, skip_nulls=False, min_count=0) for n in (nulls, nans)]
    return [pa.repeat(v, 1) for v in (*ends, *counts)]
