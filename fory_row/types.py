"""Types of the row language: the factories that make them, and what they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fory_row.data_type import UNITS, WIDTHS, DataType, Field, Kind, Logical
from fory_row.shown import shown

__all__ = [
    "DataType",
    "Field",
    "Kind",
    "Logical",
    "binary",
    "bool_",
    "date32",
    "date64",
    "decimal",
    "dictionary",
    "duration",
    "field",
    "fixed_size_binary",
    "fixed_size_list",
    "float16",
    "float32",
    "float64",
    "int8",
    "int16",
    "int32",
    "int64",
    "large_binary",
    "large_list",
    "large_utf8",
    "list_",
    "map_",
    "null",
    "struct",
    "time32",
    "time64",
    "timestamp",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "utf8",
    "uuid",
]


def field(
    name: str,
    type: DataType,
    nullable: bool = True,
    metadata: Mapping[bytes, bytes] | None = None,
) -> Field:
    """Make a `Field`."""
    return Field(name, type, nullable, metadata)


def _plain(kind: Kind) -> Any:
    made = DataType(kind)

    def factory() -> DataType:
        return made

    factory.__name__ = factory.__qualname__ = kind.name.lower()
    factory.__doc__ = f"Return the type `{kind.name.lower()}` (row_format 1)."
    return factory


bool_ = _plain(Kind.BOOL)
int8 = _plain(Kind.INT8)
int16 = _plain(Kind.INT16)
int32 = _plain(Kind.INT32)
int64 = _plain(Kind.INT64)
float32 = _plain(Kind.FLOAT32)
float64 = _plain(Kind.FLOAT64)
utf8 = _plain(Kind.UTF8)
binary = _plain(Kind.BINARY)
date32 = _plain(Kind.DATE32)


def _tagged(kind: Kind, name: str, *args: int | str | bool) -> DataType:
    return DataType(kind, logical=Logical(name, args))


def uint8() -> DataType:
    """Return the unsigned 8-bit integer, kept in an int8 slot."""
    return _tagged(Kind.INT8, "uint")


def uint16() -> DataType:
    """Return the unsigned 16-bit integer, kept in an int16 slot."""
    return _tagged(Kind.INT16, "uint")


def uint32() -> DataType:
    """Return the unsigned 32-bit integer, kept in an int32 slot."""
    return _tagged(Kind.INT32, "uint")


def uint64() -> DataType:
    """Return the unsigned 64-bit integer, kept in an int64 slot."""
    return _tagged(Kind.INT64, "uint")


def float16() -> DataType:
    """Return IEEE binary16, its bits kept in an int16 slot."""
    return _tagged(Kind.INT16, "float16")


def _unit(unit: str) -> str:
    if unit not in UNITS:
        raise ValueError(f"unit must be one of {', '.join(UNITS)}, not {unit!r}")
    return unit


def timestamp(unit: str = "us", tz: str | None = None) -> DataType:
    """Return a point in time.

    Parameters
    ----------
    unit : {"s", "ms", "us", "ns"}
        Only microseconds are the official timestamp (kind 38); the other units are
        int64 counts with a tag, so that no reader mistakes the unit.
    tz : str, optional
        Zone name or offset as Arrow spells it. None: wall clock without zone.
    """
    kind = Kind.TIMESTAMP if _unit(unit) == "us" else Kind.INT64
    if unit == "us" and not tz:
        return DataType(kind)
    return _tagged(kind, "timestamp", unit, tz or "")


def duration(unit: str = "us") -> DataType:
    """Return a length of time; other units than microseconds are tagged int64."""
    if _unit(unit) == "us":
        return DataType(Kind.DURATION)
    return _tagged(Kind.INT64, "duration", unit)


def time32(unit: str = "ms") -> DataType:
    """Return a time of day in ``s`` or ``ms``, kept in an int32 slot."""
    if unit not in ("s", "ms"):
        raise ValueError(f"time32 has the units s and ms, not {unit!r}")
    return _tagged(Kind.INT32, "time", unit)


def time64(unit: str = "us") -> DataType:
    """Return a time of day in ``us`` or ``ns``, kept in an int64 slot."""
    if unit not in ("us", "ns"):
        raise ValueError(f"time64 has the units us and ns, not {unit!r}")
    return _tagged(Kind.INT64, "time", unit)


def date64() -> DataType:
    """Return a date as milliseconds since 1970-01-01, kept in an int64 slot."""
    return _tagged(Kind.INT64, "date64")


def decimal(precision: int, scale: int = 0, *, bits: int = 128) -> DataType:
    """Return an exact decimal.

    Bodies are 32 bytes (row_format 3.3). A negative scale, which schema bytes cannot
    say, is kept as ``bits / 8`` binary bytes with a tag.

    Parameters
    ----------
    precision : int
        How many digits: at most 9, 18, 38 or 76 by ``bits``.
    scale : int
        How many of them stand behind the point, -128 to 127.
    bits : {32, 64, 128, 256}
        Width of the Arrow type; nothing else depends on it.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """
    limits = {32: 9, 64: 18, 128: 38, 256: 76}
    if bits not in limits:
        raise ValueError(f"decimal bits must be 32, 64, 128 or 256, not {bits}")
    if not 1 <= precision <= limits[bits]:
        raise ValueError(
            f"decimal precision must be 1 to {limits[bits]} in {bits} bits, "
            f"not {precision}"
        )
    if not -128 <= scale <= 127:
        raise ValueError(f"decimal scale must be -128 to 127, not {scale}")
    if scale < 0:
        return _tagged(Kind.BINARY, "decimal", bits, precision, scale)
    tag = None if bits == 128 else Logical("decimal", (bits,))
    return DataType(Kind.DECIMAL, (), precision, scale, tag)


def large_utf8() -> DataType:
    """Return utf8 that Arrow keeps with 64-bit offsets."""
    return _tagged(Kind.UTF8, "large")


def large_binary() -> DataType:
    """Return binary that Arrow keeps with 64-bit offsets."""
    return _tagged(Kind.BINARY, "large")


def fixed_size_binary(n_bytes: int) -> DataType:
    """Return binary of exactly ``n_bytes`` bytes."""
    return _tagged(Kind.BINARY, "fixed", _count(n_bytes))


def uuid() -> DataType:
    """Return a UUID, 16 bytes of binary."""
    return _tagged(Kind.BINARY, "uuid")


def null() -> DataType:
    """Return the type whose only value is null, kept in an int8 slot."""
    return _tagged(Kind.INT8, "null")


def _count(n: int) -> int:
    if not 0 <= n <= 0x7FFFFFFF:
        raise ValueError(f"a fixed size must be 0 to 2147483647, not {n}")
    return int(n)


def _element(item: DataType | Field) -> Field:
    return item if isinstance(item, Field) else Field("item", item)


def list_(item: DataType | Field) -> DataType:
    """Return a list of ``item``."""
    return DataType(Kind.LIST, (_element(item),))


def large_list(item: DataType | Field) -> DataType:
    """Return a list that Arrow keeps with 64-bit offsets."""
    return DataType(Kind.LIST, (_element(item),), logical=Logical("large"))


def fixed_size_list(item: DataType | Field, n_items: int) -> DataType:
    """Return a list of exactly ``n_items`` items, 0 to 2**31 - 1."""
    tag = Logical("fixed", (_count(n_items),))
    return DataType(Kind.LIST, (_element(item),), logical=tag)


def map_(
    key: DataType | Field, value: DataType | Field, *, keys_sorted: bool = False
) -> DataType:
    """Return a map; keys are never null.

    Parameters
    ----------
    key, value : DataType or Field
        What it maps; a Field also says name, metadata and whether values may be null.
    keys_sorted : bool
        Keep Arrow's mark of sorted keys; nothing is sorted.
    """
    if not isinstance(key, Field):
        key = Field("key", key, nullable=False)
    if not isinstance(value, Field):
        value = Field("value", value)
    tag = Logical("sorted") if keys_sorted else None
    return DataType(Kind.MAP, (key, value), logical=tag)


def struct(
    fields: Mapping[str, DataType] | Iterable[Field | tuple[str, DataType]],
) -> DataType:
    """Return a nested record of fields, names with types, or a mapping of them."""
    return DataType(Kind.STRUCT, fields_of(fields))


def fields_of(fields: Any) -> tuple[Field, ...]:
    """Return the fields that a caller may spell in three ways, see `struct`."""
    if isinstance(fields, str):
        raise TypeError(
            f"fields are a list of names and types, not the text {fields!r}"
        )
    listed = fields.items() if isinstance(fields, Mapping) else fields
    return tuple(map(_field_of, listed))


def _field_of(given: Any) -> Field:
    if isinstance(given, Field):
        return given
    if isinstance(given, (tuple, list)) and 2 <= len(given) <= 4:
        return Field(*given)
    if hasattr(given, "nullable") and hasattr(given, "__arrow_c_schema__"):
        from fory_row.arrow_schema import field_from_arrow_schema

        return field_from_arrow_schema(given)
    raise TypeError(
        f"a field is a Field or a pair of name and type, not {shown(given)}"
    )


INDEX_TYPES: dict[str, Kind] = {
    f"{sign}int{8 * WIDTHS[k]}": k
    for sign in ("", "u")
    for k in (Kind.INT8, Kind.INT16, Kind.INT32, Kind.INT64)
}


def dictionary(
    index: DataType, values: DataType | Field, *, ordered: bool = False
) -> DataType:
    """Return codes into a dictionary of values that is stored once beside the rows.

    Parameters
    ----------
    index : DataType
        Any integer type; the code's slot.
    values : DataType or Field
        Type of the dictionary's values.
    ordered : bool
        Whether the order of the values means something.

    Raises
    ------
    TypeError
        If ``index`` is no integer type.
    """
    name = index.kind.name.lower()
    if index.is_logical("uint"):
        name = f"u{name}"
    elif index.logical is not None:
        name = str(index.logical)
    if name not in INDEX_TYPES:
        raise TypeError(f"dictionary codes must be integers, not {index}")
    if not isinstance(values, Field):
        values = Field("values", values)
    return DataType(
        index.kind, (values,), logical=Logical("dictionary", (name, bool(ordered)))
    )
