"""Objects that refer to themselves, in messages without references.

Code by value is full of cycles. Where references are off, it stands in an envelope: a
message of its own that has them, written once and then referred to by its number.
"""

from __future__ import annotations

from typing import Any

from fory.error import DecodeError

__all__ = ["read_envelope", "write_envelope"]

_KEY = "fory.envelopes"


def write_envelope(ctx: Any, value: Any) -> None:
    """Write ``value`` as a message with references, or the number of that message."""
    written = _table(ctx, dict)
    known = written.get(id(value))
    if known is not None:
        ctx.write_var_uint32(known[0])
        return
    ctx.write_var_uint32(len(written))
    written[id(value)] = len(written), value
    ctx.write_bytes_and_size(ctx.fory.tracking_twin().dumps(value))


def read_envelope(ctx: Any) -> Any:
    """Return what ``write_envelope`` wrote."""
    values = _table(ctx, list)
    number = ctx.read_var_uint32()
    if number < len(values):
        return values[number]
    if number > len(values):
        raise DecodeError(f"an envelope has the unknown number {number}")
    value = ctx.fory.tracking_twin().loads(ctx.read_bytes_and_size())
    values.append(value)
    return value


def _table(ctx: Any, kind: type) -> Any:
    table = ctx.get_context_object(_KEY)
    if table is None:
        table = kind()
        ctx.add_context_object(_KEY, table)
    return table
