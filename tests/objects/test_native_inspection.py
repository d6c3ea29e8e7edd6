"""Messages are told without importing or calling anything of theirs."""

from __future__ import annotations

import collections
import dataclasses
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import fory

ROOT = Path(__file__).resolve().parents[2]


class Plain:
    def __init__(self):
        self.a = [1, 2]


@dataclasses.dataclass
class Struct:
    x: int


class Calling:
    def __reduce__(self):
        return os.system, ("touch /tmp/inspected",)


def local_class():
    class Local:
        def get(self):
            return 1

    return Local


def told(value, **options):
    return fory.describe(fory.Fory(strict=False, **options).dumps(value))


def test_values_and_code_are_told():
    value = [1, "a", {"k": (1, 2.5)}, len, os, collections.deque, lambda x: x]
    text = told(value, ref=True)
    for part in ("list of 7", "'k': tuple of 2", "function builtins.len", "module os"):
        assert part in text
    assert "class collections.deque" in text
    assert "function by value" in text


def test_calls_are_told_and_not_made(monkeypatch):
    called = []
    monkeypatch.setattr(os, "system", called.append)
    text = told([Calling()])
    assert "call posix.system" in text or "call" in text
    assert "touch /tmp/inspected" in text
    assert called == []


def test_instances_of_classes_that_are_here():
    text = told([Plain(), Struct(3)], ref=True)
    assert f"instance of {__name__}.Plain" in text
    assert "x: 3" in text


def test_local_classes_and_envelopes():
    for ref in (True, False):
        text = told([local_class(), local_class()()], ref=ref)
        assert "class by value" in text
        assert "local_class.<locals>.Local" in text


def test_cycles_end():
    value: list = []
    value.append(value)
    assert "see above" in told(value, ref=True)


def test_damage_is_told():
    assert "cannot be told further" in fory.describe(b"\0\xff\x99")


def test_inspect_prints():
    file = io.StringIO()
    fory.inspect(fory.dumps({"a": 1}), file)
    assert file.getvalue().startswith("message of")


def test_nothing_is_imported():
    message = fory.dumps([Plain(), Calling(), collections.Counter("a")]).hex()
    code = (
        "import sys, json, fory\n"
        "before = set(sys.modules) | {'fory.inspection'}\n"
        "text = fory.describe(bytes.fromhex(sys.argv[1]))\n"
        "new = [m for m in set(sys.modules) - before if not m.startswith('fory')]\n"
        "print(json.dumps([text, [m for m in new if 'test' in m or m == 'posix']]))"
    )
    path = f"{ROOT}{os.pathsep}{ROOT / 'io'}"
    done = subprocess.run(
        [sys.executable, "-c", code, message],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    text, imported = json.loads(done.stdout)
    assert imported == []
    assert "is not imported here" in text
