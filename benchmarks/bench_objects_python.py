"""Python's own objects: dumps and loads against cloudpickle and pickle 5.

Targets: 1.5 times cloudpickle, and no slower than pickle on what pickle can do.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import fractions
import functools
import pickle
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from harness import Case, main

import fory

try:
    import cloudpickle
except ImportError:
    cloudpickle = None

CLOUD, PICKLE = "1.5 x cloudpickle", "1.5 x cloudpickle, 1 x pickle"


class Plain:
    def __init__(self, number: int, name: str, price: float) -> None:
        self.number = number
        self.name = name
        self.price = price


class Heir(Plain):
    def double(self) -> int:
        return 2 * self.number


class Tags(dict[str, int]):
    """A dict with a name of its own."""


class Reducing:
    def __init__(self, number: int, name: str) -> None:
        self.number = number
        self.name = name

    def __reduce__(self) -> Any:
        return Reducing, (self.number, self.name)


class Stateful:
    def __init__(self, number: int) -> None:
        self.number = number

    def __getstate__(self) -> Any:
        return {"number": self.number}

    def __setstate__(self, state: Any) -> None:
        self.number = state["number"]


@dataclasses.dataclass
class Order:
    number: int
    name: str
    price: float


def closure(k: int) -> Callable[[int], int]:
    table = {"a": k, "b": [k] * 3}
    return lambda x: x + table["a"] + k


def local_class() -> Any:
    class Local:
        scale = 3

        def __init__(self, x: int) -> None:
            self.x = x

        def scaled(self) -> int:
            return self.x * self.scale

        @property
        def half(self) -> float:
            return self.x / 2

        @classmethod
        def make(cls) -> Local:
            return cls(1)

    return Local


def standard_library(n: int) -> list[Any]:
    day = datetime.datetime(2024, 1, 2, 3, 4, 5)
    return [
        (
            fractions.Fraction(i, 7),
            uuid.UUID(int=i),
            collections.OrderedDict(a=i),
            collections.deque([i]),
            complex(i, 1),
            day,
            decimal.Decimal(i) / 7,
        )
        for i in range(n)
    ]


def vars_of(value: Any) -> Any:
    return [(type(v).__qualname__, vars(v)) for v in value]


def calls_of(value: Any) -> Any:
    return [method() for method in value]


def values(size: int) -> Iterator[tuple[str, Any, Callable[[Any], Any], bool]]:
    """Name, value, what two copies must agree in, and whether pickle can do it."""
    n = max(size // 100, 10)
    local = local_class()
    yield "lambda", lambda x: x + 1, lambda f: f(3), False
    yield "closure", closure(4), lambda f: f(3), False
    yield "local class", local, lambda c: (c(4).scaled(), c.make().half), False
    yield "instances of a local class", [local(i) for i in range(n)], vars_of, False
    yield "plain objects", [Plain(i, f"n{i}", i / 2) for i in range(n)], vars_of, True
    yield "heirs", [Heir(i, f"n{i}", i / 2) for i in range(n)], vars_of, True
    yield "dataclasses", [Order(i, f"n{i}", i / 2) for i in range(n)], vars_of, True
    yield "objects that reduce", [Reducing(i, f"n{i}") for i in range(n)], vars_of, True
    yield "objects with a state", [Stateful(i) for i in range(n)], vars_of, True
    yield "standard library", standard_library(n), lambda v: v, True
    yield "partials", [functools.partial(max, i) for i in range(n)], repr, True
    yield "methods", [Heir(i, "x", 1.0).double for i in range(n)], calls_of, True
    yield "subclasses of dict", [Tags(a=i) for i in range(n)], lambda v: v, True
    nested = [{"k": [Plain(i, "x", 1.0)], "t": (i, str(i))} for i in range(n)]
    yield "mixed graph", nested, lambda v: [vars_of(d["k"]) for d in v], True


def there_and_back(made: Any, value: Any) -> Any:
    return made.loads(made.dumps(value))


def cases(size: int) -> Iterator[Case]:
    """dumps and loads of Python's own objects."""
    for name, value, seen, by_pickle in values(size):
        others: dict[str, Any] = {}
        if by_pickle:
            others["pickle 5"] = pickle
        if cloudpickle is not None:
            others["cloudpickle"] = cloudpickle
        if not others:
            continue
        makers = {"fory": fory, **others}
        loaders = {
            f"{label}.loads": functools.partial(made.loads, made.dumps(value))
            for label, made in makers.items()
        }

        def equal(a: Any, b: Any, seen: Callable[[Any], Any] = seen) -> bool:
            return bool(seen(a) == seen(b))

        def alike(a: bytes, b: bytes, equal: Any = equal) -> bool:
            return bool(equal(fory.loads(a), pickle.loads(b)))

        writers = {
            f"{label}.dumps": functools.partial(made.dumps, value)
            for label, made in makers.items()
        }
        target = PICKLE if by_pickle else CLOUD
        yield Case(f"write {name}", writers, equal=alike, target=target)
        yield Case(f"read {name}", loaders, equal=equal, target=target)
        # What a user waits for; constructors in Python are most of some readings.
        both = {
            label: functools.partial(there_and_back, made, value)
            for label, made in makers.items()
        }
        yield Case(f"both ways {name}", both, equal=equal, target=target)


if __name__ == "__main__":
    # Classes of a script travel by value; those of a module are what pickle can do.
    import bench_objects_python

    main(bench_objects_python.cases, size=10_000)
