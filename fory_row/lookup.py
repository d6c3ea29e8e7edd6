"""Rows found by their keys, where the source of the rows has an index."""

from __future__ import annotations

from collections.abc import Sequence
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
    tuple. A missing key is a KeyError. ``loc[low:high]``, both ends included, is `Rows`
    in the order of their keys; it needs a sorted index (``ordered=``), and so do
    `between` and `starting_with`.
    """

    __slots__ = ("_rows",)

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __getitem__(self, key: Any) -> Row | Rows:
        if isinstance(key, slice):
            if key.step is not None:
                raise TypeError("a range of keys has no step")
            return self.between(None, key.start, key.stop)
        if isinstance(key, list | np.ndarray):
            items = _items_of_each(self._rows, _values(key))
            return self._rows.take(np.array(items, dtype=np.int64))
        items = items_of(self._rows, key)
        return self._rows[items[0]] if len(items) == 1 else self._rows.take(items)

    def between(
        self,
        fields: str | Sequence[str] | None,
        low: Any = None,
        high: Any = None,
        *,
        inclusive: str = "both",
    ) -> Rows:
        """Return the rows whose values lie in a range, in the order of values (view).

        Parameters
        ----------
        fields : str, sequence of str or None
            What a sorted index of the file begins with; None stands for the key, or
            the first sorted index.
        low, high : object or tuple
            The bounds, None for none. Of an index of several fields, tuples with the
            values of the first ones, or of all.
        inclusive : {"both", "left", "right", "neither"}
            Which bounds belong to the range.

        Raises
        ------
        TypeError
            If the rows have no such index.
        EncodeError
            If a bound is no value of its field.

        Notes
        -----
        Rows that are null in the first field are in no range; nulls in further fields
        come last, and so does NaN. Equal values stand in the order of the rows.
        """
        found = self._index(fields).between(low, high, inclusive)
        return self._rows.take(self._items(found))

    def starting_with(self, fields: str | Sequence[str] | None, beginning: Any) -> Rows:
        """Return the rows whose text or bytes begin so, in the order of values (view).

        Parameters
        ----------
        fields : str, sequence of str or None
            As in `between`.
        beginning : str, bytes or tuple
            The beginning; of an index of several fields, a tuple with the whole values
            of the fields before it.

        Raises
        ------
        TypeError
            If the rows have no such index, or its field holds neither text nor bytes.
        """
        return self._rows.take(
            self._items(self._index(fields).starting_with(beginning))
        )

    def _index(self, fields: Any) -> Any:
        source: Any = self._rows.source
        if not hasattr(source, "order_index"):
            raise TypeError(
                f"{source.label or 'memory'} has no sorted index; write rows to a file "
                f"with ordered= and open it"
            )
        return source.order_index(self._rows.plan, fields)

    def _items(self, places: np.ndarray) -> np.ndarray:
        """Return the items that are some rows of the source; others are left out."""
        own = self._rows._places()
        if isinstance(own, range) and own.step == 1:
            items = places - own.start
            return items[(items >= 0) & (items < len(own))]
        found = (self._rows._item_of(p) for p in places.tolist())
        return np.fromiter((i for i in found if i >= 0), np.int64)


def _items_of_each(rows: Rows, keys: list[Any]) -> list[int]:
    """Return the items that have each of some keys in turn."""
    own = rows._places()
    if not isinstance(own, range) or own != range(rows.source.n_rows):
        return [i for key in keys for i in items_of(rows, key)]
    find = rows.source.key_index(rows.plan).all  # its positions are the items
    items: list[int] = []
    for key in keys:
        found = find(key)
        if not found:
            raise KeyError(key)
        items += found
    return items


def _values(keys: list[Any] | np.ndarray) -> list[Any]:
    return keys if isinstance(keys, list) else list(keys.tolist())
