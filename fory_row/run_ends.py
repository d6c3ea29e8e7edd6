"""Run-end encoded columns of any depth, expanded: rows hold the values themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from fory.error import EncodeError

__all__ = ["has_run_ends", "without_run_ends"]


def has_run_ends(type_: pa.DataType) -> bool:
    """Tell whether a type is run-end encoded or has such a type inside.

    Raises
    ------
    EncodeError
        If it is the type of a dictionary's values.
    """
    if isinstance(type_, pa.RunEndEncodedType):
        return True
    if isinstance(type_, pa.BaseExtensionType):
        return has_run_ends(type_.storage_type)
    if isinstance(type_, pa.DictionaryType):
        if has_run_ends(type_.value_type):
            raise EncodeError(
                f"the values of {type_} have run ends; expand them with "
                "pyarrow.compute.run_end_decode"
            )
        return False
    return any(has_run_ends(type_.field(i).type) for i in range(type_.num_fields))


def without_run_ends(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch whose columns are all expanded; copies what had run ends."""
    columns = [_expanded(column) for column in batch.columns]
    fields = [f.with_type(c.type) for f, c in zip(batch.schema, columns, strict=True)]
    return pa.record_batch(columns, pa.schema(fields, batch.schema.metadata))


def _expanded(array: pa.Array) -> pa.Array:
    type_ = array.type
    if not has_run_ends(type_):
        return array
    if isinstance(type_, pa.BaseExtensionType):
        return _expanded(array.storage)
    if isinstance(type_, pa.RunEndEncodedType):
        rows = np.arange(array.offset, array.offset + len(array))
        runs = np.searchsorted(array.run_ends.to_numpy(), rows, side="right")
        return _taken(_expanded(array.values), runs)
    if isinstance(type_, pa.StructType):
        parts = [_expanded(array.field(i)) for i in range(type_.num_fields)]
        fields = [f.with_type(p.type) for f, p in zip(type_, parts, strict=True)]
        return pa.StructArray.from_arrays(parts, fields=fields, mask=array.is_null())
    items = _expanded(array.values)
    made = LISTS[type(type_)](type_, items.type)
    own = array.buffers()[: type_.num_buffers]
    return pa.Array.from_buffers(
        made, len(array), own, offset=array.offset, children=[items]
    )


def _taken(values: pa.Array, places: np.ndarray[Any, Any]) -> pa.Array:
    try:
        return values.take(pa.array(places))
    except pa.ArrowNotImplementedError:  # of views of text; rows can take any
        from fory_row.arrow import from_arrow

        rows = from_arrow(pa.record_batch([values], ["values"]))
        return rows.take(places).to_arrow().column(0).combine_chunks()


def _map(type_: pa.MapType, entries: pa.StructType) -> pa.MapType:
    return pa.map_(entries.field(0), entries.field(1), type_.keys_sorted)


# The same kind of list around items of another type.
LISTS: dict[type, Callable[[Any, pa.DataType], pa.DataType]] = {
    pa.ListType: lambda t, item: pa.list_(t.value_field.with_type(item)),
    pa.LargeListType: lambda t, item: pa.large_list(t.value_field.with_type(item)),
    pa.FixedSizeListType: lambda t, item: pa.list_(
        t.value_field.with_type(item), t.list_size
    ),
    pa.ListViewType: lambda t, item: pa.list_view(t.value_field.with_type(item)),
    pa.LargeListViewType: lambda t, item: pa.large_list_view(
        t.value_field.with_type(item)
    ),
    pa.MapType: _map,
}
