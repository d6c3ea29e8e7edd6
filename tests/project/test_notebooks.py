"""Every notebook runs from top to bottom and is kept without outputs."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import pytest

NOTEBOOKS = sorted(Path(__file__).resolve().parents[2].glob("notebooks/*.ipynb"))


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs(path, monkeypatch):
    cells = json.loads(path.read_text())["cells"]
    module = types.ModuleType(path.stem)
    monkeypatch.setitem(sys.modules, path.stem, module)  # classes look for it
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        assert not cell["outputs"], "strip the outputs"
        source = "".join(cell["source"])
        exec(compile(source, str(path), "exec", dont_inherit=True), vars(module))
