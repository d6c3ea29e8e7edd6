"""numpy arrays in Python messages (xlang_wire 17).

This module has the rules, for the twin; ``_write_arrays`` and ``_read_arrays`` do the
same in compiled code. Other readers of the format refuse what they would change, such
as Fortran order and named fields; to them a read-only array is one like others.
"""

from __future__ import annotations

import math

from fory._array_io import AS_NUMPY, ArraySerializer, write_elements
from fory._dtypes import ELEMENTS, REDUCED, kind_of, name_of, parse
from fory._outside import is_outside
from fory._type_ids import TypeId
from fory.arrays import ARRAY_CLASSES
from fory.error import DecodeError, EncodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "AS_REDUCTION",
    "MAX_DIMENSIONS",
    "MOST_BYTES",
    "OUT_OF_BAND_BYTES",
    "NDArraySerializer",
    "bytes_of",
    "empty",
    "fill",
    "reduction_plan",
    "too_large",
    "wrong_size",
]

# Arrays from this size on are offered to a buffer callback.
OUT_OF_BAND_BYTES = 1024
MAX_DIMENSIONS = 64
MOST_BYTES = (1 << 31) - 1  # of one value in a message
AS_REDUCTION = "="
_DENSE = {
    int(cls.type_id): ArraySerializer(cls.type_id, AS_NUMPY) for cls in ARRAY_CLASSES
}


class NDArraySerializer:
    """numpy arrays of any dimension; buffers of large ones may go out of band."""

    needs_parts = False  # before readers know the array

    def write(self, ctx: Any, value: Any) -> None:
        """Write the array."""
        form, text, type_id, _ = kind_of(value.dtype)
        if form == REDUCED:
            plan = reduction_plan(ctx, value.dtype)
            ctx.write_string(AS_REDUCTION)
            ctx.write_payload_as(plan, value)
            return
        out = ctx.takes_buffers and value.nbytes >= OUT_OF_BAND_BYTES
        if not ctx.takes_buffers and value.nbytes > MOST_BYTES:
            raise too_large(value.nbytes)
        fixed = not value.flags.writeable
        if type_id and value.ndim == 1 and not (fixed or out):
            ctx.write_uint8(type_id)
            write_elements(ctx, value)
            return
        fortran = value.flags.f_contiguous and not value.flags.c_contiguous
        ctx.write_string(name_of(text, fortran, fixed))
        ctx.write_var_uint64(value.ndim)
        for n in value.shape:
            ctx.write_var_uint64(n)
        value = value.T if fortran else value
        if form == ELEMENTS:
            ctx.write_buffer_object(bytes_of(value))
            return
        items = list(value) if value.ndim else [value.item()]
        ctx.write_var_int32(len(items))
        for item in items:
            ctx.write_ref(item)

    def read(self, ctx: Any) -> Any:
        """Return the array; one that was out of band is a view on its buffer."""
        first = ctx.peek_uint8()
        if first in _DENSE:
            ctx.skip(1)
            return _DENSE[first].read(ctx)
        text = ctx.read_string()
        if text == AS_REDUCTION:
            return ctx.read_payload_as(reduction_plan(ctx, None))
        dtype, fortran, fixed = parse(text)
        n_dimensions = ctx.read_var_uint64()
        if n_dimensions > MAX_DIMENSIONS:
            raise DecodeError(f"an array has {n_dimensions} dimensions")
        shape = tuple([ctx.read_var_uint64() for _ in range(n_dimensions)])
        read = _read_objects if dtype.hasobject else _read_elements
        result = read(ctx, dtype, shape, "F" if fortran else "C")
        if fixed:
            result.setflags(write=False)
        return result


def _read_elements(ctx: Any, dtype: Any, shape: tuple[int, ...], order: Any) -> Any:
    import numpy as np

    outside = is_outside(ctx)
    view = memoryview(ctx.next_source()) if outside else ctx.read_buffer_object()
    if math.prod(shape) * dtype.itemsize != view.nbytes:
        raise wrong_size(shape, dtype, view.nbytes)
    if not view.nbytes:
        return empty(shape, dtype, order)
    try:
        result = np.frombuffer(view, dtype).reshape(shape, order=order)
    except ValueError as error:
        raise DecodeError(f"an array has an impossible shape: {error}") from error
    return result if outside else result.copy("A")


def _read_objects(ctx: Any, dtype: Any, shape: tuple[int, ...], order: Any) -> Any:
    n = ctx.read_var_int32()
    outer = shape[0 if order == "C" else -1] if shape else 1
    if n != outer:
        raise DecodeError(f"an array of shape {shape} has {n} items")
    ctx.checked_size(math.prod(shape))
    result = empty(shape, dtype, order)
    ctx.reference(result)
    fill(result if order == "C" else result.T, [ctx.read_ref() for _ in range(n)])
    return result


def reduction_plan(ctx: Any, dtype: Any) -> Any:
    """Return the plan of arrays that only Python's own protocol holds without loss.

    ``dtype`` is that of an array to be written, None where one is read.
    """
    plan = ctx.fory.type_resolver.by_type_id[TypeId.REDUCE]
    if plan is None and dtype is None:
        raise DecodeError("an array came as a call, which needs Fory(strict=False)")
    if plan is None:
        raise EncodeError(
            f"arrays of {dtype!r:.200} travel as calls: use Fory(strict=False), or "
            f"convert the array"
        )
    return plan


def wrong_size(shape: tuple[int, ...], dtype: Any, n_bytes: int) -> DecodeError:
    """Return the error for elements that do not fill an array."""
    return DecodeError(
        f"an array of shape {shape} and dtype {dtype} has {n_bytes} bytes"
    )


def too_large(n_bytes: int) -> EncodeError:
    """Return the error for an array that no reader of the format takes."""
    return EncodeError(
        f"an array of {n_bytes} bytes does not fit into a message: pass a "
        f"buffer_callback, which keeps it out"
    )


def empty(shape: tuple[int, ...], dtype: Any, order: Any) -> Any:
    """Return an array whose elements are still to be set."""
    import numpy as np

    try:
        if dtype.itemsize:
            return np.empty(shape, dtype, order)
        # np.empty would make elements of no size larger.
        return np.ndarray(shape, dtype, bytearray(), order=order)
    except ValueError as error:
        raise DecodeError(f"an array has an impossible shape: {error}") from error


def fill(result: Any, items: list[Any]) -> None:
    """Set the items of an array of objects; those of several dimensions are arrays."""
    import numpy as np

    try:
        if result.ndim < 2:
            exact = np.fromiter(items, object, len(items))
            result[...] = exact.reshape(result.shape)
            return
        for i, item in enumerate(items):
            result[i] = item
    except (ValueError, TypeError) as error:
        raise DecodeError(f"an array of objects has other items: {error}") from error


def bytes_of(value: Any) -> Any:
    """Return the elements of an array as bytes in C order, a view if they are."""
    import numpy as np

    flat = np.ascontiguousarray(value).reshape(-1)
    return flat.view(np.uint8).data if flat.nbytes else b""
