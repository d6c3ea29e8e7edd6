"""Killed writers, flipped bits, cuts, full disks: what was committed stays."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import safety_child
from file_samples import mixed_rows

import fory_io

CHILD = Path(safety_child.__file__)


def in_child(call, *args):
    command = [sys.executable, str(CHILD), call, *map(str, args)]
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **threads}
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "rows.fory")


# -- SIGKILL ---------------------------------------------------------------------


def check_kills(path, mode, n, seed):
    states = in_child("killed", path, mode, n, seed)
    assert sum(states.values()) == n
    assert states["absent"] == 0 or mode == "create"
    return states


def test_a_killed_writer_leaves_the_old_state_or_the_new(path):
    check_kills(path, "append", 4, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["replace", "delete", "compact"])
def test_writers_of_other_changes_that_are_killed(path, mode):
    check_kills(path, mode, 30, seed=7)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("mode", ["create", "append"])
def test_writers_killed_at_two_hundred_moments(path, mode):
    states = check_kills(path, mode, 200, seed=2)
    assert states["absent"] + states["old"] + states["repaired"] > 20


# -- damage ----------------------------------------------------------------------


@pytest.fixture(params=[None, "lz4", "zstd"], ids=["raw", "lz4", "zstd"])
def busy(request, path):
    """A small file with everything in it: commits, deletions, keys, statistics."""
    fory_io.write(
        mixed_rows(60), path, keys=["i"], compression=request.param, metadata={"a": [1]}
    )
    fory_io.append(mixed_rows(20, start=60), path)
    fory_io.delete(path, [3, 70])
    return path


def test_some_flipped_bits(busy):
    counts = in_child("damaged", busy, "flip", 100, "lazy", 3)
    assert counts["refused"] > 20
    assert counts["wrong"] == 0


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("verify", ["lazy", "full", "never"])
def test_twenty_thousand_flipped_bits(busy, verify):
    counts = in_child("damaged", busy, "flip", 20_000 // 3 + 1, verify, 4)
    assert counts["wrong"] == 0 or verify == "never"
    assert counts["refused"] > 500


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_two_thousand_cuts(busy):
    counts = in_child("damaged", busy, "cut", 2000, "lazy", 5)
    assert counts["wrong"] == counts["right"] == 0


# -- a full disk -----------------------------------------------------------------


EARLY = pytest.param(5000, id="early", marks=pytest.mark.slow)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["create", "append", "compact"])
@pytest.mark.parametrize("n_bytes", [EARLY, pytest.param(1_500_000, id="late")])
def test_no_room_is_an_error_and_the_old_state_stays(path, mode, n_bytes):
    before = None
    if mode != "create":
        fory_io.write(safety_child.table(3 * safety_child.CHUNK), path)
        before = Path(path).read_bytes()
        n_bytes += len(before) if mode == "append" else 0
    assert in_child("full", path, mode, n_bytes) == f"OSError {errno.EFBIG}"
    assert os.listdir(os.path.dirname(path)) == (["rows.fory"] if before else [])
    if before is not None:
        assert Path(path).read_bytes() == before


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="needs a file system of its own")
@pytest.mark.parametrize("mode", ["create", "append"])
def test_a_small_file_system(tmp_path, mode):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(tmp_path)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        pytest.skip(f"no mount here: {mounted.stderr}")
    try:
        path = str(tmp_path / "rows.fory")
        small = safety_child.table(100)
        if mode == "append":
            fory_io.write(small, path)
        with pytest.raises(OSError, match="No space left"):
            safety_child.change(path, mode, safety_child.table(200_000))
        assert os.listdir(tmp_path) == (["rows.fory"] if mode == "append" else [])
        if mode == "append":
            assert fory_io.open(path, verify="full").to_arrow().equals(small)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
