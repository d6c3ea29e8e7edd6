"""Field names: one unique text per column, whatever its label."""

from __future__ import annotations

from typing import Any

import pandas as pd

__all__ = ["field_names", "index_fields", "is_utf8", "series_field", "shown"]


def field_names(columns: pd.Index) -> list[str]:
    """Return the labels as texts, or ``c0, c1, ...`` when they cannot all be names."""
    names = [_text(label) for label in columns]
    known = [name for name in names if name is not None]
    return known if len(set(known)) == len(names) else _numbered(len(names))


def _numbered(n: int) -> list[str]:
    return [f"c{i}" for i in range(n)]


def series_field(name: Any) -> str:
    """Return what the one field of a series is called: its name, or ``"0"``."""
    return "0" if name is None else _text(name) or "0"


def _text(label: Any) -> str | None:
    """Return a label as a text, None if that cannot be the name of a field."""
    try:
        text = label if type(label) is str else str(label)
    except Exception:  # whatever the label's own class raises
        return None
    # Arrow hands names over as C strings: they end at the first NUL.
    return text if is_utf8(text) and "\0" not in text else None


def shown(value: Any, limit: int = 60) -> str:
    """Return a value for a message, which neither its size nor its class can spoil."""
    try:
        text = repr(value)
    except Exception as error:  # whatever the value's own class raises
        return f"<{type(value).__qualname__} without repr: {type(error).__name__}>"
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


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
