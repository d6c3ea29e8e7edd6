"""The names of ``fory``: many are loaded on first use, all are there."""

from __future__ import annotations

import ast
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import fory

STUB = ast.parse(Path(fory.__file__).with_suffix(".pyi").read_text())


def stubbed() -> set[str]:
    """The names that type checkers see."""
    imported = {
        alias.asname or alias.name
        for node in STUB.body
        if isinstance(node, ast.ImportFrom) and node.module != "typing"
        for alias in node.names
    }
    declared = {
        node.target.id
        for node in STUB.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    return imported | declared


def exported() -> list[str]:
    """What a star import takes, as type checkers see it."""
    return next(
        ast.literal_eval(node.value)
        for node in STUB.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )


def test_a_star_import_takes_what_the_stub_says():
    assert sorted(fory.__all__) == sorted(exported())
    names: dict[str, object] = {}
    exec("from fory import *", names)
    assert set(fory.__all__) <= set(names)


@pytest.mark.parametrize("name", sorted(stubbed()))
def test_each_name_of_the_stub_is_found_and_listed(name):
    assert getattr(fory, name) is getattr(fory, name)
    assert name in dir(fory)


def test_the_stub_has_each_name_that_is_loaded_late():
    assert set(fory._HOME_OF) <= stubbed()


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        getattr(fory, "nothing")  # noqa: B009


@pytest.mark.parametrize("name", sorted(fory._MODULES))
def test_modules_are_found_without_an_import_of_their_own(name):
    code = f"import fory; assert fory.{name}.__name__ == 'fory.{name}'"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_functions_that_are_loaded_late_travel_by_name():
    assert pickle.loads(pickle.dumps(fory.dumps)) is fory.dumps
    assert fory.loads(fory.dumps(fory.dumps)) is fory.dumps
