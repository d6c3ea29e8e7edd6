"""One cell of a column of rows, and the store that its bytes lie in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fory_pandas.cell_values import bytes_decide, order_key, value_text
from fory_row import concat, encoder
from fory_row._block import MemorySource
from fory_row._view import Array, Map, Row
from fory_row.rows import Rows
from fory_row.schema import Schema
from fory_row.types import DataType, Field, Kind
from fory_row.views import freeze, short

__all__ = ["Cell", "Store"]

_COMPARABLE = (Array, Map, Mapping, Row, list, tuple)


class Store:
    """Rows whose one field, or which themselves, are the cells of columns.

    Cells never change and never move: a store only grows, so that every column over
    it may keep positions.
    """

    __slots__ = ("_canonical", "_is_canonical", "_n_first", "field", "rows")

    def __init__(
        self, rows: Rows, field: int | None, *, is_canonical: bool = False
    ) -> None:
        self.rows = rows
        self.field = field
        self._is_canonical = is_canonical
        self._canonical: Rows | None = None
        self._n_first = rows.source.n_blocks

    def __len__(self) -> int:
        return len(self.rows)

    def type(self) -> DataType:
        """Return the type of the cells."""
        fields = self.rows.schema.fields
        if self.field is None:
            return DataType(Kind.STRUCT, tuple(fields))
        return fields[self.field].type

    def view(self, position: int) -> Any:
        """Return the `Row`, `Array` or `Map` at a position; None for a null."""
        row = self.rows[position]
        return row if self.field is None else row[self.field]

    def write(self, values: list[Any]) -> int:
        """Append values, none of them null, and return the place of the first.

        Raises
        ------
        EncodeError
            If a value is not of the cells' type; names its path.
        """
        if self.field is not None and len(self.rows.schema.fields) > 1:
            self.rows, self.field = self.rows.select([self.field]).copy(), 0
        start, schema = len(self.rows), self.rows.schema
        name = schema.names[0] if schema.names else ""
        records = values if self.field is None else [{name: v} for v in values]
        made = encoder(schema=schema, layout=self.rows.plan.layout).to_rows(records)
        self.rows = self._joined(concat([self.rows, made]))
        self._is_canonical, self._canonical = False, None
        return start

    def _joined(self, rows: Rows) -> Rows:
        """Join blocks with larger ones behind them, so that there are ever but few."""
        blocks = [rows.source.get_block(k) for k in range(rows.source.n_blocks)]
        first = len(blocks) - 1
        n = len(blocks[first])
        while first > self._n_first and len(blocks[first - 1]) <= n:
            first -= 1
            n += len(blocks[first])
        if first == len(blocks) - 1:
            return rows
        tail = Rows(rows.plan, MemorySource(blocks[first:])).copy()
        return Rows(
            rows.plan, MemorySource([*blocks[:first], tail.source.get_block(0)])
        )

    def keys(self, positions: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return an object array of bytes, equal where cells are; None at -1."""
        places = positions.tolist()
        if bytes_decide(self.type()):
            rows = self._canonical_rows()
            made = (None if i < 0 else rows[i].to_bytes() for i in places)
            return np.fromiter(made, object, len(places))
        texts = (None if i < 0 else value_text(self.view(i)).encode() for i in places)
        return np.fromiter(texts, object, len(places))

    def _canonical_rows(self) -> Rows:
        if self._is_canonical:
            return self.rows
        if self._canonical is None:
            rows = self.rows
            if self.field is not None and len(rows.schema.fields) > 1:
                rows = rows.select([self.field]).copy()
            self._canonical = rows.with_layout(rows.plan.layout)
        return self._canonical


class Cell:
    """One value of a `RowArray`: a record, list or map, read where it lies.

    ``cell["name"]`` and ``cell[3]`` read parts of it, ``cell.view`` is the `Row`,
    `Array` or `Map` itself, `to_python` makes dicts and lists of it. Cells equal cells
    and builtins of the same values, and are ordered by their parts, nulls last.

    Notes
    -----
    To pandas a cell is a scalar, so it has neither length nor iterator nor ``keys``;
    its view has.
    """

    __slots__ = ("_position", "_store")

    def __init__(self, store: Store, position: int) -> None:
        self._store = store
        self._position = position

    @property
    def view(self) -> Any:
        """The value as a view of the bytes, which it keeps alive."""
        return self._store.view(self._position)

    def __getitem__(self, key: Any) -> Any:
        return self.view[key]

    def to_python(self) -> Any:
        """Return the value as builtins (copy): dicts, lists, numbers, texts."""
        view = self.view
        return view.to_list() if hasattr(view, "to_list") else view.to_dict()

    def __eq__(self, other: object) -> Any:
        if isinstance(other, Cell):
            if other._store is self._store and other._position == self._position:
                return True
            other = other.view
        elif not isinstance(other, _COMPARABLE):
            return NotImplemented
        return bool(freeze(self.view) == freeze(other))

    def __hash__(self) -> int:
        return hash(freeze(self.view))

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Cell):
            return NotImplemented
        return order_key(self.view) < order_key(other.view)

    def __le__(self, other: object) -> bool:
        if not isinstance(other, Cell):
            return NotImplemented
        return order_key(self.view) <= order_key(other.view)

    def __gt__(self, other: object) -> bool:
        if not isinstance(other, Cell):
            return NotImplemented
        return order_key(self.view) > order_key(other.view)

    def __ge__(self, other: object) -> bool:
        if not isinstance(other, Cell):
            return NotImplemented
        return order_key(self.view) >= order_key(other.view)

    def __str__(self) -> str:
        """Return all of the value as JSON, as CSV files have it."""
        from fory_io.json_text import json_text

        return json_text(self.view)

    def __repr__(self) -> str:
        return cell_text(self.view)

    def toDict(self) -> Any:
        """Return the value for ``to_json``, which takes dicts only: lists by place."""
        value = self.to_python()
        return dict(enumerate(value)) if isinstance(value, list) else value

    def __reduce__(self) -> tuple[Any, ...]:
        return restore_cell, (self.view,)


def cell_text(view: Any) -> str:
    """Print at most a line of a value: the first parts, each cut."""
    if hasattr(view, "keys_array"):
        keys, values = view.keys_array(), view.values_array()
        pairs = zip(keys[:4], values[:4], strict=True)
        shown = [f"{short(k)}: {short(v)}" for k, v in pairs]
        return f"{{{', '.join(shown)}{_more(len(view), 4)}}}"
    if hasattr(view, "num_elements"):
        shown = [short(part) for part in view[:6]]
        return f"[{', '.join(shown)}{_more(len(view), 6)}]"
    names = view.keys()
    shown = [f"{name}: {short(view[i])}" for i, name in enumerate(names[:6])]
    return f"{{{', '.join(shown)}{_more(len(names), 6)}}}"


def _more(n: int, shown: int) -> str:
    return f", ... {n:,} in all" if n > shown else ""


def restore_cell(view: Any) -> Cell:
    """Return a cell of a view that was pickled, in a store of its own."""
    from fory_pandas.row_array import RowArray

    made: Cell = RowArray([view])[0]
    return made


def store_field(type_: DataType) -> Schema:
    """Return the schema of rows that hold one cell of a type each."""
    return Schema([Field("value", type_)])
