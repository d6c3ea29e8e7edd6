"""Classes, instances and functions of a script that know each other by name."""
# ruff: noqa: RUF012

import dataclasses
import enum
from typing import Any

SAMPLES: dict[str, Any] = {}
real = "a global that is only the name of an attribute below"
unused = "a global that nothing uses"
changed = 0


def s(name, make, check):
    """Add a sample: how it is made, and how to tell what was read."""
    SAMPLES[name] = make, check


class Base:
    def make(self):
        return Derived()

    def part(self):
        return self.real


class Derived(Base):
    real = 5


class Meta(type):
    def user(cls):
        return WithMeta


class WithMeta(metaclass=Meta):
    pass


class Listed:
    known = {}

    def __init_subclass__(cls):
        Listed.known[cls.__name__] = cls

    def all(self):
        return Listed.known


class First(Listed):
    pass


class Second(First):
    pass


class Single:
    def get(self):
        return the_single


class Slotted:
    __slots__ = ("a",)

    def get(self):
        return the_slotted


@dataclasses.dataclass
class Declared:
    v: int

    def get(self):
        return the_declared


class Choice(enum.Enum):
    A = 1

    def get(self):
        return the_choice


the_single = Single()
the_slotted = Slotted()
the_slotted.a = [1]
the_declared = Declared(5)
the_choice = Choice.A


def reads_attributes(x):
    return x.real + x.imag


def sets_a_global():
    global changed
    changed = changed + 1
    return changed


def has_a_class():
    class Inner:
        value = changed
        real = 3

    return Inner


s(
    "derived from what makes it",
    lambda: Derived,
    lambda r: type(r().make()) is r and r().part() == 5,
)
s(
    "instance of what its base makes",
    Derived,
    lambda r: type(r.make()) is type(r),
)
s(
    "derived before its base",
    lambda: [Derived, Base],
    lambda r: r[0].__bases__ == (r[1],) and type(r[1]().make()) is r[0],
)
s(
    "base before what it makes",
    lambda: [Base, Derived],
    lambda r: r[1].__bases__ == (r[0],) and type(r[0]().make()) is r[1],
)
s("bound to a derived", lambda: Derived().make, lambda r: type(r()).real == 5)
s("known to its metaclass", lambda: WithMeta, lambda r: r.user() is r)
s(
    "listed by its base",
    lambda: Second,
    lambda r: set(r().all()) == {"First", "Second"} and r().all()["Second"] is r,
)
s("single known to its class", lambda: the_single, lambda r: r.get() is r)
s(
    "singles and their class",
    lambda: [the_single, the_single, Single],
    lambda r: r[0] is r[1] is r[0].get() and type(r[0]) is r[2],
)
s(
    "slotted known to its class",
    lambda: the_slotted,
    lambda r: r.get() is r and r.a == [1],
)
s(
    "dataclass known to its class",
    lambda: {"a": the_declared},
    lambda r: r["a"].get() is r["a"] and r["a"].v == 5,
)
s("member known to its enum", lambda: the_choice, lambda r: r.get() is r)
s(
    "names of attributes are no globals",
    lambda: reads_attributes,
    lambda r: r(1 + 2j) == 3.0 and "real" not in r.__globals__,
)
s(
    "globals that are set",
    lambda: sets_a_global,
    lambda r: r() == 1 and r.__globals__["changed"] == 1,
)
s(
    "globals in the body of a class",
    lambda: has_a_class,
    lambda r: r().value == 0 and not {"real", "unused"} & set(r.__globals__),
)
