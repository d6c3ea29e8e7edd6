"""What tells one schema from another, in words."""

from __future__ import annotations

from itertools import zip_longest

from fory_row._plan import Plan
from fory_row.schema import Schema
from fory_row.types import Field

__all__ = ["plan_mismatch", "schema_mismatch"]


def schema_mismatch(found: Schema, wanted: Schema) -> str:
    """Return the first difference of two schemas that are not equal."""
    for k, (ours, theirs) in enumerate(zip_longest(found, wanted)):
        if ours != theirs:
            return _field_mismatch(k, ours, theirs)
    return "they are equal"


def _field_mismatch(k: int, found: Field | None, wanted: Field | None) -> str:
    if found is None:
        return f"field {k}, {wanted}, is missing"
    if wanted is None:
        return f"field {k}, {found}, is not wanted"
    return f"field {k} is {found} instead of {wanted}"


def plan_mismatch(found: Plan, wanted: Plan) -> str:
    """Return the first difference of two plans that are not equal, layout included."""
    if found.schema == wanted.schema:
        return f"its layout is {found.layout}, not {wanted.layout}"
    return schema_mismatch(found.schema, wanted.schema)
