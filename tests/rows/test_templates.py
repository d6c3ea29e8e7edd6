"""Dicts of records: made from a template, and like any other dict afterwards."""

from __future__ import annotations

import gc
import json
import pickle
import sys
import weakref

import pyarrow as pa
import pytest

import fory_row as fr

NAMES = [
    pytest.param(["a", "b", "c"], id="a few"),
    pytest.param([f"field {k}" for k in range(29)], id="all that can be shared"),
    pytest.param([f"field {k}" for k in range(80)], id="more than can be shared"),
    pytest.param(["__dict__", "__class__", "x"], id="names of Python"),
    pytest.param(["", "é", "a.b"], id="odd names"),
]


def rows_named(names):
    return fr.from_arrow(pa.table([[k, None] for k in range(len(names))], names))


@pytest.mark.parametrize("names", NAMES)
def test_names_and_their_order(names):
    rows = rows_named(names)
    expected = {name: k for k, name in enumerate(names)}
    for _ in range(2):
        made = rows[0].to_dict()
        assert list(made.items()) == list(expected.items())
        assert rows[1].to_dict() == dict.fromkeys(names)


@pytest.mark.parametrize("names", NAMES)
def test_a_dict_may_be_changed(names):
    rows = rows_named(names)
    made = rows[0].to_dict()
    made["more"] = 1
    del made[names[0]]
    made[names[0]] = "last"
    assert list(made)[-2:] == ["more", names[0]]
    assert rows[0].to_dict() == {name: k for k, name in enumerate(names)}
    assert json.loads(json.dumps(made)) == made
    assert pickle.loads(pickle.dumps(made)) == made
    assert made | {} == dict(made.items())


def test_values_are_freed_with_their_dict():
    rows = fr.from_arrow(pa.table({"s": ["some text"], "n": [None]}))
    made = rows[0].to_dict()
    text, nothing = made["s"], sys.getrefcount(None)
    held = sys.getrefcount(text)
    del made
    assert sys.getrefcount(text) == held - 1
    for _ in range(1000):
        rows[0].to_dict()
    assert abs(sys.getrefcount(None) - nothing) < 100


def test_a_cycle_through_a_record_is_collected():
    class Marker:
        pass

    rows = fr.from_arrow(pa.table({"l": [[1]], "x": [1]}))
    made, marker = rows[0].to_dict(), Marker()
    made["l"] += [made, marker]
    gone = weakref.ref(marker)
    del made, marker
    gc.collect()
    assert gone() is None


def test_a_cycle_through_a_flat_record_is_collected():
    class Marker:
        pass

    made = fr.from_arrow(pa.table({"x": [1], "y": [2]}))[0].to_dict()
    marker = Marker()
    made["x"] = [made, marker]
    gone = weakref.ref(marker)
    del made, marker
    gc.collect()
    assert gone() is None
