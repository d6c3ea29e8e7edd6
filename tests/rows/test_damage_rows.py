"""Damaged rows give a value or a DecodeError: never a crash or a foreign byte."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
OVER_READ = """
import ctypes
from rows.damage_rows import Guarded

memory = Guarded(1)
held = memory.hold(b"end", 0)
print(bytes(held).decode(), flush=True)
ctypes.string_at(ctypes.addressof(ctypes.c_char.from_buffer(held)), 4)
"""


def child(*args: str, timeout: float) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(HERE.parent), str(HERE.parent.parent)])
    inherited = os.environ.get("PYTHONPATH", "")
    return subprocess.run(
        [sys.executable, *args],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([path, inherited])},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def damage(layout: str, kind: str, count: int, seed: int = 1) -> tuple[int, int]:
    """Return how many damaged rows were read, and how many `validate` refused."""
    script = str(HERE / "damage_rows.py")
    done = child(script, layout, kind, str(seed), str(count), timeout=280)
    assert done.returncode == 0, done.stderr
    n, refused = map(int, done.stdout.split())
    return n, refused


def test_reading_past_the_guard_ends_the_process() -> None:
    done = child("-c", OVER_READ, timeout=60)
    assert done.stdout == "end\n"
    assert done.returncode in (-signal.SIGSEGV, -signal.SIGBUS, 1), done.stderr
    assert done.returncode != 1 or "AddressSanitizer" in done.stderr


@pytest.mark.parametrize("layout", ["standard", "compact"])
def test_every_cut_of_a_row(layout: str) -> None:
    n, refused = damage(layout, "cut-row", 0)
    assert n > 400
    assert n - refused < 8  # zeros behind the last value may be missing


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["standard", "compact"])
def test_every_cut_of_a_batch(layout: str) -> None:
    n, refused = damage(layout, "cut-batch", 0)
    assert n > 1500
    assert n - refused < 8


@pytest.mark.parametrize("layout", ["standard", "compact"])
@pytest.mark.parametrize("kind", ["row", "batch", "flat"])
def test_random_damage(layout: str, kind: str) -> None:
    n, refused = damage(layout, kind, 400)
    assert n == 400
    assert refused < n  # values may change without harm, so both outcomes occur


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["standard", "compact"])
@pytest.mark.parametrize("kind", ["row", "batch", "flat"])
def test_much_random_damage(layout: str, kind: str) -> None:
    n, _ = damage(layout, kind, 20_000, seed=2)
    assert n == 20_000
