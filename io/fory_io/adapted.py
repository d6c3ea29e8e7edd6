"""Files whose rows are not yet those of the data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from fory.error import TypeNotCompatibleError
from fory_io._adapted import AdaptedSource
from fory_io.dictionaries import dictionary_fields
from fory_io.partitions import Partitions
from fory_io.parts import Parts
from fory_row.arrow import from_arrow
from fory_row.evolution import differences, upgrade
from fory_row.rows import Rows
from fory_row.schema import Schema
from fory_row.types import Field

__all__ = ["adapted_source", "plain_schema"]


def plain_schema(schema: Schema) -> Schema:
    """Return a schema in which dictionary fields have their values' type.

    Raises
    ------
    TypeNotCompatibleError
        If a dictionary lies inside another field.
    """
    fields = []
    for f in schema.fields:
        if f.type.is_logical("dictionary"):
            f = Field(f.name, f.type.children[0].type, f.nullable, f.metadata)
        elif any(dictionary_fields(f.type.children)):
            raise TypeNotCompatibleError(
                f"field {f.name!r} has a dictionary inside; files with such fields are "
                f"opened together only if their schemas are equal"
            )
        fields.append(f)
    return Schema(fields, schema.metadata)


def adapted_source(
    files: Parts,
    stored: Schema,
    partitions: Partitions | None,
    label: str,
    again: tuple[Any, ...],
) -> tuple[Schema, AdaptedSource]:
    """Return the schema of a data set and its rows, converted as they are read.

    Parameters
    ----------
    files : Parts
        The files.
    stored : Schema
        What their rows are read as.
    partitions : Partitions, optional
        Fields that come from the folders.
    label, again
        As `JoinedSource` takes them.

    Raises
    ------
    TypeNotCompatibleError
        Naming the file, if its rows cannot be read as ``stored`` without loss.
    """
    stored = plain_schema(stored)
    for name, plan in zip(files.names, files.plans, strict=True):
        found = differences(stored, plain_schema(plan.schema))
        if found:
            raise TypeNotCompatibleError(
                f"{name} cannot be read with the fields of the data set: "
                + "; ".join(found)
            )
    added = partitions.fields if partitions else []
    schema = Schema([*stored.fields, *added], stored.metadata)
    target = schema.to_arrow()
    values = partitions.values if partitions else [()] * len(files)

    def convert(i: int, rows: Rows) -> Rows:
        rows = _as(rows, stored)
        if not added:
            return rows
        columns = list(rows.to_arrow().combine_chunks().columns)
        for value, field in zip(values[i], list(target)[len(columns) :], strict=True):
            columns.append(pa.array([value] * len(rows), field.type))
        return from_arrow(pa.table(columns, schema=target), schema=schema)

    expressions = [_expression(added, v) for v in values]
    return schema, AdaptedSource(files, convert, expressions, label, again)


def _as(rows: Rows, schema: Schema) -> Rows:
    """Return rows with the fields of a schema."""
    if rows.schema == schema and rows.plan.layout == "standard":
        return rows
    plain = plain_schema(rows.schema)
    if plain != rows.schema:
        table = rows.to_arrow().cast(plain.to_arrow())
        rows = from_arrow(table, schema=plain)
    return rows if plain == schema else upgrade(rows, schema)


def _expression(fields: Sequence[Field], values: Sequence[Any]) -> Any:
    """Return what is true of every row of a file by its folders."""
    import pyarrow.compute as pc

    known = pc.scalar(True)
    for f, value in zip(fields, values, strict=True):
        field = pc.field(f.name)
        known = known & (field.is_null() if value is None else field == value)
    return known
