"""What views do besides reading: equality, printing, numpy, pickling, odd keys."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fory_row.schema import Schema, no_field_message
from fory_row.types import DataType, Field, Kind

if TYPE_CHECKING:
    import numpy as np

    from fory_row._view import Array, Map, Row
    from fory_row.encoder import Encoder

_REPR_ITEMS = 10
_REPR_CHARS = 60
_NUMPY = {
    Kind.BOOL: "?",
    Kind.INT8: "i1",
    Kind.INT16: "<i2",
    Kind.INT32: "<i4",
    Kind.INT64: "<i8",
    Kind.FLOAT32: "<f4",
    Kind.FLOAT64: "<f8",
    Kind.TIMESTAMP: "<M8[us]",
    Kind.DURATION: "<m8[us]",
    Kind.DATE32: "<i4",
}


def join_protocols(row: type, array: type, map_: type) -> None:
    """Let ``isinstance``, match statements and libraries know what views are."""
    Mapping.register(row)
    Mapping.register(map_)
    Sequence.register(array)


# -- keys ------------------------------------------------------------------------


def position(key: object, n: int, what: str) -> int:
    """Return the index ``key`` of ``n`` items, counted from the front."""
    if isinstance(key, bool):
        raise TypeError(f"{what} positions are integers, not bool")
    try:
        i = operator.index(key)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(
            f"{what} positions are integers or slices, not {type(key).__name__}"
        ) from None
    if not -n <= i < n:
        raise IndexError(f"{what} position {i} of {n}")
    return i + n if i < 0 else i


def row_item(row: Row, key: object) -> Any:
    """Resolve the keys of a row that are not a plain int or a unique name."""
    if isinstance(key, str):
        names = row.keys()
        if names.count(key) > 1:
            raise KeyError(f"several fields are named {key!r}; use a position")
        if key in names:
            return row[names.index(key)]
        raise KeyError(no_field_message(key, names))
    if isinstance(key, slice):
        return [row[i] for i in range(*key.indices(len(row)))]
    return row[position(key, len(row), "field")]


def is_taken(row: type, name: str) -> bool:
    """Tell whether rows, or Python, mean something else by an attribute."""
    special = name.startswith("__") and name.endswith("__")
    return special or any(name in vars(base) for base in row.__mro__)


def outside(offset: int, size: int | None, n: int) -> str:
    """Say why a record is not inside a buffer of ``n`` bytes."""
    if size is None or offset > n:
        return f"no row starts at byte {offset:,} of a buffer of {n:,} bytes"
    return f"no row of {size:,} bytes at byte {offset:,} of a buffer of {n:,} bytes"


@functools.lru_cache(maxsize=64)
def encoder_of(cls: Any) -> Encoder[Any]:
    """Return the encoder of a class, made once."""
    from fory_row.encoder import encoder

    return encoder(cls)


# -- equality --------------------------------------------------------------------


def freeze(value: Any) -> Any:
    """Return something hashable that equals for equal values; NaN equals NaN."""
    if isinstance(value, float):
        return ("nan",) if math.isnan(value) else value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if hasattr(value, "tolist"):  # also of numpy
        value = value.tolist()
    if hasattr(value, "to_dict"):
        return freeze(value.to_dict())
    if isinstance(value, Mapping):
        return frozenset((freeze(k), freeze(v)) for k, v in value.items())
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return tuple(freeze(v) for v in value)
    return value if isinstance(value, Hashable) else object()  # what equals nothing


def rows_equal(row: Row, other: object) -> Any:
    """Compare a row with a row or a mapping."""
    if isinstance(other, type(row).__mro__[1]):
        mine, theirs = row.keys(), other.keys()  # type: ignore[attr-defined]
        if mine != theirs:
            return False
        values = zip(row.values(), other.values(), strict=True)  # type: ignore[attr-defined]
        return all(freeze(a) == freeze(b) for a, b in values)
    if isinstance(other, Mapping):
        return freeze(row.to_dict()) == freeze(other)
    return NotImplemented


def arrays_equal(array: Array, other: object) -> Any:
    """Compare an array view with another or with a list or tuple."""
    if isinstance(other, (type(array), list, tuple)):
        if len(array) != len(other):
            return False
        return freeze(array) == freeze(other)
    return NotImplemented


def maps_equal(view: Map, other: object) -> Any:
    """Compare a map view with another or with a mapping."""
    if isinstance(other, type(view)):
        return freeze(dict_of(view)) == freeze(dict_of(other))
    if isinstance(other, Mapping):
        return freeze(dict_of(view)) == freeze(other)
    return NotImplemented


def dict_of(view: Map) -> dict[Any, Any]:
    """Return the entries of a map view under hashable keys."""
    return {freeze(k): v for k, v in view.pairs()}


# -- printing --------------------------------------------------------------------


def short(value: Any) -> str:
    """Print a value in at most 60 characters."""
    if hasattr(value, "keys_array"):
        return f"{{{len(value):,} entries}}"
    if hasattr(value, "num_elements"):
        return f"[{len(value):,} items]"
    if isinstance(value, (str, bytes)):
        value = value[: _REPR_CHARS + 1]  # megabytes would take their time
    text = row_repr(value) if hasattr(value, "is_null") else repr(value)
    if len(text) > _REPR_CHARS:
        return text[: _REPR_CHARS - 3] + "..."
    return text


def part_text(view: Any, i: int, show: Callable[[Any], str] = short) -> str:
    """Print one part of a view; what is damaged prints as its error."""
    try:
        return show(view[i])
    except (ValueError, OverflowError, IndexError) as error:
        return f"<{type(error).__name__}>"


def row_repr(row: Row) -> str:
    """Print a row; long values and fields beyond the twentieth are cut."""
    names = row.keys()
    parts = [f"{n}={part_text(row, i)}" for i, n in enumerate(names[:20])]
    if len(names) > 20:
        parts.append(f"... {len(names) - 20} more")
    return f"Row({', '.join(parts)})"


def array_repr(array: Array) -> str:
    """Print the first elements of an array."""
    parts = [part_text(array, i) for i in range(min(len(array), _REPR_ITEMS))]
    if len(array) > _REPR_ITEMS:
        parts.append(f"... {len(array):,} in all")
    return f"Array([{', '.join(parts)}])"


def map_repr(view: Map) -> str:
    """Print the first entries of a map."""
    keys, values = view.keys_array(), view.values_array()
    shown = range(min(len(view), _REPR_ITEMS))
    parts = [f"{part_text(keys, i)}: {part_text(values, i)}" for i in shown]
    if len(view) > _REPR_ITEMS:
        parts.append(f"... {len(view):,} in all")
    return f"Map({{{', '.join(parts)}}})"


# -- numpy -----------------------------------------------------------------------


def numpy_dtype(type_: DataType) -> str | None:
    """Return the numpy dtype of a type's slots in an array, or None."""
    code = _NUMPY.get(type_.kind)
    tag = type_.logical
    if code is None or tag is None:
        return code
    if tag.name == "uint":
        return code.replace("i", "u")
    if tag.name in ("timestamp", "duration"):
        return f"<{'M' if tag.name == 'timestamp' else 'm'}8[{tag.args[0]}]"
    special = {"float16": "<f2", "date64": "<M8[ms]"}
    return special.get(tag.name)


def array_to_numpy(array: Array, masked: bool) -> np.ndarray:
    """Return the slots of an array as numpy, without copying."""
    import numpy as np

    field = array._field
    code = None if field is None else numpy_dtype(field.type)
    if code is None:
        raise TypeError(
            f"elements of {array._path!r} are {field and field.type}, not numbers of "
            "fixed width; use to_list()"
        )
    data, first, step, n = array._data()
    out = np.frombuffer(data, dtype=code)
    stop = first + step * n
    out = out[first : stop if stop >= 0 else None : step]
    if field is not None and field.type.kind is Kind.DATE32:
        out = out.astype("<M8[D]")
        out.flags.writeable = False
    nulls = array.null_count
    if masked:
        mask = [array.is_null(i) for i in range(n)] if nulls else False
        return np.ma.MaskedArray(out, mask=mask)
    if nulls:
        raise ValueError(
            f"{nulls} of {n} elements of {array._path!r} are null; "
            "use to_numpy(masked=True) or to_list()"
        )
    return out


def array_protocol(array: Array, dtype: Any, copy: bool | None) -> np.ndarray:
    """Serve ``np.asarray``: numbers share the bytes, the rest become objects."""
    import numpy as np

    field = array._field
    if field is not None and numpy_dtype(field.type) is not None:
        out = array_to_numpy(array, masked=False)
    elif copy is False:
        raise ValueError(f"elements of {array._path!r} cannot be shared with numpy")
    else:
        out = np.empty(len(array), dtype=object)
        out[:] = array.to_list()
    if dtype is not None and out.dtype != dtype:
        if copy is False:
            raise ValueError(f"changing {out.dtype} to {dtype} needs a copy")
        return out.astype(dtype)
    return out.copy() if copy else out


# -- pickling --------------------------------------------------------------------


def row_reduce(row: Row) -> tuple[Any, ...]:
    """Pickle a row as its schema and its own bytes."""
    field, plan = row._field, row._plan
    if plan is None:
        return type(row), ()
    base = plan if plan.base is None else plan.base
    args: tuple[Any, ...] = (base.schema.fields, base.dictionaries, plan.ordinals)
    if field is not None:
        args = (field.type.children, row._dictionaries, None)
    return _restore_row, (plan.layout, *args, row.to_bytes())


def _restore_row(
    layout: str,
    fields: Sequence[Field],
    dictionaries: tuple[Any, ...],
    ordinals: tuple[int, ...] | None,
    data: bytes,
) -> Row:
    from fory_row._view_over import row_view

    plan = Schema(fields).plan(layout, dictionaries)
    return row_view(plan if ordinals is None else plan.project(ordinals), data)


def array_reduce(array: Array) -> tuple[Any, ...]:
    """Pickle an array view as the array's bytes and the slice."""
    field = array._field
    if field is None:
        return type(array), ()
    data, *part = array._bytes()
    type_ = DataType(Kind.LIST, (field,))
    plan = array._plan
    return _restore_array, (plan.layout, type_, array._dictionaries, data, part)


def _restore_array(
    layout: str,
    type_: DataType,
    dictionaries: tuple[Any, ...],
    data: bytes,
    part: Sequence[int],
) -> Array:
    from fory_row._view_over import array_view

    first, step, n = part
    plan = Schema([Field("item", type_)]).plan(layout, dictionaries)
    view = array_view(plan, data)
    stop = first + step * n
    return view[first : stop if stop >= 0 else None : step]


def map_reduce(view: Map) -> tuple[Any, ...]:
    """Pickle a map view as its bytes."""
    field = view._field
    if field is None:
        return type(view), ()
    layout = view._plan.layout
    return _restore_map, (layout, field.type, view._dictionaries, view.to_bytes())


def _restore_map(
    layout: str, type_: DataType, dictionaries: tuple[Any, ...], data: bytes
) -> Map:
    from fory_row._view_over import map_view

    plan = Schema([Field("map", type_)]).plan(layout, dictionaries)
    return map_view(plan, data)
