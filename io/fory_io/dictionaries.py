"""The values of dictionary fields, kept as rows of one field in frames of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fory.error import EncodeError
from fory_io.embedded import embed, embedded
from fory_row.schema import Schema
from fory_row.types import Field

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "check_dictionaries",
    "dictionary_body",
    "dictionary_fields",
    "read_dictionary",
    "without_dictionaries",
]


def dictionary_fields(fields: Iterable[Field]) -> Iterator[Field]:
    """Yield the dictionary fields in depth-first order, as a plan numbers them."""
    for f in fields:
        if f.type.is_logical("dictionary"):
            yield f
        else:
            yield from dictionary_fields(f.type.children)


def without_dictionaries(field: Field) -> Field:
    """Return a field with the values in place of codes, at every depth."""
    type_ = field.type
    if type_.is_logical("dictionary"):
        return replace(field, type=without_dictionaries(type_.children[0]).type)
    children = tuple(map(without_dictionaries, type_.children))
    return replace(field, type=replace(type_, children=children))


def check_dictionaries(schema: Schema) -> None:
    """Refuse dictionaries inside others: a file keeps the values as rows of their own.

    Raises
    ------
    EncodeError
        Names the field.
    """
    for f in dictionary_fields(schema.fields):
        if any(dictionary_fields(f.type.children)):
            raise EncodeError(
                f"field {f.name!r} is a dictionary of dictionaries; no file keeps it, "
                "cast the column to the type of its values"
            )


def dictionary_body(values: pa.Array, field: Field) -> tuple[bytes, int]:
    """Return the values as the body of a chunk, and their number."""
    from fory_row.arrow import value_rows

    rows = value_rows(values, field)
    return embed(rows), len(rows)


def read_dictionary(body: Any, field: Field, n_values: int) -> pa.Array:
    """Return the values as one Arrow array.

    Raises
    ------
    DecodeError
        If the body does not hold ``n_values`` rows.
    """
    what = f"the dictionary of field {field.name!r}"
    rows = embedded(body, Schema(field.type.children), n_values, what)
    return rows.to_arrow().column(0).combine_chunks()
