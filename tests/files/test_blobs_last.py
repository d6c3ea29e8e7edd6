"""Large values behind all others in a row: the same rows, fewer pages."""

from __future__ import annotations

import random
import struct

import pyarrow as pa
import pytest
from file_samples import mixed_rows

import fory_io
from fory.error import DecodeError
from fory_io._blobs import blobs_last
from fory_row._block import MemorySource, block_from_buffer
from fory_row.arrow import from_arrow
from fory_row.rows import Rows

rng = random.Random(5)
TABLE = pa.table({
    "image": [rng.randbytes(7 * k % 3000) if k % 9 else None for k in range(500)],
    "id": range(500),
    "text": ["" if k % 5 == 0 else f"text {k}" for k in range(500)],
    "tags": [[f"{k}"] * (k % 4) for k in range(500)],
    "deep": [{"a": "x" * k, "b": [k]} if k % 7 else None for k in range(500)],
})  # fmt: skip


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "rows.fory")


@pytest.mark.parametrize("layout", ["standard", "compact"])
@pytest.mark.parametrize("compression", [None, "lz4"])
def test_the_values_are_the_same(path, layout, compression):
    expected = from_arrow(TABLE).with_layout(layout)
    fory_io.write(expected, path, blobs_last=True, compression=compression)
    rows = fory_io.open(path, verify="full")
    assert rows.to_arrow().equals(TABLE)
    assert rows.to_pylist() == TABLE.to_pylist()
    if layout == "standard":  # rows in the other one are padded in files
        assert rows.nbytes == expected.nbytes
    rows.validate()
    assert rows.equals(expected)


def test_small_values_stand_first(path):
    fory_io.write(TABLE, path, blobs_last=True)
    for row in fory_io.open(path):
        data = bytes(row)
        places = [struct.unpack_from("<II", data, 8 + 8 * k) for k in (0, 2, 3, 4)]
        large = [at for size, at in places if size > 512]
        small = [at for size, at in places if 0 < size <= 512]
        assert not large or not small or max(small) < min(large)


def test_rows_without_large_values_do_not_change(path):
    plain = mixed_rows(300)
    fory_io.write(plain, path, blobs_last=True)
    assert [bytes(r) for r in fory_io.open(path)] == [bytes(r) for r in plain]


@pytest.mark.parametrize("pair", [(0xFFFFFFF0, 8), (1 << 20, 24), (8, 8)], ids=str)
def test_bodies_outside_of_a_row_are_refused(pair):
    plan = mixed_rows(0).plan
    data = struct.pack("<QqII", 0, 1, *pair)
    rows = Rows(plan, MemorySource([block_from_buffer(data, 1, stride=24)]))
    with pytest.raises(DecodeError, match="row 0 has a body"):
        blobs_last(rows)
