"""Damaged messages with code by value: errors of ours, no crash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@pytest.mark.parametrize(
    "n", [60, pytest.param(2000, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_damaged_code_is_an_error(n):
    path = f"{ROOT}{os.pathsep}{ROOT / 'io'}"
    done = subprocess.run(
        [sys.executable, str(HERE / "native_damage.py"), str(n)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
