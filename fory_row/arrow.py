"""Rows and Arrow: schemas and data in both directions (row_format 1 to 4)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from fory_row._arrow_schema import read_schema, write_schema
from fory_row.arrow_types import ArrowField, field_from_arrow, field_to_arrow
from fory_row.schema import Schema

__all__ = ["schema_from_arrow", "schema_to_arrow"]


class _Exported:
    """A schema capsule in the shape that pyarrow takes."""

    def __init__(self, schema: object) -> None:
        self._schema = schema

    def __arrow_c_schema__(self) -> object:
        return self._schema


def schema_from_arrow(x: Any) -> Schema:
    """Make a schema from anything that has ``__arrow_c_schema__``.

    Raises
    ------
    EncodeError
        If a field has a type that rows cannot hold; the message has its path.
    """
    root = read_schema(x.__arrow_c_schema__())
    fields = (field_from_arrow(f, f.name) for f in root.children)
    return Schema(fields, root.metadata)


def schema_to_arrow(schema: Schema) -> pa.Schema:
    """Return the `pyarrow.Schema` with the metadata of every level."""
    fields = tuple(field_to_arrow(f) for f in schema.fields)
    root = ArrowField("+s", metadata=schema.metadata, children=fields)
    return pa.schema(_Exported(write_schema(root)))
