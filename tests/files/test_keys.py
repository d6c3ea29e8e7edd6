"""Rows found by key: every type, duplicates, appends, deletions, damage."""

from __future__ import annotations

import contextlib
import datetime as dt
import decimal
import gc
import math
import os
import pickle
import random
import struct
import uuid
from pathlib import Path

import fsspec
import numpy as np
import pyarrow as pa
import pytest
from file_samples import fixed_rows, mixed_record, mixed_rows

import fory_io
from fory.error import DecodeError, EncodeError
from fory_io._keys import KeyTable
from fory_io.keys import MAX_ROWS, Indexer, key_tables, open_index
from fory_io.reader import file_source
from fory_row import types as t
from fory_row._block import block_from_buffer
from fory_row.arrow import from_arrow
from fory_row.encoder import encoder
from fory_row.schema import Schema

N = 30_000


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "rows.fory")


@pytest.mark.parametrize("compression", [None, "lz4"])
def test_every_key_is_found(path, compression):
    fory_io.write(mixed_rows(N), path, keys=["i"], compression=compression)
    rows = fory_io.open(path, verify="full")
    for i in random.Random(1).sample(range(N), 2000):
        assert rows.lookup(i).to_dict() == mixed_record(i)
    for missing in (-1, N, 2**63, -(2**63), 2**200, "1", None, 1.5, (1,), b""):
        with pytest.raises(KeyError):
            rows.lookup(missing)


def test_text_keys(path):
    words = [f"word {i}" * (i % 50) + "ü" * (i % 3) + str(i) for i in range(N)]
    fory_io.write(pa.table({"n": range(N), "w": words}), path, keys="w")
    rows = fory_io.open(path)
    for i in range(0, N, 7):
        assert rows.lookup(words[i])["n"] == i
    for missing in ("", "word", b"word", "\0", 7):
        with pytest.raises(KeyError):
            rows.lookup(missing)


def test_composite_keys(path):
    n = range(N)
    fory_io.write(
        pa.table({"n": n, "a": [i % 100 for i in n], "b": [str(i // 100) for i in n]}),
        path,
        keys=["b", "a"],
    )
    rows = fory_io.open(path)
    assert rows.lookup(("17", 33))["n"] == 1733
    assert rows.loc["17", 33]["n"] == 1733
    for missing in (("17", 100), ("1", "733"), ("17",), "17", (33, "17"), ("17", None)):
        with pytest.raises(KeyError):
            rows.lookup(missing)


def test_composite_text_is_not_joined_text(path):
    table = pa.table({"a": ["ab", "a"], "b": ["c", "bc"]})
    fory_io.write(table, path, keys=["a", "b"])
    rows = fory_io.open(path)
    assert rows.lookup(("a", "bc"))["a"] == "a"
    assert rows.lookup(("ab", "c"))["a"] == "ab"
    with pytest.raises(KeyError):
        rows.lookup(("abc", ""))


VALUES = {
    "bool": (pa.bool_(), [True, False]),
    "int8": (pa.int8(), [-128, 0, 127]),
    "int16": (pa.int16(), [-(2**15), 5]),
    "int32": (pa.int32(), [-(2**31), 7]),
    "uint8": (pa.uint8(), [0, 255]),
    "uint64": (pa.uint64(), [0, 2**64 - 1, 2**63]),
    "float16": (pa.float16(), [np.float16(1.5), np.float16(-2)]),
    "float32": (pa.float32(), [0.5, -1.25, math.inf]),
    "float64": (pa.float64(), [0.1, -0.0, math.nan, -math.inf]),
    "utf8": (pa.string(), ["", "a", "日本"]),
    "large": (pa.large_string(), ["x", "y"]),
    "binary": (pa.binary(), [b"", b"\0", b"\0\0"]),
    "fixed": (pa.binary(3), [b"abc", b"\0\0\0"]),
    "date": (pa.date32(), [dt.date(1970, 1, 1), dt.date(2024, 2, 29)]),
    "time": (pa.time64("us"), [dt.time(0), dt.time(23, 59, 59, 999_999)]),
    "timestamp": (pa.timestamp("us"), [dt.datetime(2024, 1, 1, 12)]),
    "zoned": (pa.timestamp("ms", "UTC"), [dt.datetime(2024, 1, 1, tzinfo=dt.UTC)]),
    "duration": (pa.duration("us"), [dt.timedelta(days=-3), dt.timedelta(0)]),
    "decimal": (pa.decimal128(9, 2), [decimal.Decimal("-1.25"), decimal.Decimal(0)]),
}


@pytest.mark.parametrize("layout", ["standard", "compact"])
@pytest.mark.parametrize(("type_", "values"), VALUES.values(), ids=VALUES)
def test_leaf_types(path, type_, values, layout):
    array = pa.array([*values, None], type_)
    rows = from_arrow(pa.table({"pad": pa.array([1] * len(array)), "k": array}))
    rows = rows.with_layout(layout)
    fory_io.write(rows, path, keys=["k"])
    opened = fory_io.open(path)
    for i, value in enumerate(values):
        found = opened.lookup(value).to_bytes()
        assert found.rstrip(b"\0") == rows[i].to_bytes().rstrip(b"\0")
    with pytest.raises(KeyError):
        opened.lookup(None)


def test_a_uuid_key(path):
    keys = [uuid.UUID(int=i) for i in range(10)]
    schema = Schema([("k", t.uuid())])
    fory_io.write(encoder(schema).to_rows([{"k": k} for k in keys]), path, keys=["k"])
    assert fory_io.open(path).lookup(keys[7])["k"] == keys[7]


def test_zeros_and_nans_are_one_each(path):
    values = [0.0, -0.0, math.nan, struct.unpack("<d", b"\1\0\0\0\0\0\xf8\xff")[0]]
    fory_io.write(pa.table({"x": values}), path, keys=["x"])
    rows = fory_io.open(path)
    assert len(rows.loc[0.0]) == len(rows.loc[-0.0]) == len(rows.loc[math.nan]) == 2


def test_numpy_numbers_are_keys(path):
    fory_io.write(fixed_rows(100), path, keys=["i"])
    assert fory_io.open(path).lookup(np.int64(5))["i"] == 5
    assert fory_io.open(path).lookup(np.uint8(5))["i"] == 5


@pytest.mark.parametrize(
    "type_",
    [pa.list_(pa.int8()), pa.struct({"a": pa.int8()}), pa.map_(pa.int8(), pa.int8())],
    ids=str,
)
def test_fields_that_cannot_be_keys(path, type_):
    with pytest.raises(EncodeError, match="cannot be a key"):
        fory_io.write(pa.table({"k": pa.array([None], type_)}), path, keys=["k"])
    assert not os.path.exists(path)


def test_a_field_that_is_not_there(path):
    with pytest.raises(KeyError, match="no field"):
        fory_io.write(fixed_rows(1), path, keys=["absent"])
    with pytest.raises(EncodeError, match="1 to 16 fields"):
        fory_io.write(fixed_rows(1), path, keys=[])


# -- duplicates, selections ------------------------------------------------------


def test_the_last_of_several_rows_counts(path):
    fory_io.write(fixed_rows(10_000), path, keys=["k"])
    rows = fory_io.open(path)
    assert rows.lookup(3)["i"] == 9999
    assert rows.loc[3]["i"].to_pylist() == list(range(3, 10_000, 7))
    assert rows.loc[[3, 0]]["i"].to_pylist() == [
        *range(3, 10_000, 7),
        *range(0, 10_000, 7),
    ]
    with pytest.raises(KeyError):
        rows.loc[[3, 7]]
    with pytest.raises(TypeError, match="no sorted index"):
        rows.loc[1:3]


def test_loc_of_one_row_is_a_view(path):
    fory_io.write(fixed_rows(10), path, keys=["i"])
    rows = fory_io.open(path)
    assert rows.loc[4].to_dict() == rows[4].to_dict()
    assert rows.loc[np.array([4, 2])]["i"].to_pylist() == [4, 2]


def test_a_selection_finds_its_own_rows(path):
    fory_io.write(fixed_rows(100), path, keys=["k"])
    rows = fory_io.open(path)
    assert rows[:50].lookup(3)["i"] == 45
    assert rows[::-1].lookup(3)["i"] == 3
    assert rows[[10, 3, 94]].loc[3]["i"].to_pylist() == [10, 3, 94]
    assert rows[["i"]].lookup(3).to_dict() == {"i": 94}
    assert rows[::-1].loc[[3]]["i"].to_pylist()[:2] == [94, 87]
    assert rows[[10, 3, 94]].loc[[3]]["i"].to_pylist() == [10, 3, 94]
    with pytest.raises(KeyError):
        rows[:3].lookup(3)
    with pytest.raises(KeyError):
        rows[:3].loc[[3]]


def test_rows_without_an_index_say_so(path):
    with pytest.raises(TypeError, match="memory has no key index"):
        fixed_rows(3).lookup(1)
    fory_io.write(fixed_rows(3), path)
    with pytest.raises(TypeError, match="keys="):
        fory_io.open(path).lookup(1)


def test_a_file_is_let_go_without_the_collector(path):
    fory_io.write(fixed_rows(3), path, keys=["i"])
    fory_io.delete(path, [0])
    rows = fory_io.open(path)
    assert rows.lookup(1)["i"] == 1
    gc.disable()
    try:
        del rows
        with open("/proc/self/maps") as maps:
            assert path not in maps.read()
    finally:
        gc.enable()


def test_closed_rows_find_nothing(path):
    fory_io.write(fixed_rows(3), path, keys=["i"])
    rows = fory_io.open(path)
    assert rows.lookup(1)["i"] == 1
    rows.close()
    with pytest.raises(ValueError, match="closed"):
        rows.lookup(1)


# -- files that change -----------------------------------------------------------


def test_appended_rows_are_found(path):
    fory_io.write(fixed_rows(100), path, keys=["i"])
    for k in range(1, 40):
        fory_io.append(fixed_rows(k, start=1000 * k), path)
        rows = fory_io.open(path, verify="full")
        assert rows.lookup(1000 * k + k - 1)["i"] == 1000 * k + k - 1
        assert rows.lookup(1000 * (k // 2 or 1))["i"]
        assert rows.lookup(99)["i"] == 99
    assert len(rows.source.key_index(rows.plan).tables) < 8
    assert fory_io.open(path, commit=3).lookup(2001)["i"] == 2001
    with pytest.raises(KeyError):
        fory_io.open(path, commit=3).lookup(3001)
    assert fory_io.verify(path).ok


def test_appending_to_an_empty_file_keeps_the_key(path):
    with fory_io.Writer(path, fixed_rows(0).schema, keys=["i"]):
        pass
    fory_io.append(fixed_rows(10), path)
    assert fory_io.open(path).lookup(9)["i"] == 9


def test_deleted_rows_are_not_found(path):
    fory_io.write(fixed_rows(1000), path, keys=["k"])
    fory_io.delete(path, range(500, 1000))
    rows = fory_io.open(path)
    assert rows.lookup(3)["i"] == 493
    assert len(rows.loc[3]) == 71
    fory_io.delete(path, range(100))
    assert fory_io.open(path).lookup(3)["i"] == 493
    fory_io.delete(path, rows.loc[3])
    with pytest.raises(KeyError):
        fory_io.open(path).lookup(3)
    fory_io.compact(path)
    assert fory_io.open(path).lookup(4)["i"] == 494


def test_an_update_by_key(path):
    fory_io.write(fixed_rows(100), path, keys=["i"])
    rows = fory_io.open(path)
    fory_io.update(path, rows.loc[[5]], fixed_rows(1, start=5))
    assert len(fory_io.open(path)) == 100
    assert fory_io.row_numbers(fory_io.open(path).loc[[5]]).tolist() == [100]


def test_joined_files(path, tmp_path):
    other, out = tmp_path / "other.fory", tmp_path / "joined.fory"
    fory_io.write(fixed_rows(100), path, keys=["i"])
    fory_io.write(fixed_rows(100, start=50), other, keys=["i"])
    fory_io.delete(path, [70])
    fory_io.concat([path, other], out)
    for rows in (fory_io.open(out), fory_io.open_many([path, other])):
        assert rows.lookup(10)["i"] == 10
        assert rows.lookup(149)["i"] == 149
        assert len(rows.loc[60]) == 2
        assert rows.loc[70]["i"] == 70
    assert fory_io.inspect(out)["keys"] == ["i"]


def test_files_with_other_keys_are_joined_without(path, tmp_path):
    fory_io.write(fixed_rows(5), path, keys=["i"])
    fory_io.write(fixed_rows(5), tmp_path / "b.fory", keys=["k"])
    fory_io.concat([path, tmp_path / "b.fory"], tmp_path / "c.fory")
    assert fory_io.inspect(tmp_path / "c.fory")["keys"] == []


def test_rows_brought_back_by_repair_are_found(path):
    with fory_io.Writer(path, keys=["i"]) as writer:
        writer.write(fixed_rows(50))
    with fory_io.Appender(path) as writer:
        writer.write(fixed_rows(100_000, start=1000))
        writer._target.sync()
        data = Path(path).read_bytes()
    Path(path).write_bytes(data)
    assert fory_io.repair(path).rows_recovered > 30_000
    rows = fory_io.open(path)
    assert rows.lookup(20_000)["i"] == 20_000
    assert rows.lookup(49)["i"] == 49


def test_long_files_have_several_indexes(path, monkeypatch):
    monkeypatch.setattr("fory_io.keys.MAX_ROWS", 40_000)
    fory_io.write(fixed_rows(150_000), path, keys=["i"])
    rows = fory_io.open(path)
    assert len(rows.source.key_index(rows.plan).tables) == 5
    for i in range(0, 150_000, 1111):
        assert rows.lookup(i)["i"] == i
    assert MAX_ROWS < 1 << 32


def test_pickled_rows_find_keys(path):
    fory_io.write(fixed_rows(10), path, keys=["i"])
    assert pickle.loads(pickle.dumps(fory_io.open(path))).lookup(3)["i"] == 3


def test_a_remote_lookup_takes_few_bytes():
    url = "memory://tests/keys.fory"
    n = 200_000
    fory_io.write(fixed_rows(n), url, keys=["i"])
    rows = fory_io.open(url)
    storage = rows.source.storage
    assert rows.lookup(123_456)["i"] == 123_456
    assert storage.n_bytes < 120_000
    before = storage.n_requests
    assert rows.lookup(77_777)["i"] == 77_777
    assert storage.n_requests - before <= 4
    fsspec.filesystem("memory").store.clear()


# -- damage ----------------------------------------------------------------------


def test_a_damaged_index_is_an_error_not_a_wrong_row(path):
    fory_io.write(fixed_rows(20_000), path, keys=["i"])
    rows = fory_io.open(path)
    (entry,) = [e for e in rows.source.snapshot.frames if e.type == 6]
    del rows
    data = bytearray(Path(path).read_bytes())
    rng = random.Random(3)
    for _ in range(150):
        at = entry.offset + rng.randrange(entry.first)
        bad = bytearray(data)
        bad[at] ^= 1 << rng.randrange(8)
        Path(path).write_bytes(bad)
        with pytest.raises(DecodeError):
            fory_io.open(path, verify="full")
        assert not fory_io.verify(path).ok
        for i in (1, 9999, 19_999):
            with contextlib.suppress(DecodeError):
                assert fory_io.open(path).lookup(i)["i"] == i


WORDS = [0, 20, 3, 20, 1, 1]
FIELDS = {
    "short": WORDS[:4],
    "many fields": [0, 20, 3, 20, 1 << 60, 1],
    "no buckets": [0, 20, 0, 20, 1, 1],
    "more entries than rows": [0, 20, 3, 21, 1, 1],
    "other size": [0, 20, 4000, 20, 1, 1],
    "rows beyond 32 bits": [0, 1 << 32, 3, 20, 1, 1],
    "huge": [0, 1 << 63, 1 << 63, 1 << 63, 1, 1],
}


@pytest.mark.parametrize("words", FIELDS.values(), ids=FIELDS)
def test_an_index_that_cannot_be_is_refused(words):
    data = struct.pack(f"<{len(words)}Q", *words) + bytes(16 + 160 if words[4:] else 0)
    block = block_from_buffer(data, len(data) // 8, stride=8)
    with pytest.raises(DecodeError, match="contradicts itself"):
        KeyTable(block, "the index")


@pytest.mark.parametrize("at", ["starts", "rows"])
def test_entries_that_cannot_be_are_refused(path, at):
    fory_io.write(fixed_rows(100), path, keys=["i"])
    source = file_source(fory_io.open(path))
    index = source.key_index(fixed_rows(0).plan)
    indexer = Indexer(fixed_rows(0).plan, ["i"], 0)
    indexer._builder.add(source.get_block(0))
    words = np.frombuffer(indexer._builder.words(0), np.uint32).copy()
    n_starts = 100 // 8 + 2
    if at == "starts":
        words[12 : 12 + n_starts] = 1 << 31
    else:
        words[12 + n_starts + n_starts % 2 + 1 :: 2] = 100
    index.tables[0] = KeyTable(block_from_buffer(words, len(words) // 2, stride=8), "x")
    with pytest.raises(DecodeError, match="contradicts itself"):
        list(map(index.last, range(100)))


def test_indexes_that_overlap_are_refused(path):
    fory_io.write(fixed_rows(100), path, keys=["i"])
    fory_io.append(fixed_rows(10), path)
    source = file_source(fory_io.open(path))
    fields = open_index(source, fixed_rows(0).plan)[0]
    assert [(x.first_row, x.n_rows) for x in key_tables(source, fields)] == [
        (100, 10),
        (0, 100),
    ]
    data = bytearray(Path(path).read_bytes())
    newest = [e for e in source.snapshot.frames if e.type == 6][-1]
    data[newest.offset : newest.offset + 8] = struct.pack("<Q", 95)
    Path(path).write_bytes(data)
    with pytest.raises(DecodeError, match="a key index of"):
        fory_io.open(path, verify="never").lookup(5)


def test_values_of_dictionaries_are_keys(tmp_path):
    path = tmp_path / "coded.fory"
    words = pa.array(["UA", "AA", None, "UA"]).dictionary_encode()
    fory_io.write(pa.table({"c": words, "n": range(4)}), path, keys=["c", "n"])
    fory_io.append([{"c": "ZZ", "n": 4}], path)
    with fory_io.open(path) as rows:
        assert rows.lookup(("UA", 3)).to_dict() == {"c": "UA", "n": 3}
        assert rows.lookup(("ZZ", 4))["n"] == 4
        for key in (("none", 0), (["UA"], 0), (None, 2), ("AA", 0)):
            with pytest.raises(KeyError):
                rows.lookup(key)


def test_a_dictionary_with_a_value_twice_is_no_key(tmp_path):
    twice = pa.DictionaryArray.from_arrays([0, 1], ["a", "a"])
    with pytest.raises(EncodeError, match=r"'c' cannot be a key.*twice"):
        fory_io.write(pa.table({"c": twice}), tmp_path / "x.fory", keys=["c"])
    with pytest.raises(EncodeError, match=r"'c' has codes .* in no order"):
        fory_io.write(pa.table({"c": twice}), tmp_path / "x.fory", ordered=["c"])
    assert not [*tmp_path.iterdir()]
