"""Bytes are sent to the disk while a file grows, so that the sync is short."""

import os

import pyarrow as pa
import pytest

import fory_io
from fory_io import target
from fory_io._writeback import begin_writeback


@pytest.fixture
def asked(monkeypatch):
    """Return the list of ranges that the system was asked to write."""
    ranges = []

    def note(fd, start, n_bytes):
        ranges.append((start, start + n_bytes))
        begin_writeback(fd, start, n_bytes)

    monkeypatch.setattr(target, "begin_writeback", note)
    return ranges


def test_ranges_follow_one_another(tmp_path, asked):
    appender = target.Appender(os.open(tmp_path / "x", os.O_WRONLY | os.O_CREAT))
    for _ in range(9):
        appender.write([b"head", bytes(1 << 20)])
    appender.close()
    assert [stop for _, stop in asked[:-1]] == [start for start, _ in asked[1:]]
    assert asked[0][0] == 0
    assert os.path.getsize(tmp_path / "x") - asked[-1][1] < target.WRITEBACK_BYTES


def test_small_files_are_left_to_the_sync(tmp_path, asked):
    fory_io.write(pa.table({"a": [1, 2, 3]}), tmp_path / "x")
    assert asked == []


def test_a_refusal_is_no_error():
    reading, writing = os.pipe()
    try:
        begin_writeback(writing, 0, 4096)
    finally:
        os.close(reading)
        os.close(writing)
