"""Objects to rows and back: flat and nested dataclasses, dicts, whole batches."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Optional

from harness import Case, main

import fory_row as fr

try:
    import msgspec
except ImportError:
    msgspec = None
try:
    import pyfory
except ImportError:
    pyfory = None

BATCH = 20


@dataclass
class Flight:
    """Nineteen fields, as in the table of flights."""

    year: int
    month: int
    day: int
    dep_time: float
    sched_dep_time: int
    dep_delay: float
    arr_time: float
    sched_arr_time: int
    arr_delay: float
    carrier: str
    flight: int
    tailnum: str
    origin: str
    dest: str
    air_time: float
    distance: int
    hour: int
    minute: int
    time_hour: str


@dataclass
class Line:
    sku: str
    qty: int
    price: float


@dataclass
class Order:
    """A record with lists, a map and structs inside."""

    id: int
    customer: str
    tags: list[str]
    lines: list[Line]
    attributes: dict[str, str]
    # The official package does not know the newer spelling.
    note: Optional[str] = None  # noqa: UP045


FLIGHT = Flight(
    *(2013, 1, 1, 517.0, 515, 2.0, 830.0, 819, 11.0, "UA", 1545, "N14228", "EWR"),
    *("IAH", 227.0, 1400, 5, 15, "2013-01-01T05:00:00Z"),
)
ORDER = Order(
    12345,
    "Jane Example",
    ["new", "gift", "europe"],
    [Line(f"sku-{i}", i, i * 1.5) for i in range(10)],
    {"color": "red", "size": "xl"},
    "leave at the door",
)


def official(cls: type) -> Any:
    """Return the official encoder of a class."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pyfory.encoder(cls)


def restore(cls: type, written: Any) -> Any:
    """Return the object of anything that a contestant wrote."""
    if isinstance(written, list):
        return [restore(cls, one) for one in written]
    if not isinstance(written, bytes):
        return fr.encoder(cls).from_row(written.to_bytes())
    if written.startswith(b"\x80\x05"):
        return pickle.loads(written)
    return msgspec.msgpack.decode(written, type=cls)


def same(cls: type) -> Callable[[Any, Any], bool]:
    """Return what compares the objects that two contestants wrote."""
    return lambda a, b: restore(cls, a) == restore(cls, b)


def writers(cls: type) -> dict[str, Callable[[Any], Any]]:
    """Return everything that writes one object."""
    found: dict[str, Callable[[Any], Any]] = {"to_row": fr.encoder(cls).to_row}
    if msgspec:
        found["msgspec msgpack encode"] = msgspec.msgpack.Encoder().encode
    found["pickle.dumps"] = lambda obj: pickle.dumps(obj, 5)
    if pyfory:
        found["pyfory to_row"] = official(cls).to_row
    return found


def writing(name: str, cls: type, objs: list[Any]) -> Case:
    """Write a batch of objects, one at a time."""

    def each(write: Callable[[Any], Any]) -> Callable[[], Any]:
        return lambda: [write(obj) for obj in objs]

    return Case(
        f"{name} to row",
        {label: each(write) for label, write in writers(cls).items()},
        n_operations=len(objs),
        equal=same(cls),
        target="msgspec >= 0.77 x, pickle and pyfory >= 6 x",
    )


def reading(name: str, cls: type, objs: list[Any]) -> Case:
    """Restore a batch of objects, one at a time."""
    made = fr.encoder(cls)
    rows = [made.to_row(obj).to_bytes() for obj in objs]
    pickled = [pickle.dumps(obj, 5) for obj in objs]
    contestants = {
        "from_row": lambda: [made.from_row(row) for row in rows],
        "pickle.loads": lambda: [pickle.loads(data) for data in pickled],
    }
    if msgspec:
        packed = [msgspec.msgpack.encode(obj) for obj in objs]
        decode = msgspec.msgpack.Decoder(cls).decode
        contestants["msgspec typed decode"] = lambda: [decode(data) for data in packed]
    return Case(
        f"row to {name}",
        contestants,
        n_operations=len(objs),
        target="msgspec >= 0.33 x",
    )


def batches(size: int) -> Case:
    """Write all records into one piece of memory."""
    objs = [copy.copy(FLIGHT) for _ in range(size)]
    dicts = [asdict(obj) for obj in objs]
    by_class = fr.encoder(Flight)
    by_schema = fr.encoder(schema=by_class.schema)
    return Case(
        "batch of 19-field records to rows",
        {
            "to_rows of dicts": lambda: by_schema.to_rows(dicts),
            "to_rows of objects": lambda: by_class.to_rows(objs),
            "to_row of each": lambda: [by_class.to_row(obj) for obj in objs],
        },
        n_operations=size,
        n_bytes=by_class.to_rows(objs).nbytes,
        equal=lambda a, b: [r.to_bytes() for r in a] == [r.to_bytes() for r in b],
        target="2 us per record",
    )


def cases(size: int) -> Iterator[Case]:
    """Compare rows with msgpack, pickle and the official rows."""
    flights = [copy.copy(FLIGHT) for _ in range(BATCH)]
    orders = [copy.deepcopy(ORDER) for _ in range(BATCH)]
    yield writing("flat dataclass", Flight, flights)
    yield writing("nested dataclass", Order, orders)
    yield reading("flat dataclass", Flight, flights)
    yield reading("nested dataclass", Order, orders)
    yield batches(size)


if __name__ == "__main__":
    main(cases, size=2000)
