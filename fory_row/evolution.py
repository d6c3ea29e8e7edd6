"""Rows of one schema read through another: what each field comes from.

Decided once for a pair of schemas. Fields are matched by name at every level. A
field may be new, gone, moved, become nullable, be a dictionary no more, or have a wider
type that holds every old value exactly; everything else is listed and refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fory.error import TypeNotCompatibleError
from fory_row._block import MemorySource
from fory_row._relayout import relayout
from fory_row.data_type import UNITS, WIDTHS, DataType, Field, Kind
from fory_row.infer import schema_from
from fory_row.rows import Rows
from fory_row.schema import Schema
from fory_row.shape import Reading, Shape, record_of

__all__ = ["differences", "reading", "upgrade"]

_INTS = (Kind.INT8, Kind.INT16, Kind.INT32, Kind.INT64)
_FLOAT_DIGITS = {"float16": 11, "float32": 24, "float64": 53}
_SAME: Reading = Reading()


def differences(reader: Schema, writer: Schema) -> list[str]:
    """Return what keeps rows of ``writer`` from being read as ``reader``.

    Returns
    -------
    list of str
        One line for each obstacle, with its path; empty when there is none.

    Examples
    --------
    >>> import fory_row as fr
    >>> old = fr.schema([("id", fr.int64()), ("name", fr.utf8())])
    >>> differences(fr.schema([("id", fr.float64())]), old)
    ['id: int64 in the rows, float64 asked for']
    >>> differences(fr.schema([("name", fr.utf8()), ("age", fr.int8())]), old)
    []
    """
    match = _Match()
    match.struct(reader.fields, writer.fields, record_of(reader.fields), "")
    return match.found


def reading(reader: Schema, writer: Schema, shape: Shape) -> Reading:
    """Return where each field of ``reader`` lies in rows of ``writer``.

    Raises
    ------
    TypeNotCompatibleError
        With the list of differences, if a value could be lost or missing.
    """
    match = _Match()
    made = match.struct(reader.fields, writer.fields, shape, "")
    if match.found:
        raise TypeNotCompatibleError(
            "the rows cannot be read through this schema:\n  "
            + "\n  ".join(match.found)
        )
    return made


def upgrade(rows: Rows, schema: Any) -> Rows:
    """Return the rows with the fields and types of another schema (copy).

    ``schema`` is one, or a class or `pyarrow.Schema` that has one (`schema_from`).

    New fields are null; values are the same, of a wider type, or what the codes of a
    dictionary stand for. They are copied as bytes, along what was decided once.

    Raises
    ------
    TypeNotCompatibleError
        With the list of differences, if a value could be lost or missing.
    DecodeError
        If a row is damaged, or a value too large for the unit of the new type.
    """
    schema = schema_from(schema)
    how = reading(schema, rows.schema, record_of(schema.fields))
    plan = schema.plan(rows.plan.layout, _dictionaries(schema, rows, how))
    return Rows(plan, MemorySource(relayout(rows, plan, how)))


def _dictionaries(schema: Schema, rows: Rows, how: Reading) -> list[Any]:
    """Return the values of the dictionary fields of ``schema``, depth first."""
    arrays, places = rows.plan.dictionaries, list(_placed(rows.schema.fields))
    if len(arrays) < len(places):
        return []  # codes, whose values the rows came without
    known = dict(zip(places, arrays, strict=True))
    wanted = _sources(schema.fields, how, ())
    return [known[at] if at in known else _no_values(f) for f, at in wanted]


def _no_values(field: Field) -> Any:
    import pyarrow as pa

    return pa.array([], Schema(field.type.children).to_arrow().types[0])


def _placed(
    fields: tuple[Field, ...], at: tuple[int, ...] = ()
) -> Iterator[tuple[int, ...]]:
    """Yield the place of each dictionary field, as positions."""
    for i, field in enumerate(fields):
        if field.type.is_logical("dictionary"):
            yield (*at, i)
        else:
            yield from _placed(field.type.children, (*at, i))


def _sources(
    fields: tuple[Field, ...], how: Reading, at: tuple[int, ...] | None
) -> Iterator[tuple[Field, tuple[int, ...] | None]]:
    """Yield each dictionary field and where it lies in the rows; None: nowhere."""
    for i, field in enumerate(fields):
        source = how.sources[i] if how.sources else None
        place = None if at is None or source is None else (*at, source)
        if field.type.is_logical("dictionary"):
            yield field, place
        else:
            below = how.children[i] if how.children else _SAME
            yield from _sources(field.type.children, below, place)


class _Match:
    """One walk over two schemas side by side; collects the differences."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def struct(
        self,
        reader: tuple[Field, ...],
        writer: tuple[Field, ...],
        shape: Shape,
        path: str,
    ) -> Reading:
        places: dict[str, int] = {}
        for i, field in enumerate(writer):
            if field.name in places:
                self.found.append(f"{_under(path, field.name)}: twice in the rows")
            places[field.name] = i
        sources = tuple(places.get(f.name) for f in reader)
        children = tuple(
            self.field(
                f, None if at is None else writer[at], child, shape.defaults, path
            )
            for f, at, child in zip(reader, sources, shape.children, strict=True)
        )
        return Reading(sources, children)

    def field(
        self,
        reader: Field,
        writer: Field | None,
        shape: Shape,
        defaults: Mapping[str, Any],
        path: str,
    ) -> Reading:
        path = _under(path, reader.name)
        if writer is None:
            if not reader.nullable and reader.name not in defaults:
                self.found.append(f"{path}: not in the rows, and it may not be null")
            return _SAME
        return self.place(reader, writer, shape, path)

    def place(self, reader: Field, writer: Field, shape: Shape, path: str) -> Reading:
        """Match what lies in one place: a field, an element, a key or a value."""
        if writer.nullable and not reader.nullable:
            self.found.append(f"{path}: may be null in the rows, not here")
        old, new = writer.type, reader.type
        if old == new and not new.children:
            return _SAME
        if old.is_logical("dictionary") and not new.children:
            return self.place(reader, old.children[0], shape, path)
        if old.kind is new.kind is Kind.STRUCT:
            return self.struct(new.children, old.children, shape, path)
        if old.kind is new.kind and new.kind in (Kind.LIST, Kind.MAP):
            return self.container(new, old, shape, path)
        if not _widens(old, new) or (old.children and old != new):
            self.found.append(f"{path}: {old} in the rows, {new} asked for")
        return Reading(to_float=_digits(new) > 0 and _bits(old) > 0)

    def container(
        self, new: DataType, old: DataType, shape: Shape, path: str
    ) -> Reading:
        if new.is_logical("fixed") and new.logical != old.logical:
            self.found.append(f"{path}: {old} in the rows, {new} asked for")
        paths = [f"{path}[*]"]
        if new.kind is Kind.MAP:
            paths.insert(0, f"{path}.keys[*]")
        children = tuple(
            map(self.place, new.children, old.children, shape.children, paths)
        )
        return Reading(tuple(range(len(children))), children)


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


# -- types that hold every value of others ---------------------------------------


def _bits(type_: DataType) -> int:
    """Return the bits of an integer's magnitude, or 0 for other types."""
    if type_.kind not in _INTS:
        return 0
    if type_.logical is None:
        return 8 * WIDTHS[type_.kind] - 1
    return 8 * WIDTHS[type_.kind] if type_.is_logical("uint") else 0


def _digits(type_: DataType) -> int:
    """Return the bits of a float's significand, or 0 for other types."""
    name = "float16" if type_.is_logical("float16") else type_.kind.name.lower()
    return _FLOAT_DIGITS.get(name, 0)


def _widens(old: DataType, new: DataType) -> bool:
    """Tell whether every value of ``old`` is exactly one of ``new``."""
    if old == new:
        return True
    if old.is_logical("null"):
        return True
    if _digits(new):
        return 0 < max(_bits(old), _digits(old)) <= _digits(new)
    if _bits(new):
        signed = new.logical is None
        return 0 < _bits(old) <= _bits(new) and (signed or old.is_logical("uint"))
    if old.kind is new.kind is Kind.DECIMAL:
        return _decimal_widens(old, new)
    if old.kind is new.kind and old.kind in (Kind.UTF8, Kind.BINARY):
        loose = {None, "large", "view"}
        return _tag(new) in loose and _tag(old) in {*loose, "fixed"}
    return _time_widens(old, new)


def _tag(type_: DataType) -> str | None:
    return type_.logical.name if type_.logical else None


def _decimal_widens(old: DataType, new: DataType) -> bool:
    whole = new.precision - new.scale >= old.precision - old.scale
    return whole and new.scale >= old.scale


def _time_widens(old: DataType, new: DataType) -> bool:
    """Tell whether only the unit differs, and becomes finer up to microseconds."""
    was, now = _time(old), _time(new)
    if was is None or now is None or was[::2] != now[::2]:
        return False
    return UNITS.index(was[1]) <= UNITS.index(now[1]) < UNITS.index("ns")


def _time(type_: DataType) -> tuple[str, str, str] | None:
    """Return what a time type counts, its unit and its zone."""
    if type_.logical is None:
        plain = {Kind.TIMESTAMP: "timestamp", Kind.DURATION: "duration"}
        name = plain.get(type_.kind)
        return (name, "us", "") if name else None
    if type_.logical.name not in ("timestamp", "duration", "time"):
        return None
    unit, *zone = type_.logical.args
    return type_.logical.name, str(unit), str(zone[0]) if zone else ""
