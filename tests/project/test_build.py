"""The build knows every kernel, and every kernel has its stub."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KERNELS = sorted([*ROOT.glob("fory*/*.pyx"), *ROOT.glob("io/fory_io/*.pyx")])
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("path", KERNELS, ids=lambda p: f"{p.parent.name}.{p.stem}")
def test_kernel_is_built_and_stubbed(path):
    modules = CONFIG["tool"]["setuptools"]["ext-modules"]
    names = {m["name"]: m for m in modules}
    entry = names[f"{path.parent.name}.{path.stem}"]
    assert path.relative_to(ROOT).as_posix() in entry["sources"]
    for dependency in entry.get("depends", []):
        assert (ROOT / dependency).exists()
    assert path.with_suffix(".pyi").exists(), "add the type stub"
