"""Schemas and Arrow: both directions, metadata of every level (row_format 1 to 4)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from fory.error import EncodeError
from fory_row._arrow_schema import read_schema, write_schema
from fory_row.arrow_types import ArrowField, field_from_arrow, field_to_arrow
from fory_row.map_names import has_map_names, with_map_names
from fory_row.schema import Schema
from fory_row.shown import shown
from fory_row.types import Field

__all__ = [
    "Exported",
    "check_names",
    "field_from_arrow_schema",
    "has_named_maps",
    "schema_from_arrow",
    "schema_to_arrow",
]


class Exported:
    """Capsules in the shape that pyarrow takes."""

    def __init__(self, schema: object, array: object = None) -> None:
        self._schema = schema
        self._array = array

    def __arrow_c_schema__(self) -> object:
        return self._schema

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, ...]:
        return self._schema, self._array


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
    if isinstance(x, pa.Schema):
        check_names(x)
    root = read_schema(x.__arrow_c_schema__())
    if root.format != "+s":
        raise TypeError(f"a schema has fields, {shown(x)} is a single type")
    fields = (field_from_arrow(f, f.name) for f in root.children)
    return Schema(fields, root.metadata)


def field_from_arrow_schema(x: Any) -> Field:
    """Make a field from a `pyarrow.Field`, or what else exports one."""
    root = read_schema(x.__arrow_c_schema__())
    return field_from_arrow(root, root.name)


def schema_to_arrow(schema: Schema) -> pa.Schema:
    """Return the `pyarrow.Schema` with the metadata of every level.

    Raises
    ------
    EncodeError
        If pyarrow cannot have such a schema: it nests no deeper than 63 levels.
    """
    fields = tuple(field_to_arrow(f) for f in schema.fields)
    root = ArrowField("+s", metadata=schema.metadata, children=fields)
    try:
        made = pa.schema(Exported(write_schema(root)))
    except pa.ArrowInvalid as error:
        raise EncodeError(
            f"pyarrow cannot have this schema ({error}); select() other fields, or "
            "read the rows by to_pylist()"
        ) from error
    return with_map_names(made, schema.fields) if has_named_maps(schema) else made


def has_named_maps(schema: Schema) -> bool:
    """Tell whether any map names its keys or values, which pyarrow would rename."""
    return any(has_map_names(f.type) for f in schema.fields)


def check_names(schema: pa.Schema) -> None:
    """Refuse names that the C data interface would cut at their first NUL."""
    text = schema.to_string(show_field_metadata=False, show_schema_metadata=False)
    if "\0" in text:
        line = next(line for line in text.splitlines() if "\0" in line)
        raise EncodeError(
            f"a name cannot have a NUL, Arrow hands names over as C strings: {line!r}"
        )
