"""Sessions: what a script defined is there again in another process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

import fory
from fory.error import DecodeError

ROOT = Path(__file__).resolve().parents[2]

FIRST = """
import json, math, sys, threading, fory
from collections import deque
N = 10
shared = [1]
both = {"a": shared, "b": shared}
def add(x): return x + N
class Point:
    def __init__(self, x): self.x = x
    def moved(self): return Point(add(self.x))
point = Point(1)
lock = threading.Lock()
file = open(sys.argv[1] + ".txt", "w")
def generate(): yield 1
running = generate()
uses_lock = [lock]
tail = deque([1, 2], maxlen=2)
report = fory.dump_session(sys.argv[1])
print(json.dumps([sorted(report.left_out), "point" in report.kept, str(report)]))
"""
SECOND = """
import json, sys, fory
report = fory.load_session(sys.argv[1])
results = [add(1), point.moved().x, type(point) is Point, both["a"] is both["b"]]
results += [shared is both["a"], math.sqrt(4), tail.maxlen, "lock" in globals()]
N = 100
results += [add(1), point.moved().x, sorted(report.left_out)]
print(json.dumps(results))
"""
LEFT_OUT = ["file", "lock", "running", "uses_lock"]


def run(code: str, *arguments: str):
    path = f"{ROOT}{os.pathsep}{ROOT / 'io'}"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_session_goes_on_in_another_process(tmp_path):
    path = str(tmp_path / "session.fory")
    left_out, kept, report = run(FIRST, path)
    assert (left_out, kept) == (LEFT_OUT, True)
    assert "lock: UnsupportedObjectError" in report
    results = run(SECOND, path)
    assert results[:8] == [11, 11, True, True, True, 2.0, 2, False]
    assert results[8:] == [101, 101, LEFT_OUT]


def module_with(**names) -> types.ModuleType:
    module = types.ModuleType("a_module_of_this_test")
    vars(module).update(names)
    return module


def test_sessions_of_modules_in_files():
    file = io.BytesIO()
    source = module_with(a=[1], b=(2, "x"))
    report = fory.dump_session(file, source)
    assert report == (("a", "b"), {})
    file.seek(0)
    target = module_with(kept=True)
    assert fory.load_session(file, target).kept == ("a", "b")
    assert (target.a, target.b, target.kept) == ([1], (2, "x"), True)


def test_annotations_of_a_script_are_none_of_its_work():
    source = module_with()
    exec("a: int = 1\nif a:\n    b: int = 2", vars(source))
    assert fory.dump_session(io.BytesIO(), source) == (("a", "b"), {})


def test_a_session_that_fails_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "session"
    path.write_bytes(b"before")
    with pytest.raises(ImportError):
        fory.dump_session(path, "no_such_module_at_all")
    assert path.read_bytes() == b"before"
    with pytest.raises(DecodeError, match="no session"):
        fory.load_session(path)
    assert os.listdir(tmp_path) == ["session"]
