"""Damaged rows give an object or a DecodeError: never a crash or a foreign byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
layouts = pytest.mark.parametrize("layout", ["standard", "compact"])


def damage(layout: str, kind: str, seed: int, count: int) -> tuple[int, int]:
    """Return how many damaged rows were read, and how many were refused."""
    inherited = os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join([str(HERE.parent), str(HERE.parent.parent), inherited])
    done = subprocess.run(
        [
            sys.executable,
            str(HERE / "damage_objects.py"),
            layout,
            kind,
            str(seed),
            str(count),
        ],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    n, refused = map(int, done.stdout.split())
    return n, refused


@layouts
def test_every_cut(layout: str) -> None:
    n, refused = damage(layout, "cut", 0, 0)
    assert n > 300
    assert n - refused < 8  # zeros behind the last value may be missing


@layouts
def test_random_damage(layout: str) -> None:
    n, refused = damage(layout, "random", 1, 3000)
    assert n == 3000
    assert 0 < refused < n


@pytest.mark.slow
@layouts
def test_much_random_damage(layout: str) -> None:
    n, _ = damage(layout, "random", 2, 20_000)
    assert n == 20_000
