"""Payloads that only Python messages have: leaves and views (xlang_wire 17)."""

from __future__ import annotations

import array
import functools
import math
import types
from typing import Any

from fory._array_io import ArraySerializer, array_id_of, write_elements
from fory.arrays import ARRAY_CLASSES
from fory.error import DecodeError, EncodeError
from fory.types import NDArray

__all__ = [
    "BufferChoice",
    "MappingProxySerializer",
    "NDArraySerializer",
    "PersistentSerializer",
    "PickleBufferSerializer",
    "PyArraySerializer",
    "SliceSerializer",
    "WritableBufferSerializer",
]

# Arrays from this size on are offered to a buffer callback.
_OUT_OF_BAND_BYTES = 1024
_MAX_DIMENSIONS = 32
_FORTRAN = "F"
_IDS = [cls.type_id for cls in ARRAY_CLASSES]
_ND_ARRAYS = {int(i): ArraySerializer(i, NDArray) for i in _IDS}
_PY_ARRAYS = {int(i): ArraySerializer(i, array.array) for i in _IDS}


class SliceSerializer:
    """Start, stop and step of a slice; none of them is shared."""

    needs_parts = False  # before readers know the slice

    def write(self, ctx: Any, value: slice) -> None:
        """Write the three parts."""
        for part in (value.start, value.stop, value.step):
            ctx.write_nullable(part)

    def read(self, ctx: Any) -> slice:
        """Return the slice."""
        return slice(*[ctx.read_ref() for _ in range(3)])


class PyArraySerializer:
    """``array.array``: the id of a dense array, then its payload."""

    def write(self, ctx: Any, value: array.array[Any]) -> None:
        """Write the array."""
        type_id = array_id_of(value)
        if type_id is None:
            raise EncodeError(f"the format has no array of typecode {value.typecode!r}")
        ctx.write_uint8(type_id)
        ctx.write_bytes_and_size(value)

    def read(self, ctx: Any) -> Any:
        """Return the array."""
        return _payload(ctx, ctx.read_uint8(), _PY_ARRAYS)


class NDArraySerializer:
    """numpy arrays of any dimension; buffers of large ones may go out of band.

    Other readers of the format know neither arrays in Fortran order nor named
    fields; such an array is marked so that they refuse it instead of changing it.
    """

    def write(self, ctx: Any, value: Any) -> None:
        """Write the array."""
        type_id = array_id_of(value)
        out = ctx.takes_buffers and value.nbytes >= _OUT_OF_BAND_BYTES
        if type_id is not None and not out:
            ctx.write_uint8(type_id)
            write_elements(ctx, value)
            return
        fortran = value.flags.f_contiguous and not value.flags.c_contiguous
        ctx.write_string(_FORTRAN * fortran + _dtype_text(value.dtype))
        ctx.write_var_uint32(value.ndim)
        for n in value.shape:
            ctx.write_var_uint32(n)
        if value.dtype.hasobject:
            ctx.write_var_int32(len(value) if value.ndim else 1)
            for item in value.T if fortran else value if value.ndim else [value.item()]:
                ctx.write_ref(item)
        else:
            ctx.write_buffer_object(_bytes_of(value.T if fortran else value))

    def read(self, ctx: Any) -> Any:
        """Return the array; one that was out of band is a view on its buffer."""
        first = ctx.peek_uint8()
        if first in _ND_ARRAYS:
            ctx.skip(1)
            return _payload(ctx, first, _ND_ARRAYS)
        text = ctx.read_string()
        fortran = text.startswith(_FORTRAN)
        dtype = _dtype_from(text.removeprefix(_FORTRAN))
        n_dimensions = ctx.read_var_uint32()
        if n_dimensions > _MAX_DIMENSIONS:
            raise DecodeError(f"an array has {n_dimensions} dimensions")
        shape = [ctx.read_var_uint32() for _ in range(n_dimensions)]
        if fortran:
            shape.reverse()
        if dtype.hasobject:
            result = self._read_objects(ctx, dtype, shape)
        else:
            result = self._read_elements(ctx, dtype, shape)
        return result.T if fortran else result

    def _read_elements(self, ctx: Any, dtype: Any, shape: list[int]) -> Any:
        import numpy as np

        view = ctx.read_buffer_object()
        if math.prod(shape) * dtype.itemsize != view.nbytes:
            raise DecodeError(
                f"an array of shape {tuple(shape)} and dtype {dtype} has "
                f"{view.nbytes} bytes"
            )
        try:
            if not view.nbytes:
                return np.empty(shape, dtype)
            result = np.frombuffer(view, dtype).reshape(shape)
        except ValueError as error:
            raise DecodeError(f"an array has an impossible shape: {error}") from error
        return result if ctx.takes_buffers else result.copy()

    def _read_objects(self, ctx: Any, dtype: Any, shape: list[int]) -> Any:
        import numpy as np

        n = ctx.read_var_int32()
        if n != (shape[0] if shape else 1) or math.prod(shape) > ctx.readable_bytes:
            raise DecodeError(f"an array of shape {tuple(shape)} has {n} items")
        result = np.empty(shape, dtype)
        ctx.reference(result)
        for i in range(n):
            result[i if shape else ()] = ctx.read_ref()
        return result


def _dtype_text(dtype: Any) -> str:
    """Return the text of a dtype; that of named fields is a list of them."""
    if dtype.names is None:
        return str(dtype.str)
    import numpy as np

    if dtype.hasobject or np.dtype(dtype.descr) != dtype:
        raise EncodeError(f"the format has no arrays of {dtype}; convert the fields")
    return repr(dtype.descr)


@functools.lru_cache(maxsize=256)
def _dtype_from(text: str) -> Any:
    import ast

    import numpy as np

    try:
        dtype = np.dtype(ast.literal_eval(text) if text.startswith("[") else text)
    except (TypeError, ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise DecodeError(f"an array has the unknown dtype {text!r:.60}") from error
    if not dtype.itemsize and dtype.kind not in "SUV":
        raise DecodeError(f"an array has a dtype without a size, {text!r:.60}")
    return dtype


def _payload(ctx: Any, type_id: int, serializers: dict[int, ArraySerializer]) -> Any:
    if type_id not in serializers:
        raise DecodeError(f"{type_id} is not the id of an array")
    return serializers[type_id].read(ctx)


def _bytes_of(value: Any) -> Any:
    """Return the elements of an array as bytes in C order, a view if they are."""
    import numpy as np

    flat = np.ascontiguousarray(value).reshape(-1)
    return flat.view(np.uint8).data if flat.nbytes else b""


class MappingProxySerializer:
    """A read-only view on a dict: the dict."""

    def write(self, ctx: Any, value: types.MappingProxyType[Any, Any]) -> None:
        """Write the mapping behind the proxy."""
        ctx.write_ref(value | {})

    def read(self, ctx: Any) -> Any:
        """Return a proxy of a new dict."""
        mapping = ctx.read_ref()
        if not isinstance(mapping, dict):
            raise DecodeError(f"a mapping proxy of {type(mapping).__name__}")
        return types.MappingProxyType(mapping)


class PickleBufferSerializer:
    """Bytes that an object offers out of band."""

    def write(self, ctx: Any, value: Any) -> None:
        """Write the buffer, in band or out of band."""
        ctx.write_buffer_object(value)

    def read(self, ctx: Any) -> Any:
        """Return the buffer, a view on the message or on what was out of band."""
        from pickle import PickleBuffer

        if not _is_outside(ctx):
            return PickleBuffer(ctx.read_buffer_object().toreadonly())
        source = ctx.next_source()
        fixed = memoryview(source).readonly
        return PickleBuffer(source if fixed else memoryview(source).toreadonly())


class WritableBufferSerializer(PickleBufferSerializer):
    """The same where the bytes may be changed; other readers do not know it."""

    def read(self, ctx: Any) -> Any:
        """Return the buffer that was out of band, or one on a copy."""
        from pickle import PickleBuffer

        if _is_outside(ctx):
            return PickleBuffer(ctx.next_source())
        return PickleBuffer(bytearray(ctx.read_buffer_object()))


def _is_outside(ctx: Any) -> bool:
    """Tell whether the next buffer is beside the message; pass over what says so."""
    if not ctx.takes_buffers or ctx.peek_uint8():
        return False
    ctx.skip(1)
    return True


class BufferChoice:
    """Tells buffers that may be changed from those that may not."""

    def __init__(self, fixed: Any, writable: Any) -> None:
        self.fixed, self.writable = fixed, writable

    def choose(self, value: Any) -> Any:
        """Return the plan for this buffer."""
        return self.fixed if memoryview(value).readonly else self.writable


class ArrayChoice:
    """Tells arrays of numbers from those of characters, which are rebuilt by a call."""

    def __init__(self, numbers: Any, others: Any) -> None:
        self.numbers, self.others = numbers, others

    def choose(self, value: array.array[Any]) -> Any:
        """Return the plan for this array."""
        return self.others if array_id_of(value) is None else self.numbers


class PersistentSerializer:
    """Names of objects that stay outside of the message."""

    def __init__(self, load: Any) -> None:
        self.load = load

    def read(self, ctx: Any) -> Any:
        """Return what has the name that follows."""
        name = ctx.read_ref()
        if self.load is None:
            raise DecodeError(
                f"the message refers to {name!r:.60} outside of it; an Unpickler with "
                f"persistent_load finds it"
            )
        return self.load(name)
