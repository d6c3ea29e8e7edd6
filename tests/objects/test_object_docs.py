"""The examples of the guides and of the docstrings run."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
FLAGS = doctest.ELLIPSIS
MODULES = [
    "fory._core",
    "fory.buffer",
    "fory.pickling",
    "fory.policies",
    "fory.policy",
    "fory.serializer",
    "fory.signing",
]


@pytest.mark.parametrize("guide", ["objects.md", "security.md", "xlang.md"])
def test_the_examples_of_a_guide_run(guide):
    result = doctest.testfile(
        str(DOCS / guide), module_relative=False, optionflags=FLAGS, encoding="utf-8"
    )
    assert result.attempted > 9
    assert result.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name):
    result = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert result.attempted > 0
    assert result.failed == 0
