"""Field names: one unique text per column, whatever its label."""

from __future__ import annotations

import pandas as pd

__all__ = ["field_names", "index_fields", "is_utf8"]


def field_names(columns: pd.Index) -> list[str]:
    """Return the labels as texts, or ``c0, c1, ...`` when texts would clash."""
    names = [label if type(label) is str else str(label) for label in columns]
    if len(set(names)) == len(names) and all(map(is_utf8, names)):
        return names
    return [f"c{i}" for i in range(len(names))]


def is_utf8(name: str) -> bool:
    """Whether a text has no lone surrogate, which UTF-8 cannot say."""
    return name.isascii() or not any("\ud800" <= c <= "\udfff" for c in name)


def index_fields(count: int, taken: list[str]) -> list[str]:
    """Return the reserved names of index columns, as other Arrow writers spell them."""
    used = set(taken)
    names = []
    for level in range(count):
        name = f"__index_level_{level}__"
        while name in used:
            name = f"_{name}"
        used.add(name)
        names.append(name)
    return names
