"""What rows hold on to: blocks, memory, files."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import fory_io
import fory_row as fr
from fory.error import DecodeError

TABLE = pa.table({"x": np.arange(1000), "s": [str(i) * 9 for i in range(1000)]})


@pytest.fixture(params=["memory", "mapped", "zstd", "deleted"])
def rows(request, tmp_path):
    if request.param == "memory":
        return fr.from_arrow(TABLE)
    path = tmp_path / "a.fory"
    fory_io.write(TABLE, path, compression="zstd" if request.param == "zstd" else None)
    if request.param == "deleted":
        fory_io.append(TABLE, path)
        fory_io.delete(path, range(1000, 2000))
    return fory_io.open(path)


def test_buffers(rows):
    buffers = list(rows[5:10].buffers())
    assert all(b.readonly for b in buffers)
    data = b"".join(buffers)
    assert data[: rows[0].size_bytes()] == rows[0].to_bytes()
    assert len(data) == rows.nbytes


def test_memory_usage(rows):
    usage = rows.memory_usage()
    assert set(usage) == {"mapped", "owned"}
    if rows.source.home == "memory":
        assert usage == {"mapped": 0, "owned": rows.nbytes}
    else:
        assert usage["mapped"] > 0
    picked = rows[[3, 1]]
    assert picked.memory_usage()["owned"] == usage["owned"] + 16


def test_buffers_of_a_damaged_file(tmp_path):
    path = tmp_path / "a.fory"
    fory_io.write(TABLE, path)
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    path.write_bytes(data)
    with pytest.raises(DecodeError, match=r"a\.fory"):
        list(fory_io.open(path).buffers())


def test_refresh(tmp_path):
    path = tmp_path / "a.fory"
    fory_io.write(TABLE, path)
    rows = fory_io.open(path, columns=["x"])
    fory_io.append(TABLE, path)
    assert len(rows) == 1000
    newer = rows.refresh()
    assert (len(newer), newer.schema.names) == (2000, ["x"])
    with pytest.raises(TypeError, match="do not come from one file"):
        fr.from_arrow(TABLE).refresh()


def test_closed_files_say_so(tmp_path):
    fory_io.write(TABLE, tmp_path / "a.fory")
    with fory_io.open(tmp_path / "a.fory") as rows:
        assert rows.memory_usage()["mapped"] > 0
    assert rows.memory_usage()["mapped"] == 0
    with pytest.raises(ValueError, match="closed"):
        rows.filter(pc.field("x") > 1)
