"""validate: sound rows pass, every fault is named with row, path and byte."""

from __future__ import annotations

import struct
import uuid
from typing import Any

import pyarrow as pa
import pytest
from rows.reference import LAYOUTS, encode
from rows.vectors import Vector, load

import fory_row as fr
from fory.error import DecodeError, TruncatedError
from fory_row import types as t
from fory_row._plan import Plan
from fory_row._validate import validate
from fory_row.types import Field

FILES = ("row_standard.jsonl", "row_standard_java.jsonl", "row_compact.jsonl")
VECTORS = [vector for name in FILES for vector in load(name)]


def rows_of(fields: list[Field], *data: bytes, layout: str = "standard") -> fr.Rows:
    offsets = [0]
    for row in data:
        offsets.append(offsets[-1] + len(row))
    schema = fr.Schema(fields)
    return fr.Rows.from_buffer(schema, b"".join(data), offsets, layout=layout)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v.id)
def test_golden_rows_pass(vector: Vector) -> None:
    rows_of(vector.fields, vector.data, layout=vector.layout).validate()
    canonical = rows_of(vector.fields, vector.canonical, layout=vector.layout)
    canonical.validate(canonical=True)


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS if v.data != v.canonical], ids=lambda v: v.id
)
def test_rows_with_a_reserve_are_not_canonical(vector: Vector) -> None:
    rows = rows_of(vector.fields, vector.data, layout=vector.layout)
    with pytest.raises(DecodeError, match=r"bytes that belong to no value|unused"):
        rows.validate(canonical=True)


# -- faults, each with its place -------------------------------------------------

DEEP = [
    Field("n", t.int32()),
    Field("lines", t.list_(t.struct([("price", t.int64()), ("name", t.utf8())]))),
    Field("m", t.map_(t.utf8(), t.list_(t.utf8()))),
]
VALUE: dict[str, Any] = {
    "n": 1,
    "lines": [None, {"price": 5, "name": "first"}, {"price": 6, "name": "zweite"}],
    "m": [("key", ["a", "bc"])],
}


def fault(fields: list[Field], data: bytes, layout: str = "standard") -> str:
    """Return what `validate` says of a row that is not sound."""
    with pytest.raises(DecodeError) as e:
        rows_of(fields, data, layout=layout).validate()
    return str(e.value)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("text", "path"),
    [
        (b"zweite", "'lines[2].name'"),
        (b"bc", "'m[0][1]'"),
        (b"key", "'m.keys[0]'"),
    ],
    ids=lambda x: str(x),
)
def test_text_that_is_not_utf8(layout: str, text: bytes, path: str) -> None:
    data = encode(DEEP, VALUE, layout)
    at = data.index(text)
    bad = data[: at + 1] + b"\xff" + data[at + 2 :]
    message = fault(DEEP, bad, layout)
    assert message.startswith(f"row 0: field {path} at byte {at} is not UTF-8")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pairs_that_point_outside(layout: str) -> None:
    data = encode(DEEP, VALUE, layout)
    slot = 16 if layout == "standard" else 0
    for offset, size in [(len(data), 1), (0, 8), (2**32 - 1, 2**32 - 1)]:
        bad = data[:slot] + struct.pack("<II", size, offset) + data[slot + 8 :]
        assert f"'lines' at byte {slot} points outside" in fault(DEEP, bad, layout)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_bodies_that_overlap(layout: str) -> None:
    fields = [Field("a", t.binary()), Field("b", t.binary())]
    data = encode(fields, {"a": bytes(40), "b": bytes(40)}, layout)
    slot = 8 if layout == "standard" else 0
    pair = struct.pack("<II", 70, struct.unpack_from("<I", data, slot + 4)[0])
    bad = data[:slot] + pair + pair + data[slot + 16 :]
    assert f"'b' at byte {slot + 8} overlaps" in fault(fields, bad, layout)


def test_bodies_that_overlap_beside_values_in_place() -> None:
    schema = fr.schema([("a", fr.utf8()), ("b", fr.utf8()), ("u", fr.uuid())])
    writer = fr.encoder(schema=schema, layout="compact")
    value = {"a": "x" * 32, "b": "y", "u": uuid.UUID(int=1)}
    data = bytearray(writer.to_row(value).to_bytes())
    pair = data.index(struct.pack("<II", 32, 40))
    data[pair + 8 : pair + 16] = data[pair : pair + 8]
    rows = fr.Rows.from_buffer(schema, data[:-8], [0, len(data) - 8], layout="compact")
    with pytest.raises(DecodeError, match="overlap"):
        rows.to_pylist()
    with pytest.raises(DecodeError, match="overlap"):
        rows.validate()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("count", [4, 2**31, 2**32 - 1])
def test_counts_that_are_too_large(layout: str, count: int) -> None:
    fields = [Field("a", t.list_(t.int64()))]
    data = encode(fields, {"a": [1, 2, 3]}, layout)
    at = 16
    bad = data[:at] + struct.pack("<I", count) + data[at + 4 :]
    assert f"'a' at byte {at} claims more elements" in fault(fields, bad, layout)


def test_maps_of_unequal_arrays() -> None:
    fields = [Field("m", t.map_(t.int8(), t.int8()))]
    data = bytearray(encode(fields, {"m": [(1, 2), (3, 4)]}))
    data[16 + 8 + 24] = 1
    assert "'m' at byte 16 has key and value arrays" in fault(fields, bytes(data))


@pytest.mark.parametrize(
    ("type_", "value", "reason"),
    [
        (t.decimal(9, 2), 5, "another number of bytes"),
        (t.uuid(), bytes(16), "another number of bytes"),
        (t.fixed_size_binary(3), b"abc", "another number of bytes"),
    ],
    ids=str,
)
def test_bodies_of_another_width(type_: fr.DataType, value: Any, reason: str) -> None:
    data = bytearray(encode([Field("a", type_)], {"a": value}))
    data[8] -= 1
    assert f"'a' at byte 16 has {reason}" in fault([Field("a", type_)], bytes(data))


def test_decimals_of_more_digits_than_the_type() -> None:
    fields = [Field("a", t.decimal(9, 2))]
    for value in (10**9 - 1, 1 - 10**9, 0):
        rows_of(fields, encode(fields, {"a": value})).validate()
    for value in (10**9, -(10**9), 2**127, -(2**255)):
        data = encode(fields, {"a": value})
        assert "'a' at byte 16 is a decimal of more digits" in fault(fields, data)


def test_fixed_size_lists_of_another_length() -> None:
    fields = [Field("a", t.fixed_size_list(t.int8(), 3))]
    data = encode(fields, {"a": [1, 2]})
    assert "'a' at byte 16 has another number of elements" in fault(fields, data)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nulls_that_must_not_be(layout: str) -> None:
    loose = [Field("a", t.int8()), Field("b", t.int8())]
    strict = [Field("a", t.int8(), False), Field("b", t.int8())]
    data = encode(loose, {"a": None, "b": 1}, layout)
    assert "'a' at byte" in fault(strict, data, layout)
    assert "must not be" in fault(strict, data, layout)


@pytest.mark.parametrize(
    ("index", "code", "sound"),
    [
        (t.uint8(), 199, True),
        (t.uint8(), 200, False),
        (t.int8(), -1, False),
        (t.int16(), 199, True),
        (t.int32(), 200, False),
        (t.int64(), -(2**63), False),
    ],
    ids=str,
)
def test_dictionary_codes(index: fr.DataType, code: int, sound: bool) -> None:
    schema = fr.Schema([("d", t.dictionary(index, t.utf8()))])
    plan = Plan(schema, "standard", [pa.array([str(i) for i in range(200)])])
    data = bytes(8) + (code % 2**64).to_bytes(8, "little")
    core = fr.Rows.from_buffer(schema, data)
    rows = fr.Rows(plan, core.source)
    if sound:
        return validate(rows)
    with pytest.raises(DecodeError, match="'d' at byte 8 is a code outside"):
        validate(rows)


# -- canonical -------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_byte_of_a_canonical_row_counts(layout: str) -> None:
    """No byte can change without a fault or another value: equal means equal bytes."""
    fields = [
        Field("a", t.int16()),
        Field("b", t.bool_()),
        Field("s", t.struct([Field("x", t.int8()), Field("y", t.int32(), False)])),
        Field("t", t.list_(t.int16())),
        Field("u", t.list_(t.utf8())),
        Field("v", t.utf8()),
    ]
    value = {
        "a": None,
        "b": True,
        "s": {"x": None, "y": 9},
        "t": [1, None, 3],
        "u": ["a", None, ""],
        "v": "text",
    }
    data = encode(fields, value, layout)
    sound = rows_of(fields, data, layout=layout)
    sound.validate(canonical=True)
    meant = sound[0].to_dict()
    for at in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            rows = rows_of(fields, bytes(changed), layout=layout)
            try:
                rows.validate(canonical=True)
            except DecodeError:
                continue
            assert rows[0].to_dict() != meant, f"byte {at}, bit {bit}"


def test_canonical_looks_behind_a_projection() -> None:
    fields = [Field("a", t.int8()), Field("b", t.bool_())]
    data = bytearray(encode(fields, {"a": 1, "b": True}))
    data[16] = 2
    part = rows_of(fields, bytes(data))[["a"]]
    part.validate()
    with pytest.raises(DecodeError, match="'b' at byte 16 is a bool"):
        part.validate(canonical=True)


# -- batches ---------------------------------------------------------------------


def test_the_row_is_named_in_a_selection() -> None:
    fields = [Field("a", t.utf8())]
    good, bad = (encode(fields, {"a": "x" * 9}) for _ in range(2))
    bad = bad.replace(b"xxxxxxxxx", b"xxxx\x80xxxx")
    rows = rows_of(fields, *[good] * 700, bad, *[good] * 700)
    with pytest.raises(DecodeError, match=r"^row 700: field 'a' at byte 16"):
        rows.validate()
    with pytest.raises(DecodeError, match=r"^row 10: field 'a'"):
        rows[690:].validate()
    rows[::7][101:].validate()
    rows[[0, 1, 1400]].validate()


def test_rows_that_are_too_short() -> None:
    rows = rows_of([Field("a", t.int8())], bytes(16), bytes(8))
    with pytest.raises(DecodeError, match="row 1: the row at byte 0 is too short"):
        rows.validate()


def test_buffers_that_end_inside_a_row() -> None:
    with pytest.raises(TruncatedError, match="4 bytes are left"):
        fr.Rows.from_buffer(fr.Schema([("a", t.int8())]), bytes(20))


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        (b"", True),
        ("é中\U0001f600".encode(), True),
        ("\ud7ff\ue000\U0010ffff".encode(), True),
        (b"1234567\xc3\xa9", True),
        (b"\xc0\x80", False),
        (b"\xc1\xbf", False),
        (b"\xe0\x80\x80", False),
        (b"\xed\xa0\x80", False),
        (b"\xf0\x80\x80\x80", False),
        (b"\xf4\x90\x80\x80", False),
        (b"\xf5\x80\x80\x80", False),
        (b"\xe4\xb8", False),
        (b"a\x80", False),
        (b"1234567\xff12345678", False),
    ],
    ids=repr,
)
def test_utf8_is_what_python_takes(text: bytes, sound: bool) -> None:
    fields = [Field("a", t.utf8())]
    data = encode([Field("a", t.binary())], {"a": text})
    rows = rows_of(fields, data)
    if sound:
        rows.validate(canonical=True)
        assert rows[0].a == text.decode()
    else:
        with pytest.raises(UnicodeDecodeError):
            text.decode()
        with pytest.raises(DecodeError, match="not UTF-8"):
            rows.validate()
