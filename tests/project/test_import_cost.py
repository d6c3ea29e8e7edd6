"""What ``import fory`` costs: not much, and no large package."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Measured: 0.03. Processor time, because others may use the machine, and generous,
# because it may be slow: this finds packages that have no place here.
MOST_SECONDS = 0.2


def processor_time(code: str, environment: dict[str, str]) -> float:
    command = [sys.executable, "-c", code]
    child = os.posix_spawn(sys.executable, command, environment)
    _, status, usage = os.wait4(child, 0)
    assert status == 0
    return usage.ru_utime + usage.ru_stime


@pytest.mark.parametrize("compiled", ["1", "0"], ids=["compiled", "twin"])
def test_import_is_quick(tmp_path, monkeypatch, compiled):
    # Code is compiled once per installation and not once per start.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path))
    monkeypatch.setenv("ENABLE_FORY_CYTHON_SERIALIZATION", compiled)
    codes = ("pass", "import fory")
    best = dict.fromkeys(codes, 1e9)
    for _ in range(5):
        for code in codes:
            best[code] = min(best[code], processor_time(code, dict(os.environ)))
    assert best["import fory"] - best["pass"] < MOST_SECONDS


@pytest.mark.parametrize("compiled", ["1", "0"], ids=["compiled", "twin"])
def test_import_loads_no_large_package(monkeypatch, compiled):
    monkeypatch.setenv("ENABLE_FORY_CYTHON_SERIALIZATION", compiled)
    heavy = "{'numpy', 'pandas', 'pyarrow', 'dataclasses', 'pickle', 'inspect'}"
    code = f"import sys, fory; sys.exit(1 if {heavy} & set(sys.modules) else 0)"
    assert processor_time(code, dict(os.environ)) > 0


def test_import_loads_nothing_that_only_annotations_need():
    code = "import sys, fory; fory.Fory(); sys.exit('typing' in sys.modules)"
    assert processor_time(code, dict(os.environ)) > 0
