"""Rows found by ranges of their values: the sorted indexes of one file or several."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fory.error import EncodeError
from fory_io._order import OrderFields, OrderTable
from fory_io.keys import key_names, open_index, order_names, sorted_by
from fory_row._plan import Plan
from fory_row._rows import RowsCore

if TYPE_CHECKING:
    from fory_io._live import LiveSource
    from fory_io._source import FileSource

__all__ = [
    "Hits",
    "JoinedOrder",
    "OrderIndex",
    "known_orders",
    "live_positions",
    "open_order",
    "order_tables",
]

_INCLUSIVE = {
    "both": (True, True),
    "left": (True, False),
    "right": (False, True),
    "neither": (False, False),
}


class Hits(NamedTuple):
    """Rows of one table in the order of their keys.

    ``prefixes`` are the first eight bytes of the keys as numbers; ``key`` gives the
    whole key of a row by its number in the file, None where the prefix is all.
    """

    prefixes: np.ndarray
    positions: np.ndarray
    numbers: np.ndarray
    key: Callable[[int], bytes | None] | None


def order_tables(
    source: FileSource, plan: Plan, number: int
) -> tuple[OrderFields, list[OrderTable]]:
    """Return the fields and the tables of a sorted index; opened once."""
    if source.closed:
        raise ValueError("the rows are closed; open the file again")
    if number not in source.orders:
        found = open_index(source, plan, sorted_by(number))
        assert found is not None
        for table in found[1]:
            table.bind(found[0])
        source.orders[number] = found
    opened: tuple[OrderFields, list[OrderTable]] = source.orders[number]
    return opened


def known_orders(source: FileSource, plan: Plan) -> list[list[str]]:
    """Return the fields of each sorted index; looked up once."""
    if "names" not in source.orders:
        source.orders["names"] = order_names(source, plan)
    names: list[list[str]] = source.orders["names"]
    return names


def open_order(
    source: FileSource,
    plan: Plan,
    names: Any,
    live: LiveSource | None,
    *,
    for_keys: bool = False,
) -> OrderIndex:
    """Return what finds rows by ranges of some fields.

    Parameters
    ----------
    source : FileSource
        The file.
    plan : Plan
        Of its rows.
    names : str, sequence of str or None
        The fields; an index that begins with them serves too. None stands for the key
        fields if there is such an index, else for the first one.
    live : LiveSource, optional
        The rows that are not deleted.
    for_keys : bool
        Whether single keys are looked up, for lack of an index of hashes.

    Raises
    ------
    TypeError
        If there is no such index.
    """
    if source.closed:
        raise ValueError("the rows are closed; open the file again")
    plan = plan.base or plan
    known = known_orders(source, plan)
    if not known:
        raise TypeError(
            f"{source.label} has no key index; write it with keys=, the fields to look "
            f"up"
            if for_keys
            else f"{source.label} has no sorted index; write it with ordered=, the "
            f"fields to find ranges of"
        )
    number = _chosen(known, names, source, plan)
    fields, tables = order_tables(source, plan, number)
    return OrderIndex(fields, tables, source, live)


def _chosen(known: list[list[str]], names: Any, source: FileSource, plan: Plan) -> int:
    if names is None:
        keys = key_names(source, plan)
        return known.index(keys) if keys in known else 0
    wanted = [names] if isinstance(names, str) else list(names)
    for k, fields in enumerate(known):
        if wanted and fields[: len(wanted)] == wanted:
            return k
    raise TypeError(
        f"{source.label} has no sorted index of {', '.join(map(str, wanted))}; it has "
        f"those of {' and of '.join(', '.join(f) for f in known)}"
    )


class OrderIndex:
    """Finds the rows of a file by ranges of their values.

    Parameters
    ----------
    fields : OrderFields
        What the index is sorted by.
    tables : list of OrderTable
        Together they cover all rows.
    stored : FileSource
        All rows of the file.
    live : LiveSource, optional
        Those that are not deleted.
    """

    def __init__(
        self,
        fields: OrderFields,
        tables: list[OrderTable],
        stored: FileSource,
        live: LiveSource | None,
    ) -> None:
        self.fields = fields
        self._tables = tables
        self._stored = stored
        self._live = live

    # -- ranges ----------------------------------------------------------------

    def between(self, low: Any, high: Any, inclusive: str) -> np.ndarray:
        """Return the positions of the rows in a range, in its order."""
        return merged(self.hits(*self.bounds(low, high, inclusive)))

    def starting_with(self, beginning: Any) -> np.ndarray:
        """Return the positions of the rows whose text begins so, in its order."""
        return merged(self.hits(*self.beginning(beginning)))

    def bounds(self, low: Any, high: Any, inclusive: str) -> tuple[bytes, bytes | None]:
        """Return the first bytes of keys in a range, and the first behind it."""
        if inclusive not in _INCLUSIVE:
            raise ValueError(
                f"inclusive is one of {', '.join(_INCLUSIVE)}, not {inclusive!r}"
            )
        with_low, with_high = _INCLUSIVE[inclusive]
        first = b"" if low is None else self._bound(low, behind=not with_low)
        if first is None:
            return b"", b""
        return first, None if high is None else self._bound(high, behind=with_high)

    def _bound(self, bound: Any, *, behind: bool) -> bytes | None:
        """Return the bytes that begin a range, None for those behind all keys."""
        values = self._values(bound)
        key = self.fields.prefix_bytes(values, False)
        if key is None:  # a number between those that the field can hold
            behind = True
            less = _floor(self.fields.dtype(len(values) - 1), values[-1])
            if less is None:
                key = self._encoded(values[:-1]) if len(values) > 1 else b""
                return key + b"\0" if key else key
            key = self._encoded((*values[:-1], less))
        if not behind:
            return key
        return key + b"\0" if len(values) == len(self.fields) else _after(key)

    def beginning(self, text: Any) -> tuple[bytes, bytes | None]:
        """Return the bounds of the keys whose last given field begins with a text."""
        values = self._values(text)
        if not self.fields.has_text(len(values) - 1):
            raise TypeError("only text and bytes have a beginning")
        key = self._encoded(values, open_end=True)
        return key, _after(key)

    def _values(self, key: Any) -> tuple[Any, ...]:
        values = key if isinstance(key, tuple) and len(self.fields) > 1 else (key,)
        if not 1 <= len(values) <= len(self.fields):
            raise ValueError(
                f"{key!r} has {len(values)} values, the index {len(self.fields)} fields"
            )
        return values

    def _encoded(self, values: tuple[Any, ...], *, open_end: bool = False) -> bytes:
        found = self.fields.prefix_bytes(values, open_end)
        if found is None:
            raise _no_value(values[0] if len(values) == 1 else values)
        return found

    def hits(self, first: bytes, behind: bytes | None) -> list[Hits]:
        """Return the rows of each table whose keys lie between some bytes."""
        out = []
        for table in self._tables:
            start = table.find(first, self._stored)
            stop = table.n_entries
            if behind is not None:
                stop = table.find(behind, self._stored)
            if start >= stop:
                continue
            prefixes, numbers = (
                np.frombuffer(part, np.uint64) for part in table.entries(start, stop)
            )
            out.append(self._live_hits(prefixes, numbers.astype(np.int64)))
        return out

    def _live_hits(self, prefixes: np.ndarray, numbers: np.ndarray) -> Hits:
        stored, of_row = self._stored, self.fields.of_row
        positions = numbers
        if self._live is not None:
            positions = live_positions(self._live, numbers)
            kept = positions >= 0
            prefixes, positions, numbers = (
                prefixes[kept],
                positions[kept],
                numbers[kept],
            )
        key = None if self.fields.exact else lambda number: of_row(stored, number)
        return Hits(prefixes, positions, numbers, key)

    # -- single keys, as `KeyIndex` finds them -----------------------------------

    def all(self, key: Any) -> list[int]:
        """Return the positions of all rows with a key, ascending."""
        n = len(self.fields)
        if n > 1 and (not isinstance(key, tuple) or len(key) != n):
            raise KeyError(key)
        found = self.fields.prefix_bytes((key,) if n == 1 else key, False)
        if found is None:
            return []
        positions: list[int] = merged(self.hits(found, found + b"\0")).tolist()
        return sorted(positions)

    def last(self, key: Any) -> int:
        """Return the position of the last row with a key, -1 when there is none."""
        return max(self.all(key), default=-1)

    def row(self, rows: RowsCore, key: Any) -> None:
        """Return None: the positions tell all."""


class JoinedOrder:
    """The sorted indexes of several files as one.

    Parameters
    ----------
    parts : list of OrderIndex
        One for each file.
    first_rows : list of int
        Position of the first row of each.
    """

    def __init__(self, parts: list[OrderIndex], first_rows: list[int]) -> None:
        self._parts = parts
        self._first_rows = first_rows

    def between(self, low: Any, high: Any, inclusive: str) -> np.ndarray:
        """Return the positions of the rows in a range, in its order."""
        return self._merged(lambda part: part.bounds(low, high, inclusive))

    def starting_with(self, beginning: Any) -> np.ndarray:
        """Return the positions of the rows whose text begins so, in its order."""
        return self._merged(lambda part: part.beginning(beginning))

    def _merged(
        self, bounds: Callable[[OrderIndex], tuple[bytes, bytes | None]]
    ) -> np.ndarray:
        found = []
        for part, first in zip(self._parts, self._first_rows, strict=True):
            hits = part.hits(*bounds(part))
            found += [h._replace(positions=h.positions + first) for h in hits]
        return merged(found)


def live_positions(live: LiveSource, numbers: np.ndarray) -> np.ndarray:
    """Return where rows stand among those that are not deleted, -1 for the deleted."""
    found = map(live.position_of, numbers.tolist())
    return np.fromiter(found, np.int64, len(numbers))


def merged(found: Sequence[Hits]) -> np.ndarray:
    """Return the positions of several tables in the order of keys, then of rows."""
    if not found:
        return np.empty(0, np.int64)
    if len(found) == 1:
        return found[0].positions
    prefixes = np.concatenate([hits.prefixes for hits in found])
    positions = np.concatenate([hits.positions for hits in found])
    if found[0].key is None:
        return positions[np.lexsort((positions, prefixes))]
    # Within each table the rows of one prefix stand in order already.
    order = np.argsort(prefixes, kind="stable")
    table = np.repeat(np.arange(len(found)), [len(hits.positions) for hits in found])
    numbers = np.concatenate([hits.numbers for hits in found])

    def whole(i: int) -> tuple[bytes, int]:
        key = found[table[i]].key
        return (key and key(int(numbers[i]))) or b"", int(positions[i])

    out: list[int] = []
    for _, same in groupby(order.tolist(), key=prefixes.tolist().__getitem__):
        ties = list(same)
        if table[ties[0]] != table[ties[-1]]:
            ties.sort(key=whole)
        out += ties
    return positions[out]


def _no_value(value: Any) -> EncodeError:
    return EncodeError(
        f"{value!r} cannot be a value of the fields of the index; give a value of "
        f"their type, or None for no bound"
    )


def _floor(dtype: str | None, value: Any) -> Any:
    """Return the greatest number of a type that is not greater, None for none.

    Raises
    ------
    EncodeError
        If the value is no number, or the type none of numbers.
    """
    plain = hasattr(value, "__float__") and not isinstance(value, bool)
    if dtype is None or not plain or math.isnan(value):
        raise _no_value(value)
    if dtype[0] == "f":
        with np.errstate(over="ignore"):
            near = np.dtype(dtype).type(value)
        return float(near if float(near) <= value else np.nextafter(near, -np.inf))
    info = np.iinfo(dtype)
    if value < info.min:
        return None
    return info.max if value > info.max else math.floor(value)


def _after(key: bytes) -> bytes | None:
    """Return the first bytes behind all that begin with ``key``, None for no end."""
    head = key.rstrip(b"\xff")
    return head[:-1] + bytes([head[-1] + 1]) if head else None
