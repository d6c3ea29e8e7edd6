"""Paths: names of values deep inside rows, compiled once per schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from fory_row._leaves import Leaves, gather
from fory_row._path import PathCore
from fory_row.types import Kind
from fory_row.views import numpy_dtype

if TYPE_CHECKING:
    import pyarrow as pa

    from fory_row.rows import Rows

__all__ = ["Path", "path", "steps_of"]

_STEP = re.compile(
    r"""
    \[ (?P<index> -?\d+ ) \]
  | (?P<all> \[\*\] )
  | \[ (?P<quote> ["'] ) (?P<key> .*? ) (?P=quote) \]
  | (?: ^ | \. ) (?P<name> [^.\[\]]+ )
    """,
    re.VERBOSE,
)


def path(text: str) -> Path:
    """Return the compiled path ``text``.

    Parameters
    ----------
    text : str
        ``lines[500].price``: fields by name, items of lists by position from either
        end, ``[*]`` for all items of a list or values of a map, ``["any text"]`` for
        names with dots and for keys of maps.

    Returns
    -------
    Path
        ``path(row)`` reads one value where it lies; ``to_arrow`` and ``to_numpy``
        gather those of many rows.

    Raises
    ------
    ValueError
        If the text is not a path.

    Examples
    --------
    >>> path("lines[500].price")
    path('lines[500].price')
    """
    steps = steps_of(text)
    if not steps:
        raise ValueError("an empty path names nothing")
    return Path(text, steps)


def steps_of(text: str, start: int = 0) -> tuple[Any, ...]:
    """Return the steps of a path's text, from ``start`` on: str, int or ``...``."""
    steps: list[Any] = []
    at = start
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise ValueError(f"{text!r} is no path: {text[at:]!r} cannot be read")
        if found["index"]:
            steps.append(_index(found["index"], text))
        elif found["all"]:
            steps.append(...)
        else:
            steps.append(found["key"] if found["quote"] else found["name"])
        at = found.end()
    return tuple(steps)


def _index(digits: str, text: str) -> int:
    if len(digits) > 18:  # beyond what any list can have, and 64 bits
        raise ValueError(f"{text!r} is no path: no list has an item {digits}")
    return int(digits)


class Path(PathCore):
    """A compiled path; made by `path`."""

    __slots__ = ()

    @property
    def _many(self) -> bool:
        return ... in self.steps

    def to_arrow(self, rows: Rows) -> pa.Array:
        """Return the values of all rows as an Arrow array (copy).

        With ``[*]`` in the path each row gives a list; without, one value, null where
        something on the way is null or an item is missing.
        """
        from fory_row.arrow import leaves_to_array

        leaves = gather(self, rows)
        offsets = [0, *leaves.ends] if self._many else None
        return leaves_to_array(leaves, offsets)

    def to_numpy(self, rows: Rows) -> np.ndarray:
        """Return the values of all rows as one flat numpy array (copy).

        Raises
        ------
        ValueError
            If there are nulls among numbers that are not floats.
        """
        leaves = gather(self, rows)
        code = None if leaves.objects is not None else numpy_dtype(leaves.field.type)
        if code is None:
            return np.array([*_objects(leaves), None], dtype=object)[:-1]
        data, valid = leaves.numbers()
        out = np.frombuffer(data, dtype=code)
        if leaves.field.type.kind is Kind.DATE32:
            out = out.astype("<M8[D]")
        missing = np.frombuffer(valid, dtype=bool)
        if not missing.all():
            if out.dtype.kind != "f":
                raise ValueError(f"{self.text!r} has nulls; use to_arrow(rows)")
            out = np.where(missing, out, np.nan).astype(out.dtype)
        return out

    def __repr__(self) -> str:
        return f"path({self.text!r})"


def _objects(leaves: Leaves) -> list[Any]:
    if leaves.objects is not None:
        return leaves.objects
    from fory_row.arrow import leaves_to_array

    return leaves_to_array(leaves, None).to_pylist()
