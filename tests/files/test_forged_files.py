"""Files from strangers: sizes that lie under checksums that are right."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import forge_child
import pyarrow as pa
import pytest
from file_samples import mixed_rows

import fory_io
from fory.error import DecodeError, DepthLimitError
from fory_io import records
from fory_row.types import Kind

KINDS = {
    "plain": {"row_index": "plain"},
    "lines": {"row_index": "linear"},
    "lz4": {"compression": "lz4"},
    "zstd": {"compression": "zstd"},
}


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "rows.fory")


def make(path, kind):
    """Write one commit with everything in it: indexes, dictionaries, statistics."""
    table = pa.table({
        "i": range(300),
        "s": [f"row {k}" * (k % 9) for k in range(300)],
        "d": pa.array([f"v{k % 3}" for k in range(300)]).dictionary_encode(),
        "l": [[k] * (k % 4) for k in range(300)],
    })  # fmt: skip
    fory_io.write(
        table, path, keys=["i"], ordered=["i", ("s", "i")], chunk_rows=64,
        metadata={"a": [1]}, **KINDS[kind],
    )  # fmt: skip


def forge(path, n, seed):
    command = [sys.executable, forge_child.__file__, path, str(n), str(seed)]
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **threads}
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", ["lines", "lz4"])
def test_some_forged_files(path, kind):
    make(path, kind)
    counts = forge(path, 15, 1)
    assert counts["refused"] > 2


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", KINDS)
def test_thousands_of_forged_files(path, kind):
    make(path, kind)
    counts = forge(path, 3000, 2)
    assert counts["refused"] > 500
    assert counts["read"] > 100


def test_the_forger_makes_files_that_open(path):
    make(path, "lz4")
    data = Path(path).read_bytes()
    assert forge_child.Forger(data).sealed(bytearray(data)) == data


def test_rows_that_expand_beyond_all_memory_are_refused(path):
    fory_io.write(mixed_rows(300), path, compression="lz4")
    data = bytearray(Path(path).read_bytes())
    forger = forge_child.Forger(bytes(data))
    _, chunk = next(x for x in forger.entries if x[1].type == 1)
    end = chunk.offset + 8 * chunk.length
    table = end - 32 - struct.unpack_from("<Q", data, end - 24)[0]
    forge_child.put(data, table + 8, 0x7FFFFFF8)
    forge_child.put(data, table + 16, 0x7FFFFFF8 - 1000)
    Path(path).write_bytes(forger.sealed(data))
    with pytest.raises(DecodeError):
        fory_io.open(path)[0].to_dict()


def test_metadata_of_any_bytes_never_crash(path):
    fory_io.write(mixed_rows(3), path, metadata={"x": [["y" * 3000]]})
    data = bytearray(Path(path).read_bytes())
    forger = forge_child.Forger(bytes(data))
    _, frame = next(x for x in forger.entries if x[1].type == 4)
    refused = 0
    for kind in range(256):
        for kept in (30, 40):
            body = bytes(data[frame.offset : frame.offset + kept])
            bad = bytearray(data)
            end = frame.offset + frame.first
            bad[frame.offset : end] = body.ljust(frame.first, bytes([kind]))
            Path(path).write_bytes(forger.sealed(bad))
            rows = fory_io.open(path)
            assert rows[2]["i"] == 2
            try:
                fory_io.metadata(rows)
            except DecodeError:
                refused += 1
    assert refused > 300


def test_metadata_that_nest_too_deeply_are_refused(path):
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(DepthLimitError):
        fory_io.write(mixed_rows(3), path, metadata={"x": deep})
    assert not Path(path).exists()


@pytest.mark.parametrize(
    ("kind", "precision", "logical", "arguments"),
    [
        (Kind.UTF8, 55, "", []),
        (Kind.INT64, 5, "uint", []),
        (Kind.DECIMAL, 77, "", []),
        (Kind.DECIMAL, 19, "decimal", ["64"]),
    ],
    ids=str,
)
def test_digits_that_cannot_be_are_refused(kind, precision, logical, arguments):
    record = records.FieldRecord(
        name="x", kind=int(kind), nullable=True, precision=precision, scale=0,
        logical=logical, arguments=arguments, children=[], metadata=[],
    )  # fmt: skip
    with pytest.raises(DecodeError, match=r"'x': .* digits"):
        records._field(record, 0)
