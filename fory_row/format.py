"""The names of the official `format` module, for programs written for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fory_row.encoder import Encoder, encoder
from fory_row.getters import schema_of
from fory_row.infer import schema_from
from fory_row.row_data import RowData
from fory_row.rows import Rows
from fory_row.schema import Schema, schema
from fory_row.types import (
    DataType,
    Field,
    binary,
    bool_,
    date32,
    decimal,
    duration,
    field,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    list_,
    map_,
    struct,
    timestamp,
    utf8,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from fory_row._view import Row

__all__ = [
    "ArrowWriter",
    "DataType",
    "Encoder",
    "Field",
    "RowData",
    "Schema",
    "binary",
    "boolean",
    "compute_schema_hash",
    "create_row_encoder",
    "date32",
    "decimal",
    "duration",
    "encoder",
    "field",
    "float16",
    "float32",
    "float64",
    "from_arrow_schema",
    "infer_schema",
    "int8",
    "int16",
    "int32",
    "int64",
    "list_",
    "map_",
    "schema",
    "string",
    "struct",
    "timestamp",
    "to_arrow_schema",
    "utf8",
]

boolean = bool_
string = utf8


def create_row_encoder(schema: Any) -> Encoder[Any]:
    """Make an encoder for a schema: ``encoder(schema=schema)``."""
    return encoder(schema=schema)


def infer_schema(cls: Any) -> Schema:
    """Return the schema of a class, its fields sorted by name."""
    return schema_from(cls)


def compute_schema_hash(schema: Any) -> int:
    """Return the official hash of a schema's types (row_format 5.2)."""
    return schema_from(schema).type_hash


def from_arrow_schema(schema: pa.Schema) -> Schema:
    """Return a `pyarrow.Schema` as a `Schema`."""
    return Schema.from_arrow(schema)


def to_arrow_schema(schema: Any) -> pa.Schema:
    """Return a schema as a `pyarrow.Schema`."""
    return schema_from(schema).to_arrow()


class ArrowWriter:
    """Rows gathered one by one into a `pyarrow.RecordBatch`.

    Parameters
    ----------
    schema : Schema or pyarrow.Schema
        The fields of the rows.
    pool : object, optional
        Taken for the sake of older programs, and not used.

    Notes
    -----
    `Rows.to_arrow` does the same for rows that lie together, without one call each.
    """

    def __init__(self, schema: Any, pool: object = None) -> None:
        self._schema = schema_from(schema)
        self._rows: list[bytes] = []

    def write(self, row: Row) -> None:
        """Add a row; its bytes are copied.

        Raises
        ------
        TypeError
            If the row has other fields than the writer.
        """
        schema = schema_of(row)
        if schema.fields != self._schema.fields or row._plan.layout != "standard":
            raise TypeError(f"a row of {schema!r} does not fit {self._schema!r}")
        self._rows.append(row.to_bytes())

    def finish(self) -> pa.RecordBatch:
        """Return the rows added since the last call."""
        from fory_row.arrow import one_batch

        ends = [0]
        for row in self._rows:
            ends.append(ends[-1] + len(row))
        rows = Rows.from_buffer(self._schema, b"".join(self._rows), ends)
        self._rows.clear()
        return one_batch(rows.to_arrow())

    def reset(self) -> None:
        """Forget the rows added since the last call of `finish`."""
        self._rows.clear()
