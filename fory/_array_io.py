"""How dense arrays are written from and read into their Python carriers."""

from __future__ import annotations

import array
import sys

from fory import arrays
from fory._type_ids import TypeId
from fory._values import unexpected
from fory.arrays import ARRAY_CLASSES, DenseArray
from fory.error import EncodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "AS_NUMPY",
    "DENSE",
    "ArraySerializer",
    "array_id_of",
    "id_of_dtype",
    "id_of_typecode",
    "is_ndarray",
    "no_array",
    "write_elements",
]

DENSE = TypeId.BOOL_ARRAY  # the payload form of all of them
AS_NUMPY = TypeId.NDARRAY  # the carrier of what is annotated as such
_CLASS_OF = {cls.type_id: cls for cls in ARRAY_CLASSES}
_ID_OF_DTYPE = {
    cls.dtype: cls.type_id for cls in ARRAY_CLASSES if cls is not arrays.BFloat16Array
} | {"|b1": TypeId.BOOL_ARRAY, "|i1": TypeId.INT8_ARRAY, "|u1": TypeId.UINT8_ARRAY}
_KIND_OF_TYPECODE = dict.fromkeys("bhilq", "i") | dict.fromkeys("BHILQ", "u")


def is_ndarray(value: object) -> bool:
    """Tell a numpy array from other objects without importing numpy."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def array_id_of(value: Any) -> TypeId | None:
    """Return the id of a dense array of this dtype, or None if there is none."""
    if isinstance(value, array.array):
        kind = _KIND_OF_TYPECODE.get(value.typecode, "f")
        if value.typecode not in "bBhHiIlLqQfd":
            return None
        return _ID_OF_DTYPE[
            f"{'|' if value.itemsize == 1 else '<'}{kind}{value.itemsize}"
        ]
    return _ID_OF_DTYPE.get(value.dtype.str) if value.ndim == 1 else None


def id_of_typecode() -> dict[str, int]:
    """Return the ids of dense arrays by the typecodes of ``array.array``."""
    made = {code: array_id_of(array.array(code)) for code in "bBhHiIlLqQfd"}
    return {code: type_id for code, type_id in made.items() if type_id is not None}


def no_array(value: array.array[Any]) -> EncodeError:
    """Return the error for an array that is not one of numbers."""
    return EncodeError(f"the format has no array of typecode {value.typecode!r}")


def id_of_dtype(text: str) -> int:
    """Return the id of a dense array whose dtype has this text, 0 if there is none."""
    return _ID_OF_DTYPE.get(text, 0)


def write_elements(ctx: Any, value: Any) -> None:
    """Write the size and the bytes of an array in C order."""
    try:
        ctx.write_bytes_and_size(value)
    except (BufferError, ValueError):
        ctx.write_bytes_and_size(value.tobytes())


class ArraySerializer:
    """Payload of a dense array: size in bytes, then the elements.

    Parameters
    ----------
    type_id : TypeId
        Which array.
    carrier : type or TypeId, optional
        ``AS_NUMPY`` or ``array.array``; the wrapper class if not given.
    """

    def __init__(self, type_id: TypeId, carrier: Any = None) -> None:
        self.type_id = type_id
        self.wrapper = _CLASS_OF[type_id]
        self.carrier = carrier

    def write(self, ctx: Any, value: Any) -> None:
        """Write an array, or a sequence whose items all fit."""
        if isinstance(value, DenseArray):
            if value.type_id is not self.type_id:
                raise unexpected(self.wrapper.__name__, value)
            ctx.write_bytes_and_size(value.data())
        elif isinstance(value, array.array) or is_ndarray(value):
            if array_id_of(value) is not self.type_id:
                raise unexpected(f"an array for {self.wrapper.__name__}", value)
            write_elements(ctx, value)
        else:
            ctx.write_bytes_and_size(self._convert(value).data())

    def _convert(self, value: Any) -> DenseArray:
        if isinstance(value, (str, bytes, dict, set)):
            raise unexpected(f"numbers for {self.wrapper.__name__}", value)
        try:
            return self.wrapper(value)
        except (TypeError, OverflowError, ValueError) as error:
            raise EncodeError(
                f"not all items fit into {self.wrapper.__name__}: {error}"
            ) from error

    def read(self, ctx: Any) -> Any:
        """Return the carrier; a wrapper is a view on the message, others are copies."""
        n = ctx.read_array_size(self.wrapper.width)
        if self.carrier is None:
            return self.wrapper.from_buffer(ctx.view_bytes(n * self.wrapper.width))
        result: Any
        if self.carrier is AS_NUMPY:
            import numpy as np

            result = np.empty(n, self.wrapper.dtype)
        else:
            result = array.array(self.wrapper.storage, bytes(n * self.wrapper.width))
        ctx.read_into(result)
        return result
