"""Files of rows: what is written comes back, wherever the chunks end."""

from __future__ import annotations

import gc
import os
import pickle
import threading
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from file_samples import FIXED, MIXED, fixed_rows, mixed_rows, same_rows

import fory_io
from fory.error import DecodeError, EncodeError
from fory.types import Int8
from fory_row import types as t
from fory_row._block import MemorySource, block_from_buffer
from fory_row.arrow import from_arrow
from fory_row.encoder import encoder
from fory_row.rows import Rows
from fory_row.schema import Schema

MAKERS = {"fixed": fixed_rows, "mixed": mixed_rows}


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "rows.fory")


@pytest.mark.parametrize("n", [0, 1, 2, 4095, 4096, 4097, 50_000])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("mmap", [True, False], ids=["mapped", "read"])
def test_round_trip(path, make, n, mmap):
    rows = make(n)
    fory_io.write(rows, path)
    with fory_io.open(path, mmap=mmap, verify="full") as again:
        assert again.schema == rows.schema
        assert same_rows(again, rows)
        assert again.nbytes == rows.nbytes


def test_rows_of_no_bytes(path):
    plan = Schema([]).plan()
    rows = Rows(plan, MemorySource([block_from_buffer(b"", 3, bytes(32))]))
    fory_io.write(rows, path)
    assert len(fory_io.open(path, verify="full")) == 3


def test_rows_longer_than_a_chunk(path):
    rows = mixed_rows(9, start=1000, longest=3_000_000)
    fory_io.write(rows, path)
    again = fory_io.open(path, verify="full")
    assert again.source.n_blocks == 9
    assert same_rows(again, rows)


def test_rows_that_grow_after_the_first_batch_make_irregular_chunks(path):
    with fory_io.Writer(path) as writer:
        writer.write(mixed_rows(5000, longest=2))
        writer.write(mixed_rows(2000, start=5000, longest=60_000))
        writer.write(mixed_rows(3000, start=7000, longest=5))
    again = fory_io.open(path, verify="full")
    assert again.source.snapshot.regular_shift == -1
    assert [r["i"] for r in again] == list(range(10_000))
    assert again[6999]["s"] == mixed_rows(1, start=6999, longest=60_000)[0]["s"]


@pytest.mark.parametrize(
    "pick",
    [slice(10, 9000), slice(None, None, -7), [5, 1, 5, -1, 8000]],
    ids=["range", "backwards", "positions"],
)
def test_a_selection_is_written_in_its_order(path, pick):
    rows = mixed_rows(9001)[pick]
    fory_io.write(rows, path)
    assert same_rows(fory_io.open(path), rows)


def test_columns_project(path):
    fory_io.write(mixed_rows(10), path)
    rows = fory_io.open(path, columns=["s"])
    assert rows.schema.names == ["s"]
    assert rows[3].to_dict() == {"s": mixed_rows(10)[3]["s"]}


def test_metadata_of_every_level_comes_back(path):
    inner = t.struct([t.field("a", t.int8(), False, {b"k": b"\0v"})])
    schema = Schema(
        [t.field("st", inner, True, {b"f": b"1"}), t.field("", t.uint16())], {b"s": b""}
    )
    rows = Rows(schema.plan(), MemorySource([]))
    fory_io.write(rows, path, metadata={"made by": "hand", "n": [1, 2], "x": b"\xff"})
    again = fory_io.open(path)
    assert again.schema.equals(schema, check_metadata=True)
    expected = {"made by": "hand", "n": [1, 2], "x": b"\xff"}
    assert fory_io.metadata(again) == expected


@pytest.mark.parametrize(
    "type_",
    [
        t.uint8(), t.float16(), t.timestamp("ns", "Europe/Berlin"), t.timestamp("s"),
        t.duration("ms"), t.time32("s"), t.time64("ns"), t.date64(), t.decimal(5, 2),
        t.decimal(9, 2, bits=32), t.decimal(5, -2), t.large_utf8(), t.large_binary(),
        t.fixed_size_binary(0), t.fixed_size_binary(3), t.uuid(), t.null(),
        t.list_(t.int8()), t.large_list(t.utf8()),
        t.fixed_size_list(t.field("el", t.float32(), False), 4),
        t.map_(t.utf8(), t.list_(t.bool_())),
        t.struct([("a", t.struct([("b", t.binary())]))]),
        t.dictionary(t.uint8(), t.utf8(), ordered=True),
    ],
    ids=str,
)  # fmt: skip
def test_every_type_of_the_schema_language_is_kept(type_):
    from fory_io.records import decode_schema, encode_schema

    schema = Schema([t.field("a", type_), t.field("b", type_, nullable=False)])
    again = decode_schema(encode_schema(schema))
    assert again == schema
    assert again.fingerprint == schema.fingerprint


def test_use_after_close_is_an_error_and_views_stay(path):
    fory_io.write(mixed_rows(100), path)
    with fory_io.open(path) as rows:
        row = rows[7]
    with pytest.raises(ValueError, match="closed"):
        rows[7]
    os.unlink(path)
    gc.collect()
    assert row.to_dict() == mixed_rows(100)[7].to_dict()


def maps():
    return Path("/proc/self/maps").read_text()


def test_closing_lets_go_of_map_and_descriptor(path):
    fory_io.write(mixed_rows(100), path)
    before = len(os.listdir("/proc/self/fd"))
    rows = fory_io.open(path)
    rows[3].to_dict()
    assert path in maps()
    rows.close()
    assert path not in maps()
    assert len(os.listdir("/proc/self/fd")) == before


def test_pickled_rows_name_the_file(path):
    fory_io.write(mixed_rows(20_000), path)
    rows = fory_io.open(path)[100:19_000:3]
    data = pickle.dumps(rows)
    assert len(data) < 1000
    assert same_rows(pickle.loads(data), rows)


def test_pickled_rows_of_a_replaced_file_are_refused(path):
    fory_io.write(mixed_rows(20), path)
    data = pickle.dumps(fory_io.open(path))
    fory_io.write(mixed_rows(20), path)
    with pytest.raises(DecodeError, match="replaced"):
        pickle.loads(data)


def test_threads_share_rows(path):
    expected = mixed_rows(20_000)
    fory_io.write(expected, path)
    rows = fory_io.open(path)
    wrong = []

    def read(start):
        for i in range(start, 20_000, 4):
            if bytes(rows[i]) != bytes(expected[i]):
                wrong.append(i)

    workers = [threading.Thread(target=read, args=(k,)) for k in range(4)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    assert not wrong


def test_another_schema_is_refused(path):
    with pytest.raises(EncodeError, match="another schema"):
        fory_io.write(mixed_rows(1), path, schema=FIXED)
    assert os.listdir(os.path.dirname(path)) == []


def test_a_projection_is_written_without_the_other_fields(path):
    fory_io.write(mixed_rows(300).select(["s"]), path)
    again = fory_io.open(path)
    assert again.schema.names == ["s"]
    assert again.nbytes < mixed_rows(300).nbytes
    assert [r["s"] for r in again] == [r["s"] for r in mixed_rows(300)]


def test_an_empty_file_of_a_schema(path):
    with fory_io.Writer(path, MIXED) as writer:
        assert writer.rows_written == 0
    rows = fory_io.open(path)
    assert (len(rows), rows.schema) == (0, MIXED)


def test_a_writer_without_rows_or_schema_is_an_error(path):
    with pytest.raises(ValueError, match="schema"), fory_io.Writer(path):
        pass
    assert os.listdir(os.path.dirname(path)) == []


def test_an_exception_leaves_the_old_file(path):
    fory_io.write(fixed_rows(5), path)

    def stop():
        with fory_io.Writer(path) as writer:
            writer.write(fixed_rows(100_000))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stop()
    assert os.listdir(os.path.dirname(path)) == ["rows.fory"]
    assert len(fory_io.open(path)) == 5


def test_progress_counts_to_the_end(path):
    seen = []
    fory_io.write(fixed_rows(70_000), path, progress=lambda *a: seen.append(a))
    assert seen[-1] == (70_000, 70_000)
    assert seen == sorted(seen)


def test_readers_keep_the_old_file_while_it_is_replaced(path):
    fory_io.write(fixed_rows(5), path)
    old = fory_io.open(path)
    fory_io.write(fixed_rows(9), path)
    assert (len(old), len(fory_io.open(path))) == (5, 9)
    assert old[4]["i"] == 4


ODD = pa.table({
    "a": pa.array([1, None, 3] * 500, pa.int8()),
    "b": [True, False, None] * 500,
    "l": pa.array([[1, 2, 3], [], None] * 500, pa.list_(pa.int16())),
})  # fmt: skip


@pytest.mark.parametrize("compression", [None, "lz4"])
@pytest.mark.parametrize("columns", [["a"], ["a", "b"], ["a", "b", "l"]], ids=len)
def test_compact_rows_of_any_size_are_padded(path, columns, compression):
    """Rows of the compact layout may have 2 or 13 bytes; a file counts in eights."""
    table = ODD.select(columns)
    rows = from_arrow(table).with_layout("compact")
    assert any(len(bytes(r)) % 8 for r in rows)
    fory_io.write(rows, path, compression=compression)
    opened = fory_io.open(path, verify="full")
    assert opened.plan.layout == "compact"
    assert opened.to_arrow().equals(table)
    assert opened == rows
    assert [opened[i].to_dict() for i in (0, 1, 2, 1499)] == rows[
        [0, 1, 2, 1499]
    ].to_pylist()
    opened.validate()
    fory_io.append(rows[::-1], path)
    fory_io.delete(path, [0])
    assert fory_io.open(path)["a"].to_pylist()[:3] == [None, 3, 1]
    fory_io.compact(path)
    assert fory_io.open(path).to_arrow().num_rows == 2999


@pytest.mark.parametrize("layout", [None, "standard", "compact"])
@pytest.mark.parametrize("source", ["table", "standard", "compact"])
def test_layout_of_a_new_file(path, source, layout):
    data = ODD if source == "table" else from_arrow(ODD, layout=source)
    fory_io.write(data, path, layout=layout)
    opened = fory_io.open(path, verify="full")
    given = "standard" if source == "table" else source
    assert opened.plan.layout == (layout or given)
    opened.validate()
    assert opened.to_arrow().equals(ODD)


@pytest.mark.parametrize("layout", ["standard", "compact"])
def test_appended_tables_lie_as_the_file_says(path, layout):
    fory_io.write(ODD, path, layout=layout)
    fory_io.append(ODD, path)
    opened = fory_io.open(path)
    opened.validate()
    assert opened.to_arrow().equals(pa.concat_tables([ODD, ODD]))


def test_unknown_layouts_are_refused(path):
    with pytest.raises(ValueError, match="layout is one of standard, compact"):
        fory_io.write(ODD, path, layout="dense")
    assert not os.path.exists(path)


@dataclass
class Small:
    """Thirteen bytes and its text, in the compact layout."""

    n: Int8
    s: str


def test_compact_objects_from_a_padded_file(path):
    made = encoder(Small, layout="compact")
    objects = [Small(i % 100, "x" * (i % 9)) for i in range(100)]
    fory_io.write(made.to_rows(objects), path)
    assert made.from_rows(fory_io.open(path)) == objects


@pytest.mark.parametrize("access", [None, "random", "sequential"])
@pytest.mark.parametrize("mmap", ["auto", False], ids=["mapped", "read"])
def test_hints_change_no_row(path, access, mmap):
    fory_io.write(mixed_rows(2000), path)
    rows = fory_io.open(path, access=access, prefault=True, mmap=mmap)
    assert same_rows(rows, mixed_rows(2000))
    with pytest.raises(ValueError, match="'random' or"):
        fory_io.open(path, access="backwards")


def resident_pages(rows):
    """Return how many pages of the map are in this process."""
    with open("/proc/self/smaps") as lines:
        text = lines.read()
    part = text[text.index(os.path.basename(rows.source.label)) :]
    return int(part[part.index("Rss:") :].split()[1]) // 4


def test_prefault_brings_every_page(path):
    fory_io.write(fixed_rows(100_000), path)
    rows = fory_io.open(path, prefault=True)
    assert resident_pages(rows) >= os.path.getsize(path) // 4096
