"""Members of enums as the text that rows hold: names, and combinations of flags."""

from __future__ import annotations

import enum

__all__ = ["flag_named", "flag_text"]


def flag_text(value: enum.Flag) -> str | None:
    """Return the names of a combination of flags, joined by ``|``; None: it has none.

    No flag at all is the empty text. Bits that no member stands for have no name.
    """
    cls = type(value)
    if value.name in cls.__members__:
        return value.name
    single = [m for m in cls if _is_bit(m.value) and m in value]
    text = "|".join(str(m.name) for m in single)
    return text if flag_named(cls, text) == value else None


def flag_named(cls: type[enum.Flag], text: str) -> enum.Flag | None:
    """Return the combination with a text of `flag_text`, or None if there is none."""
    found = cls(0)
    for name in text.split("|") if text else ():
        member = cls.__members__.get(name)
        if member is None:
            return None
        found |= member
    return found


def _is_bit(value: int) -> bool:
    return value > 0 and value & (value - 1) == 0
