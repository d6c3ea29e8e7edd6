"""Restore objects from damaged rows, in a process that may die of it.

``python damage_objects.py layout kind seed count``: rows end where a page ends that
must not be touched. The process fails when a read gives anything but an object or a
`DecodeError`.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import random
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from rows.damage_rows import Guarded, mutate

import fory_row as fr
from fory.error import DecodeError
from fory_row.encoder import Encoder, encoder


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Size(NamedTuple):
    w: int
    h: float


@dataclass(slots=True)
class Line:
    sku: str
    size: Size | None
    color: Color


@dataclass
class Order:
    id: int
    name: str
    lines: list[Line]
    tags: dict[str, tuple[int, ...]]
    grid: list[list[float]]
    days: frozenset[dt.date]
    by_size: dict[Size, dict[int, str]]
    at: dt.datetime
    total: Annotated[decimal.Decimal, fr.decimal(12, 2)]
    raw: bytes


ORDER = Order(
    7,
    "naïve name",
    [Line("a", Size(1, 0.5), Color.RED), Line("bb", None, Color.BLUE)],
    {"first": (1, 2), "": ()},
    [[0.5, 1.5], [], [2.0]],
    frozenset({dt.date(2020, 2, 29)}),
    {Size(3, 4.0): {1: "one", 2: "two"}},
    dt.datetime(2020, 1, 1),
    decimal.Decimal("-123.45"),
    bytes(range(20)),
)


def cases(row: bytes, kind: str, rng: random.Random, count: int) -> Iterator[bytes]:
    if kind == "cut":
        for n in range(len(row)):
            yield row[:n]
    else:
        for _ in range(count):
            yield mutate(row, rng)


def outcome(reader: Encoder[Order], held: memoryview) -> str:
    try:
        return repr(reader.from_row(held))
    except DecodeError:
        return "DecodeError"
    except OverflowError as e:
        # Sound bytes may hold a moment that Python has no datetime for.
        if "Python has no" not in str(e):
            raise
        return "no Python value"


def main(layout: str, kind: str, seed: str, count: str) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    memory = Guarded(2)
    made = encoder(Order, layout=layout)
    row = made.to_row(ORDER).to_bytes()
    n = refused = 0
    for data in cases(row, kind, random.Random(int(seed)), int(count)):
        found = [outcome(made, memory.hold(data, filling)) for filling in (0, 0x7E)]
        assert found[0] == found[1], f"bytes outside the row were read: {data.hex()}"
        n += 1
        refused += found[0] == "DecodeError"
    assert made.from_row(memory.hold(row, 1)) == ORDER
    print(n, refused)


if __name__ == "__main__":
    main(*sys.argv[1:])
