"""Files far larger than memory: generated with holes, read at random."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from time import sleep

import pytest
from file_samples import FIXED

import fory_io
from fory_io._chunk_builder import ChunkBuilder
from fory_io.description import put_description
from fory_io.format import Header
from fory_io.frames import Body, FrameWriter
from fory_row._block import MemorySource, block_from_buffer
from fory_row.rows import Rows

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROWS = 32_768
HOLE = ROWS * 32


class SparseFile:
    """A target that leaves the rows of a chunk, which are zeros, as a hole."""

    def __init__(self, path):
        self.name = path
        self._file = open(path, "wb")  # noqa: SIM115

    def write(self, *parts):
        for part in parts:
            if len(part) > HOLE:
                self._file.seek(HOLE, os.SEEK_CUR)
                part = part[HOLE:]
            self._file.write(part)

    def sync(self):
        pass

    def commit(self):
        self._file.close()


def zeros(path, n_chunks):
    """Write a file whose rows are all zero; a mebibyte takes two kilobytes."""
    source = MemorySource([block_from_buffer(bytes(HOLE), ROWS, stride=32)])
    builder = ChunkBuilder(ROWS, 1 << 30, 12)
    builder.take(Rows(FIXED.plan(), source), 0, ROWS)
    data, crc = builder.finish(True)
    target = SparseFile(path)
    frames = FrameWriter(target, Header.new(0))
    for _ in range(n_chunks):
        frames.chunk(Body(data, ROWS, HOLE, crc))
    put_description(frames, FIXED, ())
    frames.commit(15, True, 1)
    target.commit()


READS = """
import json, random, sys
import fory_io

def own():
    with open("/proc/self/status") as f:
        lines = dict(line.split(":", 1) for line in f)
    return int(lines["RssAnon"].split()[0]) / 1024

rows = fory_io.open(sys.argv[1], mmap=sys.argv[2] == "True")
n = len(rows)
rng = random.Random(1)
rows[n - 1].to_dict()
before = own()
for _ in range(10_000):
    assert rows[rng.randrange(n)].to_dict() == {"i": 0, "k": 0, "x": 0.0}
print(json.dumps([n, own() - before]))
"""


@pytest.mark.parametrize("mmap", [True, False], ids=["mapped", "read"])
def test_ten_thousand_random_reads_need_little_memory(tmp_path, mmap):
    path = str(tmp_path / "zeros.fory")
    zeros(path, 10 * 1024)
    assert os.path.getsize(path) > 10 << 30
    done = subprocess.run(
        [sys.executable, "-c", READS, path, str(mmap)],
        capture_output=True,
        text=True,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    n, own = json.loads(done.stdout)
    assert n == 10 * 1024 * ROWS
    assert own < 10, f"{own:.1f} MB"


# -- a store that is 30 ms away --------------------------------------------------


class Slow(BaseHTTPRequestHandler):
    """Serves ranges of one file after 30 ms."""

    protocol_version = "HTTP/1.1"
    path_of_file = ""
    lock = Lock()
    requests = n_bytes = 0

    def do_HEAD(self):
        self.answer(b"", os.path.getsize(self.path_of_file))

    def do_GET(self):
        cls = type(self)
        with cls.lock:
            cls.requests += 1
        sleep(0.03)
        start, _, stop = self.headers["Range"].removeprefix("bytes=").partition("-")
        size = os.path.getsize(self.path_of_file)
        first = int(start) if start else size - int(stop)
        last = int(stop) if start and stop else size - 1
        with open(self.path_of_file, "rb") as f:
            f.seek(first)
            data = f.read(last + 1 - first)
        with cls.lock:
            cls.n_bytes += len(data)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.answer(data, len(data))

    def answer(self, data, length):
        if self.command == "HEAD":
            self.send_response(200)
            self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


@pytest.fixture
def far(tmp_path):
    pytest.importorskip("aiohttp")
    Slow.path_of_file = str(tmp_path / "zeros.fory")
    zeros(Slow.path_of_file, 1024)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/zeros.fory"
    server.shutdown()
    server.server_close()


@pytest.mark.filterwarnings("ignore")
def test_a_gibibyte_that_is_far_away(far):
    Slow.requests = 0
    rows = fory_io.open(far)
    assert Slow.requests == 1
    storage = rows.source.storage
    rounds, fetch = [], storage.fetch
    storage.fetch = lambda ranges: rounds.append(1) or fetch(ranges)
    Slow.n_bytes = 0
    taken = rows[random.Random(3).sample(range(len(rows)), 100)]
    requests = Slow.requests
    assert [r.to_dict()["i"] for r in taken] == [0] * 100
    assert Slow.requests == requests  # all of them came before the first was read
    assert len(rounds) <= 3
    assert Slow.n_bytes < 1 << 20


@pytest.mark.filterwarnings("ignore")
def test_near_rows_of_a_file_far_away(far):
    rows = fory_io.open(far)
    Slow.requests = 0
    first = 5 * ROWS + 100
    assert len(rows[first : first + 100].to_pylist()) == 100
    assert Slow.requests <= 3
