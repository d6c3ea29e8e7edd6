"""Rows: records whose fields are read where they lie."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fory_row._view import Array, Map, Row
from fory_row.constructors import from_dataclasses, from_pandas, from_pylist
from fory_row.encoder import Encoder, encoder
from fory_row.infer import schema_from
from fory_row.paths import path
from fory_row.row_data import RowData
from fory_row.rows import Rows
from fory_row.schema import Schema, schema
from fory_row.types import (
    DataType,
    Field,
    binary,
    bool_,
    date32,
    date64,
    decimal,
    dictionary,
    duration,
    field,
    fixed_size_binary,
    fixed_size_list,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    large_binary,
    large_list,
    large_utf8,
    list_,
    map_,
    null,
    struct,
    time32,
    time64,
    timestamp,
    uint8,
    uint16,
    uint32,
    uint64,
    utf8,
    uuid,
)

if TYPE_CHECKING:
    from fory_row.arrow import from_arrow
    from fory_row.query import concat

__all__ = [
    "Array",
    "DataType",
    "Encoder",
    "Field",
    "Map",
    "Row",
    "RowData",
    "Rows",
    "Schema",
    "binary",
    "bool_",
    "concat",
    "date32",
    "date64",
    "decimal",
    "dictionary",
    "duration",
    "encoder",
    "field",
    "fixed_size_binary",
    "fixed_size_list",
    "float16",
    "float32",
    "float64",
    "from_arrow",
    "from_dataclasses",
    "from_pandas",
    "from_pylist",
    "int8",
    "int16",
    "int32",
    "int64",
    "large_binary",
    "large_list",
    "large_utf8",
    "list_",
    "map_",
    "null",
    "path",
    "schema",
    "schema_from",
    "struct",
    "time32",
    "time64",
    "timestamp",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "utf8",
    "uuid",
]


_LAZY = {"concat": "fory_row.query", "from_arrow": "fory_row.arrow"}


def __getattr__(name: str) -> Any:
    """Import what needs pyarrow at its first use: rows themselves do without."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_LAZY[name]), name)
    return found
