"""``attrs``: whatever users hang on a frame, as one record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .context import Decoder, Encoder

__all__ = ["decode_attrs", "encode_attrs"]


def encode_attrs(attrs: Mapping[Any, Any], to: Encoder) -> bytes:
    """Return the attributes as a record; nothing for none."""
    if not attrs:
        return b""
    to.refuse("attributes have no portable form yet")


def decode_attrs(record: bytes, at: Decoder) -> dict[Any, Any]:
    """Return the attributes of a record."""
    if not record:
        return {}
    at.refuse("attributes cannot be read yet")
