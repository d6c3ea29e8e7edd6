"""Objects in compact rows: in place or behind pairs, and many in one block."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
from rows.reference import encode
from rows.vectors import friendly

import fory_row as fr
from fory.error import EncodeError
from fory_row import Field
from fory_row.encoder import encoder

LEAVES = [
    fr.bool_(), fr.int8(), fr.int16(), fr.int32(), fr.int64(), fr.float32(),
    fr.float64(), fr.utf8(), fr.binary(), fr.date32(), fr.timestamp(), fr.duration(),
    fr.decimal(20, 3), fr.fixed_size_binary(3), fr.fixed_size_binary(16),
]  # fmt: skip


class Point(NamedTuple):
    x: float
    y: float


@dataclass
class Track:
    name: str
    start: Point
    points: list[Point]
    marks: dict[str, Point]
    end: Point | None = None


def random_type(rng: random.Random, depth: int) -> fr.DataType:
    kind = rng.randrange(8) if depth < 3 else 9
    if kind == 0:
        return fr.list_(Field("item", random_type(rng, depth + 1), rng.random() < 0.7))
    if kind == 1:
        key = rng.choice([fr.utf8(), fr.int8(), fr.int64(), fr.date32()])
        return fr.map_(key, random_type(rng, depth + 1))
    if kind in (2, 3):
        return fr.struct(random_fields(rng, depth + 1, rng.randrange(1, 5)))
    return rng.choice(LEAVES)


def random_fields(rng: random.Random, depth: int, n: int) -> list[Field]:
    strict = rng.random() < 0.3
    return [
        Field(f"f{i}", random_type(rng, depth), not strict and rng.random() < 0.6)
        for i in range(n)
    ]


def random_value(rng: random.Random, field: Field) -> Any:
    if field.nullable and rng.random() < 0.25:
        return None
    type_ = field.type
    kind, children, n = type_.kind.name, type_.children, rng.randrange(4)
    if kind == "STRUCT":
        return {c.name: random_value(rng, c) for c in children}
    if kind == "LIST":
        return [random_value(rng, children[0]) for _ in range(n)]
    if kind == "MAP":
        keys = {random_value(rng, children[0]): None for _ in range(n)}
        return [(k, random_value(rng, children[1])) for k in keys]
    if kind == "BINARY":
        size = type_.logical.args[0] if type_.logical else rng.randrange(20)
        return rng.randbytes(size)
    leaves: dict[str, Any] = {
        "BOOL": rng.random() < 0.5,
        "INT8": rng.randrange(-128, 128),
        "INT16": rng.randrange(-(2**15), 2**15),
        "UTF8": "añ中x" * n,
        "FLOAT32": rng.randrange(1000) / 8,
        "FLOAT64": rng.random(),
    }
    return leaves.get(kind, rng.randrange(-20_000, 20_000))


@pytest.mark.parametrize("layout", ["standard", "compact"])
@pytest.mark.parametrize("seed", range(60))
def test_random_records_as_the_reference_writes_them(layout: str, seed: int) -> None:
    rng = random.Random(seed)
    fields = random_fields(rng, 0, rng.randrange(1, 12))
    schema = fr.Schema(fields)
    codec = encoder(schema=schema, layout=layout)
    values = [{f.name: random_value(rng, f) for f in fields} for _ in range(8)]
    objects = [{f.name: friendly(v[f.name], f.type) for f in fields} for v in values]
    rows = codec.to_rows(objects)
    assert [r.to_bytes() for r in rows] == [encode(fields, v, layout) for v in values]
    assert [codec.from_row(r) for r in rows] == objects
    assert rows.to_pylist() == objects
    rows.validate(canonical=True)


def test_classes_keep_their_shape() -> None:
    codec = encoder(Track, layout="compact")
    track = Track("a", Point(1, 2), [Point(3, 4)], {"m": Point(5, 6)})
    assert codec.from_row(codec.to_row(track)) == track
    assert codec.decode(codec.encode(track)) == track
    assert codec.layout == "compact"
    row = codec.to_row(track)
    assert row.start.x == 1.0
    # Both coordinates may be null, so a point has a byte of bits behind them.
    assert row.start.to_bytes()[16:] == b"\0"


def test_rows_of_one_width_need_no_offsets() -> None:
    fields = [Field("a", fr.int8(), False), Field("b", fr.int16(), False)]
    rows = encoder(schema=fr.Schema(fields), layout="compact").to_rows(
        {"a": i, "b": -i} for i in range(100)
    )
    assert rows.nbytes == 300
    assert rows.plan.stride == 3
    assert rows[-1].to_dict() == {"a": 99, "b": -99}
    assert rows.to_numpy("b", copy=False).tolist() == [-i for i in range(100)]


def test_layouts_of_one_schema_have_hashes_of_their_own() -> None:
    schema = fr.Schema([("a", fr.int8()), ("b", fr.int64())])
    standard, compact = (
        encoder(schema=schema, layout=x) for x in ("standard", "compact")
    )
    assert standard.schema_hash != compact.schema_hash
    with pytest.raises(ValueError, match="schema hash"):
        standard.decode(compact.encode({"a": 1, "b": 2}))


def test_errors_inside_structs_in_place_have_paths() -> None:
    point = fr.struct([Field("x", fr.int32(), False)])
    fields = [Field("p", fr.list_(point)), Field("k", fr.fixed_size_binary(2))]
    codec = encoder(schema=fr.Schema(fields), layout="compact")
    with pytest.raises(EncodeError, match=r"^p\[1\].x: "):
        codec.encode({"p": [{"x": 1}, {"x": "no"}], "k": None})
    with pytest.raises(EncodeError, match=r"^p\[0\].x: None"):
        codec.encode({"p": [{"x": None}], "k": None})
    with pytest.raises(EncodeError, match=r"^k: "):
        codec.encode({"p": None, "k": b"three"})
    assert codec.decode(codec.encode({"p": None, "k": b"ok"})) == {
        "p": None,
        "k": b"ok",
    }
