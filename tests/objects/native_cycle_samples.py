"""Objects that their own class knows, and views on objects that dill keeps."""
# ruff: noqa: UP013, RUF012

import typing
import weakref

SAMPLES = {}


def s(name, make, check):
    SAMPLES[name] = (make, check)


class Single:
    """There is one instance, and the class has it."""

    made = None
    hidden = 1

    def __new__(cls):
        if cls.made is None:
            cls.made = super().__new__(cls)
        return cls.made


class Registered:
    """The class knows its instances by name."""

    known = {}

    def __init__(self, name):
        self.name = name
        self.known[name] = self


class Base:
    def number(self):
        return 1


class Derived(Base):
    def number(self):
        return super().number() + 1


T = typing.TypeVar("T")


class Box(typing.Generic[T]):
    def __init__(self, content):
        self.content = content


def weak_method():
    owner = Base()
    return owner, weakref.WeakMethod(owner.number)


Functional = typing.TypedDict("Functional", {"a": int})


s("singleton cycle", Single, lambda r: type(r).made is r)
s(
    "registered cycle",
    lambda: [Registered("a"), Registered("b")],
    lambda r: r[0].known["b"] is r[1] and r[0].known["a"] is r[0],
)
s("generic instance", lambda: Box[int](3), lambda r: r.content == 3)
s("functional typed dict", lambda: Functional, lambda r: r(a=1) == {"a": 1})
s("super", lambda: super(Derived, Derived()), lambda r: r.number() == 1)
s("weak method", weak_method, lambda r: r[1]()() == 1)
s(
    "dead weak method",
    lambda: weakref.WeakMethod(Base().number),
    lambda r: r() is None,
)
