"""Rows in plain Python, written from the format description alone: the test oracle.

Values are physical: dates, times and durations are their integers, a decimal is its
unscaled integer, a struct is a dict, a map a list of pairs. `encode` writes canonical
bytes; `decode` refuses, with ValueError, all that a safe reader must refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import calcsize, pack, pack_into, unpack, unpack_from
from typing import Any, NamedTuple

from fory_row.types import Field, Kind

PACKING = {
    Kind.BOOL: "<?",
    Kind.INT8: "<b",
    Kind.INT16: "<h",
    Kind.INT32: "<i",
    Kind.INT64: "<q",
    Kind.FLOAT32: "<f",
    Kind.FLOAT64: "<d",
    Kind.DATE32: "<i",
    Kind.TIMESTAMP: "<q",
    Kind.DURATION: "<q",
}


class Frame(NamedTuple):
    """Where the slots of a row, or the elements of an array, lie."""

    slots: Sequence[int]
    bitmap: int | None  # None: nothing can be null
    size: int  # bytes before the first body


class Standard:
    """Sections 2 to 4."""

    count = "<Q"

    def order(self, fields: Iterable[Field]) -> list[Field]:
        return list(fields)

    def fixed(self, field: Field) -> int | None:
        """Bytes of a value in its slot; None for a pair."""
        packing = PACKING.get(field.type.kind)
        return calcsize(packing) if packing else None

    def row(self, fields: Sequence[Field]) -> Frame:
        n = len(fields)
        first = (n + 63) // 64 * 8
        return Frame(range(first, first + 8 * n, 8), 0, first + 8 * n)

    def array(self, item: Field, n: int) -> Frame:
        width = self.fixed(item) or 8
        data = 8 + (n + 63) // 64 * 8
        return Frame(range(data, data + n * width, width), 8, data + up8(n * width))

    def padding(self, field: Field, size: int) -> int:
        return -size % 8


class Compact:
    """Section 7."""

    count = "<I"

    def order(self, fields: Iterable[Field]) -> list[Field]:
        def key(field: Field) -> tuple[bool, int]:
            space = self.space(field)
            return not (space in (2, 4) or space % 8 == 0), -space

        return sorted(fields, key=key)

    def fixed(self, field: Field) -> int | None:
        type_ = field.type
        if type_.kind in PACKING:
            return calcsize(PACKING[type_.kind])
        if type_.is_logical("fixed") and type_.kind is Kind.BINARY:
            return type_.logical.args[0]
        if type_.is_logical("uuid"):
            return 16
        if type_.is_logical("decimal") and type_.kind is Kind.BINARY:
            return type_.logical.args[0] // 8
        if type_.kind is Kind.STRUCT:
            widths = [self.fixed(child) for child in type_.children]
            if None not in widths:
                return self.header(type_.children) + sum(widths)
        return None

    def space(self, field: Field) -> int:
        fixed = self.fixed(field)
        return 8 if fixed is None else fixed

    def header(self, fields: Sequence[Field]) -> int:
        return (len(fields) + 7) // 8 if any(f.nullable for f in fields) else 0

    def row(self, fields: Sequence[Field]) -> Frame:
        slots, end = [], 0
        for field in fields:
            slots.append(end)
            end += self.space(field)
        header = self.header(fields)
        variable = any(self.fixed(f) is None for f in fields)
        size = up8(end + header) if variable else end + header
        return Frame(slots, end if header else None, size)

    def array(self, item: Field, n: int) -> Frame:
        fixed, space = self.fixed(item), self.space(item)
        data = 4 + ((n + 7) // 8 if item.nullable else 0)
        if fixed is not None and fixed % 8 == 0:
            data = up8(data)
        slots = [data + i * space for i in range(n)]
        return Frame(slots, 4 if item.nullable else None, data + up8(n * space))

    def padding(self, field: Field, size: int) -> int:
        return -size % 8 if field.type.kind in (Kind.UTF8, Kind.BINARY) else 0


Layout = Standard | Compact
LAYOUTS: dict[str, Layout] = {"standard": Standard(), "compact": Compact()}


def up8(n: int) -> int:
    return (n + 7) // 8 * 8


def encode(
    fields: Sequence[Field], value: dict[str, Any], layout: str = "standard"
) -> bytes:
    """Return the canonical row of ``value``; absent keys are null."""
    return write_row(LAYOUTS[layout], fields, value)


def decode(
    fields: Sequence[Field], data: bytes, layout: str = "standard"
) -> dict[str, Any]:
    """Return the value of a row; ValueError where a safe reader must refuse."""
    return read_row(LAYOUTS[layout], fields, bytes(data))


# -- writing -------------------------------------------------------------------


def write_row(layout: Layout, fields: Sequence[Field], value: dict[str, Any]) -> bytes:
    ordered = layout.order(fields)
    values = [value.get(f.name) for f in ordered]
    frame = layout.row(ordered)
    return fill(layout, frame, bytearray(frame.size), ordered, values)


def write_array(layout: Layout, item: Field, values: Sequence[Any]) -> bytes:
    frame = layout.array(item, len(values))
    out = bytearray(frame.size)
    pack_into(layout.count, out, 0, len(values))
    return fill(layout, frame, out, [item] * len(values), values)


def fill(
    layout: Layout,
    frame: Frame,
    out: bytearray,
    fields: Sequence[Field],
    values: Sequence[Any],
) -> bytes:
    """Put the values into their slots and their bodies behind."""
    for i, (field, value) in enumerate(zip(fields, values, strict=True)):
        at = frame.slots[i]
        if value is None:
            if frame.bitmap is None:
                raise ValueError(f"{field.name} has no place for a null")
            out[frame.bitmap + i // 8] |= 1 << i % 8
            continue
        data = write_value(layout, field, value)
        if layout.fixed(field) is None:
            pack_into("<II", out, at, len(data), len(out))
            out += data + bytes(layout.padding(field, len(data)))
        else:
            out[at : at + len(data)] = data
    return bytes(out)


def write_value(layout: Layout, field: Field, value: Any) -> bytes:
    """Return the bytes of one value, without padding."""
    kind, children = field.type.kind, field.type.children
    if kind in PACKING:
        return pack(PACKING[kind], value)
    if kind is Kind.UTF8:
        return value.encode()
    if kind is Kind.BINARY:
        return bytes(value)
    if kind is Kind.DECIMAL:
        return value.to_bytes(32, "little", signed=True)
    if kind is Kind.STRUCT:
        return write_row(layout, children, value)
    if kind is Kind.LIST:
        return write_array(layout, children[0], value)
    keys = write_array(layout, children[0], [k for k, _ in value])
    items = write_array(layout, children[1], [v for _, v in value])
    return pack("<Q", len(keys)) + keys + items


# -- reading -------------------------------------------------------------------


def read_row(layout: Layout, fields: Sequence[Field], data: bytes) -> dict[str, Any]:
    ordered = layout.order(fields)
    frame = layout.row(ordered)
    need(frame.size <= len(data))
    found = pick(layout, frame, data, ordered)
    values = {f.name: v for f, v in zip(ordered, found, strict=True)}
    return {f.name: values[f.name] for f in fields}


def read_array(layout: Layout, item: Field, data: bytes) -> list[Any]:
    need(len(data) >= calcsize(layout.count))
    (n,) = unpack_from(layout.count, data)
    need(n <= 8 * len(data))
    frame = layout.array(item, n)
    need(frame.size <= len(data))
    return pick(layout, frame, data, [item] * n)


def pick(
    layout: Layout, frame: Frame, data: bytes, fields: Sequence[Field]
) -> list[Any]:
    """Take the values out of their slots."""
    found = []
    for i, field in enumerate(fields):
        at, size = frame.slots[i], layout.fixed(field)
        if frame.bitmap is not None and data[frame.bitmap + i // 8] >> i % 8 & 1:
            found.append(None)
            continue
        if size is None:
            size, at = unpack_from("<II", data, at)
            need(frame.size <= at and at + size <= len(data))
        found.append(read_value(layout, field, data[at : at + size]))
    return found


def read_value(layout: Layout, field: Field, data: bytes) -> Any:
    kind, children = field.type.kind, field.type.children
    if kind is Kind.BOOL:
        return data[0] != 0
    if kind in PACKING:
        return unpack(PACKING[kind], data)[0]
    if kind is Kind.UTF8:
        return data.decode()
    if kind is Kind.BINARY:
        return data
    if kind is Kind.DECIMAL:
        need(len(data) == 32)
        return int.from_bytes(data, "little", signed=True)
    if kind is Kind.STRUCT:
        return read_row(layout, children, data)
    if kind is Kind.LIST:
        return read_array(layout, children[0], data)
    need(len(data) >= 8)
    (size,) = unpack_from("<Q", data)
    need(size <= len(data) - 8)
    keys = read_array(layout, children[0], data[8 : 8 + size])
    items = read_array(layout, children[1], data[8 + size :])
    need(len(keys) == len(items))
    return list(zip(keys, items, strict=True))


def need(condition: bool) -> None:
    if not condition:
        raise ValueError("the bytes are not a row of these fields")
