"""Differential tests against the official package, both directions."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import random
import typing
from typing import Any, Dict, List, Optional  # noqa: UP035

import numpy as np
import pytest

import fory

# The official package reads the same variable, and its two engines differ in bytes.
with pytest.MonkeyPatch.context() as patch:
    patch.setenv("ENABLE_FORY_CYTHON_SERIALIZATION", "1")
    pyfory = pytest.importorskip("pyfory")
pytestmark = pytest.mark.interop

SEEDS = range(60)
TEXTS = ["", "a", "é", "中文", "😀", "key", "x" * 40]


def leaf(rnd: random.Random) -> Any:
    return rnd.choice(
        [
            lambda: None,
            lambda: rnd.random() < 0.5,
            lambda: rnd.randrange(
                -(1 << rnd.randrange(1, 64)), 1 << rnd.randrange(1, 63)
            ),
            lambda: rnd.choice([0.0, -1.5, rnd.random(), 1e300]),
            lambda: rnd.choice(TEXTS) + str(rnd.randrange(5)),
            lambda: rnd.randbytes(rnd.randrange(5)),
            lambda: datetime.date(2000, 1, 1) + datetime.timedelta(rnd.randrange(9999)),
            lambda: datetime.timedelta(rnd.randrange(-9, 9), rnd.randrange(99)),
            lambda: decimal.Decimal(rnd.randrange(-(10**9), 10**9)).scaleb(-3),
        ]
    )()


def graph(rnd: random.Random, depth: int) -> Any:
    if depth == 0 or rnd.random() < 0.3:
        return leaf(rnd)
    n = rnd.randrange(5)
    kind = rnd.randrange(4)
    if kind == 0:
        return {rnd.choice(TEXTS) + str(i): graph(rnd, depth - 1) for i in range(n)}
    if kind == 1:
        return {i: leaf(rnd) for i in range(n)}
    if kind == 2:
        same = rnd.choice([int, str, float])
        return [same(i) for i in range(n)]
    return [graph(rnd, depth - 1) for _ in range(n)]


def pair(**options: Any) -> tuple[Any, Any]:
    return fory.Fory(**options), pyfory.Fory(**options)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("ref", [False, True], ids=["values", "refs"])
@pytest.mark.parametrize("xlang", [True, False], ids=["xlang", "native"])
def test_random_values_have_the_same_bytes(seed, ref, xlang):
    rnd = random.Random(seed)
    ours, theirs = pair(xlang=xlang, ref=ref, compatible=bool(seed % 2))
    for _ in range(10):
        value = graph(rnd, 4)
        message = theirs.dumps(value)
        assert ours.dumps(value) == message
        assert ours.loads(message) == value
        assert theirs.loads(ours.dumps(value)) == value


ANNOTATIONS = [
    (int, "Int64", lambda r: r.randrange(-(1 << 62), 1 << 62)),
    (str, None, lambda r: r.choice(TEXTS)),
    (float, None, lambda r: r.random()),
    (bool, None, lambda r: r.random() < 0.5),
    (bytes, None, lambda r: r.randbytes(3)),
    (List[int], None, lambda r: [r.randrange(99)] * r.randrange(3)),  # noqa: UP006
    (Dict[str, int], None, lambda r: {"k": r.randrange(9)}),  # noqa: UP006
    (Optional[str], None, lambda r: r.choice([None, "x"])),  # noqa: UP045
    (Optional[float], None, lambda r: r.choice([None, 2.5])),  # noqa: UP045
    (List[Optional[str]], None, lambda r: [None, "y"]),  # noqa: UP006, UP045
    (Any, None, leaf),
    (datetime.date, None, lambda r: datetime.date(2020, 1, r.randrange(1, 28))),
    *(
        (None, name, lambda r: r.randrange(0, 100))
        for name in ("Int8", "Int16", "Int32", "FixedInt64", "TaggedInt64", "UInt16",
                     "UInt32", "FixedUInt32", "UInt64", "TaggedUInt64")
    ),
    *((None, name, lambda r: 1.5) for name in ("Float16", "Float32", "BFloat16")),
]  # fmt: skip


def twin_classes(rnd: random.Random) -> tuple[type, type, dict[str, Any]]:
    """One dataclass with our annotations, one with theirs, and values for both."""
    n = rnd.randrange(1, 12)
    names = rnd.sample(
        ["id", "name", "userId", "URLPath", "snake_case", "_x", "a1", "B2c", "value",
         "longer_field_name_here", "z", "class_"], n,
    )  # fmt: skip
    ours, theirs, values = [], [], {}
    for name in names:
        plain, special, make = rnd.choice(ANNOTATIONS)
        ours.append((name, plain or getattr(fory, special)))
        theirs.append((name, plain or getattr(pyfory, special)))
        values[name] = make(rnd)
    return (
        dataclasses.make_dataclass("T", ours),
        dataclasses.make_dataclass("T", theirs),
        values,
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("ref", [False, True], ids=["values", "refs"])
@pytest.mark.parametrize("compatible", [False, True], ids=["fixed", "compatible"])
def test_random_dataclasses_have_the_same_bytes(seed, ref, compatible):
    rnd = random.Random(seed)
    ours, theirs = pair(xlang=True, ref=ref, compatible=compatible)
    mine, other, values = twin_classes(rnd)
    how = {"type_id": seed} if seed % 2 else {"name": f"some.pkg{seed}.T"}
    ours.register(mine, **how)
    theirs.register(other, **how)
    message = theirs.dumps([other(**values)] * 2)
    assert ours.dumps([mine(**values)] * 2) == message
    assert ours.loads(message) == [mine(**values)] * 2
    assert theirs.loads(ours.dumps([mine(**values)])) == [other(**values)]


def adder(k: int) -> Any:
    return lambda x: x + k


def adder_of_three() -> Any:
    return lambda x: x + 3


@pytest.mark.parametrize("ref", [False, True], ids=["values", "refs"])
@pytest.mark.parametrize(
    "value",
    [adder_of_three(), adder(3), len, decimal.Decimal],
    ids=["lambda", "closure", "builtin", "class"],
)
def test_plain_functions_have_the_same_bytes(value, ref):
    ours, theirs = pair(xlang=False, ref=ref, strict=False, compatible=False)
    message = theirs.dumps(value)
    assert ours.dumps(value) == message
    assert ours.loads(message)("12" if value is len else 1) in (
        4,
        2,
        decimal.Decimal(1),
    )
    assert theirs.loads(ours.dumps(value)) is not None


MARKERS = ("Ref", "Float64", "Array", "Float16", "BFloat16")
# Annotations whose bytes depend on how they are spelled.
SPELLINGS = {
    "List[Ref[Any]]": [5, None],
    "List[Ref[object, False]]": [[1], "u"],
    "List[Ref[List[bytes], False]]": [[b"q"]],
    "List[Optional[Ref[List[str]]]]": [["a"], None],
    "Dict[str, Ref[Dict[str, str]]]": {"a": {"b": "c"}},
    "Ref[List[List[str]], False]": [["a"]],
    "Tuple[Ref[List[str]], Ref[List[str]]]": (["a"], ["b"]),
    "Tuple[Float64, float]": (1.5, 2.5),
    "Tuple[List[int], list[int]]": ([1], [2]),
    "Tuple[int, int]": (1, 2),
    "Tuple[int, bool]": (1, True),
    "List[Ref[Float64]]": [1.5, 2.5],
    "Dict[str, Ref[Float16]]": {"a": 1.5},
    "List[Ref[Ref[Float16], False]]": [1.5],
    "Mapping": {"a": 1},
    "MutableSet": {1},
    "Sequence": [1],
    "Dict[str, Mapping]": {"a": {"b": 1}},
    "Dict[Any, str]": {"a": "b"},
    "Array[Float16]": [float("nan"), 1e300, -65520.0],
    "Array[BFloat16]": [float("nan"), 1e300, 3.4e38],
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("options", [None, {"ref": True, "nullable": True}])
@pytest.mark.parametrize(
    "config",
    [{"ref": True}, {"ref": True, "compatible": True}, {"field_nullable": True}],
    ids=["refs", "compatible", "nullable"],
)
def test_spellings_of_annotations_have_the_same_bytes(spelling, options, config):
    messages = []
    for library in (fory, pyfory):
        scope = {**vars(typing), **{n: getattr(library, n) for n in MARKERS}}
        fields = [("x", eval(spelling, scope))]
        if options is not None:
            fields = [(*fields[0], library.field(**options))]
        cls = dataclasses.make_dataclass("T", fields)
        made = library.Fory(**{"xlang": True, "compatible": False, **config})
        made.register(cls, type_id=5)
        messages.append(made.dumps(cls(SPELLINGS[spelling])))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("ref", [False, True], ids=["values", "refs"])
@pytest.mark.parametrize("compatible", [False, True], ids=["fixed", "compatible"])
@pytest.mark.parametrize(
    "value",
    [np.float64(1.5), np.int32(3), np.datetime64("2020-01-01"), np.str_("x"), np.dtype],
    ids=["float", "int", "date", "str", "class"],
)
def test_numpy_scalars_have_the_same_bytes(value, compatible, ref):
    ours, theirs = pair(xlang=False, ref=ref, strict=False, compatible=compatible)
    message = theirs.dumps(value)
    assert ours.dumps(value) == message
    assert ours.loads(message) == value
    assert theirs.loads(ours.dumps(value)) == value
