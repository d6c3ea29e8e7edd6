"""Every notebook runs from top to bottom and is kept without outputs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted(Path(__file__).resolve().parents[2].glob("notebooks/*.ipynb"))


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs(path):
    cells = json.loads(path.read_text())["cells"]
    namespace: dict[str, object] = {"__name__": path.stem}
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        assert not cell["outputs"], "strip the outputs"
        exec(compile("".join(cell["source"]), str(path), "exec"), namespace)
