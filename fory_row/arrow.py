"""Rows and Arrow: data in both directions (row_format 1 to 4)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
import pyarrow as pa

from fory.error import EncodeError
from fory_row._block import MemorySource
from fory_row._from_arrow import encode
from fory_row._leaves import Leaves
from fory_row._plan import Plan
from fory_row._to_arrow import read_chunk
from fory_row.arrow_dictionaries import Dictionaries
from fory_row.arrow_schema import (
    Exported,
    check_names,
    has_named_maps,
    schema_from_arrow,
)
from fory_row.infer import schema_from
from fory_row.rows import Rows
from fory_row.run_ends import has_run_ends, without_run_ends
from fory_row.schema import Schema
from fory_row.types import Field

__all__ = [
    "Dictionaries",
    "from_arrow",
    "leaves_to_array",
    "reader_of",
    "rows_from_reader",
    "rows_to_batches",
    "rows_to_reader",
    "rows_to_table",
    "value_rows",
]

BLOCK_ROWS = 1 << 16
"""Rows of one block; larger batches are cut."""

NO_DICTIONARIES = Dictionaries(pa.schema([]))

N_RECENT = 8
"""Arrow schemas that are remembered."""


def schema_from_data(x: Any) -> Schema:
    """Return the schema of a table, a batch or a stream, of which nothing is read."""
    own = getattr(x, "schema", None)
    return schema_from_arrow(own if isinstance(own, pa.Schema) else reader_of(x).schema)


@dataclass(frozen=True, slots=True)
class _Incoming:
    """What is said once about all batches of a schema."""

    arrow: pa.Schema
    schema: Schema
    run_ends: bool
    dictionaries: bool


_recent: tuple[_Incoming, ...] = ()


def _incoming(arrow: pa.Schema) -> _Incoming:
    """Return what there is to know of a schema; the last few are remembered.

    So that many small batches of one schema share its plan.
    """
    global _recent
    for known in _recent:
        if known.arrow.equals(arrow, check_metadata=True):
            return known
    schema = schema_from_arrow(arrow)  # first: it refuses types that are too deep
    run_ends = any(has_run_ends(f.type) for f in arrow)
    made = _Incoming(arrow, schema, run_ends, len(Dictionaries(arrow)) > 0)
    _recent = (made, *_recent[: N_RECENT - 1])
    return made


# -- Arrow to rows ---------------------------------------------------------------


def from_arrow(
    x: Any,
    *,
    schema: Schema | None = None,
    threads: int = 1,
    dictionaries: Dictionaries | None = None,
    layout: str = "standard",
) -> Rows:
    """Write a table as rows.

    Parameters
    ----------
    x : object with ``__arrow_c_stream__`` or ``__arrow_c_array__``
        Table, RecordBatch or RecordBatchReader of pyarrow, DataFrame of polars or
        pandas, relation of duckdb.
    schema : Schema or pyarrow.Schema, optional
        Fields and types to have, found by name; what cannot be cast without loss is
        refused.
    threads : int
        How many threads write blocks of 65,536 rows.
    dictionaries : Dictionaries, optional
        Values that rows written before have; their codes stay valid, new values are
        added behind.
    layout : {"standard", "compact"}
        How rows lie; compact ones are smaller.

    Returns
    -------
    Rows
        A copy in memory.

    Raises
    ------
    EncodeError
        If a column has a type that rows cannot hold, or a field that is not nullable
        holds a null; the message names the field and the row.
    """
    reader = reader_of(x)
    if schema is not None:
        reader = _cast(reader, schema_from(schema).to_arrow())
    known = _incoming(reader.schema)
    plan = known.schema.plan(layout)
    values = dictionaries
    if values is None:
        values = Dictionaries(reader.schema) if known.dictionaries else NO_DICTIONARIES
    tasks = _tasks(reader, plan, known.run_ends, values)
    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            blocks = list(pool.map(lambda task: encode(*task), tasks))
    else:
        blocks = [encode(*task) for task in tasks]
    if values:
        plan = Plan(plan.schema, plan.layout, list(values))
    return Rows(plan, MemorySource([b for made in blocks for b in made]))


def value_rows(values: pa.Array, field: Field) -> Rows:
    """Return the values of a dictionary field as rows of one field (copy)."""
    schema = Schema(field.type.children)
    return from_arrow(pa.table({schema.names[0]: values}), schema=schema)


def reader_of(x: Any) -> pa.RecordBatchReader:
    """Return the batches of anything that exports Arrow, one at least for a table."""
    if isinstance(x, pa.Table | pa.RecordBatch | pa.RecordBatchReader):
        check_names(x.schema)
    if isinstance(x, pa.Table) and not x.num_rows:
        # A stream leaves out batches without rows, and their dictionaries.
        empty = [
            c.chunk(0) if c.num_chunks else pa.array([], c.type) for c in x.columns
        ]
        batch = pa.record_batch(empty, schema=x.schema)
        return pa.RecordBatchReader.from_batches(x.schema, [batch])
    if isinstance(x, pa.RecordBatchReader):
        return x
    if isinstance(x, pa.Table):
        return x.to_reader()
    if isinstance(x, pa.RecordBatch):
        return pa.RecordBatchReader.from_batches(x.schema, [x])
    try:
        if hasattr(x, "__arrow_c_stream__"):
            return pa.RecordBatchReader.from_stream(x)
        if hasattr(x, "__arrow_c_array__"):
            batch = pa.record_batch(x)
            return pa.RecordBatchReader.from_batches(batch.schema, [batch])
    except pa.ArrowInvalid as error:
        raise EncodeError(
            f"{type(x).__name__} is no table ({error}); give its values a name: "
            "pa.table({'x': values})"
        ) from error
    raise TypeError(
        f"{type(x).__name__} has neither __arrow_c_stream__ nor __arrow_c_array__; "
        "pass an Arrow table or a DataFrame of a library that exports Arrow"
    )


def _cast(reader: pa.RecordBatchReader, target: pa.Schema) -> pa.RecordBatchReader:
    """Return the batches with the fields of ``target``, found by name."""
    missing = [n for n in target.names if reader.schema.get_field_index(n) < 0]
    if missing:
        raise EncodeError(
            f"the schema has the field {missing[0]!r}, of which the data have none or "
            "several"
        )

    run_ends = any(has_run_ends(f.type) for f in reader.schema)

    def cast() -> Iterator[pa.RecordBatch]:
        for batch in map(without_run_ends, reader) if run_ends else reader:
            yield pa.record_batch(
                [_cast_column(batch.column(f.name), f) for f in target], schema=target
            )

    return pa.RecordBatchReader.from_batches(target, cast())


def _cast_column(column: pa.Array, field: pa.Field) -> pa.Array:
    try:
        return column if column.type == field.type else column.cast(field.type)
    except pa.ArrowException as error:
        raise EncodeError(
            f"field {field.name!r} cannot be {field.type}: {error}"
        ) from error


def rows_from_reader(
    reader: pa.RecordBatchReader,
    *,
    schema: Schema,
    dictionaries: Dictionaries,
    layout: str,
    part_rows: int,
) -> Iterator[Rows]:
    """Yield batches as rows, part by part: what `from_arrow` does in one piece.

    Parameters
    ----------
    reader : pyarrow.RecordBatchReader
        What `reader_of` returns.
    schema, dictionaries, layout
        As for `from_arrow`; the dictionaries grow as parts are taken.
    part_rows : int
        At most so many rows in a part.
    """
    target = schema.to_arrow()
    if not target.equals(reader.schema, check_metadata=True):
        reader = _cast(reader, target)
    known = _incoming(reader.schema)
    plan = known.schema.plan(layout)
    held: list[pa.Array] = []
    for task in _tasks(reader, plan, known.run_ends, dictionaries, part_rows):
        values = list(dictionaries)
        if any(a is not b for a, b in zip_longest(values, held)):
            plan, held = Plan(plan.schema, plan.layout, values), values
        yield Rows(plan, MemorySource(encode(*task)))


def _tasks(
    reader: pa.RecordBatchReader,
    plan: Plan,
    run_ends: bool,
    values: Dictionaries,
    part_rows: int = BLOCK_ROWS,
) -> Iterator[tuple[Any, ...]]:
    """Yield the arguments of `encode` for every block, one at least for a batch."""
    first_row = 0
    for batch in map(without_run_ends, reader) if run_ends else reader:
        n = batch.num_rows
        remaps = values.merge(batch)
        _, capsule = batch.__arrow_c_array__()
        for start in range(0, max(n, 1), part_rows):
            yield plan, capsule, remaps, start, min(start + part_rows, n), first_row
        first_row += n


# -- rows to Arrow ---------------------------------------------------------------


def rows_to_batches(rows: Rows) -> Iterator[pa.RecordBatch]:
    """Yield the rows as record batches, a copy each; an empty one for no rows.

    That one has the dictionaries, which no schema holds.
    """
    schema = rows.schema.to_arrow()
    rename = has_named_maps(rows.schema)
    start, first = 0, True
    while first or start < len(rows):
        array, start = read_chunk(rows, start)
        made = pa.record_batch(Exported(schema.__arrow_c_schema__(), array))
        yield made.cast(schema) if rename else made
        first = False


def rows_to_reader(rows: Rows) -> pa.RecordBatchReader:
    """Return a reader that converts one batch after another as it is read."""
    return pa.RecordBatchReader.from_batches(
        rows.schema.to_arrow(), rows_to_batches(rows)
    )


def rows_to_table(rows: Rows) -> pa.Table:
    """Return a table of all rows (copy)."""
    return pa.Table.from_batches(rows_to_batches(rows), rows.schema.to_arrow())


def leaves_to_array(leaves: Leaves, offsets: list[int] | None) -> pa.Array:
    """Return what a path gathered; with ``offsets`` one list per row (copy)."""
    field = Schema([leaves.field]).to_arrow().field(0)
    if leaves.objects is not None:
        values = pa.array(leaves.objects, field.type)
    else:
        values = _numbers_to_array(leaves, field.type)
    if offsets is None:
        return values
    return pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), values)


def _numbers_to_array(leaves: Leaves, type_: pa.DataType) -> pa.Array:
    data, valid = leaves.numbers()
    missing = ~np.frombuffer(valid, dtype=bool)
    if pa.types.is_boolean(type_):
        return pa.array(np.frombuffer(data, dtype=bool), mask=missing)
    bitmap = np.packbits(~missing, bitorder="little") if missing.any() else None
    buffers = [None if bitmap is None else pa.py_buffer(bitmap), pa.py_buffer(data)]
    return pa.Array.from_buffers(type_, len(valid), buffers)


def one_batch(table: pa.Table) -> pa.RecordBatch:
    """Return a table as one batch; several chunks are copied into one."""
    batches = table.combine_chunks().to_batches()
    if len(batches) == 1:
        return batches[0]
    return pa.record_batch([pa.array([], f.type) for f in table.schema], table.schema)
