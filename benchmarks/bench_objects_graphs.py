"""Object graphs: dumps and loads against pickle 5, msgspec, pyfory and marshal."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import marshal
import pickle
import random
from collections.abc import Callable, Iterator
from typing import Any, Optional

import numpy as np
import pandas as pd
from harness import Case, main

import fory

try:
    import msgspec
except ImportError:
    msgspec = None
try:
    import pyfory
except ImportError:
    pyfory = None


class Color(enum.Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


@dataclasses.dataclass
class Order:
    id: int
    name: str
    price: float
    paid: bool
    note: Optional[str] = None  # noqa: UP045  (pyfory)


@dataclasses.dataclass(slots=True)
class Slotted:
    id: int
    name: str
    price: float


class Plain:
    def __init__(self, id: int, name: str, price: float) -> None:
        self.id = id
        self.name = name
        self.price = price

    def __eq__(self, other: object) -> bool:
        return type(other) is Plain and vars(self) == vars(other)


class Link:
    def __init__(self, value: int, next: Any) -> None:
        self.value = value
        self.next = next


CLASSES = (Order, Slotted, Plain, Color)


def ours(*, xlang: bool = False, ref: bool = False, strict: bool = True) -> fory.Fory:
    made = fory.Fory(xlang=xlang, ref=ref, strict=strict, compatible=xlang)
    for cls in CLASSES:
        if not (xlang and cls is Plain):
            made.register(cls, typename=f"bench.{cls.__name__}")
    return made


def theirs(*, xlang: bool = False, ref: bool = False, strict: bool = True) -> Any:
    made = pyfory.Fory(xlang=xlang, ref=ref, strict=strict, compatible=xlang)
    for cls in CLASSES:
        if not (xlang and cls is Plain):
            made.register(cls, name=f"bench.{cls.__name__}")
    return made


def document(n: int) -> list[dict[str, Any]]:
    """A JSON-like document of n records."""
    rnd = random.Random(5)
    return [
        {
            "id": i,
            "name": f"item {i}",
            "price": rnd.random() * 100,
            "tags": [f"t{rnd.randrange(20)}" for _ in range(3)],
            "active": i % 3 == 0,
            "parent": None if i % 2 else i // 2,
            "geo": {"lat": rnd.random(), "lon": rnd.random(), "label": "x" * (i % 7)},
        }
        for i in range(n)
    ]


def values(size: int) -> Iterator[tuple[str, Any, bool]]:
    """Name, value, and whether sharing matters."""
    n = max(size // 10, 10)
    yield "dict of str to str", {f"key{i}": f"value {i}" for i in range(n)}, False
    yield "small dict", {"a": 1, "b": "text", "c": 2.5}, False
    yield "JSON-like document", document(max(size // 40, 3)), False
    yield "ints", [i * 7919 % 1_000_003 for i in range(size * 10)], False
    yield "floats", [i * 0.37 for i in range(size)], False
    yield "strings", [f"string number {i}" for i in range(size)], False
    yield "tuples", [(i, f"n{i}", (i * 0.5, None)) for i in range(n)], False
    yield "one dataclass", Order(7, "seven", 7.5, True), False
    yield "dataclasses", [Order(i, f"n{i}", i / 2, True) for i in range(n)], False
    yield "slotted objects", [Slotted(i, f"n{i}", i / 2) for i in range(n)], False
    yield "plain objects", [Plain(i, f"n{i}", i / 2) for i in range(n)], False
    shared = [[i, i + 1] for i in range(100)]
    yield "shared lists", [shared[i % 100] for i in range(n)], True
    yield "mixed list", [i if i % 2 else f"s{i}" for i in range(n)], False
    moment = datetime.datetime(2024, 5, 6, 7, 8, 9, 123456, datetime.UTC)
    yield (
        "datetimes",
        [moment + datetime.timedelta(seconds=i * 1.37) for i in range(n)],
        False,
    )
    yield "dates", [moment.date() + datetime.timedelta(days=i) for i in range(n)], False
    pairs = [(list(Color)[i % 3], decimal.Decimal(i) / 100) for i in range(n)]
    yield "enums and Decimals", pairs, False


def contestants(value: Any, shared: bool) -> dict[str, tuple[Callable, Callable]]:
    """Return the pair of dumps and loads of each library that can hold the value."""
    native = ours(ref=shared)
    found = {"fory": (native.dumps, native.loads)}
    found["pickle 5"] = (lambda v: pickle.dumps(v, 5), pickle.loads)
    if pyfory is not None:
        peer = theirs(ref=shared)
        found["pyfory"] = (peer.dumps, peer.loads)
    xlang = ours(xlang=True, ref=shared)
    try:
        if same(xlang.loads(xlang.dumps(value)), value):
            found["fory xlang"] = (xlang.dumps, xlang.loads)
            if pyfory is not None:
                peer = theirs(xlang=True, ref=shared)
                found["pyfory xlang"] = (peer.dumps, peer.loads)
    except fory.error.ForyError:
        pass
    if msgspec is not None:
        kind = list[type(value[0])] if isinstance(value, list) else type(value)
        typed = dataclasses.is_dataclass(kind) or (
            isinstance(value, list)
            and (
                dataclasses.is_dataclass(type(value[0]))
                or type(value[0]).__module__ == "datetime"
            )
        )
        reader = msgspec.msgpack.Decoder(kind) if typed else msgspec.msgpack.Decoder()
        writer = msgspec.msgpack.Encoder()
        try:
            if same(reader.decode(writer.encode(value)), value):
                found["msgspec"] = (writer.encode, reader.decode)
        except (TypeError, msgspec.ValidationError):
            pass
    try:
        marshal.dumps(value)
        found["marshal"] = (marshal.dumps, marshal.loads)
    except ValueError:
        pass
    return found


def same(a: Any, b: Any) -> bool:
    """Tell whether two results are equal; frames and arrays by content."""
    if isinstance(a, pd.DataFrame):
        return isinstance(b, pd.DataFrame) and a.equals(b)
    if isinstance(a, np.ndarray):
        return bool(np.array_equal(a, b))
    if isinstance(a, dict) and a and isinstance(next(iter(a.values())), np.ndarray):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and bool(a == b)


def cases(size: int) -> Iterator[Case]:
    """Compare writing and reading of the same values; equal results first."""
    for name, value, shared in values(size):
        pairs = contestants(value, shared)
        messages = {who: dumps(value) for who, (dumps, _) in pairs.items()}
        for who, (_, loads) in pairs.items():
            if not same(loads(messages[who]), value):
                raise AssertionError(f"{name}: {who} does not give the value back")
        sizes = ", ".join(f"{who} {len(m):,}" for who, m in messages.items())
        yield Case(
            f"dumps {name} ({sizes} B)",
            {who: (lambda d=dumps, v=value: d(v)) for who, (dumps, _) in pairs.items()},
            equal=lambda a, b: True,
            target="faster than pickle and pyfory",
        )
        yield Case(
            f"loads {name}",
            {
                who: (lambda read=loads, m=messages[who]: read(m))
                for who, (_, loads) in pairs.items()
            },
            equal=same,
            target="faster than pickle and pyfory",
        )


if __name__ == "__main__":
    main(cases)
