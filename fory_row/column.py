"""Column: one field, or a path into nested fields, of many rows."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from fory_row.paths import Path, steps_of
from fory_row.printing import column_text
from fory_row.schema import Schema, no_field_message
from fory_row.types import DataType, Kind
from fory_row.views import numpy_dtype

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from fory_row.rows import Rows

__all__ = ["Column"]

_MAX_IN_FLOAT = 1 << 53
"""The integers from 0 to this are all floats."""
_END_OF_NAME = re.compile(r"[.\[]")


class Column:
    """A lazy view of one field of `Rows`, nested fields by a dotted path.

    ``column[i]`` reads one cell where it lies; a slice, mask or int array gives
    another lazy column, a name the column of a field inside; `to_arrow`, `to_numpy`
    and `to_pandas` copy the cells out in bulk.

    Parameters
    ----------
    rows : Rows
        The rows it looks at.
    path : str
        ``"x"``, ``"a.b"``, ``"lines[3].price"``, ``"lines[*].price"`` as `path` takes
        them; positions may also stand between dots, ``"lines.3.price"``. A field
        whose own name has dots or brackets comes first.

    Raises
    ------
    KeyError
        If there is no such field.
    ValueError
        If the text is no path.
    """

    __slots__ = ("_ordinal", "_rest", "_rows", "path")

    def __init__(self, rows: Rows, path: str) -> None:
        self._rows = rows
        self.path = path
        self._ordinal, self._rest = _resolved(rows.schema, path)

    @property
    def name(self) -> str:
        """The path, as a Series has it for its name."""
        return self.path

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            quote = "'" if '"' in key else '"'
            return Column(self._rows, f"{self.path}[{quote}{key}{quote}]")
        found = self._rows[key]
        if type(found) is type(self._rows):
            return Column(found, self.path)
        return self._value(found)

    def _value(self, row: Any) -> Any:
        value = row[self._ordinal]
        return _inside(value, self._rest) if self._rest else value

    def keep_path(self) -> None:
        """Have the rows find later cells of this path by themselves."""
        if self._rest:
            self._rows._keep_path(self.path, self._compiled())

    def __iter__(self) -> Iterator[Any]:
        return map(self._value_or_none, self._rows)

    def _value_or_none(self, row: Any) -> Any:
        """Return a cell; None for an item that a list does not have, as in bulk."""
        try:
            return self._value(row)
        except IndexError:
            return None

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
        """Return the cells as a numpy array; see `Rows.to_numpy`.

        Raises
        ------
        ValueError
            If the cells cannot be viewed and ``copy`` is False, or if nulls stand
            beside integers that no float holds.
        """
        view = None if self._rest or copy else self._strided()
        if view is not None:
            return view
        if copy is False:
            raise ValueError(
                f"{self.path!r} cannot be viewed without copying: rows must be of one "
                "width and one block, the field a number without nulls"
            )
        cells = self.to_arrow()
        return _exact_array(cells, self.path)

    def to_pandas(self) -> pd.Series:
        """Return the cells as a Series named like the column (copy)."""
        import pandas as pd

        if self._rest:
            return pd.Series(self.to_arrow().to_pandas(), name=self.path)
        found = self._rows.select([self._ordinal]).to_pandas()
        return found if isinstance(found, pd.Series) else found.iloc[:, 0]

    def _compiled(self) -> Path:
        return Path(self.path, (self._rows.schema[self._ordinal].name, *self._rest))

    def _strided(self) -> np.ndarray | None:
        """Return a view over the slots where every row has the same width."""
        type_ = self._rows.schema[self._ordinal].type
        code = numpy_dtype(type_)
        if code is None or type_.kind is Kind.DATE32:
            return None
        return self._rows._strided_view(self._ordinal, code)

    def __repr__(self) -> str:
        return column_text(self)


def _exact_array(cells: pa.ChunkedArray, path: str) -> np.ndarray:
    """Return cells as numpy has them, where that loses nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = cells.type
    if pa.types.is_dictionary(kind):
        # numpy would get the last value of the dictionary for a null.
        return _exact_array(cells.cast(kind.value_type), path)
    if pa.types.is_nested(kind) and not _is_of_numbers(cells):
        # Arrow would make floats of integers that have nulls beside them.
        out = np.empty(len(cells), object)
        out[:] = cells.to_pylist()
        return out
    if pa.types.is_integer(kind) and cells.null_count:
        ends = pc.min_max(cells).as_py().values()
        if any(end is not None and abs(end) > _MAX_IN_FLOAT for end in ends):
            raise ValueError(
                f"{path!r} has nulls beside integers that float64 cannot hold; use "
                "to_arrow(), or to_pandas(dtype_backend='numpy_nullable')"
            )
    try:
        return cells.to_numpy()
    except pa.ArrowException as error:
        raise ValueError(f"{path!r} cannot be numpy: {error}; use to_arrow()") from None


def _is_of_numbers(cells: pa.ChunkedArray) -> bool:
    """Whether cells are lists of numbers without nulls, which become arrays."""
    import pyarrow as pa
    import pyarrow.compute as pc

    items = getattr(cells.type, "value_type", None)
    if items is None or pa.types.is_nested(items) or pa.types.is_map(cells.type):
        return False
    return bool(pc.list_flatten(cells).null_count == 0)


@functools.lru_cache(maxsize=256)
def _resolved(schema: Schema, path: str) -> tuple[int, tuple[Any, ...]]:
    """Return the position of the field that a path starts with, and further steps.

    The field is the one with the longest name that the path starts with.
    """
    if path in schema:
        return schema.index(path), ()
    for at in range(len(path) - 1, 0, -1):
        if path[at] in ".[" and path[:at] in schema:
            ordinal = schema.index(path[:at])
            return ordinal, _typed(steps_of(path, at), schema[ordinal].type, path)
    head = _END_OF_NAME.split(path, maxsplit=1)[0]
    raise KeyError(no_field_message(head or path, schema.names))


def _typed(steps: tuple[Any, ...], type_: DataType, path: str) -> tuple[Any, ...]:
    """Check steps against the type that they start from; "3" may be a position."""
    found: list[Any] = []
    for step in steps:
        kind = None if type_.is_logical("dictionary") else type_.kind
        if kind is Kind.LIST:
            step, inside = _position(step, path), type_.children[0]
        elif kind is Kind.MAP:
            key, inside = type_.children
            if key.type.kind is not Kind.UTF8:
                step = _number(step)
        elif kind is Kind.STRUCT:
            names = [child.name for child in type_.children]
            if step not in names:
                raise KeyError(f"{no_field_message(str(step), names)} in {path!r}")
            inside = type_.children[names.index(step)]
        else:
            raise KeyError(f"nothing is named {step!r} in {path!r}: it is {type_}")
        found.append(step)
        type_ = inside.type
    return tuple(found)


def _number(step: Any) -> Any:
    """Return an int for text that is one."""
    try:
        return int(step) if isinstance(step, str) else step
    except ValueError:
        return step


def _position(step: Any, path: str) -> Any:
    found = _number(step)
    if isinstance(found, str):
        raise KeyError(
            f"{found!r} in {path!r} is no position of a list; name fields of its items "
            f"as [0].{found}, or [*].{found} for all"
        )
    return found


def _inside(value: Any, steps: tuple[Any, ...]) -> Any:
    """Follow the steps from a view; null on the way and missing keys give None."""
    for k, step in enumerate(steps):
        if value is None:
            return None
        is_map = hasattr(value, "keys_array")
        if step is Ellipsis:
            items = value.values_array() if is_map else value
            rest = steps[k + 1 :]
            found = [_inside(item, rest) for item in items]
            if ... in rest:  # one flat list, as in bulk
                return [leaf for part in found for leaf in part or ()]
            return found
        value = value.get(step) if is_map else value[step]
    return value
