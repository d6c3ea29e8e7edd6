"""The reference codec and every golden row agree, so that it may serve as oracle."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from rows.reference import decode, encode
from rows.vectors import Vector, load

from fory_row import types as t
from fory_row.types import Field

FILES = ("row_standard.jsonl", "row_standard_java.jsonl", "row_compact.jsonl")
VECTORS = [vector for name in FILES for vector in load(name)]


def same(a: Any, b: Any) -> bool:
    """Compare by value, floats by their bits."""
    if isinstance(a, float):
        return struct.pack("<d", a) == struct.pack("<d", b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def test_there_are_vectors_of_both_layouts() -> None:
    layouts = [v.layout for v in VECTORS]
    assert layouts.count("standard") >= 500
    assert layouts.count("compact") >= 380


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v.id)
def test_golden_rows(vector: Vector) -> None:
    assert encode(vector.fields, vector.value, vector.layout) == vector.canonical
    found = decode(vector.fields, vector.data, vector.layout)
    assert encode(vector.fields, found, vector.layout) == vector.canonical


@pytest.mark.parametrize("vector", VECTORS[::7], ids=lambda v: v.id)
def test_ignored_bytes_change_nothing(vector: Vector) -> None:
    dirty = bytearray(vector.data)
    for at, size in vector.dontcare:
        dirty[at : at + size] = b"\xa5" * size
    found = decode(vector.fields, dirty, vector.layout)
    assert same(found, decode(vector.fields, vector.data, vector.layout))


@pytest.mark.parametrize("layout", ["standard", "compact"])
def test_every_truncation_is_refused(layout: str) -> None:
    fields = [
        Field("a", t.list_(t.utf8())),
        Field("b", t.map_(t.int8(), t.struct([("x", t.int32()), ("y", t.utf8())]))),
        Field("c", t.decimal(10, 2)),
    ]
    value = {"a": ["x", None], "b": [(1, {"x": 2, "y": "text"})], "c": 1234}
    data = encode(fields, value, layout)
    assert decode(fields, data, layout) == value
    for size in range(len(data)):
        with pytest.raises(ValueError, match="not a row"):
            decode(fields, data[:size], layout)


def test_null_without_a_bitmap_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        encode([Field("a", t.int8(), False)], {"a": None}, "compact")
