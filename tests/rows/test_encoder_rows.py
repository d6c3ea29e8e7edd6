"""Many objects into one piece of memory."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import dataclass
from typing import Any

import pytest

import fory_row as fr
from fory.error import DecodeError, EncodeError
from fory_row.encoder import encoder


@dataclass
class Fixed:
    a: int
    b: float


@dataclass
class Varied:
    a: int
    s: str


def test_rows_of_objects() -> None:
    made = encoder(Varied)
    objs = [Varied(i, "x" * (i % 40)) for i in range(1000)]
    rows = made.to_rows(objs)
    assert isinstance(rows, fr.Rows)
    assert len(rows) == 1000
    assert rows.source.n_blocks == 1
    assert made.from_rows(rows) == objs
    assert [made.from_row(row) for row in rows[::-7]] == objs[::-7]
    assert rows[999].to_bytes() == made.to_row(objs[999]).to_bytes()


def test_rows_of_fixed_fields_have_a_stride() -> None:
    made = encoder(Fixed)
    rows = made.to_rows(Fixed(i, i / 2) for i in range(100))
    assert rows.plan.stride == 24
    assert rows.nbytes == 2400
    assert rows.to_numpy("b", copy=False)[99] == 49.5


def test_no_objects() -> None:
    assert len(encoder(Varied).to_rows([])) == 0
    assert encoder(Varied).from_rows(encoder(Varied).to_rows([])) == []


def test_records_without_fields() -> None:
    made = encoder(schema=fr.schema([]))
    rows = made.to_rows([{}, {}])
    assert made.to_row({}).to_bytes() == b""
    assert len(rows) == 2
    assert rows.to_pylist() == [{}, {}]


def test_rows_outlive_the_encoder() -> None:
    rows = encoder(Varied).to_rows([Varied(1, "abc" * 100)] * 50)
    row = encoder(Varied).to_row(Varied(2, "row"))
    encoder(Varied).to_rows([Varied(3, "other" * 100)] * 50)
    assert rows[49].s == "abc" * 100
    assert row.s == "row"


def test_objects_are_taken_one_at_a_time() -> None:
    alive: list[Any] = []

    def objects() -> Any:
        for i in range(3):
            alive.append(i)
            yield Varied(i, str(i))

    assert encoder(Varied).to_rows(objects())[2].s == "2"
    assert alive == [0, 1, 2]


def test_repeated_use_keeps_no_memory() -> None:
    made = encoder(Varied)
    objs = [Varied(i, "text") for i in range(100)]
    wrong = Varied(1, None)
    wrong.a = "no number"  # type: ignore[assignment]

    def use() -> None:
        assert made.from_rows(made.to_rows(objs)) == objs
        assert made.decode(made.encode(objs[0])) == objs[0]
        with pytest.raises(EncodeError):
            made.to_rows([*objs, wrong])
        with pytest.raises(DecodeError):
            made.from_row(made.encode(objs[0])[:20])

    for _ in range(20):
        use()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(200):
        use()
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 20_000


@pytest.mark.slow
def test_value_beyond_two_gigabytes() -> None:
    made = encoder(schema=fr.schema([("a", fr.binary()), ("b", fr.binary())]))
    big = bytes(5 << 29)
    row = made.to_row({"a": big, "b": b"end"})
    assert row.b == b"end"
    assert len(made.from_row(row)["a"]) == len(big)
    with pytest.raises(
        EncodeError, match=r"^b: its bytes end .* a row addresses 4 GiB"
    ):
        made.to_row({"a": big, "b": big})


def test_records_need_not_have_the_same_keys() -> None:
    rows = fr.from_pylist([{"a": 1}, {"b": "x"}, {"b": "y", "a": 2}])
    assert rows.to_pylist() == [
        {"a": 1, "b": None},
        {"a": None, "b": "x"},
        {"a": 2, "b": "y"},
    ]


def test_records_are_mappings() -> None:
    with pytest.raises(TypeError, match="record 1 is no mapping but int"):
        fr.from_pylist([{"a": 1}, 2])  # type: ignore[list-item]


def test_from_rows_wants_rows() -> None:
    with pytest.raises(TypeError, match="reads Rows, not list"):
        encoder(fr.schema([("a", fr.int8())])).from_rows([])  # type: ignore[arg-type]
