"""Names and metadata of a map's key and value, which pyarrow drops when it imports."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from fory_row.arrow_types import EXTENSION_METADATA, EXTENSION_NAME
from fory_row.data_type import DataType, Field, Kind
from fory_row.run_ends import LISTS


def has_map_names(type_: DataType) -> bool:
    """Tell whether a map in the type calls its parts other than Arrow's default."""
    if type_.kind is Kind.MAP:
        for child, name in zip(type_.children, ("key", "value"), strict=True):
            if child.name != name or child.metadata:
                return True
    return any(has_map_names(child.type) for child in type_.children)


def with_map_names(arrow: pa.Schema, fields: Iterable[Field]) -> pa.Schema:
    """Return an imported schema with the names that ``fields`` have in their maps."""
    named = [_field(f, own) for f, own in zip(arrow, fields, strict=True)]
    return pa.schema(named, arrow.metadata)


def _field(arrow: pa.Field, own: Field) -> pa.Field:
    return arrow.with_type(_type(arrow.type, own.type))


def _part(arrow: pa.Field, own: Field) -> pa.Field:
    """Name the key or value of a map."""
    made = _field(arrow, own).with_name(own.name)
    metadata = dict(own.metadata or {})
    if isinstance(made.type, pa.BaseExtensionType):
        for key in (EXTENSION_NAME, EXTENSION_METADATA):
            metadata.pop(key, None)  # the type says it
    return made.with_metadata(metadata) if metadata else made


def _type(arrow: pa.DataType, own: DataType) -> pa.DataType:
    if not has_map_names(own):
        return arrow
    if isinstance(arrow, pa.MapType):
        key = _part(arrow.key_field, own.children[0])
        value = _part(arrow.item_field, own.children[1])
        return pa.map_(key, value, arrow.keys_sorted)
    if isinstance(arrow, pa.StructType):
        return pa.struct(map(_field, arrow, own.children))
    if type(arrow) in LISTS:
        return LISTS[type(arrow)](arrow, _type(arrow.value_type, own.children[0].type))
    return arrow  # of an extension, which says itself what it stores
