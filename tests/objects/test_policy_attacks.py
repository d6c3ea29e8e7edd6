"""Messages that try to run code past the ready policies, or to take all memory."""

from __future__ import annotations

import collections
import copyreg
import datetime
import decimal
import fractions
import ipaddress
import pathlib
import sys
import types
import uuid
import zoneinfo
from typing import Any

import pytest

import fory
from fory.error import PolicyError

SOURCE = """
ran = []

class Trap:
    def __init__(self, *args): ran.append("__init__")
    def __str__(self): ran.append("__str__"); return ""
    def __iter__(self): ran.append("__iter__"); return iter(())
    def __index__(self): ran.append("__index__"); return 1
    def __len__(self): ran.append("__len__"); return 1
    def __bytes__(self): ran.append("__bytes__"); return b""
    def keys(self): ran.append("keys"); return []
    def extend(self, items): ran.append("extend")
    def __setitem__(self, key, value): ran.append("__setitem__")
    entry = property(None, lambda self, value: ran.append("setter"))

class Appended:
    def append(self, item): ran.append("append")

class Stated:
    def __setstate__(self, state): ran.append("__setstate__")

class Hooked:
    __slots__ = ("a",)
    def __setattr__(self, name, value): ran.append("__setattr__")

class Items(list):
    def extend(self, items): ran.append("extend")

class Liar:
    def __call__(self, *args): ran.append("__call__")

class Reduced:
    def __init__(self, parts): self.parts = parts
    def __reduce__(self): return self.parts
"""
NEW = copyreg.__newobj__


@pytest.fixture
def traps(monkeypatch):
    module = types.ModuleType("module_of_traps")
    exec(SOURCE, vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


ATTACKS: dict[str, Any] = {
    "__init__ of a base": lambda m: (
        copyreg._reconstructor, (m.Trap, m.Trap, None)
    ),
    "__init__ by an iterator": lambda m: (list, (m.Reduced((iter, (m.Trap, 5))),)),
    **{
        f"{kind.__name__} of an object": lambda m, kind=kind: (
            kind, (m.Reduced((NEW, (m.Trap,))),)
        )
        for kind in (str, list, tuple, int, bytes, bytearray, dict, bool, float, set,
                     range, complex, frozenset, collections.deque)
    },
    "extend": lambda m: (NEW, (m.Trap,), None, iter([1])),
    "append": lambda m: (NEW, (m.Appended,), None, iter([1])),
    "extend of a list": lambda m: (NEW, (m.Items,), None, iter([1])),
    "__setitem__": lambda m: (NEW, (m.Trap,), None, None, iter({1: 2}.items())),
    "__setstate__": lambda m: (NEW, (m.Stated,), {"a": 1}),
    "property": lambda m: (NEW, (m.Trap,), (None, {"entry": 1})),
    "__setattr__": lambda m: (NEW, (m.Hooked,), (None, {"a": 1})),
    "state setter": lambda m: (NEW, (m.Appended,), {"a": 1}, None, None, m.Trap),
    "argument of __new__": lambda m: (NEW, (int, m.Reduced((NEW, (m.Trap,))))),
    "argument by name": lambda m: (
        copyreg.__newobj_ex__, (int, (), {"x": m.Reduced((NEW, (m.Trap,)))})
    ),
}  # fmt: skip


@pytest.mark.parametrize("concise", [False, True])
@pytest.mark.parametrize("attack", ATTACKS)
def test_values_call_nothing_of_strangers(traps, attack, concise):
    writer = fory.Fory(strict=False, ref=True, concise=concise)
    message = writer.dumps(traps.Reduced(ATTACKS[attack](traps)))
    reader = fory.Fory(strict=False, ref=True, policy=fory.NoCode())
    with pytest.raises(PolicyError):
        reader.loads(message)
    assert traps.ran == []


@pytest.mark.parametrize("policy", [fory.NoCode, fory.AllowList])
def test_an_object_cannot_take_the_name_of_another(traps, policy):
    liar = traps.Liar()
    vars(liar).update(__module__="builtins", __qualname__="list", __name__="list")
    message = fory.Fory(strict=False, ref=True).dumps(traps.Reduced((liar, ())))
    reader = fory.Fory(strict=False, ref=True, policy=policy())
    with pytest.raises(PolicyError):
        reader.loads(message)
    assert traps.ran == []


@pytest.mark.parametrize("policy", [fory.NoCode, fory.AllowList])
@pytest.mark.parametrize(
    "parts",
    [
        (bytearray, (1 << 40,)),
        (bytes, (1 << 40,)),
        (list, (range(1 << 40),)),
        (set, (range(1 << 40),)),
        (fractions.Fraction, ("1e1000000000",)),
    ],
    ids=lambda parts: parts[0].__name__,
)
def test_a_short_message_takes_no_large_memory(traps, parts, policy):
    message = fory.Fory(strict=False).dumps(traps.Reduced(parts))
    reader = fory.Fory(strict=False, policy=policy())
    with pytest.raises(PolicyError, match="more than plain values"):
        reader.loads(message)


class Named(int):
    pass


VALUES = [
    datetime.datetime(2020, 10, 25, 2, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
    datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
    datetime.time(1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2), "x")),
    decimal.Decimal("NaN"),
    fractions.Fraction(1, 3),
    uuid.UUID(int=5),
    pathlib.PurePosixPath("a/b"),
    ipaddress.ip_network("10.0.0.0/8"),
    collections.Counter("aab"),
    collections.deque([1, [2]], 3),
    collections.OrderedDict(a=[1]),
    collections.ChainMap({1: 2}, {3: 4}),
    collections.UserDict(a=1),
    types.SimpleNamespace(a=1),
    range(1, 9, 2),
    bytearray(b"ab"),
    frozenset({1, 2}),
    1 + 2j,
    Named(5),
    object(),
    memoryview(b"abc"),
]


@pytest.mark.parametrize("concise", [False, True])
@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_values_of_the_standard_library_pass(value, concise):
    message = fory.Fory(strict=False, ref=True, concise=concise).dumps(value)
    allowed = fory.AllowList(classes=[Named])
    for policy in (fory.NoCode(), allowed):
        again = fory.Fory(strict=False, ref=True, policy=policy).loads(message)
        assert type(again) is type(value)
