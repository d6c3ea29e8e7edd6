"""Every vector of golden/xlang.jsonl, in both directions."""

from __future__ import annotations

import array
import collections
import collections.abc
import dataclasses
import datetime
import decimal
import enum
import fractions
import json
import math
import operator
import os
import pickle
import sys
import time
import types
import typing
import uuid
from pathlib import Path

import numpy as np
import pytest

import fory

GOLDEN = Path(__file__).parent.parent / "golden" / "xlang.jsonl"
VECTORS = [json.loads(line) for line in GOLDEN.read_text().splitlines()]


def vectors(*checks: str):
    chosen = [v for v in VECTORS if v.get("check", "both") in checks]
    return pytest.mark.parametrize("vector", chosen, ids=[v["id"] for v in chosen])


@pytest.fixture(autouse=True)
def in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Unknown:
    """The fields of a struct whose class the reader does not have."""

    def __init__(self, fields):
        self.fields = fields


def namespace():
    module = types.ModuleType("golden_types")
    utc = datetime.UTC
    vars(module).update(
        fory=fory, array=array, collections=collections, dataclasses=dataclasses,
        datetime=datetime, decimal=decimal, enum=enum, fractions=fractions, math=math,
        operator=operator, pickle=pickle, sys=sys, types=types, typing=typing,
        uuid=uuid, abc=collections.abc, dataclass=dataclasses.dataclass, np=np,
        Any=typing.Any, Dict=typing.Dict, List=typing.List,  # noqa: UP006
        NamedTuple=typing.NamedTuple, Optional=typing.Optional,
        Set=typing.Set, Tuple=typing.Tuple, Union=typing.Union,  # noqa: UP006
        UTC=utc, D=decimal.Decimal, UNKNOWN=Unknown,
        utc=lambda *a: datetime.datetime(*a, tzinfo=utc),
    )  # fmt: skip
    return module


class Side:
    """One side of a vector: its module, its instance and its value."""

    def __init__(self, vector, monkeypatch, prefix=""):
        self.vector = vector
        self.scope = namespace()
        monkeypatch.setitem(sys.modules, "golden_types", self.scope)
        exec(vector.get(prefix + "setup", ""), vars(self.scope))
        registered = vector.get(prefix + "register", [])
        self.classes = [(self.eval(cls), dict(how)) for cls, how in registered]

    def eval(self, text):
        return eval(text, vars(self.scope))

    def fory(self):
        xlang = self.vector["mode"] == "xlang"
        made = fory.Fory(xlang=xlang, **self.vector["config"])
        for cls, how in self.classes:
            if "serializer" in how:
                how = {**how, "serializer": self.eval(how["serializer"])}
            made.register(cls, **how)
        return made


def out_of_band(vector):
    """The callback of a vector and the list into which it puts what it took out."""
    taken: list[bytes] = []
    count = 0

    def callback(buffer):
        nonlocal count
        count += 1
        keep = vector["oob"] == "all_in_band" or (
            vector["oob"] == "alternate" and count % 2 == 0
        )
        if not keep:
            taken.append(bytes(buffer.getbuffer()))
        return keep

    return callback if "oob" in vector else None, taken


def same(a, b, seen=None):
    """Whether two values are equal as the vectors mean it."""
    seen = set() if seen is None else seen
    if id(a) in seen:
        return True
    if isinstance(b, Unknown):
        return set(dict(a.items())) == set(b.fields) and all(
            same(a[name], b.fields[name], seen) for name in b.fields
        )
    if is_array(a) or is_array(b):
        return len(np.shape(a)) == len(np.shape(b)) and np.array_equal(
            list_of(a), list_of(b)
        )
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return (a == b and math.copysign(1, a) == math.copysign(1, b)) or (
            a != a and b != b
        )
    if isinstance(a, pickle.PickleBuffer):
        return bytes(a) == bytes(b)
    if isinstance(a, (types.BuiltinFunctionType, types.MethodType)):
        return a == b or a.__qualname__ == b.__qualname__
    if isinstance(a, (str, bytes, int, type, types.FunctionType, types.ModuleType)):
        return a == b
    if isinstance(a, decimal.Decimal):
        return a.as_tuple() == b.as_tuple()
    if isinstance(a, (set, frozenset, enum.Enum)):
        return a == b
    seen.add(id(a))
    if isinstance(a, (list, tuple, collections.deque)):
        return (
            len(a) == len(b)
            and all(same(x, y, seen) for x, y in zip(a, b, strict=True))
            and same(getattr(a, "__dict__", None), getattr(b, "__dict__", None), seen)
        )
    if isinstance(a, (dict, types.MappingProxyType)):
        return (
            list(map(repr, a)) == list(map(repr, b))
            and all(same(a[k], b[j], seen) for k, j in zip(a, b, strict=True))
            and same(getattr(a, "__dict__", None), getattr(b, "__dict__", None), seen)
        )
    state, other = state_of(a), state_of(b)
    if state is None:
        return a == b
    return set(state) == set(other) and all(
        same(state[name], other[name], seen) for name in state
    )


def is_array(value):
    return isinstance(value, (np.ndarray, array.array, fory.arrays.DenseArray))


def list_of(value):
    return value.tolist() if hasattr(value, "tolist") else list(value)


def state_of(value):
    names = [n for c in type(value).__mro__ for n in c.__dict__.get("__slots__", ())]
    if type(value).__module__ != "golden_types":
        return None
    if not hasattr(value, "__dict__") and not names:
        return None
    return {n: getattr(value, n) for n in [*getattr(value, "__dict__", ()), *names]}


def shape(value, seen=None):
    """Which mutable parts of a value are one object: their numbers in order."""
    seen = {} if seen is None else seen
    if isinstance(value, (str, bytes, int, float, type, enum.Enum, type(None))):
        return None
    if id(value) in seen:
        return seen[id(value)]
    if not isinstance(value, tuple):
        seen[id(value)] = len(seen)
    if isinstance(value, (dict, types.MappingProxyType)):
        return [(shape(k, seen), shape(v, seen)) for k, v in value.items()]
    if isinstance(value, (list, tuple)):
        return [shape(v, seen) for v in value]
    state = state_of(value)
    return shape(dict(sorted(state.items())), seen) if state else None


def skip_by_python(vector):
    wanted = vector.get("requires", {}).get("python")
    if wanted == ">=3.11" and sys.version_info < (3, 11):
        pytest.skip(f"needs Python {wanted}")


@vectors("both", "ser")
def test_writes_the_same_bytes(vector, monkeypatch):
    skip_by_python(vector)
    side = Side(vector, monkeypatch)
    value = side.eval(vector["python"])
    made = side.fory()
    for _ in range(2):
        callback, taken = out_of_band(vector)
        assert made.serialize(value, buffer_callback=callback).hex() == vector["hex"]
        assert [t.hex() for t in taken] == vector.get("oob_buffers", [])


@vectors("both", "deser")
def test_reads_the_value(vector, monkeypatch):
    skip_by_python(vector)
    side = Side(vector, monkeypatch)
    expected = side.eval(vector.get("expect", vector.get("python")))
    buffers = None
    if "oob" in vector:
        buffers = [bytes.fromhex(b) for b in vector["oob_buffers"]]
    made = side.fory()
    for _ in range(2):
        value = made.deserialize(bytes.fromhex(vector["hex"]), buffers=buffers)
        assert same(value, expected), value
        if vector.get("alias"):
            assert shape(value) == shape(expected)


@vectors("error")
def test_refuses(vector, monkeypatch):
    made = Side(vector, monkeypatch).fory()
    for _ in range(2):
        with pytest.raises(fory.error.ForyError):
            made.deserialize(bytes.fromhex(vector["hex"]))


def test_there_are_all_vectors():
    assert len(VECTORS) == 684
    assert os.environ.get("TZ") == "UTC"
