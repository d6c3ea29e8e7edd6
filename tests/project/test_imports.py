"""Imports run one way: fory <- fory_row <- fory_io <- fory_pandas."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ORDER = ["fory", "fory_row", "fory_io", "fory_pandas"]
FOLDERS = {name: ROOT / name for name in ORDER} | {"fory_io": ROOT / "io" / "fory_io"}
# Names that look up on purpose, inside a function, for the caller's convenience.
LOOKS_UP = {
    ("fory/__init__.py", "fory_row"),
    ("fory/format.py", "fory_row"),
    ("fory_row/infer.py", "fory_pandas"),
    ("fory_row/rows.py", "fory_io"),
    ("fory_row/rows.py", "fory_pandas"),
    ("fory_row/constructors.py", "fory_pandas"),
}
CIMPORT = re.compile(r"^\s*(?:from\s+([\w.]+)\s+c?import|c?import\s+([\w.]+))", re.M)


def imported_modules(path: Path) -> set[str]:
    """The modules that a file imports, and those that a ``from`` may have meant."""
    text = path.read_text()
    if path.suffix != ".py":
        return {a or b for a, b in CIMPORT.findall(text)}
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def imported(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported_modules(path)}


@pytest.mark.parametrize("package", ORDER)
def test_direction(package):
    above = set(ORDER[ORDER.index(package) + 1 :])
    for path in sorted(FOLDERS[package].rglob("*.p*")):
        if path.suffix not in (".py", ".pyx", ".pxd"):
            continue
        where = path.relative_to(ROOT).as_posix()
        wrong = {n for n in imported(path) & above if (where, n) not in LOOKS_UP}
        assert not wrong, f"{where} imports {wrong}, which stand above it"


def test_one_place_chooses_the_engine():
    shared = {"fory._crc", "fory._marshal"}
    kernels = {f"fory.{p.stem}" for p in (ROOT / "fory").glob("*.pyx")} - shared
    for path in sorted((ROOT / "fory").glob("*.py")):
        if path.name != "_impl.py":
            names = imported_modules(path)
            wrong = {n for n in names if n in kernels or n.startswith("fory._pure")}
            assert not wrong, f"{path.name} imports {wrong} past fory._impl"


def test_io_is_no_package():
    assert not (ROOT / "io" / "__init__.py").exists()


@pytest.mark.parametrize("package", ["fory", "fory_row"])
def test_import_is_light(package):
    code = (
        f"import sys, {package}; heavy = {{'pandas', 'pyarrow'}} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
