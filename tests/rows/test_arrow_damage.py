"""Damaged rows read into Arrow give valid Arrow or a DecodeError, never a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


def damage(kind: str, count: int, seed: int = 1) -> tuple[int, int]:
    """Return how many damaged rows were read, and how many were refused."""
    path = [str(HERE.parent), str(HERE.parent.parent)]
    inherited = os.environ.get("PYTHONPATH", "")
    done = subprocess.run(
        [sys.executable, str(HERE / "damage_arrow.py"), kind, str(seed), str(count)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*path, inherited])},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    n, refused = map(int, done.stdout.split())
    return n, refused


@pytest.mark.parametrize("kind", ["cut-row", "cut-every"])
def test_every_cut_is_refused(kind: str) -> None:
    n, refused = damage(kind, 400)
    assert n >= 400
    assert n - refused < 8  # zeros behind the last value may be missing


@pytest.mark.parametrize("kind", ["row", "batch", "every"])
def test_random_damage(kind: str) -> None:
    n, refused = damage(kind, 400)
    assert n == 400
    assert 0 < refused < n  # values may change without harm, so both outcomes occur


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["row", "batch", "every"])
def test_much_random_damage(kind: str) -> None:
    n, _ = damage(kind, 20_000, seed=2)
    assert n == 20_000
