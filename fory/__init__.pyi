"""What ``fory`` has, as type checkers see it; ``__init__.py`` loads most of it late."""

from typing import Any

from fory import error as error
from fory import format as format
from fory import mmh3 as mmh3
from fory import types as types
from fory._core import (
    Fory,
    ThreadSafeFory,
)
from fory._globals import (
    register_pickle_by_value,
    unregister_pickle_by_value,
)
from fory._impl import (
    ENABLE_FORY_CYTHON_SERIALIZATION,
)
from fory._older import (
    Language,
)
from fory._outside import (
    BufferObject,
)
from fory._type_ids import (
    TypeId,
)
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
from fory.buffer import (
    Buffer,
)
from fory.fields import (
    dataclass,
    field,
)
from fory.inspection import describe as describe
from fory.inspection import inspect as inspect
from fory.pickling import (
    DEFAULT_PROTOCOL,
    HIGHEST_PROTOCOL,
    PickleError,
    Pickler,
    PicklingError,
    Unpickler,
    UnpicklingError,
    copy,
    deserialize,
    dump,
    dumps,
    load,
    loads,
    serialize,
)
from fory.policies import (
    AllowList,
    NoCode,
)
from fory.policy import (
    DeserializationPolicy,
)
from fory.registry import TypeInfo as TypeInfo
from fory.serializer import (
    Serializer,
)
from fory.sessions import (
    dump_session,
    load_session,
)
from fory.signing import (
    sign,
)
from fory.type_util import dataslots as dataslots
from fory.type_util import get_qualified_classname as get_qualified_classname
from fory.type_util import record_class_factory as record_class_factory
from fory.types import (
    Array,
    BFloat16,
    Bool,
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
from fory.union import (
    Union,
    UnionSerializer,
)
from fory.unknown import (
    UnknownStruct,
)

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

__version__: str

# Names of the row format, which imports this package and not the other way round.
Encoder: Any
RowData: Any
create_row_encoder: Any
encoder: Any
