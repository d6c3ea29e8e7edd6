"""Containers of any class as the exact lists and dicts that the writer walks."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Set
from enum import Enum
from typing import Any

from fory.error import EncodeError
from fory_row.shown import shown, type_name
from fory_row.types import DataType

_TEXT = (str, bytes, bytearray)
# numpy's name of the arrays whose items are the slots of a type.
_DTYPES = {
    "bool": "b1",
    "int8": "i1",
    "int16": "i2",
    "int32": "i4",
    "int64": "i8",
    "int8:uint": "u1",
    "int16:uint": "u2",
    "int32:uint": "u4",
    "int64:uint": "u8",
    "int16:float16": "f2",
    "float32": "f4",
    "float64": "f8",
}
_MISSING = object()


def as_dict(value: Any, names: tuple[str, ...]) -> dict[str, Any] | None:
    """Return a mapping, or the attributes ``names`` of an object, as a dict.

    Returns
    -------
    dict or None
        None when the value is neither.

    Raises
    ------
    EncodeError
        If an object has some of the attributes only.
    """
    if isinstance(value, Mapping):
        entries = list(value.items())
        found = dict(entries)
        if len(found) < len(entries):
            raise EncodeError(f"{type_name(value)} has several values under one name")
        return found
    if hasattr(value, "keys") and hasattr(type(value), "__getitem__"):
        return {name: value[name] for name in value.keys()}  # noqa: SIM118
    found = {name: getattr(value, name, _MISSING) for name in names}
    missing = [name for name, item in found.items() if item is _MISSING]
    if len(missing) == len(names):
        return None
    if missing:
        raise EncodeError(f"{type_name(value)} has no attribute {missing[0]!r}")
    return found


def as_list(value: Any) -> list[Any] | None:
    """Return the items of a collection that is no text and no mapping, else None."""
    if hasattr(value, "to_pylist"):  # of Arrow's arrays and of columns
        found: list[Any] = value.to_pylist()
        return found
    if isinstance(value, (*_TEXT, Mapping)) or not isinstance(value, Collection):
        return None
    dtype = getattr(value, "dtype", None)
    if getattr(dtype, "kind", "") in tuple("biuf") and hasattr(value, "tolist"):
        items = value.tolist()
        return items if type(items) is list else None
    return _sorted(value) if isinstance(value, Set) else list(value)


def _sorted(members: Set[Any]) -> list[Any]:
    """Return the members of a set in order, where they have one.

    So equal sets have equal bytes, whatever order their hashes give them.
    """
    is_enum = all(isinstance(member, Enum) for member in members)
    try:
        return sorted(members, key=_name if is_enum else None)
    except TypeError:
        return list(members)


def _name(member: Enum) -> str:
    return member.name or ""


def dtype_of(type_: DataType) -> str | None:
    """Return the dtype of numpy arrays whose items are slots of ``type_``, or None."""
    return _DTYPES.get(str(type_))


def as_slots(value: Any, dtype: str) -> bytes | None:
    """Return the items of a flat numpy array of ``dtype`` as bytes, else None."""
    cls = type(value)
    if cls.__name__ != "ndarray" or cls.__module__ != "numpy" or value.ndim != 1:
        return None
    order, name = value.dtype.str[0], value.dtype.str[1:]
    return value.tobytes() if name == dtype and order != ">" else None


def as_entries(value: Any) -> tuple[list[Any], list[Any]] | None:
    """Return the keys and values of a mapping or a list of pairs, else None."""
    if type(value) is dict:
        return list(value), list(value.values())
    if hasattr(value, "pairs"):
        value = value.pairs()
    elif isinstance(value, Mapping):
        value = list(value.items())
    if not isinstance(value, (list, tuple)):
        return None
    if any(type(pair) is not tuple or len(pair) != 2 for pair in value):
        return None
    return [k for k, _ in value], [v for _, v in value]


def unknown_keys(names: tuple[str, ...], value: Mapping[Any, Any]) -> EncodeError:
    """Return the error for a mapping with keys that are no field."""
    extra = [key for key in value if key not in names]
    if not extra:
        return EncodeError("the mapping changed while it was written")
    near = difflib.get_close_matches(str(extra[0]), names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    more = f" and {len(extra) - 1} more" if len(extra) > 1 else ""
    return EncodeError(f"no field for the key {shown(extra[0])}{more}{hint}")


def key_text(key: Any, index: int) -> str:
    """Spell a map key inside a path."""
    if type(key) is str and len(key) <= 40:
        return repr(key)
    return str(key) if type(key) is int else str(index)
