"""Functions, classes and modules that Python messages hold."""
# ruff: noqa: E741, RUF012, UP007, UP028, UP042, UP045

import abc
import asyncio
import collections
import dataclasses
import enum
import functools
import math
import os
import types
import typing
import xml.etree.ElementTree
from collections.abc import Callable
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    Optional,
    Protocol,
    TypedDict,
    TypeVar,
    Union,
)

G = 10


def top(x):
    return x + G


def fact(n):
    return 1 if n < 2 else n * fact(n - 1)


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


def kwonly(a, *, b=5, c):
    return a + b + c


def annotated(x: int, y: "str" = "a") -> float:
    """doc"""
    return x


def gen(n):
    for i in range(n):
        yield i


async def coro(x):
    return x + 1


def deco(f):
    @functools.wraps(f)
    def inner(*a):
        return f(*a) + 1

    return inner


@deco
def decorated(x):
    return x * 2


def counter():
    n = 0

    def up():
        nonlocal n
        n += 1
        return n

    def get():
        return n

    return up, get


def emptycell():
    def f():
        return later

    if False:
        later = 1
    return f


def recursive_local():
    def f(n):
        return 1 if n < 2 else n * f(n - 1)

    return f


class A:
    x = 1

    def __init__(self, v=1):
        self.v = v

    def m(self):
        return self.v + self.x

    @property
    def p(self):
        return self.v * 2

    @p.setter
    def p(self, v):
        self.v = v

    @classmethod
    def c(cls):
        return cls.__name__

    @staticmethod
    def s():
        return "s"

    def __eq__(self, o):
        return type(o) is type(self) and vars(o) == vars(self)

    __hash__ = None

    @functools.cached_property
    def cp(self):
        return 42


class B(A):
    def m(self):
        return super().m() + 100


class Slots:
    __slots__ = ("__b", "a")

    def __init__(self):
        self.a = 1
        self.__b = 2

    def b(self):
        return self.__b


class Meta(type):
    def __new__(m, n, b, d):
        d["made"] = 1
        return super().__new__(m, n, b, d)

    def hello(cls):
        return "hello " + cls.__name__


class WithMeta(metaclass=Meta):
    pass


class Abs(abc.ABC):
    @abc.abstractmethod
    def f(self): ...


class Conc(Abs):
    def f(self):
        return "f"


@Abs.register
class Virt:
    pass


class E(enum.Enum):
    A = 1
    B = "b"

    def low(self):
        return self.name.lower()


class Perm(enum.Flag):
    R = 1
    W = 2
    X = 4
    RW = 3


class IE(enum.IntEnum):
    ONE = 1


class SE(str, enum.Enum):
    X = "x"


@dataclasses.dataclass
class D:
    x: int
    y: list = dataclasses.field(default_factory=list)
    z: typing.ClassVar[int] = 3


@dataclasses.dataclass(frozen=True, slots=True)
class FS:
    x: int
    y: str = "q"


class NT(typing.NamedTuple):
    a: int
    b: str = "z"


Pt = collections.namedtuple("Pt", "x y")
T = TypeVar("T")


class Gen(Generic[T]):
    def get(self) -> T:
        return 5


class Node:
    def __init__(self):
        self.me = self
        self.kids = []


class Cyc:
    pass


Cyc.me = Cyc
Cyc.inst = Cyc()


class Desc:
    def __set_name__(self, o, n):
        self.n = n

    def __get__(self, i, o):
        return self.n


class HasDesc:
    d = Desc()


def uses_sub():
    return xml.etree.ElementTree.fromstring("<a/>").tag


dynmod = types.ModuleType("dynmod")
exec("K: int = 4\ndef f(): return K\nclass Q:\n def g(self): return K", vars(dynmod))


@functools.lru_cache(maxsize=7)
def cached(x):
    return x * 3


@functools.singledispatch
def disp(x):
    return "base"


@disp.register
def _(x: int):
    return "int"


class Outer:
    class Inner:
        v = 3

    def mk(self):
        return self.Inner()


@dataclasses.dataclass
class Tree:
    l: Optional["Tree"] = None
    v: int = 0


def extraD():
    d = D(1)
    d.extra = 5
    return d


class HasPartial:
    def pair(self, a, b=0):
        return a, b

    nine = functools.partialmethod(pair, 9, b=1)
    nine.__doc__ = "Nine."


class TD(TypedDict):
    a: int


class Proto(Protocol):
    def f(self): ...


@functools.total_ordering
class Ord:
    def __init__(s, v):
        s.v = v

    def __eq__(s, o):
        return s.v == o.v

    def __lt__(s, o):
        return s.v < o.v


class InitSub:
    subs = []

    def __init_subclass__(cls, **k):
        InitSub.subs.append(cls.__name__)


class InitChild(InitSub):
    pass


def trycall(f):
    try:
        return f()
    except Exception as e:
        return e


SAMPLES: dict[str, Any] = {}


def s(name, make, check):
    """Add a sample: how it is made, and how to tell what was read."""
    SAMPLES[name] = make, check


s("top", lambda: top, lambda r: r(1) == 11)
s("fact", lambda: fact, lambda r: r(5) == 120)
s("even", lambda: even, lambda r: r(5) is False)
s("kwonly", lambda: kwonly, lambda r: r(1, c=2) == 8)
s(
    "annot",
    lambda: annotated,
    lambda r: (
        r.__annotations__ == {"x": int, "y": "str", "return": float}
        and r.__doc__ == "doc"
    ),
)
s("gen", lambda: gen, lambda r: list(r(3)) == [0, 1, 2])
s("coro", lambda: coro, lambda r: asyncio.run(r(1)) == 2)
s(
    "decorated",
    lambda: decorated,
    lambda r: r(3) == 7 and r.__name__ == "decorated" and r.__wrapped__(3) == 6,
)
s("lambda", lambda: lambda x: x + 1, lambda r: r(1) == 2)
s("closure", lambda: (lambda k: lambda x: x + k)(5), lambda r: r(1) == 6)
s("shared cells", lambda: counter(), lambda r: (r[0](), r[0](), r[1]()) == (1, 2, 2))
s("empty cell", emptycell, lambda r: isinstance(trycall(r), NameError))
s("recursive local", recursive_local, lambda r: r(5) == 120)
s("partial", lambda: functools.partial(top, 1), lambda r: r() == 11)
s(
    "builtin",
    lambda: [
        len,
        [].append,
        dict.fromkeys,
        str.upper,
        int.__add__,
        (5).__add__,
        math.sin,
        object.__init__,
    ],
    lambda r: r[0] is len and r[3] is str.upper,
)
s("uses submodule", lambda: uses_sub, lambda r: r() == "a")
s(
    "A",
    lambda: A,
    lambda r: (
        r(2).m() == 3 and r.c() == "A" and r.s() == "s" and r(3).p == 6 and r().cp == 42
    ),
)
s("A()", lambda: A(5), lambda r: r.m() == 6 and r.p == 10)
s("B()", lambda: B(5), lambda r: r.m() == 106)
s(
    "Slots",
    lambda: Slots(),
    lambda r: r.a == 1 and r.b() == 2 and not hasattr(r, "__dict__"),
)
s("meta", lambda: WithMeta, lambda r: r.hello() == "hello WithMeta" and r.made == 1)
s("meta inst", lambda: WithMeta(), lambda r: type(r).hello() == "hello WithMeta")
s("abc", lambda: Abs, lambda r: isinstance(trycall(r), TypeError))
s("conc", lambda: Conc(), lambda r: r.f() == "f")
s("virt", lambda: [Abs, Virt], lambda r: issubclass(r[1], r[0]))
s(
    "enum",
    lambda: [E.A, E.B, E],
    lambda r: (
        r[0] is r[2].A and r[1].value == "b" and r[1].low() == "b" and len(r[2]) == 2
    ),
)
s(
    "flag",
    lambda: [Perm.R | Perm.X, Perm.RW, Perm(0)],
    lambda r: r[0].value == 5 and r[1].name == "RW" and r[2].value == 0,
)
s("intenum", lambda: [IE.ONE, SE.X], lambda r: r[0] == 1 and r[1] == "x")
s(
    "dataclass",
    lambda: D(1, [2]),
    lambda r: (
        repr(r) == "D(x=1, y=[2])"
        and type(r)(1).y == []
        and dataclasses.fields(r)[0].name == "x"
        and dataclasses.replace(r, x=4).x == 4
    ),
)
s("dataclass wrong type", lambda: [D("no", 3), D(1)], lambda r: r[0].x == "no")
s("dataclass extra", extraD, lambda r: r.extra == 5)
s("frozen slots", lambda: FS(3), lambda r: r.x == 3 and r.y == "q" and hash(r))
s("NT", lambda: NT(1), lambda r: r == (1, "z") and r._fields == ("a", "b") and r.a == 1)
s(
    "namedtuple",
    lambda: Pt(1, 2),
    lambda r: r.x == 1 and r._asdict() == {"x": 1, "y": 2},
)
s(
    "typevar",
    lambda: [T, T, TypeVar("Q", bound=int)],
    lambda r: r[0] is r[1] and r[2].__bound__ is int,
)
s(
    "generic",
    lambda: [Gen, Gen[int], Gen[T]],
    lambda r: r[0]().get() == 5 and r[1].__args__ == (int,),
)
s("generic inst", lambda: Gen[int](), lambda r: r.get() == 5)
s("cycle obj", lambda: Node(), lambda r: r.me is r)
s("class cycle", lambda: Cyc, lambda r: r.me is r and type(r.inst) is r)
s("desc", lambda: HasDesc, lambda r: r.d == "d" and r().d == "d")
s("bound", lambda: [A(3).m, A.c, B(1).m], lambda r: [f() for f in r] == [4, "A", 102])
s("MethodType", lambda: types.MethodType(lambda self: self + 1, 5), lambda r: r() == 6)
s("module", lambda: [os.path, math], lambda r: r[0] is os.path and r[1] is math)
s(
    "dynmod",
    lambda: dynmod,
    lambda r: r.f() == 4 and r.Q().g() == 4 and (setattr(r, "K", 7), r.f())[1] == 7,
)
s("code", lambda: top.__code__, lambda r: r.co_name == "top")
s("cell", lambda: types.CellType(5), lambda r: r.cell_contents == 5)
s(
    "aliases",
    lambda: [
        list[int],
        dict[str, Any],
        Optional[int],
        Union[int, str],
        int | str,
        list[int],
        Callable[[int], str],
        Literal["a"],
        Any,
        tuple[int, ...],
        Annotated[int, "x"],
        type[int],
        collections.abc.Sequence[int],
        ClassVar[int],
    ],
    lambda r: (
        r[4] == (int | str)
        and r[0] == list[int]
        and r[5] == list[int]
        and r[7] == Literal["a"]
    ),
)
s("lru", lambda: cached, lambda r: r(2) == 6 and r.cache_parameters()["maxsize"] == 7)
s("singledispatch", lambda: disp, lambda r: r(1) == "int" and r("") == "base")
s(
    "nested class",
    lambda: [Outer(), Outer.Inner()],
    lambda r: r[0].mk().v == 3 and type(r[1]).__qualname__ == "Outer.Inner",
)
s("tree", lambda: Tree(Tree(None, 2), 1), lambda r: r.l.v == 2)
s(
    "typeddict",
    lambda: TD,
    lambda r: r(a=1) == {"a": 1} and r.__annotations__ == {"a": int},
)
s("protocol", lambda: Proto, lambda r: r.__name__ == "Proto")
s("ord", lambda: Ord(1), lambda r: r >= type(r)(0))
s("initsub", lambda: InitChild, lambda r: r.__mro__[1].__name__ == "InitSub")
s(
    "property",
    lambda: [property(lambda s: 1), staticmethod(len), classmethod(lambda c: 1)],
    lambda r: type(r[0]) is property,
)
s("partialmethod", lambda: functools.partialmethod(top, 1), lambda r: r.func(1) == 11)
s(
    "partialmethod called",
    lambda: HasPartial,
    lambda r: r().nine() == (9, 1) and vars(r)["nine"].__doc__ == "Nine.",
)
s(
    "types",
    lambda: [
        types.FunctionType,
        types.ModuleType,
        types.CodeType,
        type,
        object,
        types.NoneType,
        types.MappingProxyType,
    ],
    lambda r: r[0] is types.FunctionType,
)
s(
    "local class",
    lambda: (lambda: type("L", (), {"f": lambda s: 3}))()(),
    lambda r: r.f() == 3,
)


def mklocal():
    n = 5

    class Loc:
        def f(self):
            return n

        def g(self):
            return Loc

    return Loc


s("local class closure", lambda: mklocal()(), lambda r: r.f() == 5 and r.g() is type(r))
s("list of local", lambda: [mklocal()() for _ in range(3)], lambda r: r[0].f() == 5)


def mkdc():
    @dataclasses.dataclass
    class LD:
        x: int
        y: "list[int]" = dataclasses.field(default_factory=list)

    return LD


s(
    "local dataclass",
    lambda: [mkdc()(1), mkdc()(2, [3])],
    lambda r: r[1].y == [3] and type(r[0])(5).y == [],
)
s(
    "kwonly dc",
    lambda: dataclasses.make_dataclass(
        "KW", [("a", int, dataclasses.field(kw_only=True, default=3))]
    ),
    lambda r: r().a == 3,
)
