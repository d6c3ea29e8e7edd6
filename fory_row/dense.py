"""The array annotations and classes of `fory`: lists of numbers, restored as such."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from fory.arrays import ARRAY_CLASSES, BFloat16Array, DenseArray
from fory.error import EncodeError
from fory.types import Array, NDArray, PyArray
from fory_row.data_type import DataType
from fory_row.markers import numpy_type
from fory_row.views import numpy_dtype

__all__ = ["dense_array", "is_dense"]

_CLASSES = {numpy_type(c.dtype): c for c in ARRAY_CLASSES if c is not BFloat16Array}


def is_dense(cls: Any) -> bool:
    """Tell whether an annotation is of an array, such as ``int32_array``."""
    if cls in (Array, NDArray, PyArray):
        return True
    return isinstance(cls, type) and issubclass(cls, DenseArray)


def dense_array(
    cls: Any, item: DataType | None, path: str
) -> tuple[DataType, Callable[[Any], Any]]:
    """Return the type of the numbers and what makes the array of them.

    Parameters
    ----------
    cls : class
        One that `is_dense` knows.
    item : DataType or None
        What the annotation says that the numbers are.

    Raises
    ------
    EncodeError
        If rows have no such numbers.
    """
    for known, made in _CLASSES.items():
        if known is not None and (cls is made or (item == known and cls is Array)):
            return known, made
    code = None if item is None or item.variable else numpy_dtype(item)
    if item is None or code is None or cls not in (NDArray, PyArray):
        raise EncodeError(f"{path}: {cls.__qualname__} is no array of numbers of rows")
    if cls is NDArray:
        import numpy as np

        return item, functools.partial(np.array, dtype=code)
    return item, functools.partial(_py_array, code)


def _py_array(code: str, values: Any) -> Any:
    import array

    import numpy as np

    return array.array(np.dtype(code).char, values)
