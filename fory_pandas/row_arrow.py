"""Row arrays in Arrow: the storage, and the extension type that names it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fory.error import EncodeError

if TYPE_CHECKING:
    from fory_pandas.row_array import RowArray
    from fory_pandas.row_dtype import RowDtype

__all__ = [
    "arrow_storage",
    "as_dtype",
    "cast",
    "exploded",
    "extension_type",
    "plain_type",
]

_NAME = "fory.rows"
_lock = threading.Lock()
_made: list[type[pa.ExtensionType]] = []


def arrow_storage(values: RowArray) -> pa.Array:
    """Return the cells as an Arrow array of structs, lists or maps (copy)."""
    store, positions = values._store, values._positions
    missing = positions < 0
    rows = store.rows.take(positions[~missing])
    if store.field is None:
        array = _structs(rows.to_arrow(), values.dtype)
    else:
        column = rows.select([store.field]).to_arrow().column(0)
        array = pa.concat_arrays(column.chunks) if column.num_chunks else None
        if array is None:
            array = pa.array([], column.type)
    if not missing.any():
        return array
    places = np.cumsum(~missing) - 1
    return array.take(pa.array(places, mask=missing))


def _structs(table: pa.Table, dtype: RowDtype) -> pa.Array:
    kind = pa.struct(list(table.schema))
    chunks = [
        pa.StructArray.from_arrays(batch.columns, fields=list(table.schema))
        for batch in table.to_batches()
    ]
    if not table.num_columns:
        return pa.array([{}] * table.num_rows, kind)
    return pa.concat_arrays(chunks) if chunks else pa.array([], kind)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """Return a type with the values of dictionaries in their place, at any depth."""
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pa.types.is_struct(kind):
        return pa.struct([_plain(kind.field(i)) for i in range(kind.num_fields)])
    if pa.types.is_map(kind):
        return pa.map_(_plain(kind.key_field), _plain(kind.item_field))
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_plain(kind.value_field), kind.list_size)
    if pa.types.is_large_list(kind):
        return pa.large_list(_plain(kind.value_field))
    return pa.list_(_plain(kind.value_field)) if pa.types.is_list(kind) else kind


def as_dtype(array: pa.ChunkedArray, dtype: RowDtype) -> pa.ChunkedArray:
    """Return an array as what a dtype holds, from which it can be had again.

    Raises
    ------
    EncodeError
        If Arrow cannot cast it, or would change values: numbers to booleans, say.
    """
    from fory_pandas.row_array import RowArray
    from fory_pandas.row_dtype import RowDtype

    kind = plain_type(dtype.arrow_type)
    try:
        made = pa.chunked_array([cast(c, kind) for c in array.chunks], kind)
        # Of types that differ in the names of list items only, no value can change.
        if RowDtype(array.type) == RowDtype(kind):
            return made
        back = RowArray._from_arrow(made.cast(array.type), None)
    except (pa.ArrowException, NotImplementedError) as error:
        raise EncodeError(f"{array.type} cannot be {kind}: {error}") from error
    if not back.equals(RowArray._from_arrow(array, None)):
        raise EncodeError(f"values of {array.type} would change as {kind}")
    return made


def cast(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Cast an array; unlike Arrow's own cast, not what lies below null structs."""
    if array.type == kind:
        return array
    if pa.types.is_struct(kind) and _names(array.type) == _names(kind):
        fields = list(kind)
        columns = [cast(array.field(i), f.type) for i, f in enumerate(fields)]
        mask = array.is_null()
        return pa.StructArray.from_arrays(columns, fields=fields, mask=mask)
    return array.cast(kind)


def _names(kind: pa.DataType) -> list[str] | None:
    return [f.name for f in kind] if pa.types.is_struct(kind) and len(kind) else None


def exploded(array: pa.Array) -> tuple[pa.Array, np.ndarray[Any, Any]]:
    """Return the items of lists and how many each list has; null for none."""
    counts = pc.list_value_length(array).fill_null(0)
    is_empty = pc.equal(counts, 0)
    if pc.any(is_empty).as_py():
        array = pc.if_else(is_empty, pa.scalar([None], array.type), array)
        counts = pc.if_else(is_empty, pa.scalar(1, counts.type), counts)
    return pc.list_flatten(array), counts.to_numpy().astype(np.uint64)


def _plain(field: pa.Field) -> pa.Field:
    return field.with_type(plain_type(field.type))


def extension_type(storage: pa.DataType) -> pa.ExtensionType:
    """Return the Arrow type ``fory.rows`` over a storage; registers it at first use."""
    with _lock:
        if not _made:
            _made.append(_define())
    return _made[0](storage)


def _define() -> type[pa.ExtensionType]:
    class RowType(pa.ExtensionType):  # type: ignore[misc]
        """Structs, lists or maps that pandas shows as a `RowArray`."""

        def __init__(self, storage: pa.DataType) -> None:
            super().__init__(storage, _NAME)

        def __arrow_ext_serialize__(self) -> bytes:
            return b""

        @classmethod
        def __arrow_ext_deserialize__(cls, storage: Any, _: bytes) -> Any:
            return cls(storage)

        def to_pandas_dtype(self) -> RowDtype:
            from fory_pandas.row_dtype import RowDtype

            return RowDtype(self.storage_type)

        def __reduce__(self) -> tuple[Any, ...]:
            return extension_type, (self.storage_type,)

    pa.register_extension_type(RowType(pa.list_(pa.null())))
    return RowType
