"""Rows found by ranges: the order of every type, several indexes, filters, damage."""

from __future__ import annotations

import contextlib
import datetime as dt
import decimal
import math
import os
import random
import struct
import time
import uuid
from pathlib import Path

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from file_samples import fixed_rows

import fory_io
from fory.error import DecodeError, EncodeError
from fory_io._order import OrderTable
from fory_io.reader import file_source
from fory_row import types as t
from fory_row._block import block_from_buffer
from fory_row.arrow import from_arrow
from fory_row.encoder import encoder
from fory_row.schema import Schema


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "rows.fory")


def numbers(rows):
    return rows.to_arrow()["n"].to_pylist()


VALUES = {
    "bool": (pa.bool_(), [False, True]),
    "int8": (pa.int8(), [-128, -1, 0, 127]),
    "int64": (pa.int64(), [-(2**63), -1, 0, 1, 2**63 - 1]),
    "uint8": (pa.uint8(), [0, 127, 128, 255]),
    "uint64": (pa.uint64(), [0, 1, 2**63, 2**64 - 1]),
    "float16": (pa.float16(), [np.float16(v) for v in (-2, -0.5, 0, 1.5)]),
    "float32": (pa.float32(), [-math.inf, -1.25, 0.0, 2.0**-140, 0.5, math.inf]),
    "float64": (pa.float64(), [-math.inf, -0.1, 0.0, 5e-324, 0.1, math.inf]),
    "utf8": (
        pa.string(),
        ["", "\0", "a", "a\0", "a\0b", "aa", "ü", "日本", "\U0001f600"],
    ),
    "binary": (pa.binary(), [b"", b"\0", b"\0\0", b"\1", b"\xff", b"\xff\xff"]),
    "fixed": (pa.binary(3), [b"\0\0\0", b"abc", b"abd"]),
    "date": (pa.date32(), [dt.date(1969, 1, 1), dt.date(2024, 2, 29)]),
    "time": (pa.time64("us"), [dt.time(0), dt.time(23, 59, 59, 999_999)]),
    "timestamp": (
        pa.timestamp("us"),
        [dt.datetime(1900, 1, 1), dt.datetime(2024, 1, 1, 12)],
    ),
    "duration": (pa.duration("us"), [dt.timedelta(days=-3), dt.timedelta(0)]),
    "small decimal": (
        pa.decimal128(9, 2),
        [decimal.Decimal(v) for v in ("-9999999.99", "-1.25", "0", "0.01", "3")],
    ),
    "decimal": (
        pa.decimal128(38, 2),
        [decimal.Decimal(v) for v in ("-1e30", "-1.25", "0", "0.01", "1e30")],
    ),
}


@pytest.mark.parametrize("layout", ["standard", "compact"])
@pytest.mark.parametrize(("type_", "values"), VALUES.values(), ids=VALUES)
def test_ranges_of_every_type(path, type_, values, layout):
    shuffled = [*values, None, *values]
    random.Random(3).shuffle(shuffled)
    table = pa.table({"n": range(len(shuffled)), "k": pa.array(shuffled, type_)})
    fory_io.write(from_arrow(table).with_layout(layout), path, ordered=["k"])
    rows = fory_io.open(path)
    places = [i for v in values for i, other in enumerate(shuffled) if other == v]
    assert numbers(rows.loc[:]) == places
    for i, low in enumerate(values):
        assert numbers(rows.loc[low:]) == places[2 * i :]
        assert numbers(rows.loc[:low]) == places[: 2 * i + 2]
        assert numbers(rows.loc[low]) == places[2 * i : 2 * i + 2]
        assert (
            numbers(rows.loc.between("k", low, None, inclusive="right"))
            == (places[2 * i + 2 :])
        )
        assert (
            numbers(rows.loc.between("k", None, low, inclusive="left"))
            == (places[: 2 * i])
        )


def test_zeros_are_one_and_nan_comes_last(path):
    values = [math.nan, -0.0, 1.0, 0.0, -math.nan, math.inf]
    fory_io.write(pa.table({"n": range(6), "k": values}), path, ordered="k")
    rows = fory_io.open(path)
    assert numbers(rows.loc[:]) == [1, 3, 2, 5, 0, 4]
    assert numbers(rows.loc[0.0:]) == [1, 3, 2, 5, 0, 4]
    assert numbers(rows.loc[: math.inf]) == [1, 3, 2, 5]
    assert numbers(rows.loc.between("k", -0.0, 1, inclusive="right")) == [2]


@pytest.mark.parametrize(
    ("type_", "bound"),
    [
        *[(pa.int8(), v) for v in (-129, 128, 1.5, -1.5, math.inf, -math.inf, 1e30)],
        *[(pa.uint8(), v) for v in (-1, 256, 7.5, decimal.Decimal("0.5"))],
        *[(pa.float32(), v) for v in (0.1, -0.1, 1e39, -1e39, 1e-50, 16_777_217)],
    ],
    ids=str,
)
def test_bounds_between_the_numbers_of_a_type(path, type_, bound):
    values = [0, 1, 2, 7, 8, 100]
    if type_ != pa.uint8():
        values += [-1, -2, -100]
    if type_ == pa.float32():
        values += [0.1, -0.1, 16_777_216.0, 16_777_218.0]
    table = pa.table({"n": range(len(values)), "k": pa.array(values, type_)})
    fory_io.write(table, path, ordered=["k", ("k", "n")])
    loc = fory_io.open(path).loc
    held = sorted(table["k"].to_pylist())
    for fields, given in (("k", bound), (("k", "n"), (bound,))):
        for low_in in ("both", "right"):
            found = loc.between(fields, given, None, inclusive=low_in).to_arrow()["k"]
            assert found.to_pylist() == [v for v in held if v > bound]
            found = loc.between(fields, None, given, inclusive=low_in).to_arrow()["k"]
            assert found.to_pylist() == [v for v in held if v < bound]


def test_uuids(path):
    keys = [uuid.UUID(int=i << 100 | 7) for i in (5, 1, 3)]
    rows = encoder(Schema([("k", t.uuid())])).to_rows([{"k": k} for k in keys])
    fory_io.write(rows, path, ordered=["k"])
    found = fory_io.open(path).loc[keys[1] : keys[2]]
    assert [row["k"] for row in found] == [keys[1], keys[2]]


@pytest.fixture(params=[None, "lz4"], ids=["raw", "lz4"])
def flights(request, path):
    """Rows of two fields with nulls in each, and what they must be found by."""
    rng = random.Random(9)
    records = [
        {
            "n": n,
            "a": rng.choice(["JFK", "LGA", "", "JFK\0", "J", None]),
            "b": rng.choice([None, *range(-20, 20)]),
        }
        for n in range(5000)
    ]
    types = pa.schema([("n", pa.int64()), ("a", pa.string()), ("b", pa.int32())])
    table = pa.Table.from_pylist(records, schema=types)
    fory_io.write(
        table, path, keys="n", ordered=[("a", "b"), "b"], compression=request.param
    )
    return records


def in_order(records):
    found = [r for r in records if r["a"] is not None]
    found.sort(key=lambda r: (r["a"], r["b"] is None, r["b"] or 0, r["n"]))
    return [r["n"] for r in found]


def test_indexes_of_several_fields(path, flights):
    rows = fory_io.open(path, verify="full")
    fields = ("a", "b")
    assert numbers(rows.loc.between(fields, None, None)) == in_order(flights)
    jfk = [r for r in flights if r["a"] == "JFK"]
    found = rows.loc.between(fields, ("JFK",), ("JFK",))
    assert numbers(found) == in_order(jfk)
    found = rows.loc.between(fields, ("JFK", -5), ("JFK", 5), inclusive="left")
    near = [r for r in jfk if r["b"] is not None and -5 <= r["b"] < 5]
    assert numbers(found) == in_order(near)
    found = rows.loc.between("a", ("JFK",), None, inclusive="neither")
    later = [r for r in flights if r["a"] in ("JFK\0", "LGA")]
    assert numbers(found) == in_order(later)
    found = rows.loc.between(fields, ("JFK", 19), ("JFK", None), inclusive="right")
    assert numbers(found) == in_order([r for r in jfk if r["b"] is None])


def test_beginnings(path, flights):
    rows = fory_io.open(path)
    found = rows.loc.starting_with(["a", "b"], "JF")
    starts = [r for r in flights if (r["a"] or "").startswith("JF")]
    assert numbers(found) == in_order(starts)
    found = rows.loc.starting_with(["a"], ("",))
    assert len(found) == sum(r["a"] is not None for r in flights)
    with pytest.raises(TypeError, match="beginning"):
        rows.loc.starting_with("b", 1)
    with pytest.raises(TypeError, match="beginning"):
        rows.loc.starting_with(["a", "b"], ("JFK", 1))


def test_beginnings_that_nothing_follows(path):
    data = [b"\xff", b"\xff\xff\1", b"a"]
    fory_io.write(pa.table({"n": range(3), "k": data}), path, ordered="k")
    loc = fory_io.open(path).loc
    assert numbers(loc.starting_with("k", b"\xff")) == [0, 1]
    assert numbers(loc.starting_with("k", b"\xff\xff")) == [1]


def test_keys_without_a_hash_index_are_looked_up(path):
    table = pa.table({"n": range(6), "k": ["b", "a", "b", None, "a\0", "c"]})
    fory_io.write(table, path, ordered=["k"])
    rows = fory_io.open(path)
    assert rows.lookup("b")["n"] == 2
    assert numbers(rows.loc["b"]) == [0, 2]
    assert rows.loc["c"]["n"] == 5
    assert numbers(rows.loc[["c", "a"]]) == [5, 1]
    for missing in ("", "d", None, 7, ("b",)):
        with pytest.raises(KeyError):
            rows.lookup(missing)


def test_slices_of_keys_take_the_index_of_the_key(path):
    table = pa.table({"n": range(4), "x": [4, 3, 2, 1]})
    fory_io.write(table, path, keys=["n"], ordered=["x", "n"])
    assert numbers(fory_io.open(path).loc[1:2]) == [1, 2]
    fory_io.write(table, path, ordered=["x", "n"])
    assert numbers(fory_io.open(path).loc[1:2]) == [3, 2]


def test_selections_find_their_own_rows(path):
    n = np.arange(1000)
    fory_io.write(pa.table({"n": n, "k": n[::-1]}), path, ordered=["k"])
    rows = fory_io.open(path)
    assert numbers(rows[100:200].loc[:850]) == list(range(199, 148, -1))
    assert numbers(rows[::100].loc[:500]) == [900, 800, 700, 600, 500]
    assert numbers(rows[[5, 3, 8]].loc[:]) == [8, 5, 3]
    assert numbers(rows.select(["n"]).loc.between("k", 0, 1)) == [999, 998]


# -- several tables ----------------------------------------------------------------


def batch(rng, n, start):
    return pa.table({
        "n": range(start, start + n),
        "s": [f"a common beginning {rng.randrange(40)}" for _ in range(n)],
        "x": [rng.randrange(1000) / 7 for _ in range(n)],
    })  # fmt: skip


def check_sorted(rows, table, names=("s", "x")):
    for name in names:
        expected = table.sort_by([(name, "ascending"), ("n", "ascending")])
        assert numbers(rows.loc.between(name, None, None)) == numbers_of(expected)
        some = expected[name].to_pylist()[len(expected) // 3]
        found = rows.loc.between(name, some, some)
        assert numbers(found) == numbers_of(expected.filter(pc.field(name) == some))


def numbers_of(table):
    return table["n"].to_pylist()


def test_appended_deleted_and_compacted(path):
    rng = random.Random(4)
    parts = [batch(rng, 3000, 0)]
    fory_io.write(parts[0], path, ordered=["s", "x"])
    for n in (1000, 30, 200):
        parts.append(batch(rng, n, sum(map(len, parts))))
        fory_io.append(parts[-1], path)
        check_sorted(fory_io.open(path), pa.concat_tables(parts))
    fory_io.delete(path, (pc.field("n") % 3 == 0) if False else range(0, 4230, 3))
    whole = pa.concat_tables(parts)
    left = whole.filter(pa.array([i % 3 != 0 for i in range(len(whole))]))
    check_sorted(fory_io.open(path), left)
    fory_io.compact(path)
    check_sorted(fory_io.open(path), left)
    assert fory_io.inspect(path)["ordered"] == [["s"], ["x"]]
    assert fory_io.inspect(path)["frames"]["order"] == 2


def test_appends_leave_few_tables(path):
    fory_io.write(fixed_rows(10), path, ordered=["k"])
    for k in range(40):
        fory_io.append(fixed_rows(10, start=10 + 10 * k), path)
    rows = fory_io.open(path)
    found = rows.loc.between("k", 3, 3)
    assert [row["i"] for row in found] == list(range(3, 410, 7))
    assert len(file_source(rows).orders[0][1]) <= 6


def test_long_files_have_several_tables(path, monkeypatch):
    monkeypatch.setattr("fory_io.keys.MAX_BYTES", 100_000)
    table = batch(random.Random(5), 40_000, 0)
    fory_io.write(table, path, ordered=["s", "x"])
    assert fory_io.inspect(path)["frames"]["order"] > 4
    check_sorted(fory_io.open(path), table)


def test_joined_and_many_files(path, tmp_path):
    rng = random.Random(6)
    paths = [str(tmp_path / f"{k}.fory") for k in range(3)]
    parts = [batch(rng, 500, 500 * k) for k in range(3)]
    for name, part in zip(paths, parts, strict=True):
        fory_io.write(part, name, ordered=["x", "s"])
    whole = pa.concat_tables(parts)
    check_sorted(fory_io.open_many(paths), whole)
    fory_io.concat(paths, path)
    check_sorted(fory_io.open(path), whole)
    fory_io.write(parts[0], paths[0], ordered=["s"])
    fory_io.concat(paths, path)
    assert fory_io.inspect(path)["ordered"] == [["s"]]
    check_sorted(fory_io.open(path), whole, ["s"])


def test_rows_brought_back_by_repair_are_found(path):
    fory_io.write(fixed_rows(50), path, ordered=["i"])
    enough, patience = os.path.getsize(path) + 2_000_000, time.monotonic() + 60
    with fory_io.Appender(path) as writer:
        writer.write(fixed_rows(100_000, start=1000))
        while os.path.getsize(path) < enough and time.monotonic() < patience:
            time.sleep(0.01)  # a thread writes the pieces
        data = Path(path).read_bytes()
    Path(path).write_bytes(data)
    assert fory_io.repair(path).rows_recovered > 30_000
    rows = fory_io.open(path)
    assert [row["i"] for row in rows.loc[48:1001]] == [48, 49, 1000, 1001]


def test_a_remote_range_takes_few_bytes():
    url = "memory://tests/ordered.fory"
    fory_io.write(fixed_rows(200_000), url, ordered=["i"])
    rows = fory_io.open(url)
    storage = rows.source.storage
    assert [row["i"] for row in rows.loc[123_456:123_460]] == [*range(123_456, 123_461)]
    assert storage.n_bytes < 120_000
    assert storage.n_requests < 10
    fsspec.filesystem("memory").store.clear()


# -- filters -----------------------------------------------------------------------

CONDITIONS = [
    pc.field("x") == 7.0,
    (pc.field("x") > 3.99) & (pc.field("n") > 100),
    pc.field("s") == "text 17",
    pc.field("s").isin(["text 17", "text 5", "none"]),
    pc.field("s") < "text 1",
    ~(pc.field("x") < 4.1),
    pc.field("x").is_nan(),
    pc.field("x").is_null(),
    (pc.field("x") > 3.99) | pc.field("s").is_null(),
    pc.starts_with(pc.field("s"), "text 171"),
    pc.field("x") == 1e9,
    pc.field("x") + 1 == 8.0,
]


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
def test_filters_find_the_same_rows(path, condition):
    rng = np.random.default_rng(2)
    n = 20_000
    x = rng.normal(size=n)
    x[::5000] = 7.0
    x[17::9000] = math.nan
    mask = rng.random(n) < 0.001
    words = [f"text {v}" for v in rng.integers(0, 2000, n)]
    table = pa.table({
        "n": range(n),
        "x": pa.array(x, mask=mask),
        "s": pa.array(words, mask=mask[::-1]),
    })  # fmt: skip
    fory_io.write(table, path, ordered=["x", "s"], chunk_rows=4096)
    rows = fory_io.open(path)
    expected = numbers_of(table.filter(condition))
    assert numbers(rows.filter(condition)) == expected
    part = [v for v in expected if 3000 <= v < 12_000]
    assert numbers(rows[3000:12_000].filter(condition)) == part
    fory_io.delete(path, [0, 5000])
    left = [v for v in expected if v not in (0, 5000)]
    assert numbers(fory_io.open(path).filter(condition)) == left


def test_a_filter_reads_few_rows(path):
    rng = np.random.default_rng(3)
    table = pa.table({"n": rng.permutation(300_000)})
    fory_io.write(table, path, ordered=["n"])
    rows = fory_io.open(path)
    places = rows.source.narrowed(rows.plan, pc.field("n") == 4711)
    assert 1 <= len(places) < 300
    assert rows.source.narrowed(rows.plan, pc.field("n") > 4711) is None
    assert len(rows.source.narrowed(rows.plan, pc.field("n") == -1)) == 0


def data_set(folder, how, n=40_000):
    """Write four files of one data set, the last without an index, and open them."""
    rng = np.random.default_rng(4)
    for k in range(4):
        (folder / f"year={k}").mkdir()
        type_ = pa.int32() if k and how == "wider" else pa.int64()
        part = pa.table({"v": pa.array(rng.permutation(n) + n // 2 * k, type_)})
        order = None if k == 3 else ["v"]
        fory_io.write(part, folder / f"year={k}" / "a.fory", ordered=order)
    fory_io.delete(folder / "year=1" / "a.fory", [0, 5])
    wide = Schema.from_arrow(pa.schema([("v", pa.int64())])) if how == "wider" else None
    if how == "manifest":
        fory_io.write_manifest(folder / "all.manifest", folder)
        return fory_io.open(folder / "all.manifest")
    return fory_io.open_many(folder, schema=wide, hive=how != "equal")


@pytest.mark.parametrize("how", ["equal", "wider", "manifest"])
@pytest.mark.parametrize(
    "condition",
    [
        pc.field("v") == 30_001,
        pc.field("v") < 3,
        (pc.field("v") > 99_990) | (pc.field("v") == 7),
        pc.field("v").isin([5, 21_000, 70_000]),
        pc.field("v") == -1,
    ],
    ids=str,
)
def test_filters_of_data_sets(tmp_path, how, condition):
    rows = data_set(tmp_path, how)
    found = rows.filter(condition).to_arrow()
    assert found.equals(rows.to_arrow().filter(condition))


def test_a_filter_reads_few_rows_of_a_data_set(tmp_path):
    rows = data_set(tmp_path, "wider")
    places = rows.source.narrowed(rows.plan, pc.field("v") == 19_999)
    assert 2 <= len(places) < 800
    assert np.all(np.diff(places) > 0)
    year = (pc.field("v") == 19_999) & (pc.field("year") == 0)
    assert len(rows.filter(year)) == 1
    assert rows.source.narrowed(rows.plan, pc.field("v") > 19_999) is None
    assert rows.source.narrowed(rows.plan, pc.field("year") == 2) is None


# -- errors ------------------------------------------------------------------------


def test_what_cannot_be_asked(path):
    table = pa.table({"n": [1, 2], "k": [1, 2], "s": ["a", "b"]})
    fory_io.write(table, path, ordered=["n", ("s", "k")])
    rows = fory_io.open(path)
    with pytest.raises(TypeError, match=r"no sorted index of k; it has those of n and"):
        rows.loc.between("k", 1, 2)
    with pytest.raises(EncodeError, match=r"'1' cannot be a value"):
        rows.loc["1":]
    with pytest.raises(EncodeError, match="nan cannot be a value"):
        rows.loc.between("n", None, math.nan)
    with pytest.raises(EncodeError, match="cannot be a value"):
        rows.loc.between("s", "a", 7)
    with pytest.raises(ValueError, match="inclusive is one of both"):
        rows.loc.between("n", 1, 2, inclusive="yes")
    with pytest.raises(TypeError, match="no step"):
        rows.loc[1:2:2]
    with pytest.raises(ValueError, match="has 3 values, the index 2"):
        rows.loc.between("s", ("a", 1, 2), None)
    rows.close()
    with pytest.raises(ValueError, match="closed"):
        rows.loc[1:2]


def test_rows_without_an_index_say_so(path):
    table = pa.table({"n": [1]})
    with pytest.raises(TypeError, match="memory has no sorted index"):
        from_arrow(table).loc[1:2]
    fory_io.write(table, path)
    with pytest.raises(TypeError, match="ordered="):
        fory_io.open(path).loc[1:2]
    with pytest.raises(KeyError, match="m"):
        fory_io.write(table, path, ordered=["m"])
    lists = pa.table({"k": pa.array([[1]])})
    with pytest.raises(EncodeError, match="cannot be a key"):
        fory_io.write(lists, path, ordered=["k"])


def test_an_empty_file(path):
    fory_io.write(pa.table({"n": pa.array([], pa.int64())}), path, ordered=["n"])
    assert len(fory_io.open(path).loc[:]) == 0
    fory_io.append(pa.table({"n": [3, 1, 2]}), path)
    assert numbers(fory_io.open(path).loc[2:]) == [2, 3]


# -- damage ------------------------------------------------------------------------


def test_a_damaged_index_is_an_error_not_a_wrong_row(path):
    fory_io.write(fixed_rows(20_000), path, ordered=["i"])
    source = file_source(fory_io.open(path))
    entry = next(e for e in source.snapshot.frames if e.type == 11)
    data = Path(path).read_bytes()
    rng = random.Random(8)
    for _ in range(60):
        bad = bytearray(data)
        bad[entry.offset + rng.randrange(entry.first)] ^= 1 << rng.randrange(8)
        Path(path).write_bytes(bad)
        with pytest.raises(DecodeError):
            fory_io.open(path, verify="full")
        assert not fory_io.verify(path).ok
        for verify in ("lazy", "never"):
            with contextlib.suppress(DecodeError):
                found = [
                    r["i"] for r in fory_io.open(path, verify=verify).loc[9000:9003]
                ]
                assert verify == "never" or found == [9000, 9001, 9002, 9003]


WORDS = {
    "short": [0, 3, 3],
    "no fields": [0, 3, 3, 0],
    "many fields": [0, 3, 3, 1 << 60, 1],
    "more entries than rows": [0, 3, 4, 1, 0],
    "other size": [0, 3000, 3000, 1, 0],
    "rows beyond 32 bits": [0, 1 << 32, 3, 1, 0],
    "huge": [0, 1 << 63, 1 << 63, 1, 0],
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_an_index_that_cannot_be_is_refused(words):
    data = struct.pack(f"<{len(words)}Q", *words) + bytes(48 if words[4:] else 0)
    block = block_from_buffer(data, len(data) // 8, stride=8)
    with pytest.raises(DecodeError, match="contradicts itself"):
        OrderTable(block, "the index")


def test_rows_beyond_the_index_are_refused(path):
    fory_io.write(fixed_rows(100), path, ordered=["i"])
    entry = next(
        e for e in file_source(fory_io.open(path)).snapshot.frames if e.type == 11
    )
    data = bytearray(Path(path).read_bytes())
    at = entry.offset + 40 + 8 + 800 + 4 * 50
    assert data[at : at + 4] == struct.pack("<I", 50)
    data[at : at + 4] = struct.pack("<I", 100)
    Path(path).write_bytes(data)
    with pytest.raises(DecodeError, match="contradicts itself"):
        fory_io.open(path, verify="never").loc[:]
