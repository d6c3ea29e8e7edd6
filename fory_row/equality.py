"""When two collections of rows are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fory_row._plan import Plan
from fory_row.views import freeze

if TYPE_CHECKING:
    from fory_row.rows import Rows

__all__ = ["equal_rows", "same_dictionaries"]


def equal_rows(rows: Rows, other: Rows, check_metadata: bool) -> bool:
    """Compare schema and values; see `Rows.equals`."""
    if len(rows) != len(other):
        return False
    if not rows.schema.equals(other.schema, check_metadata=check_metadata):
        return False
    by_bytes = _bytes_tell(rows.plan.base or rows.plan, other.plan.base or other.plan)
    return all(
        (by_bytes and a.to_bytes() == b.to_bytes()) or freeze(a) == freeze(b)
        for a, b in zip(rows, other, strict=True)
    )


def _bytes_tell(a: Plan, b: Plan) -> bool:
    """Tell whether equal bytes are equal values: what they mean is said elsewhere."""
    return a.layout == b.layout and a.schema == b.schema and same_dictionaries(a, b)


def same_dictionaries(a: Plan, b: Plan) -> bool:
    """Tell whether the codes of two plans mean the same."""
    if len(a.dictionaries) != len(b.dictionaries):
        return False
    pairs = zip(a.dictionaries, b.dictionaries, strict=True)
    return all(x is y or x.equals(y) for x, y in pairs)
