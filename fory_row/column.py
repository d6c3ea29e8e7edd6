"""Column: one field, or a path into nested fields, of many rows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from fory_row.schema import no_field_message
from fory_row.types import Kind
from fory_row.views import numpy_dtype

if TYPE_CHECKING:
    import pyarrow as pa

    from fory_row.paths import Path
    from fory_row.rows import Rows

__all__ = ["Column"]


class Column:
    """A lazy view of one field of `Rows`, nested fields by a dotted path.

    ``column[i]`` reads one cell where it lies; a slice, mask or int array gives
    another lazy column; `to_arrow` and `to_numpy` copy the cells out in bulk.

    Parameters
    ----------
    rows : Rows
        The rows it looks at.
    path : str
        ``"x"``, ``"a.b"``, ``"lines.3.price"``: fields by name, list items by
        position. A field whose own name has dots comes first.
    """

    __slots__ = ("_ordinal", "_rest", "_rows", "path")

    def __init__(self, rows: Rows, path: str) -> None:
        self._rows = rows
        self.path = path
        head, self._rest = _split(path, rows.schema.names)
        self._ordinal = rows.schema.index(head)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, key: Any) -> Any:
        found = self._rows[key]
        if type(found) is type(self._rows):
            return Column(found, self.path)
        return self._value(found)

    def _value(self, row: Any) -> Any:
        value = row[self._ordinal]
        for step in self._rest:
            if value is None:
                return None
            value = value[int(step) if hasattr(value, "num_elements") else step]
        return value

    def keep_path(self) -> None:
        """Have the rows find later cells of this path by themselves.

        Keys of maps are no names of a schema, so paths through maps are not compiled.
        """
        if self._rest:
            with contextlib.suppress(KeyError, ValueError):
                self._rows._keep_path(self.path, self._compiled())

    def __iter__(self) -> Iterator[Any]:
        return map(self._value, self._rows)

    def to_pylist(self) -> list[Any]:
        """Return the cells as a list; nested ones as views."""
        return list(self)

    def to_arrow(self) -> pa.ChunkedArray:
        """Return the cells as a `pyarrow.ChunkedArray` (copy).

        Of a path into nested fields, items that a list does not have are null.
        """
        if self._rest:
            import pyarrow as pa

            return pa.chunked_array([self._compiled().to_arrow(self._rows)])
        return self._rows._projected(
            self._rows.plan.project([self._ordinal])
        ).to_arrow()[0]

    def to_numpy(self, *, copy: bool | None = None) -> np.ndarray:
        """Return the cells as a numpy array; see `Rows.to_numpy`."""
        view = None if self._rest or copy else self._strided()
        if view is not None:
            return view
        if copy is False:
            raise ValueError(
                f"{self.path!r} cannot be viewed without copying: rows must be of one "
                "width and one block, the field a number without nulls"
            )
        cells = self.to_arrow()
        if hasattr(cells.type, "index_type"):
            # numpy would get the last value of the dictionary for a null.
            cells = cells.cast(cells.type.value_type)
        return cells.to_numpy()

    def _compiled(self) -> Path:
        from fory_row.paths import Path

        field = self._rows.schema[self._ordinal]
        steps: list[Any] = [field.name]
        type_ = field.type
        for step in self._rest:
            inside = list(type_.children)
            if type_.kind is Kind.LIST:
                steps.append(int(step))
            else:
                steps.append(step)
                inside = [c for c in inside if c.name == step]
            if not inside:
                raise KeyError(f"nothing is named {step!r} in {self.path!r}")
            type_ = inside[0].type
        return Path(self.path, tuple(steps))

    def _strided(self) -> np.ndarray | None:
        """Return a view over the slots where every row has the same width."""
        type_ = self._rows.schema[self._ordinal].type
        code = numpy_dtype(type_)
        if code is None or type_.kind is Kind.DATE32:
            return None
        return self._rows._strided_view(self._ordinal, code)

    def __repr__(self) -> str:
        shown = ", ".join(repr(v) for v in self[:5])
        more = ", ..." if len(self) > 5 else ""
        return f"Column({self.path!r}, {len(self):,} rows: [{shown}{more}])"


def _split(path: str, names: list[str]) -> tuple[str, list[str]]:
    """Split a path behind the longest field name that it starts with."""
    if path in names:
        return path, []
    parts = path.split(".")
    for n in range(len(parts) - 1, 0, -1):
        head = ".".join(parts[:n])
        if head in names:
            return head, parts[n:]
    raise KeyError(no_field_message(path, names))
