"""Annotations that name a type outright: ours, Arrow's, numpy's, and markers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fory.error import EncodeError
from fory_row import types as t
from fory_row.schema import Schema
from fory_row.shape import Shape, shape_of
from fory_row.types import DataType

__all__ = ["explicit_type", "marked_type", "numpy_type"]

# Numbers that the integer markers of `fory` and others carry as ``type_id``.
_MARKED: dict[int, DataType] = {
    1: t.bool_(),
    2: t.int8(),
    3: t.int16(),
    **dict.fromkeys((4, 5), t.int32()),
    **dict.fromkeys((6, 7, 8), t.int64()),
    9: t.uint8(),
    10: t.uint16(),
    **dict.fromkeys((11, 12), t.uint32()),
    **dict.fromkeys((13, 14, 15), t.uint64()),
    17: t.float16(),
    19: t.float32(),
    20: t.float64(),
}
_NUMPY: dict[str, DataType] = {
    "b1": t.bool_(),
    "i1": t.int8(),
    "i2": t.int16(),
    "i4": t.int32(),
    "i8": t.int64(),
    "u1": t.uint8(),
    "u2": t.uint16(),
    "u4": t.uint32(),
    "u8": t.uint64(),
    "f2": t.float16(),
    "f4": t.float32(),
    "f8": t.float64(),
    "M8": t.timestamp(),
    "m8": t.duration(),
    "U0": t.utf8(),
    "S0": t.binary(),
}


def marked_type(metadata: tuple[Any, ...], path: str) -> tuple[DataType, Shape] | None:
    """Return the type that a marker inside ``Annotated`` names, if one does."""
    for marker in metadata:
        explicit = explicit_type(marker, path)
        if explicit is not None:
            return explicit, shape_of(explicit)
        number = getattr(marker, "type_id", None)
        if isinstance(number, int):
            if number not in _MARKED:
                raise EncodeError(f"{path}: rows have no type for {marker!r}")
            return _MARKED[number], Shape()
    return None


def explicit_type(hint: Any, path: str) -> DataType | None:
    """Return the type that stands for itself: ours, Arrow's or numpy's."""
    if isinstance(hint, DataType):
        return hint
    module = str(getattr(hint, "__module__", "") or type(hint).__module__)
    root = module.partition(".")[0]
    if module == t.__name__ and callable(hint):
        made = _called(hint, path)
        return made if isinstance(made, DataType) else None
    if root == "pyarrow" or type(hint).__module__.startswith("pyarrow"):
        return _arrow_type(hint, path)
    if root == "numpy":
        return numpy_type(hint)
    return None


def _called(factory: Callable[[], Any], path: str) -> Any:
    try:
        return factory()
    except TypeError as e:
        raise EncodeError(f"{path}: call {factory.__name__} with its parameters") from e


def _arrow_type(hint: Any, path: str) -> DataType:
    import pyarrow as pa

    type_ = hint if isinstance(hint, pa.DataType) else _called(hint, path)
    return Schema.from_arrow(pa.schema([(path, type_)])).fields[0].type


def numpy_type(hint: Any) -> DataType | None:
    """Return the type of a numpy scalar class or dtype, or None."""
    import numpy as np

    try:
        return _NUMPY.get(np.dtype(hint).str[1:])
    except (TypeError, ValueError):
        return None
