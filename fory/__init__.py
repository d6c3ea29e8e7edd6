"""Object graphs: Python objects to Apache Fory bytes and back.

The row format lives in ``fory_row``; its names that belong here in the format's
own documents (``encoder``, ``RowData`` and others) are found on first use.
"""

from __future__ import annotations

from fory import error
from fory._core import Fory, ThreadSafeFory
from fory._globals import register_pickle_by_value, unregister_pickle_by_value
from fory._impl import ENABLE_FORY_CYTHON_SERIALIZATION
from fory._older import Language
from fory._outside import BufferObject
from fory._type_ids import TypeId
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
from fory.policy import DeserializationPolicy
from fory.serializer import Serializer
from fory.unknown import UnknownStruct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "ENABLE_FORY_CYTHON_SERIALIZATION",
    "BFloat16Array",
    "BoolArray",
    "BufferObject",
    "DeserializationPolicy",
    "Float16Array",
    "Float32Array",
    "Float64Array",
    "Fory",
    "Int8Array",
    "Int16Array",
    "Int32Array",
    "Int64Array",
    "Language",
    "Serializer",
    "ThreadSafeFory",
    "TypeId",
    "UInt8Array",
    "UInt16Array",
    "UInt32Array",
    "UInt64Array",
    "UnknownStruct",
    "error",
    "register_pickle_by_value",
    "unregister_pickle_by_value",
]

__version__ = "0.1.0"

# What an import need not load is found on first use: the names of each module. The stub
# beside this file has all of them for type checkers.
_PUBLIC = {
    "buffer": "Buffer",
    "fields": "dataclass field",
    "pickling": """
        DEFAULT_PROTOCOL HIGHEST_PROTOCOL PickleError Pickler PicklingError Unpickler
        UnpicklingError copy deserialize dump dumps load loads serialize
    """,
    "policies": "AllowList NoCode",
    "sessions": "dump_session load_session",
    "signing": "sign",
    "types": """
        Array BFloat16 Bool FixedInt32 FixedInt64 FixedUInt32 FixedUInt64 Float16
        Float32 Float64 Int8 Int16 Int32 Int64 NDArray PyArray Ref TaggedInt64
        TaggedUInt64 UInt8 UInt16 UInt32 UInt64 bfloat16 float16 float32 float32_array
        float64 float64_array int8 int8_array int16 int16_array int32 int32_array int64
        int64_array uint8 uint8_array uint16 uint16_array uint32 uint32_array uint64
        uint64_array
    """,
    "union": "Union UnionSerializer",
}
# Those that a star import leaves out. The row format imports this package and not the
# other way round.
_OTHERS = {
    "inspection": "describe inspect",
    "registry": "TypeInfo",
    "type_util": "dataslots get_qualified_classname record_class_factory",
    "format": "Encoder RowData create_row_encoder encoder",
}
_HOME_OF = {
    name: module
    for module, names in (_PUBLIC | _OTHERS).items()
    for name in names.split()
}
_MODULES = frozenset((*_PUBLIC, "format", "mmh3", "registry", "schema"))

__all__ += ["types", *" ".join(_PUBLIC.values()).split()]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF and name not in _MODULES:
        raise AttributeError(f"module 'fory' has no attribute {name!r}")
    import importlib

    if name in _MODULES:
        return importlib.import_module(f"fory.{name}")
    value = getattr(importlib.import_module(f"fory.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF, *_MODULES})
