"""Dense arrays of one number type, as the wire has them (xlang_wire 6)."""

from __future__ import annotations

import array
import struct
from collections.abc import Iterable, Iterator, Sequence

from fory._halves import bfloat16_bits, float16_bits, float16_from
from fory._type_ids import TypeId

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

__all__ = [
    "ARRAY_CLASSES",
    "BFloat16Array",
    "BoolArray",
    "DenseArray",
    "Float16Array",
    "Float32Array",
    "Float64Array",
    "Int8Array",
    "Int16Array",
    "Int32Array",
    "Int64Array",
    "UInt8Array",
    "UInt16Array",
    "UInt32Array",
    "UInt64Array",
]


class DenseArray(Sequence[object]):
    """Numbers of one width, back to back.

    An array that was read is a view on the message and keeps it alive. Convert it
    with ``list(...)``, ``numpy.asarray(...)`` or ``array.array(...)``.

    Parameters
    ----------
    values : iterable of numbers
        The elements; each must fit the type.
    """

    __slots__ = ("_view",)

    type_id: ClassVar[TypeId]
    # Letter of struct and memoryview under which the bytes are kept.
    storage: ClassVar[str]
    dtype: ClassVar[str]
    width: ClassVar[int]

    def __init_subclass__(cls) -> None:
        cls.width = struct.calcsize(cls.storage)

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self._view = memoryview(array.array(self.storage, map(self._pack, values)))

    @classmethod
    def from_buffer(cls, data: Any) -> DenseArray:
        """Return an array that is a view on the little-endian bytes of ``data``."""
        self = cls.__new__(cls)
        self._view = memoryview(data).cast("B").cast(cls.storage)  # type: ignore[call-overload]
        return self

    @staticmethod
    def _pack(value: Any) -> Any:
        return value

    @staticmethod
    def _unpack(value: Any) -> Any:
        return value

    def tobytes(self) -> bytes:
        """Return a copy of the elements in little-endian order."""
        return self._view.tobytes()

    def data(self) -> memoryview:
        """Return a view on the elements; it keeps their owner alive."""
        return self._view

    def tolist(self) -> list[Any]:
        """Return the elements as a list."""
        return [self._unpack(value) for value in self._view]

    def __len__(self) -> int:
        return len(self._view)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self).from_buffer(self._view[index].tobytes())
        return self._unpack(self._view[index])

    def __iter__(self) -> Iterator[Any]:
        return map(self._unpack, self._view)

    def __eq__(self, other: object) -> bool:
        if not hasattr(other, "__len__") or isinstance(other, (str, dict, set)):
            return NotImplemented
        items: Any = other
        return len(self) == len(items) and all(
            a == b for a, b in zip(self, items, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.tolist()})"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy as np

        result = np.frombuffer(self._view, self.dtype)
        if dtype is not None and dtype != result.dtype:
            return result.astype(dtype)
        return result.copy() if copy else result

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_buffer, (self.tobytes(),)


class BoolArray(DenseArray):
    """Bools, one byte each."""

    __slots__ = ()
    type_id, storage, dtype = TypeId.BOOL_ARRAY, "B", "?"

    @staticmethod
    def _pack(value: Any) -> bool:
        return bool(value)

    @staticmethod
    def _unpack(value: Any) -> bool:
        return bool(value)


class Int8Array(DenseArray):
    """Signed integers of 8 bits."""

    __slots__ = ()
    type_id, storage, dtype = TypeId.INT8_ARRAY, "b", "<i1"


class Int16Array(DenseArray):
    """Signed integers of 16 bits."""

    __slots__ = ()
    type_id, storage, dtype = TypeId.INT16_ARRAY, "h", "<i2"


class Int32Array(DenseArray):
    """Signed integers of 32 bits."""

    __slots__ = ()
    type_id, storage, dtype = TypeId.INT32_ARRAY, "i", "<i4"


class Int64Array(DenseArray):
    """Signed integers of 64 bits."""

    __slots__ = ()
    type_id, storage, dtype = TypeId.INT64_ARRAY, "q", "<i8"


class UInt8Array(DenseArray):
    """Unsigned integers of 8 bits."""

    __slots__ = ()
    type_id, storage, dtype = TypeId.UINT8_ARRAY, "B", "<u1"


class UInt16Array(DenseArray):
    """Unsigned integers of 16 bits."""

    __slots__ = ()
    type_id, storage, dtype = TypeId.UINT16_ARRAY, "H", "<u2"


class UInt32Array(DenseArray):
    """Unsigned integers of 32 bits."""

    __slots__ = ()
    type_id, storage, dtype = TypeId.UINT32_ARRAY, "I", "<u4"


class UInt64Array(DenseArray):
    """Unsigned integers of 64 bits."""

    __slots__ = ()
    type_id, storage, dtype = TypeId.UINT64_ARRAY, "Q", "<u8"


class Float16Array(DenseArray):
    """Floats of 16 bits."""

    __slots__ = ()
    type_id, storage, dtype = TypeId.FLOAT16_ARRAY, "H", "<f2"

    _pack = staticmethod(float16_bits)
    _unpack = staticmethod(float16_from)


class BFloat16Array(DenseArray):
    """Upper halves of floats of 32 bits; numpy sees them as such."""

    __slots__ = ()
    type_id, storage, dtype = TypeId.BFLOAT16_ARRAY, "H", "<u2"

    _pack = staticmethod(bfloat16_bits)

    @staticmethod
    def _unpack(value: int) -> float:
        return float(struct.unpack("<f", (value << 16).to_bytes(4, "little"))[0])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy as np

        return np.array(self.tolist(), dtype or np.float32)


class Float32Array(DenseArray):
    """Floats of 32 bits."""

    __slots__ = ()
    type_id, storage, dtype = TypeId.FLOAT32_ARRAY, "f", "<f4"


class Float64Array(DenseArray):
    """Floats of 64 bits."""

    __slots__ = ()
    type_id, storage, dtype = TypeId.FLOAT64_ARRAY, "d", "<f8"


ARRAY_CLASSES: frozenset[type[DenseArray]] = frozenset(DenseArray.__subclasses__())
