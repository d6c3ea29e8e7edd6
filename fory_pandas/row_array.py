"""`RowArray`: a pandas column whose cells are rows, lists or maps in row bytes."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.extensions import no_default
from pandas.api.indexers import check_array_indexer

from fory_pandas.row_arrow import (
    arrow_storage,
    as_dtype,
    cast,
    exploded,
    extension_type,
    plain_type,
)
from fory_pandas.row_cell import Cell, Store, cell_text
from fory_pandas.row_compare import ComparedCells, is_sequence
from fory_pandas.row_dtype import RowDtype, type_from_arrow
from fory_pandas.row_source import is_null, nulls_of, row_type_of, values_of
from fory_row.arrow import from_arrow
from fory_row.column import Column
from fory_row.rows import Rows
from fory_row.types import Kind

__all__ = ["RowArray"]

_Positions = np.ndarray[Any, np.dtype[np.int64]]


class RowArray(ComparedCells):
    """A column whose cells are rows, lists or maps, kept as row bytes.

    Parameters
    ----------
    values
        `Rows`, each a cell (view); one field of rows, ``rows["lines"]`` (view); an
        Arrow array or an ArrowDtype column of structs, lists or maps (copy); or an
        iterable of dicts, lists, views, cells and nulls (copy).
    dtype
        A `RowDtype` or its text; by default that of the values.
    copy
        Whether not to share positions with another RowArray.

    Raises
    ------
    EncodeError
        If a value does not fit the dtype; has the path.
    TypeError
        If the values are not what a row dtype is for.

    Notes
    -----
    Bytes are never changed: assigning writes the new cell behind the others, and
    selections share the bytes. A cell is a `Cell`, which pandas takes for a scalar.

    Examples
    --------
    >>> lines = RowArray([[1, 2], None, [3]])
    >>> lines.dtype
    fory[list<int64>]
    >>> lines[0][1], lines[1]
    (2, <NA>)
    """

    def __init__(self, values: Any, dtype: Any = None, copy: bool = False) -> None:
        made = self._from_sequence(values, dtype=dtype, copy=copy)
        self._set(made._store, made._positions, made._dtype)

    def _set(self, store: Store, positions: _Positions, dtype: RowDtype) -> None:
        self._store = store
        self._positions = positions
        self._dtype = dtype

    def _with(self, positions: _Positions) -> Self:
        """Return other cells of the same store, which are nulls at -1."""
        made = type(self).__new__(type(self))
        made._set(self._store, positions, self._dtype)
        return made

    # -- making ----------------------------------------------------------------

    @classmethod
    def _over(cls, store: Store, positions: _Positions, dtype: RowDtype) -> Self:
        made = cls.__new__(cls)
        made._set(store, positions, dtype)
        return made

    @classmethod
    def _from_sequence(
        cls, scalars: Any, *, dtype: Any = None, copy: bool = False
    ) -> Self:
        dtype = None if dtype is None else _row_dtype(dtype)
        if isinstance(scalars, (pd.Series, pd.Index)):
            scalars = scalars.array
        if isinstance(scalars, RowArray):
            if dtype is None or dtype == scalars._dtype:
                return scalars.copy() if copy else scalars._with(scalars._positions)
            return cls._from_arrow(arrow_storage(scalars), dtype)
        if isinstance(scalars, (Rows, Column)):
            return cls._viewing(scalars, dtype)
        if isinstance(scalars, pd.arrays.ArrowExtensionArray):
            scalars = scalars.__arrow_array__()
        if isinstance(scalars, (pa.Array, pa.ChunkedArray)):
            return cls._from_arrow(scalars, dtype)
        return cls._from_values(list(scalars), dtype)

    @classmethod
    def _from_scalars(cls, scalars: Iterable[Any], *, dtype: Any) -> Self:
        """Make an array of what its cells are, and of nothing else."""
        cells = list(scalars)
        if not all(isinstance(cell, Cell) or is_null(cell) for cell in cells):
            raise TypeError("not all values are cells of rows")
        return cls._from_sequence(cells, dtype=dtype)

    @classmethod
    def _from_sequence_of_strings(
        cls, strings: Any, *, dtype: Any, copy: bool = False
    ) -> Self:
        """Make an array of JSON texts, as ``to_csv`` writes cells."""
        import json

        from fory_pandas.cell_values import value_of_json

        dtype = _row_dtype(dtype)
        texts = (None if is_null(text) else json.loads(text) for text in strings)
        values = [value_of_json(value, dtype.row_type) for value in texts]
        return cls._from_values(values, dtype)

    @classmethod
    def _from_factorized(cls, values: Any, original: Any) -> Self:
        raise NotImplementedError("RowArray factorizes by itself")

    @classmethod
    def _from_values(cls, cells: list[Any], dtype: RowDtype | None) -> Self:
        """Write Python values; cells of one store are not written again."""
        if dtype is None:
            dtype = RowDtype(row_type_of(cells))
        found = [cell for cell in cells if isinstance(cell, Cell)]
        missing = np.array([is_null(cell) for cell in cells], bool)
        positions = np.full(len(cells), -1, np.int64)
        store = found[0]._store if found else None
        if store is None or RowDtype(store.type()) != dtype:
            store = _empty_store(dtype)
        is_shared = len(found) + int(missing.sum()) == len(cells) and all(
            cell._store is store for cell in found
        )
        if is_shared:
            positions[~missing] = [cell._position for cell in found]
        else:
            store = _empty_store(dtype)
            values = values_of(cell for cell in cells if not is_null(cell))
            positions[~missing] = np.arange(len(values)) + store.write(values)
        return cls._over(store, positions, dtype)

    @classmethod
    def _viewing(cls, values: Rows | Column, dtype: RowDtype | None) -> Self:
        """Return the cells of rows, or of one field of theirs, where they lie."""
        rows = values if isinstance(values, Rows) else values._rows
        field = None if isinstance(values, Rows) else values._ordinal
        if isinstance(values, Column) and values._rest:
            raise TypeError(
                f"cells are whole fields, {values.path!r} is a path into one"
            )
        store = Store(Rows._projected(_unselected(rows), rows.plan), field)
        own = RowDtype(store.type())
        positions = np.array(rows._places(), np.int64)
        if field is not None:
            positions[nulls_of(rows, field)] = -1
        made = cls._over(store, positions, own)
        return made if dtype in (None, own) else cls._from_sequence(made, dtype=dtype)

    @classmethod
    def _from_arrow(
        cls, array: pa.Array | pa.ChunkedArray, dtype: RowDtype | None
    ) -> Self:
        """Write an Arrow array of structs, lists or maps as rows."""
        chunked = pa.chunked_array(array) if isinstance(array, pa.Array) else array
        if isinstance(chunked.type, pa.BaseExtensionType):
            chunked = pa.chunked_array(
                [chunk.storage for chunk in chunked.chunks], chunked.type.storage_type
            )
        if dtype is None:
            dtype = RowDtype(type_from_arrow(chunked.type))
        elif chunked.type != dtype.arrow_type:
            chunked = as_dtype(chunked, dtype)
        field = pa.field("value", chunked.type)
        rows = from_arrow(pa.table([chunked], schema=pa.schema([field])))
        positions = np.arange(len(rows))
        if chunked.null_count:
            positions[chunked.is_null().to_numpy()] = -1
        return cls._over(Store(rows, 0, is_canonical=True), positions, dtype)

    # -- the interface of pandas -------------------------------------------------

    @property
    def dtype(self) -> RowDtype:
        """The `RowDtype`."""
        return self._dtype

    def __len__(self) -> int:
        return len(self._positions)

    @property
    def nbytes(self) -> int:
        """Bytes of the distinct cells and of their positions."""
        places = self._positions[self._positions >= 0]
        rows = self._store.rows.take(np.unique(places))
        return int(rows.nbytes) + self._positions.nbytes

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, tuple):
            item = _without_ellipsis(item)
        item = check_array_indexer(self, item)
        picked = self._positions[item]
        if not isinstance(picked, np.ndarray):
            return self._cell(int(picked))
        made = self._with(picked)
        if isinstance(item, slice) and getattr(self, "_readonly", False):
            made._readonly = True
        return made

    def _cell(self, position: int) -> Any:
        return pd.NA if position < 0 else Cell(self._store, position)

    def __iter__(self) -> Any:
        return map(self._cell, self._positions.tolist())

    def __setitem__(self, key: Any, value: Any) -> None:
        if getattr(self, "_readonly", False):
            raise ValueError("Cannot modify read-only array")
        key = check_array_indexer(self, key)
        if isinstance(key, (int, np.integer)) or not is_sequence(value):
            self._positions[key] = self._position_of(value)
            return
        self._positions[key] = self._positions_of(value)

    def _position_of(self, value: Any) -> int:
        """Return where the store has a cell, which is written if it has not."""
        if is_null(value):
            return -1
        if isinstance(value, Cell) and value._store is self._store:
            return value._position
        return self._store.write(values_of([value]))

    def _positions_of(self, values: Any) -> _Positions:
        if not isinstance(values, RowArray):
            values = type(self)._from_sequence(values, dtype=self._dtype)
        elif values._dtype != self._dtype:
            raise TypeError(
                f"cannot set cells of {values._dtype} in a column of {self._dtype}"
            )
        if values._store is self._store:
            return values._positions
        positions = np.full(len(values), -1, np.int64)
        cells = [cell.view for cell in values if cell is not pd.NA]
        if cells:
            start = self._store.write(cells)
            positions[values._positions >= 0] = start + np.arange(len(cells))
        return positions

    def isna(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return which cells are null."""
        return self._positions < 0

    def take(
        self, indices: Any, *, allow_fill: bool = False, fill_value: Any = None
    ) -> Self:
        """Return the cells at ``indices`` (view of the bytes)."""
        from pandas.api.extensions import take

        fill = self._position_of(fill_value) if allow_fill else -1
        indices = np.asarray(indices, np.intp)
        positions = take(
            self._positions, indices, fill_value=fill, allow_fill=allow_fill
        )
        return self._with(positions)

    def copy(self) -> Self:
        """Return the same cells with positions of their own; the bytes are shared."""
        return self._with(self._positions.copy())

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence[Self]) -> Self:
        first = to_concat[0]
        if all(part._store is first._store for part in to_concat):
            return first._with(np.concatenate([part._positions for part in to_concat]))
        arrays = [arrow_storage(part) for part in to_concat]
        kind = plain_type(arrays[0].type)
        chunks = [cast(c, kind) for c in arrays]
        return cls._from_arrow(pa.chunked_array(chunks, kind), first._dtype)

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """Return the cells as another dtype: rows, text, ArrowDtype or objects."""
        dtype = pd.api.types.pandas_dtype(dtype)
        if isinstance(dtype, RowDtype):
            if dtype == self._dtype and not copy:
                return self
            return self._from_sequence(self, dtype=dtype, copy=copy)
        if isinstance(dtype, pd.ArrowDtype):
            array = arrow_storage(self).cast(dtype.pyarrow_dtype)
            return pd.arrays.ArrowExtensionArray(pa.chunked_array([array]))
        if dtype.kind == "U":  # numpy itself would look into the cells
            return np.array([str(cell) for cell in self], dtype)
        return super().astype(dtype, copy=copy)

    def _explode(self) -> tuple[Any, np.ndarray[Any, Any]]:
        """Return the items of lists, and of how many cells each became."""
        if self._dtype.row_type.kind is not Kind.LIST:
            return super()._explode()
        items, counts = exploded(arrow_storage(self))
        if pa.types.is_nested(items.type):
            return self._from_arrow(items, None), counts
        return pd.arrays.ArrowExtensionArray(pa.chunked_array([items])), counts

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if copy is False:
            raise ValueError("cells of rows are made for numpy: copy=False cannot be")
        cells = np.empty(len(self), object)
        cells[:] = list(self)
        return cells if dtype in (None, object) else cells.astype(dtype)

    def to_numpy(
        self, dtype: Any = None, copy: bool = False, na_value: Any = no_default
    ) -> np.ndarray[Any, Any]:
        """Return the cells as a numpy array of objects (copy)."""
        cells = self.__array__()
        if na_value is not no_default:
            cells[self.isna()] = na_value
        return cells if dtype in (None, object) else cells.astype(dtype)

    def to_pylist(self) -> list[Any]:
        """Return the cells as dicts and lists, None for nulls (copy)."""
        made: list[Any] = arrow_storage(self).to_pylist(maps_as_pydicts="lossy")
        return made

    # -- to elsewhere -----------------------------------------------------------------

    def _formatter(self, boxed: bool = False) -> Callable[[Any], str]:
        return lambda cell: "<NA>" if cell is pd.NA else cell_text(cell.view)

    def __arrow_array__(self, type: pa.DataType | None = None) -> pa.Array:
        """Return an Arrow array: of the extension type ``fory.rows``, unless asked."""
        storage = arrow_storage(self)
        if type is None:
            type = extension_type(storage.type)
        if isinstance(type, pa.BaseExtensionType):
            return pa.ExtensionArray.from_storage(type, storage)
        return storage.cast(type)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        missing = self._positions < 0
        rows = self._store.rows.take(self._positions[~missing])
        mask: Any = np.packbits(missing)
        if protocol >= 5:
            mask = pickle.PickleBuffer(mask)
        state = (rows, self._store.field, len(self), mask, self._dtype)
        return _restored, (type(self), *state)


def _restored(
    cls: type[RowArray],
    rows: Rows,
    field: int | None,
    n: int,
    mask: Any,
    dtype: RowDtype,
) -> RowArray:
    missing = np.unpackbits(np.frombuffer(mask, np.uint8), count=n).astype(bool)
    positions = np.full(n, -1, np.int64)
    positions[~missing] = np.array(rows._places(), np.int64)
    return cls._over(Store(_unselected(rows), field), positions, dtype)


def _unselected(rows: Rows) -> Rows:
    """Return all rows of a source through the plan of some of them."""
    return Rows(rows.plan, rows.source)


def _row_dtype(dtype: Any) -> RowDtype:
    found = pd.api.types.pandas_dtype(dtype)
    if not isinstance(found, RowDtype):
        raise TypeError(f"a RowArray has a dtype fory[...], not {dtype}")
    return found


def _empty_store(dtype: RowDtype) -> Store:
    empty = pa.table({"value": pa.array([], dtype.arrow_type)})
    return Store(from_arrow(empty), 0, is_canonical=True)


def _without_ellipsis(item: tuple[Any, ...]) -> Any:
    kept = [part for part in item if part is not Ellipsis]
    return kept[0] if len(kept) == 1 and len(item) == 2 else item
