"""Opening costs the same for any number of rows, and memory of our own stays small."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pytest

import fory_io
import fory_row as fr

CHILD = """
import sys, random
import fory_io

def own():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(l.split()[1]) for l in lines if l.startswith("RssAnon"))

before = own()
rows = fory_io.open(sys.argv[1])
for i in random.Random(1).choices(range(len(rows)), k=1000):
    assert rows[i].to_dict()["a"] == i
print(own() - before)
"""


def write(path, n):
    with fory_io.Writer(path) as writer:
        for start in range(0, n, 100_000):
            stop = min(start + 100_000, n)
            numbers = np.arange(start, stop)
            texts = pa.array(numbers).cast(pa.string())
            writer.write(fr.from_arrow(pa.table({"a": numbers, "s": texts})))
    return path


def seconds_to_open(path):
    best = 1.0
    for _ in range(30):
        start = time.perf_counter()
        fory_io.open(path).close()
        best = min(best, time.perf_counter() - start)
    return best


def test_open_does_not_depend_on_the_rows(tmp_path):
    small = seconds_to_open(write(tmp_path / "small.fory", 30_000))
    large = seconds_to_open(write(tmp_path / "large.fory", 900_000))
    assert large < 2 * small + 1e-4


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.skipif(
    "libasan" in os.environ.get("LD_PRELOAD", ""), reason="sanitizers keep memory"
)
def test_random_reads_keep_little_memory_of_their_own(tmp_path):
    path = write(tmp_path / "rows.fory", 900_000)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert int(done.stdout) < 10_000, "kB of anonymous memory"
