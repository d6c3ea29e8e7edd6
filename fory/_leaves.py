"""Plans of the types that need no registration."""

from __future__ import annotations

import datetime
import decimal
import functools

from fory._array_io import DENSE, ArraySerializer
from fory._impl import Codec
from fory._type_ids import TypeId
from fory.arrays import ARRAY_CLASSES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["leaf_codecs", "value_codecs"]

_TRACKED = {
    TypeId.LIST,
    TypeId.SET,
    TypeId.MAP,
    TypeId.DURATION,
    TypeId.TIMESTAMP,
    TypeId.DATE,
    TypeId.BINARY,
}
_PLAIN = [
    *range(TypeId.BOOL, TypeId.TAGGED_UINT64 + 1),
    *range(TypeId.FLOAT16, TypeId.MAP + 1),
    *range(TypeId.NONE, TypeId.BINARY + 1),
]
_PYTHON_TYPES: dict[type, TypeId] = {
    type(None): TypeId.NONE,
    bool: TypeId.BOOL,
    int: TypeId.VARINT64,
    float: TypeId.FLOAT64,
    str: TypeId.STRING,
    bytes: TypeId.BINARY,
    list: TypeId.LIST,
    set: TypeId.SET,
    dict: TypeId.MAP,
    datetime.date: TypeId.DATE,
    datetime.datetime: TypeId.TIMESTAMP,
    datetime.timedelta: TypeId.DURATION,
    decimal.Decimal: TypeId.DECIMAL,
    **{cls: cls.type_id for cls in ARRAY_CLASSES},
}


@functools.cache
def leaf_codecs(xlang: bool) -> tuple[Codec, ...]:
    """Return the plans of the ids after which nothing but the payload stands."""
    codecs = [Codec(i, trackable=TypeId(i) in _TRACKED) for i in map(int, _PLAIN)]
    for cls in ARRAY_CLASSES:
        serializer = ArraySerializer(cls.type_id)
        codecs.append(Codec(DENSE, cls.type_id, serializer=serializer))
    if not xlang:
        codecs.append(Codec(TypeId.LIST, TypeId.TUPLE, trackable=True, make=tuple))
    return tuple(codecs)


def value_codecs(by_type_id: list[Any]) -> dict[type, Codec]:
    """Return the plans of Python's own types."""
    codecs = {cls: by_type_id[type_id] for cls, type_id in _PYTHON_TYPES.items()}
    codecs[tuple] = by_type_id[TypeId.TUPLE] or by_type_id[TypeId.LIST]
    return codecs
