"""Type ids of the wire and the annotations that choose between them."""

from __future__ import annotations

import enum
from _pickle import PickleBuffer
from typing import Annotated, Any, BinaryIO, Generic, TypeVar

__all__ = [
    "Array",
    "BFloat16",
    "Bool",
    "BufferObject",
    "FixedInt32",
    "FixedInt64",
    "FixedUInt32",
    "FixedUInt64",
    "Float16",
    "Float32",
    "Float64",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "NDArray",
    "PyArray",
    "Ref",
    "TaggedInt64",
    "TaggedUInt64",
    "TypeId",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "WireType",
    "bfloat16",
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
    "uint8",
    "uint8_array",
    "uint16",
    "uint16_array",
    "uint32",
    "uint32_array",
    "uint64",
    "uint64_array",
]


class TypeId(enum.IntEnum):
    """Numbers of types on the wire (xlang_wire 4)."""

    UNKNOWN = 0
    BOOL = 1
    INT8 = 2
    INT16 = 3
    INT32 = 4
    VARINT32 = 5
    INT64 = 6
    VARINT64 = 7
    TAGGED_INT64 = 8
    UINT8 = 9
    UINT16 = 10
    UINT32 = 11
    VAR_UINT32 = 12
    UINT64 = 13
    VAR_UINT64 = 14
    TAGGED_UINT64 = 15
    FLOAT16 = 17
    BFLOAT16 = 18
    FLOAT32 = 19
    FLOAT64 = 20
    STRING = 21
    LIST = 22
    SET = 23
    MAP = 24
    ENUM = 25
    NAMED_ENUM = 26
    STRUCT = 27
    COMPATIBLE_STRUCT = 28
    NAMED_STRUCT = 29
    NAMED_COMPATIBLE_STRUCT = 30
    EXT = 31
    NAMED_EXT = 32
    UNION = 33
    TYPED_UNION = 34
    NAMED_UNION = 35
    NONE = 36
    DURATION = 37
    TIMESTAMP = 38
    DATE = 39
    DECIMAL = 40
    BINARY = 41
    BOOL_ARRAY = 43
    INT8_ARRAY = 44
    INT16_ARRAY = 45
    INT32_ARRAY = 46
    INT64_ARRAY = 47
    UINT8_ARRAY = 48
    UINT16_ARRAY = 49
    UINT32_ARRAY = 50
    UINT64_ARRAY = 51
    FLOAT16_ARRAY = 53
    BFLOAT16_ARRAY = 54
    FLOAT32_ARRAY = 55
    FLOAT64_ARRAY = 56
    TUPLE = 65
    SLICE = 66
    NDARRAY = 67
    PYARRAY = 68
    MAPPING_PROXY = 69
    PICKLE_BUFFER = 70
    MODULE = 71
    REDUCE = 72
    CLASS = 73
    METHOD = 74
    FUNCTION = 75
    BUILTIN = 76
    # What only this package writes; others refuse it.
    LOCAL = 128
    CELL = 129
    CODE = 130
    PERSISTENT = 131
    WRITABLE_BUFFER = 132
    TUPLE_IN_CYCLE = 133
    REDUCE_IN_CYCLE = 134
    CALL = 135
    ORDERED_DICT = 136
    DEQUE = 137
    DEFAULT_DICT = 138
    COUNTER = 139
    PARTIAL = 140
    FRACTION = 141
    UUID = 142
    COMPLEX = 143
    FROZENSET = 144
    BYTEARRAY = 145
    RANGE = 146


class WireType:
    """What an annotation such as ``Int32`` says about the bytes."""

    __slots__ = ("array_id", "type_id")

    def __init__(self, type_id: TypeId, array_id: TypeId | None = None) -> None:
        self.type_id = type_id
        self.array_id = array_id

    def __repr__(self) -> str:
        return f"WireType({self.type_id.name})"


Bool = Annotated[bool, WireType(TypeId.BOOL, TypeId.BOOL_ARRAY)]
Int8 = Annotated[int, WireType(TypeId.INT8, TypeId.INT8_ARRAY)]
Int16 = Annotated[int, WireType(TypeId.INT16, TypeId.INT16_ARRAY)]
Int32 = Annotated[int, WireType(TypeId.VARINT32, TypeId.INT32_ARRAY)]
Int64 = Annotated[int, WireType(TypeId.VARINT64, TypeId.INT64_ARRAY)]
FixedInt32 = Annotated[int, WireType(TypeId.INT32)]
FixedInt64 = Annotated[int, WireType(TypeId.INT64)]
TaggedInt64 = Annotated[int, WireType(TypeId.TAGGED_INT64)]
UInt8 = Annotated[int, WireType(TypeId.UINT8, TypeId.UINT8_ARRAY)]
UInt16 = Annotated[int, WireType(TypeId.UINT16, TypeId.UINT16_ARRAY)]
UInt32 = Annotated[int, WireType(TypeId.VAR_UINT32, TypeId.UINT32_ARRAY)]
UInt64 = Annotated[int, WireType(TypeId.VAR_UINT64, TypeId.UINT64_ARRAY)]
FixedUInt32 = Annotated[int, WireType(TypeId.UINT32)]
FixedUInt64 = Annotated[int, WireType(TypeId.UINT64)]
TaggedUInt64 = Annotated[int, WireType(TypeId.TAGGED_UINT64)]
Float16 = Annotated[float, WireType(TypeId.FLOAT16, TypeId.FLOAT16_ARRAY)]
BFloat16 = Annotated[float, WireType(TypeId.BFLOAT16, TypeId.BFLOAT16_ARRAY)]
Float32 = Annotated[float, WireType(TypeId.FLOAT32, TypeId.FLOAT32_ARRAY)]
Float64 = Annotated[float, WireType(TypeId.FLOAT64, TypeId.FLOAT64_ARRAY)]

int8 = Int8
int16 = Int16
int32 = Int32
int64 = Int64
uint8 = UInt8
uint16 = UInt16
uint32 = UInt32
uint64 = UInt64
float16 = Float16
bfloat16 = BFloat16
float32 = Float32
float64 = Float64

T = TypeVar("T")


class Array(Generic[T]):
    """Annotation of a dense array that decodes to a wrapper such as ``Int32Array``."""


class NDArray(Generic[T]):
    """Annotation of a dense array that decodes to a one-dimensional numpy array."""


class PyArray(Generic[T]):
    """Annotation of a dense array that decodes to an ``array.array``."""


# Names of earlier versions for a row of numbers.
int8_array = PyArray[Int8]
int16_array = PyArray[Int16]
int32_array = PyArray[Int32]
int64_array = PyArray[Int64]
uint8_array = PyArray[UInt8]
uint16_array = PyArray[UInt16]
uint32_array = PyArray[UInt32]
uint64_array = PyArray[UInt64]
float32_array = PyArray[Float32]
float64_array = PyArray[Float64]


class Ref:
    """Annotation ``Ref[X]`` or ``Ref[X, False]``: track references to X, or do not."""

    def __class_getitem__(cls, parameters: Any) -> Any:
        kind, tracked = (
            parameters if isinstance(parameters, tuple) else (parameters, True)
        )
        return Annotated[kind, cls(tracked)]

    def __init__(self, tracked: bool) -> None:
        self.tracked = tracked


class BufferObject:
    """Bytes that may travel beside a message instead of in it.

    ``buffer_callback`` receives one of these for each candidate.
    """

    __slots__ = ("_data",)

    def __init__(self, data: Any) -> None:
        self._data = data

    @property
    def source(self) -> Any:
        """What holds the bytes: an object that was given out, or a view."""
        return self._data

    def raw(self) -> memoryview:
        """Return a view on the bytes as they lie in memory; it keeps them alive."""
        try:
            return PickleBuffer(self._data).raw()
        except BufferError:  # not side by side
            return memoryview(memoryview(self._data).tobytes())

    getbuffer = raw

    def total_bytes(self) -> int:
        """Return how many bytes there are."""
        return memoryview(self._data).nbytes

    def write_to(self, stream: BinaryIO) -> None:
        """Write the bytes to a binary stream."""
        stream.write(self.raw())
