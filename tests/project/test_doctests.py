"""The examples in the documentation and in docstrings run as printed."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [p for p in sorted((ROOT / "docs").glob("*.md")) if ">>> " in p.read_text()]
MODULES = [
    f"{path.parent.name}.{path.stem}"
    for package in ("fory", "fory_row", "fory_pandas", "io/fory_io")
    for path in sorted((ROOT / package).glob("*.py"))
    if ">>> " in path.read_text()
]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples may write files."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=[p.stem for p in PAGES])
def test_page(page: Path) -> None:
    done = doctest.testfile(
        str(page), module_relative=False, optionflags=doctest.ELLIPSIS
    )
    assert done.attempted
    assert not done.failed


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name: str) -> None:
    done = doctest.testmod(
        importlib.import_module(name),
        extraglobs={"np": np, "pd": pd},
        optionflags=doctest.ELLIPSIS,
    )
    assert not done.failed
