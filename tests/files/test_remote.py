"""Files on other file systems: few requests, small ones, nothing half written."""

from __future__ import annotations

import contextlib
import io
import pickle
import random
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest
from file_samples import fixed_rows, mixed_rows, same_rows

import fory_io
from fory.error import DecodeError, TruncatedError
from fory_io.prefetch import covered_bytes
from fory_io.remote import RemoteStorage, merged
from fory_io.urls import public_name

MAKERS = {"fixed": fixed_rows, "mixed": mixed_rows}


@pytest.fixture
def url():
    fs = fsspec.filesystem("memory")
    yield "memory://tests/rows.fory"
    fs.store.clear()


def stored(url):
    return fsspec.filesystem("memory").store[url.removeprefix("memory:/")]


@pytest.mark.parametrize("compression", [None, "lz4"], ids=["raw", "lz4"])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("n", [0, 1, 3000, 70_000])
def test_round_trip(url, make, n, compression):
    expected = make(n)
    fory_io.write(expected, url, compression=compression)
    rows = fory_io.open(url)
    assert rows.source.home == "remote"
    for i in random.Random(n).sample(range(n), min(n, 200)):
        assert bytes(rows[i]) == bytes(expected[i])
    assert same_rows(fory_io.open(url, verify="full"), expected)
    assert rows.to_arrow().equals(expected.to_arrow())


def test_opening_is_one_request(url):
    fory_io.write(mixed_rows(200_000), url)
    rows = fory_io.open(url)
    assert rows.source.storage.n_requests == 1
    assert rows.source.storage.n_bytes == 64 << 10
    assert repr(rows)
    assert rows.source.storage.n_requests == 1


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_spread_rows_cost_two_round_trips_and_few_bytes(url, make):
    n = 400_000
    expected = make(n)
    fory_io.write(expected, url)
    rows = fory_io.open(url)
    storage = rows.source.storage
    trips = []
    fetch = storage.fetch
    storage.fetch = lambda ranges: trips.append(1) or fetch(ranges)
    picks = random.Random(1).sample(range(n), 20)
    taken = rows[picks]
    after = storage.n_requests
    assert [bytes(r) for r in taken] == [bytes(expected[i]) for i in picks]
    assert storage.n_requests == after
    assert len(trips) == 2
    assert storage.n_bytes - (64 << 10) < 20 * 11_000


def test_several_rows_of_a_chunk_do_not_fetch_it_whole(url):
    fory_io.write(mixed_rows(100_000), url)
    rows = fory_io.open(url)
    first, stop = rows.source.chunk_rows(1)
    picks = range(first, stop, (stop - first) // 12)
    before = rows.source.storage.n_bytes
    assert [r["i"] for r in rows[list(picks)]] == list(picks)
    assert rows.source.storage.n_bytes - before < len(picks) * 11_000


def test_many_heaps_of_rows_do_not_fetch_every_chunk(url):
    fory_io.write(mixed_rows(400_000), url)
    rows = fory_io.open(url)
    picks = [i for k in range(1, 20, 2) for i in range(k * 20_000, k * 20_000 + 9)]
    before = rows.source.storage.n_bytes
    assert [r["i"] for r in rows[picks]] == picks
    assert rows.source.storage.n_bytes - before < 6 << 20


def test_near_rows_cost_one_request(url):
    fory_io.write(mixed_rows(100_000), url)
    rows = fory_io.open(url)
    before = rows.source.storage.n_requests
    taken = rows[list(range(50_000, 50_100))]
    assert [r["i"] for r in taken] == list(range(50_000, 50_100))
    assert rows.source.storage.n_requests - before == 1


def test_near_rows_of_two_chunks_cost_one_request(url):
    fory_io.write(mixed_rows(100_000), url)
    rows = fory_io.open(url)
    edge = rows.source.chunk_rows(1)[0]
    before = rows.source.storage.n_requests
    near = range(edge - 3, edge + 97)
    assert [r["i"] for r in rows[list(near)]] == list(near)
    assert rows.source.storage.n_requests - before == 1


def test_iteration_reads_ahead(url):
    fory_io.write(mixed_rows(60_000), url)
    rows = fory_io.open(url)
    assert sum(1 for _ in rows) == 60_000
    assert rows.source.storage.n_requests < 16 * rows.source.n_blocks


def test_compressed_rows_fetch_their_blocks(url):
    fory_io.write(mixed_rows(100_000), url, compression="zstd")
    rows = fory_io.open(url)
    storage = rows.source.storage
    picks = [5, 40_000, 99_000]
    taken = rows[picks]
    after = storage.n_requests
    assert [r["i"] for r in taken] == picks
    assert storage.n_requests == after
    assert storage.n_bytes < 150_000


def test_an_exception_leaves_nothing(url):
    def stop():
        with fory_io.Writer(url) as writer:
            writer.write(fixed_rows(200_000))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stop()
    assert fsspec.filesystem("memory").find("/tests") == []


def test_a_replaced_file_is_noticed(url):
    fory_io.write(mixed_rows(100_000), url)
    rows = fory_io.open(url)
    rows[0]
    fory_io.write(mixed_rows(100_000, start=7), url)
    with pytest.raises(DecodeError, match=r"chunk 4 \(rows .* of memory://.*damaged"):
        rows[40_000]


def test_a_store_that_gives_too_little_is_noticed(url):
    fory_io.write(mixed_rows(100_000), url)
    rows = fory_io.open(url)
    data = stored(url)
    data.truncate(50_000)
    with pytest.raises(TruncatedError, match="instead of"):
        rows[30_000]


def test_cut_and_damaged_files(url):
    fory_io.write(mixed_rows(300), url)
    good = stored(url).getvalue()
    fs = fsspec.filesystem("memory")
    rnd = random.Random(5)
    for _ in range(300):
        bad = bytearray(good[: rnd.randrange(len(good))])
        fs.pipe("/tests/rows.fory", bytes(bad))
        with pytest.raises(DecodeError):
            fory_io.open(url)
        bad = bytearray(good)
        bad[rnd.randrange(len(bad))] ^= 1 << rnd.randrange(8)
        fs.pipe("/tests/rows.fory", bytes(bad))
        with contextlib.suppress(DecodeError):
            assert same_rows(fory_io.open(url), mixed_rows(300))


def test_mapping_a_remote_file_is_refused_with_the_reason(url):
    fory_io.write(fixed_rows(1), url)
    with pytest.raises(ValueError, match="not a local file"):
        fory_io.open(url, mmap=True)


def test_rows_are_pickled_without_options(url):
    fory_io.write(fixed_rows(100), url)
    rows = fory_io.open(url, storage_options={"skip_instance_cache": True})
    data = pickle.dumps(rows[10:20])
    assert b"skip_instance_cache" not in data
    assert "skip_instance_cache" not in repr(rows.source.options)
    assert pickle.loads(data)[3]["i"] == 13


def test_secrets_stay_out_of_names():
    assert public_name("s3://key:secret@bucket/a?sig=1") == "s3://bucket/a"


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([], []),
        ([(5, 9), (0, 5)], [(0, 9)]),
        ([(0, 10), (3, 4)], [(0, 10)]),
        ([(0, 10), (2000, 2010)], [(0, 2010)]),
        ([(0, 10), (40_000, 40_010)], [(0, 10), (40_000, 40_010)]),
        ([(0, 100_000), (110_000, 200_000)], [(0, 200_000)]),
        ([(0, 6 << 20), (6 << 20, 9 << 20)], [(0, 9 << 20)]),
    ],
    ids=["none", "touching", "inside", "near", "far", "worth it", "large"],
)
def test_ranges_are_merged(ranges, expected):
    assert merged(ranges) == expected


@pytest.mark.parametrize("covered", [0, 8, 4096, 4104, 1 << 20, (1 << 20) + 8])
def test_the_covered_bytes_follow_from_the_length(covered):
    n_pages = -(-covered // 4096)
    assert covered_bytes(covered + (4 * n_pages + 7) // 8 * 8 + 32) == covered


class RangeHandler(SimpleHTTPRequestHandler):
    """Serves one folder with byte ranges, and counts requests."""

    requests: list[str]

    def do_HEAD(self):
        size = Path(self.translate_path(self.path)).stat().st_size
        self.send_response(200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def do_GET(self):
        data = Path(self.translate_path(self.path)).read_bytes()
        first, last = self.headers["Range"].removeprefix("bytes=").split("-")
        self.server.seen.append((first, last))
        if not first:
            start, stop = max(0, len(data) - int(last)), len(data)
        else:
            start, stop = int(first), min(int(last) + 1, len(data))
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(data)}")
        self.send_header("Content-Length", str(stop - start))
        self.end_headers()
        self.wfile.write(data[start:stop])

    def log_message(self, *args):
        pass


def test_http(tmp_path):
    pytest.importorskip("aiohttp")
    fory_io.write(mixed_rows(100_000), tmp_path / "a.fory")
    handler = partial(RangeHandler, directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        rows = fory_io.open(f"http://127.0.0.1:{server.server_port}/a.fory")
        assert server.seen == [("", str(64 << 10))]
        assert rows[77_777]["i"] == 77_777
        assert len(server.seen) <= 4
        for change in (partial(fory_io.append, mixed_rows(1)), fory_io.compact):
            with pytest.raises(io.UnsupportedOperation, match="only reads"):
                change(f"http://127.0.0.1:{server.server_port}/a.fory")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("compression", [None, "lz4"], ids=["raw", "lz4"])
def test_threads_share_a_file(url, compression, monkeypatch):
    """What is fetched is dropped all the time, while others look for it."""
    monkeypatch.setattr(RemoteStorage, "cache_bytes", 200_000)
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    fory_io.write(mixed_rows(60_000), url, compression=compression)
    rows = fory_io.open(url)
    end = time.monotonic() + 0.7
    wrong = []

    def read(seed):
        rnd = random.Random(seed)
        while time.monotonic() < end and not wrong:
            i = rnd.randrange(60_000 - 50)
            picks = [i, *(rnd.randrange(60_000) for _ in range(5)), *range(i, i + 50)]
            try:
                if rows.take(picks)["i"].to_pylist() != picks or rows[i]["i"] != i:
                    wrong.append(picks)
            except Exception as e:
                wrong.append(repr(e))

    threads = [threading.Thread(target=read, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(switch)
    assert wrong == []
