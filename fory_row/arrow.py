"""Rows and Arrow: schemas and data in both directions (row_format 1 to 4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa

from fory.error import EncodeError
from fory_row._arrow_schema import read_schema, write_schema
from fory_row._block import MemorySource
from fory_row._from_arrow import encode
from fory_row._path import Leaves
from fory_row._plan import Plan
from fory_row._to_arrow import read_chunk
from fory_row.arrow_types import ArrowField, field_from_arrow, field_to_arrow
from fory_row.rows import Rows
from fory_row.schema import Schema

__all__ = [
    "column_to_arrow",
    "column_to_numpy",
    "from_arrow",
    "leaves_to_array",
    "rows_to_batches",
    "rows_to_reader",
    "rows_to_table",
    "schema_from_arrow",
    "schema_to_arrow",
]

BLOCK_ROWS = 1 << 16
"""Rows of one block; larger batches are cut."""


class _Exported:
    """Capsules in the shape that pyarrow takes."""

    def __init__(self, schema: object, array: object = None) -> None:
        self._schema = schema
        self._array = array

    def __arrow_c_schema__(self) -> object:
        return self._schema

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, ...]:
        return self._schema, self._array


# -- schemas ---------------------------------------------------------------------


def schema_from_arrow(x: Any) -> Schema:
    """Make a schema from anything that has ``__arrow_c_schema__``.

    Raises
    ------
    EncodeError
        If a field has a type that rows cannot hold; the message has its path.
    TypeError
        If ``x`` is no schema.
    """
    if not hasattr(x, "__arrow_c_schema__"):
        raise TypeError(
            f"a schema is a Schema or has __arrow_c_schema__, not {type(x).__name__}"
        )
    root = read_schema(x.__arrow_c_schema__())
    fields = (field_from_arrow(f, f.name) for f in root.children)
    return Schema(fields, root.metadata)


def schema_to_arrow(schema: Schema) -> pa.Schema:
    """Return the `pyarrow.Schema` with the metadata of every level."""
    return pa.schema(_Exported(_schema_capsule(schema)))


def _schema_capsule(schema: Schema) -> object:
    fields = tuple(field_to_arrow(f) for f in schema.fields)
    return write_schema(ArrowField("+s", metadata=schema.metadata, children=fields))


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
    schema : Schema, optional
        Fields and types to have, found by name; what cannot be cast without loss is
        refused.
    threads : int
        How many threads write blocks of 65,536 rows.
    dictionaries : Dictionaries, optional
        Values that rows written before have; their codes stay valid, new values are
        added behind.
    layout : {"standard", "compact"}
        How rows lie; compact ones are smaller and take a second pass to write.

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
    reader = _reader(x)
    if schema is not None:
        reader = _cast(reader, schema_to_arrow(schema))
    plan = schema_from_arrow(reader.schema).plan()
    values = Dictionaries(reader.schema) if dictionaries is None else dictionaries
    tasks = _tasks(reader, plan, values)
    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            blocks = list(pool.map(lambda task: encode(*task), tasks))
    else:
        blocks = [encode(*task) for task in tasks]
    if values:
        plan = Plan(plan.schema, plan.layout, list(values))
    rows = Rows(plan, MemorySource([b for made in blocks for b in made]))
    return rows if layout == plan.layout else rows.with_layout(layout)


def _reader(x: Any) -> pa.RecordBatchReader:
    if (
        isinstance(x, pa.Table)
        and not x.num_rows
        and all(c.num_chunks for c in x.columns)
    ):
        # A stream leaves out batches without rows, and their dictionaries.
        batch = pa.record_batch([c.chunk(0) for c in x.columns], schema=x.schema)
        return pa.RecordBatchReader.from_batches(x.schema, [batch])
    if hasattr(x, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(x)
    if hasattr(x, "__arrow_c_array__"):
        batch = pa.record_batch(x)
        return pa.RecordBatchReader.from_batches(batch.schema, [batch])
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

    def cast() -> Iterator[pa.RecordBatch]:
        for batch in reader:
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


def _tasks(
    reader: pa.RecordBatchReader, plan: Plan, values: Dictionaries
) -> Iterator[tuple[Any, ...]]:
    """Yield the arguments of `encode` for every block."""
    first_row = 0
    for batch in reader:
        n = batch.num_rows
        batch = _without_run_ends(batch)
        remaps = values.merge(batch)
        _, capsule = batch.__arrow_c_array__()
        for start in range(0, n, BLOCK_ROWS):
            yield plan, capsule, remaps, start, min(start + BLOCK_ROWS, n), first_row
        first_row += n


def _without_run_ends(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with run-end encoded columns expanded."""
    for i, field in enumerate(batch.schema):
        if isinstance(field.type, pa.RunEndEncodedType):
            column = batch.column(i)
            rows = np.arange(column.offset, column.offset + len(column))
            runs = np.searchsorted(column.run_ends.to_numpy(), rows, side="right")
            plain = column.values.take(pa.array(runs))
            batch = batch.set_column(i, field.with_type(plain.type), plain)
        elif "run_end_encoded" in str(field.type):
            raise EncodeError(
                f"field {field.name!r} has run ends inside of {field.type}; expand "
                "them with pyarrow.compute.run_end_decode"
            )
    return batch


# -- dictionaries ----------------------------------------------------------------


class Dictionaries:
    """The values of every dictionary field, grown batch by batch.

    Fields are counted depth first, as in `Plan`; iterating gives their values. Codes
    of earlier batches stay valid: values are only ever added at the end.
    """

    def __init__(self, schema: pa.Schema, values: Sequence[pa.Array] = ()) -> None:
        self._types = [t for f in schema for t in _dictionary_types(f.type)]
        self._values = list(values) or [pa.array([], t.value_type) for t in self._types]

    def __len__(self) -> int:
        return len(self._types)

    def __iter__(self) -> Iterator[pa.Array]:
        return iter(self._values)

    def merge(self, batch: pa.RecordBatch) -> list[np.ndarray | None]:
        """Take up the dictionaries of a batch and return how its codes change."""
        if not self._types:
            return []
        found = (d for column in batch.columns for d in _dictionaries(column))
        return [self._merge(i, values) for i, values in enumerate(found)]

    def _merge(self, i: int, new: pa.Array) -> np.ndarray | None:
        old = self._values[i]
        if _starts_with(old, new):
            return None
        if _starts_with(new, old):
            self._values[i] = new
            return None
        if self._types[i].ordered:
            raise EncodeError(
                "batches order the values of one dictionary differently, as in "
                f"{new.slice(0, 3).to_pylist()} and {old.slice(0, 3).to_pylist()}; "
                "give all batches the same ordered dictionary"
            )
        codes, added = _codes(new, old)
        self._values[i] = pa.concat_arrays([old, added])
        n_codes = 1 << (self._types[i].index_type.bit_width - 1)
        if pa.types.is_unsigned_integer(self._types[i].index_type):
            n_codes *= 2
        if len(self._values[i]) > n_codes:
            raise EncodeError(
                f"the batches have {len(self._values[i])} dictionary values together, "
                f"which {self._types[i].index_type} cannot count; use a wider index"
            )
        return codes


def _starts_with(values: pa.Array, head: pa.Array) -> bool:
    start = _bits(values.slice(0, len(head)))
    return len(head) <= len(values) and bool(start.equals(_bits(head)))


def _bits(values: pa.Array) -> pa.Array:
    """Return floats as ints: NaN is itself then, and -0.0 is not 0.0."""
    if not pa.types.is_floating(values.type):
        return values
    return values.view(f"int{values.type.bit_width}")


def _codes(new: pa.Array, old: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Return where the values of ``new`` are in ``old`` followed by the array added."""
    places: dict[object, int] = {}
    for i, value in enumerate(_bits(old).to_pylist()):
        places.setdefault(_key(value), i)
    codes: list[int] = []
    added: list[int] = []
    for i, value in enumerate(_bits(new).to_pylist()):
        free = len(old) + len(added)
        codes.append(places.setdefault(_key(value), free))
        if codes[-1] == free:
            added.append(i)
    return np.array(codes, dtype=np.int64), new.take(pa.array(added, pa.int64()))


def _key(value: object) -> object:
    """Return what tells values apart; lists and records have no hash."""
    return value if isinstance(value, str | bytes | int) else repr(value)


def _children(type_: pa.DataType) -> list[pa.DataType]:
    return [type_.field(i).type for i in range(type_.num_fields)]


def _dictionary_types(type_: pa.DataType) -> Iterator[pa.DictionaryType]:
    if isinstance(type_, pa.BaseExtensionType):
        type_ = type_.storage_type
    if isinstance(type_, pa.RunEndEncodedType):
        type_ = type_.value_type
    if isinstance(type_, pa.DictionaryType):
        yield type_
        return
    for child in _children(type_):
        yield from _dictionary_types(child)


def _dictionaries(array: pa.Array) -> Iterator[pa.Array]:
    """Yield the dictionaries of an array and of all below it."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if isinstance(array, pa.DictionaryArray):
        yield array.dictionary
        return
    for part in _parts(array):
        yield from _dictionaries(part)


def _parts(array: pa.Array) -> list[pa.Array]:
    if isinstance(array, pa.StructArray):
        return [array.field(i) for i in range(array.type.num_fields)]
    if isinstance(array, pa.MapArray):
        return [array.keys, array.items]
    return [array.values] if array.type.num_fields else []


# -- rows to Arrow ---------------------------------------------------------------


def rows_to_batches(rows: Rows) -> Iterator[pa.RecordBatch]:
    """Yield the rows as record batches, a copy each; an empty one for no rows.

    That one has the dictionaries, which no schema holds.
    """
    array, start = read_chunk(rows, 0)
    yield pa.record_batch(_Exported(_schema_capsule(rows.schema), array))
    while start < len(rows):
        array, start = read_chunk(rows, start)
        yield pa.record_batch(_Exported(_schema_capsule(rows.schema), array))


def rows_to_reader(rows: Rows) -> pa.RecordBatchReader:
    """Return a reader that converts one batch after another as it is read."""
    return pa.RecordBatchReader.from_batches(
        schema_to_arrow(rows.schema), rows_to_batches(rows)
    )


def rows_to_table(rows: Rows) -> pa.Table:
    """Return a table of all rows (copy)."""
    return pa.Table.from_batches(rows_to_batches(rows), schema_to_arrow(rows.schema))


def leaves_to_array(leaves: Leaves, offsets: list[int] | None) -> pa.Array:
    """Return what a path gathered; with ``offsets`` one list per row (copy)."""
    field = schema_to_arrow(Schema([leaves.field])).field(0)
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


def column_to_arrow(rows: Rows, ordinal: int) -> pa.ChunkedArray:
    """Return one field of all rows (copy); the others are not read."""
    return rows_to_table(rows.select([ordinal])).column(0)


def column_to_numpy(rows: Rows, ordinal: int) -> np.ndarray:
    """Return one field of all rows as numpy has it (copy); null ints become floats."""
    return column_to_arrow(rows, ordinal).to_numpy()
