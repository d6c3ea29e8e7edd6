"""Values of the standard library and of classes that Python messages keep."""
# ruff: noqa: B905

import array
import collections
import dataclasses
import datetime
import decimal
import fractions
import io
import ipaddress
import itertools
import logging
import operator
import pathlib
import random
import re
import sys
import types
import typing
import uuid
import weakref
import zoneinfo
from typing import (
    Any,
)


@dataclasses.dataclass
class D:
    x: int
    y: list = dataclasses.field(default_factory=list)
    z: typing.ClassVar[int] = 3


class Node:
    def __init__(self):
        self.me = self
        self.kids = []


class MyInt(int):
    pass


class MyStr(str):
    pass


class MyTuple(tuple):
    pass


class MyList(list):
    pass


class MyDict(dict):
    pass


class MyBytes(bytes):
    pass


class MyFloat(float):
    pass


class MySet(set):
    pass


class MyFS(frozenset):
    pass


def sub(cls, *a):
    o = cls(*a)
    o.extra = [1]
    return o


class Err(Exception):
    def __init__(self, a, b):
        super().__init__(a, b)
        self.a = a


def err():
    try:
        try:
            raise ValueError("in")
        except ValueError as e:
            raise KeyError("out") from e
    except KeyError as e:
        e.add_note("note")
        return e


class State:
    def __getstate__(self):
        return 0

    def __setstate__(self, s):
        self.s = s


class OnlyGet:
    def __init__(self):
        self.a = 1
        self.lock = 2

    def __getstate__(self):
        return {"a": self.a}


class NewArgs:
    def __new__(cls, a, *, k):
        o = object.__new__(cls)
        o.a, o.k = a, k
        return o

    def __getnewargs_ex__(self):
        return (self.a,), {"k": self.k}


class Red6:
    def __init__(self, x=0):
        self.x = x

    def __reduce__(self):
        return Red6, (), {"x": 9}, None, None, red6_setter


def red6_setter(o, s):
    o.x = s["x"] + 1


class GA:
    def __getattr__(self, n):
        if n == "data":
            return 1
        raise AttributeError(n)


class Covered:
    """Has an attribute under the name of a property."""

    def __init__(self):
        self.__dict__["x"] = 5

    @property
    def x(self):
        return self.__dict__["x"]


SAMPLES: dict[str, Any] = {}


def s(name, make, check):
    """Add a sample: how it is made, and how to tell what was read."""
    SAMPLES[name] = make, check


for c, a in (
    (MyInt, (5,)),
    (MyStr, ("s",)),
    (MyTuple, ((1, 2),)),
    (MyList, ([1],)),
    (MyDict, ({1: 2},)),
    (MyBytes, (b"x",)),
    (MyFloat, (1.5,)),
    (MySet, ([1],)),
    (MyFS, ([1],)),
):
    s(
        c.__name__,
        lambda c=c, a=a: sub(c, *a),
        lambda r, c=c, a=a: (
            type(r).__name__ == c.__name__ and r == (c(*a)) and r.extra == [1]
        ),
    )
s(
    "error",
    err,
    lambda r: (
        type(r) is KeyError
        and r.args == ("out",)
        and type(r.__cause__) is ValueError
        and r.__notes__ == ["note"]
    ),
)
s("Err", lambda: Err(1, 2), lambda r: r.args == (1, 2) and r.a == 1)
s(
    "group",
    lambda: ExceptionGroup("g", [ValueError(1)]),
    lambda r: r.exceptions[0].args == (1,),
)
s("falsy state", lambda: State(), lambda r: r.s == 0)
s("only getstate", lambda: OnlyGet(), lambda r: vars(r) == {"a": 1})
s("newargs_ex", lambda: NewArgs(1, k=2), lambda r: (r.a, r.k) == (1, 2))
s("red6", lambda: Red6(), lambda r: r.x == 10)
s(
    "singletons",
    lambda: [type(None), Ellipsis, NotImplemented, type(...), type(NotImplemented)],
    lambda r: (
        r[0] is type(None)
        and r[1] is ...
        and r[2] is NotImplemented
        and r[3] is type(...)
    ),
)
s(
    "complex etc",
    lambda: [1 + 2j, range(3, 9, 2), slice(1, None), complex("nan")],
    lambda r: r[:3] == [1 + 2j, range(3, 9, 2), slice(1, None)],
)
s(
    "containers",
    lambda: [
        collections.deque([1], 5),
        collections.ChainMap({1: 2}, {}),
        collections.OrderedDict(a=1),
        collections.defaultdict(list, a=[1]),
        collections.Counter("aab"),
        collections.UserDict(a=1),
        collections.UserList([1]),
        collections.UserString("x"),
        types.MappingProxyType({1: 2}),
        frozenset([1]),
        bytearray(b"x"),
        types.SimpleNamespace(a=1),
    ],
    lambda r: (
        r[0].maxlen == 5
        and r[1][1] == 2
        and r[2] == {"a": 1}
        and r[3]["q"] == []
        and r[4]["a"] == 2
        and r[5]["a"] == 1
        and r[8][1] == 2
        and type(r[2]) is collections.OrderedDict
    ),
)
s(
    "views",
    lambda: [{1: 2}.keys(), {1: 2}.values(), {1: 2}.items()],
    lambda r: list(r[0]) == [1] and list(r[1]) == [2] and list(r[2]) == [(1, 2)],
)
s(
    "iters",
    lambda: [
        iter([1, 2]),
        # Python 3.12 warns of pickled iterators of this module, 3.14 has none.
        itertools.count(5) if sys.version_info < (3, 12) else iter(range(5, 9)),
        iter({1: 2}),
        reversed([1, 2]),
        enumerate("ab"),
        zip([1], [2]),
        map(str, [1]),
    ],
    lambda r: next(r[0]) == 1 and next(r[1]) == 5 and next(r[4]) == (0, "a"),
)
s(
    "re",
    lambda: [re.compile("a+", re.I), re.compile(b"b")],
    lambda r: r[0].match("AA") and r[0].flags & re.I,
)
s(
    "paths",
    lambda: [
        pathlib.Path("/a/b"),
        pathlib.PurePosixPath("x"),
        uuid.UUID(int=5),
        ipaddress.ip_address("1.2.3.4"),
        ipaddress.ip_network("::/8"),
        fractions.Fraction(1, 3),
    ],
    lambda r: r[0] == pathlib.Path("/a/b") and r[5] == fractions.Fraction(1, 3),
)
Ds = [
    "-0",
    "Infinity",
    "-Infinity",
    "NaN",
    "NaN123",
    "-sNaN45",
    "-0E-20",
    "1E+20000",
    "1." + "5" * 100,
    "-1.50",
    "0E+3",
    "9" * 30000,
]
s(
    "decimals",
    lambda: [decimal.Decimal(x) for x in Ds],
    lambda r: [str(x) for x in r] == [str(decimal.Decimal(x)) for x in Ds],
)
Is = [2**63, -(2**63) - 1, 2**64, 10**500, -(10**5000), 2**63 - 1, 0, -1, 2**100]
s(
    "ints",
    lambda: [
        Is,
        dict.fromkeys(Is, 2**70),
        tuple(Is),
        set(Is),
        2**80,
        {"a": 2**65, "b": 1},
        D(2**90),
    ],
    lambda r: (
        r[0] == Is
        and r[1] == dict.fromkeys(Is, 2**70)
        and r[3] == set(Is)
        and r[4] == 2**80
        and r[5]["a"] == 2**65
        and r[6].x == 2**90
    ),
)
s(
    "surrogates",
    lambda: ["\ud800", "a\udcff😀", "\ud83d\ude00", {"\udfff": "\ud800"}],
    lambda r: (
        r == ["\ud800", "a\udcff😀", "\ud83d\ude00", {"\udfff": "\ud800"}]
        and len(r[2]) == 2
    ),
)
ny = zoneinfo.ZoneInfo("America/New_York")
DT = [
    datetime.datetime(2024, 1, 2, 3, 4, 5, 6),
    datetime.datetime.min,
    datetime.datetime.max,
    datetime.datetime(2024, 11, 3, 1, 30, tzinfo=ny, fold=1),
    datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
    datetime.datetime(
        2024,
        1,
        1,
        tzinfo=datetime.timezone(datetime.timedelta(hours=-3, seconds=7), "X"),
    ),
    datetime.datetime(2024, 1, 1, fold=1),
    datetime.datetime(1, 1, 1, tzinfo=datetime.UTC),
]
s(
    "datetimes",
    lambda: [
        DT,
        {1: DT[0]},
        datetime.time(1, 2, fold=1, tzinfo=ny),
        ny,
        datetime.UTC,
        datetime.timedelta.max,
        datetime.date.min,
    ],
    lambda r: (
        [(x, x.fold, str(x.tzinfo), x.tzname()) for x in r[0]]
        == [(x, x.fold, str(x.tzinfo), x.tzname()) for x in DT]
        and r[2].fold == 1
    ),
)
s(
    "weak",
    lambda: (
        lambda o: [
            o,
            weakref.WeakSet([o]),
            weakref.WeakKeyDictionary({o: 1}),
            weakref.WeakValueDictionary({1: o}),
            weakref.ref(o),
        ]
    )(Node()),
    lambda r: (
        list(r[1]) == [r[0]] and r[2][r[0]] == 1 and r[3][1] is r[0] and r[4]() is r[0]
    ),
)
s("getattr", lambda: GA(), lambda r: r.data == 1)
s(
    "memoryview",
    lambda: [memoryview(b"abc"), memoryview(array.array("i", [1, 2]))],
    lambda r: r[0] == b"abc" and r[1].tolist() == [1, 2],
)
s(
    "logger",
    lambda: [logging.getLogger("x.y"), logging.getLogger()],
    lambda r: r[0] is logging.getLogger("x.y"),
)
s("stdout", lambda: sys.stdout, lambda r: r is sys.stdout)
s("random", lambda: random.Random(5), lambda r: r.random() == random.Random(5).random())
s(
    "operator",
    lambda: [
        operator.itemgetter(1),
        operator.attrgetter("a.b"),
        operator.methodcaller("x", 1),
    ],
    lambda r: r[0]([1, 2]) == 2,
)
s(
    "stringio",
    lambda: [io.StringIO("abc"), io.BytesIO(b"abc")],
    lambda r: r[0].read() == "abc",
)
s("property over an attribute", Covered, lambda r: r.x == 5)
s(
    "views of ordered dicts",
    lambda: [
        collections.OrderedDict(a=1).keys(),
        collections.OrderedDict(a=1).values(),
        collections.OrderedDict(a=1).items(),
    ],
    lambda r: [list(view) for view in r] == [["a"], [1], [("a", 1)]],
)
s(
    "slices of memory",
    lambda: [memoryview(b"hello!")[2:-1], memoryview(b"hello!")[::-1]],
    lambda r: r == [b"llo", b"!olleh"],
)
s(
    "exceptions with attributes",
    lambda: [
        OSError(2, "text", "file"),
        UnicodeDecodeError("utf8", b"x", 0, 1, "reason"),
        StopIteration(5),
        ImportError("text", name="b", path="c"),
    ],
    lambda r: (
        (r[0].filename, r[1].reason, r[2].value, r[3].name)
        == ("file", "reason", 5, "b")
    ),
)
s(
    "descriptors",
    lambda: [
        types.FunctionType.__code__,
        vars(type)["__dict__"],
        vars(dict)["fromkeys"],
    ],
    lambda r: r[0] is types.FunctionType.__code__ and r[2] is vars(dict)["fromkeys"],
)
s("new type", lambda: typing.NewType("Id", int), lambda r: r(5) == 5)
