"""Type ids of the wire."""

from __future__ import annotations

import enum

__all__ = ["TypeId"]


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
