"""The values of dictionary fields, kept as rows of one field in frames of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from fory_io.embedded import embed, embedded
from fory_row.schema import Schema
from fory_row.types import Field

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["dictionary_body", "dictionary_fields", "read_dictionary"]


def dictionary_fields(fields: Iterable[Field]) -> Iterator[Field]:
    """Yield the dictionary fields in depth-first order, as a plan numbers them."""
    for f in fields:
        if f.type.is_logical("dictionary"):
            yield f
        else:
            yield from dictionary_fields(f.type.children)


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
