"""User code that runs while a row is written, and threads."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass
from typing import Any

import pytest

import fory_row as fr
from fory.error import EncodeError
from fory_row.encoder import encoder

SCHEMA = fr.schema(
    [("t", fr.timestamp()), ("l", fr.list_(fr.timestamp())), ("s", fr.utf8())]
)


class Calls(dt.tzinfo):
    """A zone that runs a function whenever its offset is asked for."""

    def __init__(self, run: Any) -> None:
        self.run = run

    def utcoffset(self, _: Any) -> dt.timedelta:
        self.run()
        return dt.timedelta(0)


def at(run: Any) -> dt.datetime:
    return dt.datetime(2020, 1, 1, tzinfo=Calls(run))


def test_encoder_may_be_used_inside_itself() -> None:
    made = encoder(schema=SCHEMA)
    inner: list[Any] = []
    big = {"t": None, "l": [dt.datetime(2020, 1, 1)] * 5000, "s": "y" * 9000}
    value = {
        "t": at(lambda: inner.append(made.to_row(big))),
        "l": [at(lambda: inner.append(made.to_rows([big] * 3)))],
        "s": "x",
    }
    assert made.to_row(value).s == "x"
    assert made.from_row(inner[0]) == big
    assert made.from_rows(inner[1]) == [big] * 3


@pytest.mark.parametrize(
    "change",
    [list.clear, lambda items: items.extend(range(10_000)), lambda items: items.pop()],
    ids=["clear", "grow", "pop"],
)
def test_list_that_changes_is_refused(change: Any) -> None:
    made = encoder(schema=SCHEMA)
    items: list[Any] = []
    items += [
        at(lambda: change(items)),
        dt.datetime(2020, 1, 1),
        dt.datetime(2020, 1, 1),
    ]
    with pytest.raises(
        EncodeError, match=r"^l\[\d\]: (the list changed|expected timestamp)"
    ):
        made.to_row({"l": items})
    assert made.to_row({"s": "fine"}).s == "fine"


def test_item_that_is_removed_while_it_is_written_stays_alive() -> None:
    made = encoder(schema=SCHEMA)
    items: list[Any] = []
    items.append(at(lambda: items.__setitem__(0, None)))
    assert made.to_row({"l": items}).l[0] == dt.datetime(2020, 1, 1)


def test_dict_that_changes_is_refused() -> None:
    made = encoder(schema=SCHEMA)
    value: dict[str, Any] = {"s": "x"}
    value["t"] = at(lambda: value.update(new=1))
    with pytest.raises(EncodeError, match="no field for the key str 'new'"):
        made.to_row(value)
    value = {"s": "x"}
    value["t"] = at(value.clear)
    with pytest.raises(EncodeError, match="changed while it was written"):
        made.to_row(value)


def test_map_is_written_as_it_was() -> None:
    made = encoder(schema=fr.schema([("m", fr.map_(fr.int8(), fr.timestamp()))]))
    entries: dict[int, Any] = {}
    entries.update({1: at(entries.clear), 2: None})
    assert made.to_row({"m": entries}).m[1] == dt.datetime(2020, 1, 1)


def test_property_that_changes_its_object() -> None:
    @dataclass
    class Odd:
        a: Any
        b: Any

    Odd.__annotations__.update(a=dt.datetime, b=str)
    obj = Odd(None, "x")
    obj.a = at(lambda: setattr(obj, "b", 5))
    with pytest.raises(EncodeError, match=r"^b: expected utf8, found int 5"):
        encoder(Odd).to_row(obj)


def test_list_that_contains_itself() -> None:
    loop: list[Any] = []
    loop.append(loop)
    made = encoder(schema=fr.schema([("l", fr.list_(fr.list_(fr.int8())))]))
    with pytest.raises(EncodeError, match=r"^l\[0\]\[0\]: expected int8, found list"):
        made.to_row({"l": loop})


def test_deepest_schema_is_written_and_read() -> None:
    type_, value = fr.int8(), 5
    for _ in range(99):
        type_, value = fr.list_(type_), [value]
    made = encoder(schema=fr.schema([("l", type_)]))
    assert made.from_row(made.to_row({"l": value})) == {"l": value}
    with pytest.raises(EncodeError, match="nests deeper than 100"):
        encoder(schema=fr.schema([("l", fr.list_(fr.list_(type_)))]))


def test_threads_share_one_encoder() -> None:
    made = encoder(schema=SCHEMA)
    wrong: list[Any] = []

    def work(k: int) -> None:
        value = {"t": at(lambda: None), "l": [], "s": str(k) * (100 * k)}
        for _ in range(300):
            if made.to_row(value).s != value["s"]:
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_large_values_do_not_stay_in_memory() -> None:
    import tracemalloc

    made = encoder(schema=fr.schema([("s", fr.utf8())]))
    tracemalloc.start()
    for _ in range(20):
        made.to_row({"s": "x" * 3_000_000})
        with pytest.raises(EncodeError):
            made.to_row({"s": b"x" * 3_000_000})
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1_000_000
