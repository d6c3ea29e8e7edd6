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
from fory_row._plan import Plan
from fory_row._relayout import Copier
from fory_row.arrow import from_arrow
from fory_row.evolution import differences, reading
from fory_row.rows import Rows
from fory_row.schema import Schema
from fory_row.shape import Reading, record_of
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
    plan: Plan,
    partitions: Partitions | None,
    label: str,
    again: tuple[Any, ...],
) -> AdaptedSource:
    """Return the rows of a data set, each converted when it is read.

    Parameters
    ----------
    files : Parts
        The files.
    plan : Plan
        How their rows are read.
    partitions : Partitions, optional
        Fields that come from the folders, and stand behind those of the plan.
    label, again
        As `JoinedSource` takes them.

    Raises
    ------
    TypeNotCompatibleError
        Naming the file, if its rows cannot be read by ``plan`` without loss.
    """
    schema = plan.schema
    added = partitions.fields if partitions else []
    values = partitions.values if partitions else [()] * len(files)
    whole = Schema([*schema.fields, *added], schema.metadata)
    target = Plan(whole, "standard", plan.dictionaries)
    shape = record_of(whole.fields)
    hows: dict[Schema, Reading] = {}
    for name, found in zip(files.names, files.plans, strict=True):
        if found.schema in hows:
            continue
        obstacles = differences(schema, found.schema)
        if obstacles:
            raise TypeNotCompatibleError(
                f"{name} cannot be read with the fields of the data set: "
                + "; ".join(obstacles)
            )
        hows[found.schema] = reading(whole, found.schema, shape)

    def copier(i: int) -> Copier:
        """Return what converts rows of file ``i``."""
        read = files.plans[i]
        rest = _values_row(added, values[i]) if added else None
        return Copier(read, target, hows[read.schema], rest)

    expressions = [_expression(added, v) for v in values]
    return AdaptedSource(files, target, copier, expressions, label, again)


def _values_row(fields: Sequence[Field], values: Sequence[Any]) -> Rows:
    """Return what the folders of a file say, as one row."""
    schema = Schema(fields)
    columns = [
        pa.array([v], t) for v, t in zip(values, schema.to_arrow().types, strict=True)
    ]
    return from_arrow(pa.table(columns, schema=schema.to_arrow()), schema=schema)


def _expression(fields: Sequence[Field], values: Sequence[Any]) -> Any:
    """Return what is true of every row of a file by its folders."""
    import pyarrow.compute as pc

    known = pc.scalar(True)
    for f, value in zip(fields, values, strict=True):
        field = pc.field(f.name)
        known = known & (field.is_null() if value is None else field == value)
    return known
