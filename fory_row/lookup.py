"""Rows found by their keys, where the source of the rows has an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from fory_row._view import Row
    from fory_row.rows import Rows

__all__ = ["Lookup", "items_of"]


def items_of(rows: Rows, key: Any) -> list[int]:
    """Return the items that have a key, ascending; at least one."""
    places = rows.source.key_index(rows.plan).all(key)
    found = sorted(i for i in map(rows._item_of, places) if i >= 0)
    if not found:
        raise KeyError(key)
    return found


class Lookup:
    """Rows by key, as pandas finds them by label.

    ``loc[key]`` is a `Row` if one row has the key and `Rows` if several have it;
    ``loc[[key, key]]`` is `Rows`: those of each key in turn. A composite key is a
    tuple. A missing key is a KeyError.
    """

    __slots__ = ("_rows",)

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __getitem__(self, key: Any) -> Row | Rows:
        if isinstance(key, slice):
            raise TypeError("keys have no order here; use filter() for ranges")
        if isinstance(key, list | np.ndarray):
            items = [i for k in _values(key) for i in items_of(self._rows, k)]
            return self._rows.take(np.array(items, dtype=np.int64))
        items = items_of(self._rows, key)
        return self._rows[items[0]] if len(items) == 1 else self._rows.take(items)


def _values(keys: list[Any] | np.ndarray) -> list[Any]:
    return keys if isinstance(keys, list) else list(keys.tolist())
