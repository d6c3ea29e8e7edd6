"""Views of compact rows: every golden row, nesting in place, nulls without bits."""

from __future__ import annotations

import pickle

import pytest
from rows.reference import LAYOUTS, encode
from rows.vectors import Vector, friendly, load

import fory_row as fr
from fory.error import DecodeError, EncodeError
from fory_row import RowData
from fory_row import types as t
from fory_row.encoder import encoder
from fory_row.paths import path
from fory_row.types import Field

VECTORS = load("row_compact.jsonl")
POINT = t.struct([Field("x", t.int32(), False), Field("y", t.int8())])


def view(fields: list[Field], value: dict[str, object]) -> fr.Row:
    data = encode(fields, value, "compact")
    return RowData(fr.Schema(fields), data, layout="compact")


def bits(value: object) -> object:
    """Make floats comparable by their bits."""
    if isinstance(value, float):
        return value.hex()
    if isinstance(value, dict):
        return {k: bits(v) for k, v in value.items()}
    if isinstance(value, list):
        return [bits(v) for v in value]
    return value


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v.id)
def test_golden_rows_are_read(vector: Vector) -> None:
    row = RowData(fr.Schema(vector.fields), vector.data, layout="compact")
    wanted = {f.name: friendly(vector.value[f.name], f.type) for f in vector.fields}
    assert bits(row.to_dict()) == bits(wanted)
    for i, field in enumerate(vector.fields):
        assert row.is_null(i) == (wanted[field.name] is None)


@pytest.mark.parametrize("vector", VECTORS[::3], ids=lambda v: v.id)
def test_golden_rows_become_arrow(vector: Vector) -> None:
    rows = fr.Rows.from_buffer(
        fr.Schema(vector.fields),
        vector.data * 2,
        [0, len(vector.data), 2 * len(vector.data)],
        layout="compact",
    )
    wanted = {f.name: friendly(vector.value[f.name], f.type) for f in vector.fields}
    found = rows.to_arrow().to_pylist(maps_as_pydicts="strict")
    assert [bits(record) for record in found] == [bits(wanted)] * 2


@pytest.mark.parametrize("vector", VECTORS[::5], ids=lambda v: v.id)
def test_plans_agree_with_the_reference(vector: Vector) -> None:
    layout = LAYOUTS["compact"]
    frame = layout.row(layout.order(vector.fields))
    variable = any(layout.fixed(f) is None for f in vector.fields)
    plan = fr.Schema(vector.fields).plan("compact")
    assert plan.stride == (0 if variable else frame.size)
    with pytest.raises(DecodeError, match=f"need {frame.size}"):
        RowData(plan.schema, vector.data[: frame.size - 1], layout="compact")


def test_structs_and_fixed_binaries_lie_in_place() -> None:
    fields = [
        Field("id", t.uuid(), False),
        Field("key", t.fixed_size_binary(3), False),
        Field("at", POINT, False),
    ]
    value = {"id": bytes(range(16)), "key": b"abc", "at": {"x": 7, "y": None}}
    row = view(fields, value)
    assert len(memoryview(row)) == 16 + 3 + 6
    assert row.id.bytes == bytes(range(16))
    assert row.key == b"abc"
    assert row.at.x == 7
    assert row.at.y is None
    assert bytes(memoryview(row.at)) == bytes.fromhex("070000000002")
    assert pickle.loads(pickle.dumps(row.at)) == {"x": 7, "y": None}


def test_rows_without_nullable_fields_have_no_bits() -> None:
    row = view(
        [Field("a", t.int8(), False), Field("b", t.int8(), False)], {"a": -1, "b": -1}
    )
    assert len(memoryview(row)) == 2
    assert row.to_dict() == {"a": -1, "b": -1}
    assert not row.is_null(0)


def test_arrays_of_structs_in_place() -> None:
    fields = [
        Field("p", t.list_(POINT)),
        Field("q", t.list_(Field("item", POINT, False))),
    ]
    points = [{"x": 1, "y": 2}, {"x": 3, "y": None}]
    row = view(fields, {"p": [points[0], None, points[1]], "q": points})
    assert row.p[2].x == 3
    assert row.p[1] is None
    assert row.p.null_count == 1
    assert row.q[1].to_dict() == points[1]
    assert row.q.null_count == 0
    assert row.q[::-1].to_list() == points[::-1]
    assert pickle.loads(pickle.dumps(row.q)) == points


def test_numbers_are_numpy_even_where_unaligned() -> None:
    fields = [
        Field("s", t.utf8()),
        Field("a", t.list_(Field("item", t.float32(), False))),
    ]
    row = view(fields, {"s": "x", "a": [1.5, 2.5, 3.5]})
    assert row.a.to_numpy().tolist() == [1.5, 2.5, 3.5]


def test_maps_are_looked_up() -> None:
    fields = [Field("m", t.map_(t.utf8(), POINT))]
    row = view(fields, {"m": [("k", {"x": 1, "y": 2}), ("n", None)]})
    assert row.m["k"].y == 2
    assert row.m["n"] is None
    assert pickle.loads(pickle.dumps(row.m)) == {"k": {"x": 1, "y": 2}, "n": None}


def test_projections_keep_bits_and_slots() -> None:
    fields = [Field("a", t.int8()), Field("b", t.utf8()), Field("c", t.int64(), False)]
    data = encode(fields, {"a": None, "b": "text", "c": 9}, "compact")
    rows = fr.Rows.from_buffer(
        fr.Schema(fields), data, offsets=[0, len(data)], layout="compact"
    )
    assert rows[["c", "a"]][0].to_dict() == {"c": 9, "a": None}


def test_elements_without_a_byte_are_refused() -> None:
    nothing = Field("item", t.struct([]), False)
    with pytest.raises(EncodeError, match="'a' take no bytes"):
        fr.Schema([Field("a", t.list_(nothing))]).plan("compact")
    assert view([Field("a", t.list_(t.struct([])))], {"a": [{}, None]}).a.to_list() == [
        {},
        None,
    ]


def test_fixed_widths_that_overflow_are_refused() -> None:
    wide = [(f"f{i}", t.fixed_size_binary(2**30)) for i in range(3)]
    with pytest.raises(EncodeError, match="the row take more than"):
        fr.Schema(wide).plan("compact")


def test_unknown_layouts_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown layout 'tight'"):
        fr.Schema([("a", t.int8())]).plan("tight")


# -- many rows -------------------------------------------------------------------


def many(n: int = 50) -> fr.Rows:
    fields = [
        Field("i", t.int64(), False),
        Field("s", t.utf8()),
        Field("p", POINT),
        Field("l", t.list_(POINT)),
    ]
    records = [
        {
            "i": i,
            "s": "x" * (i % 9),
            "p": {"x": i, "y": None} if i % 3 else None,
            "l": [{"x": i, "y": 1}, None][: i % 3],
        }
        for i in range(n)
    ]
    return encoder(schema=fr.Schema(fields), layout="compact").to_rows(records)


def test_rows_are_selected_pickled_and_compared() -> None:
    rows = many()
    again = pickle.loads(pickle.dumps(rows))
    assert again.plan.layout == "compact"
    assert again == rows
    assert [r.i for r in rows[::-7]] == list(range(49, -1, -7))
    assert rows[[3, 1]].to_pylist() == [rows[3].to_dict(), rows[1].to_dict()]
    assert rows[["l", "i"]][5].to_dict() == {"l": rows[5].l.to_list(), "i": 5}
    assert rows.to_arrow().to_pylist() == rows.to_pylist()


def test_paths_go_through_structs_in_place() -> None:
    rows = many()
    assert path("p.x")(rows[4]) == 4
    assert path("p.x")(rows[3]) is None
    assert path("l[0].x")(rows[7]) == 7
    assert path("l[-1].y")(rows[7]) == 1
    assert path("l[1].y")(rows[8]) is None


def test_rows_are_read_through_a_newer_schema() -> None:
    rows = many()
    wider = t.struct([Field("y", t.int32()), Field("x", t.int64())])
    newer = fr.Schema([("p", wider), ("extra", t.utf8()), ("i", t.int64())])
    codec = encoder(schema=newer, layout="compact")
    assert codec.from_row(rows[4]) == {"p": {"y": None, "x": 4}, "extra": None, "i": 4}
