"""Object graphs: Python objects to Apache Fory bytes and back.

The row format lives in ``fory_row``; its names that belong here in the format's
own documents (``encoder``, ``RowData`` and others) are found on first use.
"""

from __future__ import annotations

from typing import Any

from fory import error, types
from fory._core import Fory, ThreadSafeFory
from fory._globals import register_pickle_by_value, unregister_pickle_by_value
from fory._impl import ENABLE_FORY_CYTHON_SERIALIZATION
from fory._older import Language
from fory.arrays import (
    BFloat16Array,
    BoolArray,
    Float16Array,
    Float32Array,
    Float64Array,
    Int8Array,
    Int16Array,
    Int32Array,
    Int64Array,
    UInt8Array,
    UInt16Array,
    UInt32Array,
    UInt64Array,
)
from fory.buffer import Buffer
from fory.fields import dataclass, field
from fory.pickling import (
    DEFAULT_PROTOCOL,
    HIGHEST_PROTOCOL,
    PickleError,
    Pickler,
    PicklingError,
    Unpickler,
    UnpicklingError,
    copy,
    dump,
    dumps,
    load,
    loads,
)
from fory.policies import AllowList, NoCode
from fory.policy import DeserializationPolicy
from fory.serializer import Serializer
from fory.sessions import dump_session, load_session
from fory.signing import sign
from fory.types import (
    Array,
    BFloat16,
    Bool,
    BufferObject,
    FixedInt32,
    FixedInt64,
    FixedUInt32,
    FixedUInt64,
    Float16,
    Float32,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    NDArray,
    PyArray,
    Ref,
    TaggedInt64,
    TaggedUInt64,
    TypeId,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    bfloat16,
    float16,
    float32,
    float32_array,
    float64,
    float64_array,
    int8,
    int8_array,
    int16,
    int16_array,
    int32,
    int32_array,
    int64,
    int64_array,
    uint8,
    uint8_array,
    uint16,
    uint16_array,
    uint32,
    uint32_array,
    uint64,
    uint64_array,
)
from fory.union import Union, UnionSerializer
from fory.unknown import UnknownStruct

__all__ = [
    "DEFAULT_PROTOCOL",
    "ENABLE_FORY_CYTHON_SERIALIZATION",
    "HIGHEST_PROTOCOL",
    "AllowList",
    "Array",
    "BFloat16",
    "BFloat16Array",
    "Bool",
    "BoolArray",
    "Buffer",
    "BufferObject",
    "DeserializationPolicy",
    "FixedInt32",
    "FixedInt64",
    "FixedUInt32",
    "FixedUInt64",
    "Float16",
    "Float16Array",
    "Float32",
    "Float32Array",
    "Float64",
    "Float64Array",
    "Fory",
    "Int8",
    "Int8Array",
    "Int16",
    "Int16Array",
    "Int32",
    "Int32Array",
    "Int64",
    "Int64Array",
    "Language",
    "NDArray",
    "NoCode",
    "PickleError",
    "Pickler",
    "PicklingError",
    "PyArray",
    "Ref",
    "Serializer",
    "TaggedInt64",
    "TaggedUInt64",
    "ThreadSafeFory",
    "TypeId",
    "UInt8",
    "UInt8Array",
    "UInt16",
    "UInt16Array",
    "UInt32",
    "UInt32Array",
    "UInt64",
    "UInt64Array",
    "Union",
    "UnionSerializer",
    "UnknownStruct",
    "Unpickler",
    "UnpicklingError",
    "bfloat16",
    "copy",
    "dataclass",
    "deserialize",
    "dump",
    "dump_session",
    "dumps",
    "error",
    "field",
    "float16",
    "float32",
    "float32_array",
    "float64",
    "float64_array",
    "int8",
    "int8_array",
    "int16",
    "int16_array",
    "int32",
    "int32_array",
    "int64",
    "int64_array",
    "load",
    "load_session",
    "loads",
    "register_pickle_by_value",
    "serialize",
    "sign",
    "types",
    "uint8",
    "uint8_array",
    "uint16",
    "uint16_array",
    "uint32",
    "uint32_array",
    "uint64",
    "uint64_array",
    "unregister_pickle_by_value",
]

__version__ = "0.1.0"

# Other names of the two calls.
serialize, deserialize = dumps, loads

# Names of the row format, which imports this package and not the other way round.
_ROW_NAMES = frozenset(("Encoder", "RowData", "create_row_encoder", "encoder"))


# What few programs need is imported on first use.
_LAZY = {
    "inspect": "inspection",
    "describe": "inspection",
    "dataslots": "type_util",
    "get_qualified_classname": "type_util",
    "record_class_factory": "type_util",
    "TypeInfo": "registry",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(f"fory.{_LAZY[name]}"), name)
    if name in _ROW_NAMES:
        import fory_row.format

        return getattr(fory_row.format, name)
    if name in ("format", "mmh3"):
        import importlib

        return importlib.import_module(f"fory.{name}")
    raise AttributeError(f"module 'fory' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, *_ROW_NAMES, "format", "mmh3"})
