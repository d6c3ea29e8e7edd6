"""Rows of one schema read through another."""

from __future__ import annotations

import datetime as dt
import decimal
import pickle
import random
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pytest
from rows.random_rows import random_fields, random_record, random_schema

import fory_row as fr
from fory.error import DecodeError, TypeNotCompatibleError
from fory_row._block import MemorySource, block_from_buffer
from fory_row.encoder import encoder
from fory_row.evolution import differences, upgrade
from fory_row.types import Kind


@dataclass
class OldLine:
    sku: str
    qty: int


@dataclass
class OldOrder:
    id: int
    gone: str
    lines: list[OldLine]
    by_sku: dict[str, OldLine]


@dataclass
class Line:
    sku: str
    qty: float = -1.0
    color: str = "red"


@dataclass
class Order:
    added: list[int] = field(default_factory=lambda: [7])
    by_sku: dict[str, Line] = field(default_factory=dict)
    id: int = 0
    lines: tuple[Line, ...] = ()
    note: str | None = None


OLD = encoder(
    fr.schema(
        [
            ("id", fr.int32()),
            ("gone", fr.utf8()),
            ("lines", fr.list_(fr.struct([("sku", fr.utf8()), ("qty", fr.int16())]))),
            (
                "by_sku",
                fr.map_(
                    fr.utf8(), fr.struct([("qty", fr.int32()), ("sku", fr.utf8())])
                ),
            ),
        ]
    )
)
VALUE = {
    "id": 5,
    "gone": "x",
    "lines": [{"sku": "a", "qty": 1}, {"sku": "b", "qty": None}],
    "by_sku": {"k": {"qty": 3, "sku": "c"}},
}
EXPECTED = Order(
    added=[7],
    by_sku={"k": Line("c", 3.0)},
    id=5,
    lines=(Line("a", 1.0), Line("b", None)),  # type: ignore[arg-type]
)


def test_old_row_through_a_new_class() -> None:
    new = encoder(Order)
    row = OLD.to_row(VALUE)
    read = new.from_row(row)
    assert read == EXPECTED
    assert type(read.lines[0].qty) is float
    assert new.from_row(row.to_bytes(), written=OLD.schema) == EXPECTED
    assert new.decode(OLD.encode(VALUE), written=OLD.schema) == EXPECTED
    assert new.from_rows(OLD.to_rows([VALUE] * 3)) == [EXPECTED] * 3


def test_struct_inside_a_row_is_read_alone() -> None:
    row = OLD.to_row(VALUE)
    assert encoder(Line).from_row(row.lines[0]) == Line("a", 1.0)
    assert encoder(OldLine).from_row(row.by_sku["k"]) == OldLine("c", 3)


def test_defaults_are_made_for_each_object() -> None:
    first, second = encoder(Order).from_rows(OLD.to_rows([VALUE] * 2))
    first.added.append(8)
    assert second.added == [7]


def test_projected_rows_are_read_where_their_fields_lie() -> None:
    rows = OLD.to_rows([VALUE] * 2)
    picked = rows[["by_sku", "id"]]
    assert encoder(Order).from_rows(picked)[1].by_sku == EXPECTED.by_sku
    assert encoder(Order).from_row(picked[0]).id == 5


def test_upgrade_copies_rows_into_the_new_schema() -> None:
    new = fr.schema([("note", fr.utf8()), ("id", fr.int64())])
    rows = upgrade(OLD.to_rows([VALUE] * 2), new)
    assert rows.schema == new
    assert rows.to_pylist() == [{"note": None, "id": 5}] * 2


def older(rng: random.Random, fields: tuple[fr.Field, ...]) -> tuple[fr.Field, ...]:
    """Return fields as they may have been before: less, more, moved, at any depth."""
    kept = [
        replace(f, type=replace(f.type, children=older_children(rng, f.type)))
        for f in fields
        if not f.nullable or rng.random() < 0.8
    ]
    kept += [replace(f, name=f"gone_{f.name}") for f in random_fields(rng, 2, 1)]
    rng.shuffle(kept)
    return tuple(kept)


def older_children(rng: random.Random, type_: fr.DataType) -> tuple[fr.Field, ...]:
    if type_.kind is Kind.STRUCT:
        return older(rng, type_.children)
    return tuple(
        replace(f, type=replace(f.type, children=older_children(rng, f.type)))
        for f in type_.children
    )


@pytest.mark.parametrize("layout", ["standard", "compact"])
@pytest.mark.parametrize("seed", range(12))
def test_upgraded_rows_read_as_the_old_ones_do(seed: int, layout: str) -> None:
    rng = random.Random(seed)
    new = random_schema(rng)
    old = fr.Schema(older(rng, new.fields))
    records = [random_record(rng, old.fields) for _ in range(5)]
    rows = encoder(schema=old, layout=layout).to_rows(records)
    made = upgrade(rows, new)
    made.validate(canonical=True)
    expected = encoder(schema=new, layout=layout).from_rows(rows)
    assert made.equals(encoder(schema=new, layout=layout).to_rows(expected))


def test_upgrade_keeps_dictionaries_where_fields_move() -> None:
    codes = pa.dictionary(pa.int8(), pa.utf8())
    table = pa.table(
        {
            "a": pa.array(["x", "y", None]).dictionary_encode(),
            "l": pa.array([[{"k": "u"}], None, []], pa.list_(pa.struct({"k": codes}))),
        }
    )
    rows = fr.from_arrow(table)
    first, second = rows.schema.fields
    inner = fr.struct([("n", fr.int8()), second.type.children[0].type.children[0]])
    new = fr.schema([("more", first.type), ("l", fr.list_(inner)), first])
    made = upgrade(rows, new)
    assert made.to_arrow().to_pydict() == {
        "more": [None, None, None],
        "l": [[{"n": None, "k": "u"}], None, []],
        "a": ["x", "y", None],
    }
    assert pickle.loads(pickle.dumps(made)) == made


def test_upgrade_adds_a_dictionary_to_rows_that_had_none() -> None:
    rows = fr.from_pylist([{"a": 1}], fr.schema([("a", fr.int8())]))
    new = fr.schema([("a", fr.int8()), ("d", fr.dictionary(fr.int8(), fr.utf8()))])
    assert upgrade(rows, new).to_arrow().to_pylist() == [{"a": 1, "d": None}]


def test_upgrade_reads_codes_as_what_they_stand_for() -> None:
    table = pa.table(
        {
            "a": pa.array(["x", None, "y"]).dictionary_encode(),
            "n": pa.DictionaryArray.from_arrays(
                pa.array([1, 0, 1], pa.int8()), pa.array([None, 7], pa.int16())
            ),
            "l": pa.array(
                [["u", None], None, ["v"]],
                pa.list_(pa.dictionary(pa.int8(), pa.utf8())),
            ),
        }
    )
    rows = fr.from_arrow(table)
    new = fr.schema([("l", fr.list_(fr.utf8())), ("a", fr.utf8()), ("n", fr.float64())])
    assert upgrade(rows, new).to_pylist() == [
        {"l": ["u", None], "a": "x", "n": 7.0},
        {"l": None, "a": None, "n": None},
        {"l": ["v"], "a": "y", "n": 7.0},
    ]
    strict = fr.schema([fr.field("n", fr.int16(), nullable=False)])
    with pytest.raises(TypeNotCompatibleError, match="n: may be null"):
        upgrade(rows.select(["n"]), strict)


def test_codes_outside_the_dictionary_are_refused() -> None:
    rows = fr.from_arrow(pa.table({"a": pa.array(["x"]).dictionary_encode()}))
    for code in (1, -1):
        data = bytearray(rows[0].to_bytes())
        data[8:12] = code.to_bytes(4, "little", signed=True)
        damaged = fr.Rows(
            rows.plan, MemorySource([block_from_buffer(data, 1, stride=16)])
        )
        with pytest.raises(DecodeError, match=f"row 0: code {code} .* of 1 values"):
            upgrade(damaged, fr.schema([("a", fr.utf8())]))


@pytest.mark.parametrize(
    "value", ["0", "-0.01", "999.99", "-999.99", "123.45"], ids=lambda v: v
)
def test_decimals_keep_their_value_at_another_scale(value: str) -> None:
    exact = decimal.Decimal(value)
    rows = encoder(fr.schema([("a", fr.decimal(5, 2))])).to_rows([{"a": exact}])
    wide = fr.decimal(76, 73, bits=256)
    assert upgrade(rows, fr.schema([("a", wide)]))[0].a == exact


def test_decimal_with_too_many_digits_is_not_scaled() -> None:
    rows = encoder(fr.schema([("a", fr.decimal(5, 2))])).to_rows([{"a": 1}])
    data = bytearray(rows[0].to_bytes())
    data[-16] = 1
    damaged = fr.Rows.from_buffer(rows.schema, data, [0, len(data)])
    with pytest.raises(DecodeError, match=r"row 0: field 'a' has more digits"):
        upgrade(damaged, fr.schema([("a", fr.decimal(8, 3))]))


@pytest.mark.parametrize(
    ("old", "new", "number"),
    [
        (fr.timestamp("s"), fr.timestamp("us"), 1 << 62),
        (fr.duration("ms"), fr.duration("us"), -(1 << 62)),
        (fr.time32("s"), fr.time32("ms"), 1 << 30),
    ],
    ids=["timestamp", "duration", "time"],
)
def test_times_that_leave_the_finer_unit(
    old: fr.DataType, new: fr.DataType, number: int
) -> None:
    data = bytes(8) + (number & (1 << 64) - 1).to_bytes(8, "little")
    rows = fr.Rows.from_buffer(fr.schema([("a", old)]), data)
    with pytest.raises(DecodeError, match=r"row 0: field 'a': .* does not fit"):
        upgrade(rows, fr.schema([("a", new)]))


def test_bodies_that_overlap_are_not_multiplied() -> None:
    text = fr.schema([("a", fr.utf8()), ("b", fr.utf8())])
    data = bytearray(encoder(text).to_row({"a": "x" * 64, "b": ""}).to_bytes())
    data[16:24] = data[8:16]
    rows = fr.Rows.from_buffer(text, data, [0, len(data)])
    with pytest.raises(DecodeError, match="bodies overlap at field 'a'"):
        upgrade(rows, fr.schema([("b", fr.utf8()), ("a", fr.utf8())]))


@pytest.mark.parametrize(
    "spell", [fr.schema_from, lambda c: c], ids=["schema", "class"]
)
def test_what_rows_were_written_with(spell: Any) -> None:
    data = encoder(OldLine).to_row(OldLine("a", 2)).to_bytes()
    with pytest.raises(TypeNotCompatibleError, match="qty: int64"):
        encoder(Line).from_row(data, written=spell(OldLine))


def test_schemas_of_arrow() -> None:
    data = encoder(OldLine).to_row(OldLine("a", 2)).to_bytes()
    short = pa.schema([("sku", pa.utf8())])
    assert encoder(short).from_row(data, written=OldLine) == {"sku": "a"}
    assert upgrade(encoder(OldLine).to_rows([OldLine("a", 2)]), short).to_pylist() == [
        {"sku": "a"}
    ]


WIDER = [
    (fr.int8(), fr.int16(), -5, -5),
    (fr.int32(), fr.int64(), 1 << 30, 1 << 30),
    (fr.uint8(), fr.int16(), 255, 255),
    (fr.uint32(), fr.uint64(), 4_000_000_000, 4_000_000_000),
    (fr.int32(), fr.float64(), 7, 7.0),
    (fr.int16(), fr.float32(), 7, 7.0),
    (fr.int8(), fr.float16(), 7, 7.0),
    (fr.float16(), fr.float32(), 0.5, 0.5),
    (fr.float32(), fr.float64(), 0.5, 0.5),
    (fr.null(), fr.utf8(), None, None),
    (fr.utf8(), fr.large_utf8(), "x", "x"),
    (fr.fixed_size_binary(2), fr.binary(), b"ab", b"ab"),
    (fr.fixed_size_list(fr.int8(), 1), fr.list_(fr.int8()), [1], [1]),
    (fr.list_(fr.int8()), fr.list_(fr.int64()), [1, None], [1, None]),
    (
        fr.map_(fr.int8(), fr.int8()),
        fr.map_(fr.int16(), fr.float64()),
        {1: 2},
        {1: 2.0},
    ),
    (
        fr.decimal(5, 2),
        fr.decimal(8, 3),
        decimal.Decimal("1.25"),
        decimal.Decimal("1.25"),
    ),
    (
        fr.timestamp("s"),
        fr.timestamp(),
        dt.datetime(2020, 1, 1),
        dt.datetime(2020, 1, 1),
    ),
    (fr.duration("ms"), fr.duration(), dt.timedelta(1), dt.timedelta(1)),
    (fr.time32("s"), fr.time64(), dt.time(1, 2), dt.time(1, 2)),
]


@pytest.mark.parametrize(
    ("old", "new", "value", "expected"), WIDER, ids=[f"{o}->{n}" for o, n, *_ in WIDER]
)
def test_wider_types_hold_every_value(
    old: fr.DataType, new: fr.DataType, value: Any, expected: Any
) -> None:
    writer = encoder(fr.schema([("a", old)]))
    reader = encoder(fr.schema([("a", new)]))
    read = reader.from_row(writer.to_row({"a": value}))
    assert read == {"a": expected}
    assert type(read["a"]) is type(expected)
    assert upgrade(writer.to_rows([{"a": value}]), reader.schema).to_pylist() == [read]


NARROWER = [
    (fr.int64(), fr.int32()),
    (fr.int64(), fr.float64()),
    (fr.int32(), fr.float32()),
    (fr.int16(), fr.float16()),
    (fr.int8(), fr.uint8()),
    (fr.uint8(), fr.int8()),
    (fr.float64(), fr.float32()),
    (fr.float64(), fr.int64()),
    (fr.utf8(), fr.binary()),
    (fr.binary(), fr.fixed_size_binary(2)),
    (fr.binary(), fr.uuid()),
    (fr.decimal(8, 3), fr.decimal(8, 2)),
    (fr.decimal(8, 3), fr.decimal(8, 4)),
    (fr.timestamp(), fr.timestamp("s")),
    (fr.timestamp(), fr.timestamp("us", "UTC")),
    (fr.timestamp(), fr.timestamp("ns")),
    (fr.timestamp(), fr.int64()),
    (fr.date32(), fr.timestamp()),
    (fr.bool_(), fr.int8()),
    (fr.list_(fr.int8()), fr.fixed_size_list(fr.int8(), 1)),
    (fr.list_(fr.int8()), fr.int8()),
    (fr.map_(fr.utf8(), fr.int8()), fr.struct([("a", fr.int8())])),
]


@pytest.mark.parametrize(
    ("old", "new"), NARROWER, ids=[f"{o}->{n}" for o, n in NARROWER]
)
def test_types_that_could_lose_a_value(old: fr.DataType, new: fr.DataType) -> None:
    found = differences(fr.schema([("a", new)]), fr.schema([("a", old)]))
    assert found == [f"a: {old} in the rows, {new} asked for"]


def test_all_differences_are_listed_with_their_paths() -> None:
    inner = fr.struct([fr.field("x", fr.int8()), ("y", fr.utf8())])
    new_inner = fr.struct(
        [
            fr.field("x", fr.int8(), False),
            ("y", fr.int8()),
            fr.field("z", fr.int8(), False),
        ]
    )
    old = fr.schema(
        [("s", inner), ("l", fr.list_(inner)), ("m", fr.map_(fr.utf8(), inner))]
    )
    new = fr.schema(
        [
            ("s", new_inner),
            ("l", fr.list_(new_inner)),
            ("m", fr.map_(fr.int8(), new_inner)),
        ]
    )
    found = differences(new, old)
    assert [line.split(": ")[0] for line in found] == [
        *("s.x", "s.y", "s.z"),
        *("l[*].x", "l[*].y", "l[*].z"),
        *("m.keys[*]", "m[*].x", "m[*].y", "m[*].z"),
    ]
    made = encoder(new)
    with pytest.raises(TypeNotCompatibleError) as caught:
        made.from_rows(encoder(old).to_rows([]))
    assert all(line in str(caught.value) for line in found)


def test_nullable_may_be_added_but_not_taken_away() -> None:
    strict = fr.schema([fr.field("a", fr.int8(), False)])
    loose = fr.schema([("a", fr.int8())])
    assert differences(loose, strict) == []
    assert differences(strict, loose) == ["a: may be null in the rows, not here"]


def test_a_new_field_that_may_not_be_null_needs_a_default() -> None:
    strict = fr.schema([fr.field("a", fr.int8(), False)])
    assert differences(strict, fr.schema([])) == [
        "a: not in the rows, and it may not be null"
    ]


def test_repeated_names_cannot_be_matched() -> None:
    twice = fr.schema([("a", fr.int8()), ("a", fr.int8())])
    assert differences(fr.schema([("a", fr.int8())]), twice) == ["a: twice in the rows"]


def test_decode_wants_the_hash_of_the_writer() -> None:
    with pytest.raises(DecodeError, match="expected"):
        encoder(Order).decode(OLD.encode(VALUE))
    with pytest.raises(DecodeError, match="expected"):
        encoder(Order).decode(encoder(Order).encode(Order()), written=OLD.schema)


def test_many_writers_do_not_grow_the_encoder() -> None:
    reader = encoder(fr.schema([("a", fr.int64())]))
    for i in range(100):
        old = encoder(fr.schema([("a", fr.int8()), (f"b{i}", fr.int8())]))
        assert reader.from_row(old.to_row({"a": i})) == {"a": i}
    assert len(reader._readers) <= 16
