"""Rows written in the other layout: the bytes a writer of that layout makes."""

from __future__ import annotations

import pyarrow as pa
import pytest
from rows.reference import encode
from rows.vectors import Vector, load

import fory_row as fr
from fory.error import DecodeError
from fory_row import Field

FILES = ("row_standard.jsonl", "row_standard_java.jsonl", "row_compact.jsonl")
VECTORS = [vector for name in FILES for vector in load(name)]


def rows_of(fields: list[Field], data: bytes, layout: str) -> fr.Rows:
    return fr.Rows.from_buffer(
        fr.Schema(fields), data * 3, [i * len(data) for i in range(4)], layout=layout
    )


@pytest.mark.parametrize("vector", VECTORS[::3], ids=lambda v: v.id)
@pytest.mark.parametrize("layout", ["standard", "compact"])
def test_golden_rows_in_every_layout(vector: Vector, layout: str) -> None:
    dirty = bytearray(vector.data)
    for at, size in vector.dontcare:
        dirty[at : at + size] = b"\xa5" * size
    rows = rows_of(vector.fields, bytes(dirty), vector.layout)
    made = rows.with_layout(layout)
    assert made.plan.layout == layout
    assert made[2].to_bytes() == encode(vector.fields, vector.value, layout)
    made.validate(canonical=True)
    assert made.with_layout(vector.layout)[0].to_bytes() == vector.canonical


def test_selections_and_projections() -> None:
    table = pa.table({"a": range(1000), "s": [str(i) for i in range(1000)]})
    rows = fr.from_arrow(table)[::-2][["s"]].with_layout("compact")
    assert rows.schema.names == ["s"]
    assert [r.s for r in rows] == [str(i) for i in range(999, 0, -2)]


def test_dictionaries_go_along() -> None:
    table = pa.table({"d": pa.array(["x", "y", "x"]).dictionary_encode()})
    rows = fr.from_arrow(table, layout="compact")
    assert rows.nbytes == 3 * 5
    assert [r.d for r in rows] == ["x", "y", "x"]
    assert rows.to_arrow().equals(table)


@pytest.mark.slow
def test_many_rows_are_cut_into_blocks() -> None:
    rows = fr.from_arrow(pa.table({"s": ["x" * (1 << 20)] * 100}))
    made = rows.with_layout("compact")
    assert made.source.n_blocks == 4
    assert made.to_arrow() == rows.to_arrow()


@pytest.mark.parametrize("layout", ["standard", "compact"])
def test_damage_is_named(layout: str) -> None:
    fields = [Field("s", fr.list_(fr.utf8()))]
    data = encode(fields, {"s": ["text"]}, layout)
    for n in range(len(data) - 8 if layout == "standard" else len(data)):
        rows = fr.Rows.from_buffer(
            fr.Schema(fields),
            data + data[:n],
            [0, len(data), len(data) + n],
            layout=layout,
        )
        with pytest.raises(DecodeError, match=r"^row 1: "):
            rows.with_layout("compact")


def test_nulls_that_must_not_be() -> None:
    data = encode([Field("a", fr.int8())], {"a": None})
    rows = rows_of([Field("a", fr.int8(), False)], data, "standard")
    with pytest.raises(DecodeError, match=r"^row 0: field 'a' is null"):
        rows.with_layout("compact")
