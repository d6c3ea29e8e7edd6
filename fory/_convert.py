"""Conversions between the type of a field in the bytes and in the class.

A scalar is converted if the result has the same mathematical value; anything else
is an error (xlang_wire 14).
"""

from __future__ import annotations

import datetime
import math
import re
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from fory._layout import WireField
from fory._type_ids import TypeId
from fory.arrays import ARRAY_CLASSES
from fory.error import TypeNotCompatibleError
from fory.schema import TypeNode

__all__ = ["REFUSED", "converter", "merged"]

Converter = Callable[[Any], Any]


def REFUSED(value: Any) -> Any:
    """Stand for a pair of types that no conversion connects."""
    raise TypeNotCompatibleError(f"no conversion for {value!r}")


_STRUCTS = range(TypeId.STRUCT, TypeId.NAMED_COMPATIBLE_STRUCT + 1)
_FAMILIES = (
    {TypeId.ENUM, TypeId.NAMED_ENUM},
    set(map(TypeId, _STRUCTS)),
    {TypeId.EXT, TypeId.NAMED_EXT},
    {TypeId.UNION, TypeId.TYPED_UNION, TypeId.NAMED_UNION},
)
_INT_RANGES = {
    TypeId.INT8: (-(1 << 7), 1 << 7),
    TypeId.INT16: (-(1 << 15), 1 << 15),
    TypeId.INT32: (-(1 << 31), 1 << 31),
    TypeId.VARINT32: (-(1 << 31), 1 << 31),
    TypeId.INT64: (-(1 << 63), 1 << 63),
    TypeId.VARINT64: (-(1 << 63), 1 << 63),
    TypeId.TAGGED_INT64: (-(1 << 63), 1 << 63),
    TypeId.UINT8: (0, 1 << 8),
    TypeId.UINT16: (0, 1 << 16),
    TypeId.UINT32: (0, 1 << 32),
    TypeId.VAR_UINT32: (0, 1 << 32),
    TypeId.UINT64: (0, 1 << 64),
    TypeId.VAR_UINT64: (0, 1 << 64),
    TypeId.TAGGED_UINT64: (0, 1 << 64),
}
_FLOATS = (TypeId.FLOAT16, TypeId.BFLOAT16, TypeId.FLOAT32, TypeId.FLOAT64)
_SCALARS = {TypeId.BOOL, TypeId.STRING, TypeId.DECIMAL, *_INT_RANGES, *_FLOATS}
_ARRAY_ELEMENTS = {
    TypeId.BOOL_ARRAY: {TypeId.BOOL},
    TypeId.INT8_ARRAY: {TypeId.INT8},
    TypeId.INT16_ARRAY: {TypeId.INT16},
    TypeId.INT32_ARRAY: {TypeId.INT32, TypeId.VARINT32},
    TypeId.INT64_ARRAY: {TypeId.INT64, TypeId.VARINT64, TypeId.TAGGED_INT64},
    TypeId.UINT8_ARRAY: {TypeId.UINT8},
    TypeId.UINT16_ARRAY: {TypeId.UINT16},
    TypeId.UINT32_ARRAY: {TypeId.UINT32, TypeId.VAR_UINT32},
    TypeId.UINT64_ARRAY: {TypeId.UINT64, TypeId.VAR_UINT64, TypeId.TAGGED_UINT64},
    TypeId.FLOAT16_ARRAY: {TypeId.FLOAT16},
    TypeId.BFLOAT16_ARRAY: {TypeId.BFLOAT16},
    TypeId.FLOAT32_ARRAY: {TypeId.FLOAT32},
    TypeId.FLOAT64_ARRAY: {TypeId.FLOAT64},
}
_CLASS_OF_ARRAY = {cls.type_id: cls for cls in ARRAY_CLASSES}


def merged(remote: TypeNode, local: TypeNode) -> TypeNode:
    """Return the remote type with the Python classes that the local one names."""
    if not _is_same(remote, local):
        return remote
    pairs = zip(remote.items, local.items, strict=False)
    return remote._replace(
        items=tuple(merged(*pair) for pair in pairs) or remote.items,
        cls=local.cls,
        carrier=local.carrier,
        lenient=local.lenient,
    )


def converter(
    remote: WireField, local: WireField, default: Callable[[], Any] | None
) -> Converter | None:
    """Return what turns a remote value into a local one; None if nothing has to."""
    there, here = remote.node, local.node
    if here.type_id is TypeId.UNKNOWN or _is_same(there, here):
        return None
    if there.type_id is TypeId.UNKNOWN:
        return _checked(here, default)
    if there.type_id in _SCALARS and here.type_id in _SCALARS:
        if remote.tracked or local.tracked:
            return REFUSED
        return _scalar(here.type_id)
    return _between_lists(there, here) or REFUSED


def _is_same(there: TypeNode, here: TypeNode) -> bool:
    if here.type_id is TypeId.UNKNOWN:
        return True
    for family in _FAMILIES:
        if there.type_id in family:
            return here.type_id in family
    return (
        there.type_id == here.type_id
        and len(there.items) == len(here.items)
        and all(map(_is_same, there.items, here.items))
    )


def _between_lists(there: TypeNode, here: TypeNode) -> Converter | None:
    """Lists and arrays of one number type, bytes and arrays of bytes."""
    if here.type_id in _ARRAY_ELEMENTS and there.type_id is TypeId.LIST:
        item = there.items[0]
        if item.type_id in _ARRAY_ELEMENTS[here.type_id] and not item.tracked:
            return _array_maker(here)
    if here.type_id is TypeId.LIST:
        elements = _ARRAY_ELEMENTS.get(there.type_id, set())
        if here.items[0].type_id in elements:
            return tuple if here.carrier is tuple else list
    if (there.type_id, here.type_id) == (TypeId.BINARY, TypeId.UINT8_ARRAY):
        return _array_maker(here)
    if (there.type_id, here.type_id) == (TypeId.UINT8_ARRAY, TypeId.BINARY):
        return bytes
    return None


def _array_maker(node: TypeNode) -> Converter:
    cls = _CLASS_OF_ARRAY[node.type_id]

    def make(values: Any) -> Any:
        if isinstance(values, bytes):
            return cls.from_buffer(values)
        if None in values:
            raise TypeNotCompatibleError("a list with None cannot become an array")
        result = cls(values)
        if node.carrier is None:
            return result
        return _carried(result, node.carrier)

    return make


def _carried(values: Any, carrier: Any) -> Any:
    import array

    if carrier is array.array:
        return array.array(values.storage, values.tobytes())
    import numpy as np

    return np.asarray(values)


# ---- a value of any type becomes one of a known type ---------------------------------


def _checked(node: TypeNode, default: Callable[[], Any] | None) -> Converter:
    def check(value: Any) -> Any:
        if _fits(value, node):
            if node.carrier is None or node.type_id not in _CLASS_OF_ARRAY:
                return value
            return _carried(value, node.carrier)
        return None if default is None else default()

    return check


_PYTHON_TYPES: dict[TypeId, Any] = {
    TypeId.BOOL: bool,
    TypeId.STRING: str,
    TypeId.BINARY: bytes,
    TypeId.DECIMAL: Decimal,
    TypeId.LIST: (list, tuple),
    TypeId.SET: (set, frozenset),
    TypeId.MAP: dict,
    TypeId.DATE: datetime.date,
    TypeId.TIMESTAMP: datetime.datetime,
    TypeId.DURATION: datetime.timedelta,
    **_CLASS_OF_ARRAY,
}


def _fits(value: Any, node: TypeNode) -> bool:
    if value is None:
        return node.nullable or node.type_id is TypeId.UNKNOWN
    if node.type_id in _INT_RANGES:
        low, high = _INT_RANGES[node.type_id]
        return type(value) is int and low <= value < high
    if node.type_id in _FLOATS:
        return isinstance(value, float)
    if node.type_id in (TypeId.LIST, TypeId.SET):
        return isinstance(value, _PYTHON_TYPES[node.type_id]) and all(
            _fits(item, node.items[0]) for item in value
        )
    if node.type_id is TypeId.MAP:
        return isinstance(value, dict) and all(
            _fits(k, node.items[0]) and _fits(v, node.items[1])
            for k, v in value.items()
        )
    if node.type_id is TypeId.UNKNOWN:
        return True
    if node.cls is not None:
        return isinstance(value, node.cls)
    return isinstance(value, _PYTHON_TYPES.get(node.type_id, object))


# ---- scalars -------------------------------------------------------------------------

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE]-?(0|[1-9][0-9]*))?", re.ASCII)
_MAX_NUMBER_CHARS = 320
_MAX_DIGITS = 256
_BOOLS = {"0": False, "1": True, "false": False, "true": True}


def _scalar(target: TypeId) -> Converter:
    make: Callable[[Any], Any]
    if target is TypeId.STRING:
        make = _to_str
    elif target is TypeId.BOOL:
        make = _to_bool
    elif target is TypeId.DECIMAL:
        make = _to_decimal
    elif target in _FLOATS:
        make = _to_float(target)
    else:
        make = _to_int(*_INT_RANGES[target])

    def convert(value: Any) -> Any:
        try:
            return make(value)
        except (ValueError, ArithmeticError) as error:
            raise TypeNotCompatibleError(
                f"{value!r:.60} has no exact {target.name.lower()}: {error}"
            ) from error

    return convert


def _number(value: Any) -> Any:
    """Return the number that a scalar denotes, exactly."""
    if not isinstance(value, str):
        return value
    if len(value) > _MAX_NUMBER_CHARS or not _NUMBER.fullmatch(value):
        raise ValueError("it is not a number of the format")
    return Decimal(value)


def _bounded(value: Decimal) -> Decimal:
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError("it is not finite")
    if len(digits) > _MAX_DIGITS or abs(exponent) > _MAX_DIGITS:
        raise ValueError(f"it has more than {_MAX_DIGITS} digits")
    return value


def _to_int(low: int, high: int) -> Converter:
    def convert(value: Any) -> int:
        number = _number(value)
        if isinstance(number, Decimal):
            _bounded(number)
        result = int(number)
        if result != number:
            raise ValueError("it is not integral")
        if not low <= result < high:
            raise ValueError(f"it is not in {low} to {high - 1}")
        return result

    return convert


_LETTERS = {TypeId.FLOAT16: "<e", TypeId.FLOAT32: "<f", TypeId.FLOAT64: "<d"}


def _narrowed(value: float, target: TypeId) -> float:
    if target is TypeId.BFLOAT16:
        bits = struct.unpack("<I", struct.pack("<f", value))[0]
        return float(struct.unpack("<f", struct.pack("<I", bits & 0xFFFF_0000))[0])
    letter = _LETTERS[target]
    return float(struct.unpack(letter, struct.pack(letter, value))[0])


def _to_float(target: TypeId) -> Converter:
    def convert(value: Any) -> float:
        number = _number(value)
        if isinstance(number, Decimal):
            _bounded(number)
        negative_zero = isinstance(value, str) and value.startswith("-") and not number
        result = -0.0 if negative_zero else float(number)
        if math.isnan(result):
            raise ValueError("it is not a number")
        if result != number or _narrowed(result, target) != result:
            raise ValueError("it has more digits or range")
        return result

    return convert


def _to_bool(value: Any) -> bool:
    if isinstance(value, str):
        if value not in _BOOLS:
            raise ValueError("it is none of 0, 1, false, true")
        return _BOOLS[value]
    if value not in (0, 1):
        raise ValueError("it is neither 0 nor 1")
    return bool(value)


def _to_str(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("it is not finite")
        text = format(Decimal(value), "f")
        return text if "." in text else text + ".0"
    text = format(_canonical(_bounded(value)), "f")
    return text


def _to_decimal(value: Any) -> Decimal:
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("it is not finite")
    return _canonical(_bounded(Decimal(_number(value))))


def _canonical(value: Decimal) -> Decimal:
    """Integers with scale 0, fractions with the smallest scale, no negative zero."""
    sign, digits, exponent = value.as_tuple()
    if not value:
        return Decimal(0)
    text = "".join(map(str, digits))
    power = int(exponent)
    while power < 0 and text.endswith("0"):
        text, power = text[:-1], power + 1
    if power > 0:
        text, power = text + "0" * power, 0
    return Decimal((sign, tuple(map(int, text)), power))
