"""Annotations that choose between the types of the wire, and the ids of these."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from fory._outside import BufferObject
from fory._type_ids import TypeId

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
