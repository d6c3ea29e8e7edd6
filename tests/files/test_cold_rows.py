"""Single rows of a mapped file: read before a chunk is mapped, and never wrong."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import fory_io
from fory.error import ChecksumError, TruncatedError

N = 300_000

MEASURE = """
import random, sys
import fory_io

def resident():
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))

fory_io.open(sys.argv[2])[0].to_dict()  # imports and first calls
before = resident()
rows = fory_io.open(sys.argv[1])
for i in random.Random(1).sample(range(len(rows)), 300):
    assert rows[i].id == i
print(resident() - before)
"""


def table(n: int) -> pa.Table:
    names = pa.array([f"name {k % 1000}" for k in range(n)])
    return pa.table({"id": np.arange(n), "x": np.arange(n) / 3, "name": names})


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("cold") / "rows.fory"
    fory_io.write(table(N), made, chunk_rows=1024)
    return made


@pytest.mark.parametrize("verify", ["lazy", "never"])
def test_rows_read_and_mapped_are_the_same(path: Path, verify: str) -> None:
    rows = fory_io.open(path, verify=verify)
    places = random.Random(2).choices(range(N), k=2000)
    for i in places:
        assert rows[i].to_dict() == {"id": i, "x": i / 3, "name": f"name {i % 1000}"}


def test_rows_of_one_width(tmp_path: Path) -> None:
    fory_io.write(pa.table({"id": np.arange(50_000)}), tmp_path / "fixed.fory")
    rows = fory_io.open(tmp_path / "fixed.fory")
    assert [rows[i].id for i in (49_999, 7, 25_000)] == [49_999, 7, 25_000]


def test_a_view_outlives_its_rows(path: Path) -> None:
    rows = fory_io.open(path)
    row = rows[N // 2]
    rows.close()
    del rows
    assert row.name == f"name {N // 2 % 1000}"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_random_rows_make_little_resident(path: Path, tmp_path: Path) -> None:
    fory_io.write(table(10), tmp_path / "small.fory")
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), str(tmp_path / "small.fory")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 5_000, "kilobytes"


def test_a_flipped_bit_is_found(path: Path, tmp_path: Path) -> None:
    data = bytearray(path.read_bytes())
    place = data.index(b"name 77", 100_000)
    data[place] ^= 1
    (tmp_path / "bad.fory").write_bytes(data)
    rows = fory_io.open(tmp_path / "bad.fory")
    places = random.Random(3).sample(range(N), N)
    with pytest.raises(ChecksumError, match="checksum of bytes"):
        [rows[i] for i in places]


def test_a_file_cut_while_mapped_raises(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "cut.fory"
    copy.write_bytes(path.read_bytes())
    rows = fory_io.open(copy)
    with copy.open("r+b") as f:
        f.truncate(100_000)
    with pytest.raises(TruncatedError, match="was cut"):
        rows[N - 10]
