"""Names of levels, series and axes: none, text, or any other hashable value."""

from __future__ import annotations

from typing import Any

import numpy as np

from fory_pandas.cells import read_odd, write_odd
from fory_pandas.context import Decoder, Encoder
from fory_pandas.facts import Label
from fory_pandas.names import is_utf8

__all__ = ["decode_label", "encode_label"]


def encode_label(label: Any, to: Encoder) -> Label:
    """Return a name as facts."""
    if label is None:
        return Label("none")
    if type(label) is str and is_utf8(label):
        return Label("text", label)
    return Label("odd", odd=write_odd(label, to))


def decode_label(facts: Label, at: Decoder) -> Any:
    """Return the name that the facts say."""
    if facts.kind == "none":
        return None
    if facts.kind == "text":
        return facts.text
    if facts.kind == "odd":
        label = read_odd(facts.odd, at.registry)
        try:
            hash(label)
        except TypeError as error:
            at.refuse(f"a label that is no label: {error}")
        # pandas finds a label that is NaN by identity only.
        return np.nan if isinstance(label, float) and label != label else label
    at.refuse(f"unknown kind of label {facts.kind[:16]!r}")
