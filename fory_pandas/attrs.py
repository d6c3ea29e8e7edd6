"""``attrs``: whatever users hang on a frame, as one record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fory_pandas.cells import read_odd, write_odd
from fory_pandas.context import Decoder, Encoder
from fory_pandas.names import shown

__all__ = ["decode_attrs", "encode_attrs"]


def encode_attrs(attrs: Mapping[Any, Any], to: Encoder) -> bytes:
    """Return the attributes as a record; nothing for none."""
    if not attrs:
        return b""
    # One by one first, so that a refusal names the attribute.
    for key, value in attrs.items():
        write_odd(value, to.at(f"[{shown(key)}]"))
    return write_odd(dict(attrs), to)


def decode_attrs(record: bytes, at: Decoder) -> dict[Any, Any]:
    """Return the attributes of a record."""
    if not record:
        return {}
    attrs = read_odd(record, at.registry)
    at.expect(type(attrs) is dict, "attributes that are no dict")
    return dict(attrs)
