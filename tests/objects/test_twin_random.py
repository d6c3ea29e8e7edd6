"""The twin and the compiled engine on random input: same bytes, values and errors."""

from __future__ import annotations

import dataclasses
import io
import random
from typing import Any

import numpy as np
import pytest
from objects.random_objects import (
    CONFIGS,
    Classes,
    Plain,
    Wrapped,
    random_value,
    registered,
)
from objects.twins import agree, outcome, twin_of

import fory
from fory import ENABLE_FORY_CYTHON_SERIALIZATION as COMPILED
from fory._pure.buffer import Buffer as TwinBuffer

if not COMPILED:
    pytest.skip("there is only the twin", allow_module_level=True)


def name_of(config: dict[str, Any]) -> str:
    mode = "xlang" if config["xlang"] else "native"
    return "-".join([mode, *(k for k in ("ref", "compatible") if config[k])])


configs = pytest.mark.parametrize("config", CONFIGS, ids=name_of)


def check(made: fory.Fory, value: Any) -> bytes | None:
    """Compare both engines on one value; return the message if there is one."""
    twin = twin_of(made)
    written = outcome(made.dumps, value)
    assert outcome(twin.dumps, value) == written
    if written[0] != "returned":
        return None
    agree(outcome(twin.loads, written[1]), outcome(made.loads, written[1]))
    return written[1]


@configs
@pytest.mark.parametrize("seed", range(4))
def test_random_values(config, seed):
    rng = random.Random(seed)
    made = registered(fory.Fory(**config))
    written = [
        check(made, random_value(rng, 4, xlang=config["xlang"])) for _ in range(25)
    ]
    assert sum(message is not None for message in written) > 5


@configs
@pytest.mark.parametrize("seed", range(12))
def test_random_classes(config, seed):
    rng = random.Random(seed)
    classes = Classes(rng)
    made = classes.fory(**config)
    for _ in range(4):
        check(made, classes.instances(rng))


@configs
@pytest.mark.parametrize("seed", range(12))
def test_classes_that_changed(config, seed):
    rng = random.Random(seed)
    old = Classes(rng)
    new = Classes(rng, older=old)
    message = outcome(old.fory(**config).dumps, old.instances(rng))
    made = new.fory(**config)
    if message[0] == "returned":
        read = outcome(made.loads, message[1])
        agree(outcome(twin_of(made).loads, message[1]), read)


@configs
@pytest.mark.parametrize("seed", range(12))
def test_values_of_wrong_types(config, seed):
    rng = random.Random(seed)
    classes = Classes(rng)
    made = classes.fory(**config)
    for _ in range(20):
        value = classes.instance(rng, rng.randrange(len(classes.made)))
        names = [f.name for f in dataclasses.fields(value)]
        for name in names[:2]:
            wrong = random_value(rng, 1, xlang=config["xlang"])
            setattr(value, rng.choice(names), wrong)
            if rng.random() < 0.1:
                delattr(value, name)
        check(made, [value])


@pytest.mark.parametrize("xlang", [True, False])
def test_cycles(xlang):
    made = registered(fory.Fory(xlang=xlang, ref=True))
    inner: list[Any] = [1, "a"]
    plain = Plain(inner=inner, wrapped=Wrapped(inner))
    inner += [inner, {"k": inner, None: plain}, (inner,), plain]
    assert check(made, inner) is not None


@configs
def test_depth(config):
    nested: list[Any] = []
    for _ in range(60):
        nested = [nested]
    made = fory.Fory(**config)
    check(made, nested)
    message = fory.Fory(**config, max_depth=100).dumps(nested)
    agree(outcome(twin_of(made).loads, message), outcome(made.loads, message))


@configs
@pytest.mark.parametrize("seed", range(3))
def test_buffers_out_of_band(config, seed):
    rng = random.Random(seed)
    made = registered(fory.Fory(**config))
    inner = random_value(rng, 3, xlang=config["xlang"])
    value = [b"a", np.zeros((9, 90)), inner, b"b" * 2000]
    if config["xlang"]:
        del value[1]

    def write(engine: Any) -> Any:
        taken: list[bytes] = []
        keep = random.Random(seed)

        def callback(buffer: Any) -> bool:
            if keep.random() < 0.5:
                return True
            taken.append(bytes(buffer.getbuffer()))
            return False

        return outcome(engine.serialize, value, buffer_callback=callback), taken

    written, taken = write(made)
    assert write(twin_of(made)) == (written, taken)
    if written[0] == "returned":
        for buffers in (taken, taken[1:], None):
            read = outcome(made.deserialize, written[1], buffers=buffers)
            twin = twin_of(made)
            agree(outcome(twin.deserialize, written[1], buffers=buffers), read)


class Pipe(io.RawIOBase):
    """A stream that cannot seek and gives few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self.inner = io.BytesIO(data)

    def read(self, n: int = -1) -> bytes:
        return self.inner.read(min(n, 7))


@pytest.mark.parametrize("read_ahead", [False, True])
def test_streams(read_ahead):
    rng = random.Random(7)
    made = registered(fory.Fory(xlang=True, ref=True))
    messages = [made.dumps(random_value(rng, 4, xlang=True)) for _ in range(20)]
    data = b"".join(messages)[:-1]
    mine = fory.Buffer.from_stream(Pipe(data), read_ahead=read_ahead)
    theirs = TwinBuffer.from_stream(Pipe(data), read_ahead=read_ahead)
    twin = twin_of(made)
    for _ in messages:
        read = outcome(made.deserialize, mine)
        agree(outcome(twin.deserialize, theirs), read)
        assert mine.reader_index == theirs.reader_index
    assert read[0] == "raised"


# ---- what only Python messages hold --------------------------------------------------


class Knot:
    """An object that is made by a call with arguments."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def __reduce__(self) -> Any:
        return Knot, self.parts, {"more": getattr(self, "more", None)}


def knots() -> dict[str, Any]:
    """Values that hold themselves through objects that must be complete."""
    tuples: list[Any] = []
    tuples.append((1, tuples, (tuples,)))
    knot = Knot(1)
    knot.more = [knot, knot]
    inside: list[Any] = []
    inside.append(Knot(inside, "a"))
    same = (1, 2)
    own = Knot()
    own.parts = (own,)
    return {
        "tuple in itself": tuples,
        "tuple from within": tuples[0],
        "state": knot,
        "argument": inside,
        "argument from within": inside[0],
        "no cycle": [same, same, Knot(same), Knot()],
        "impossible": own,
    }


@pytest.mark.parametrize("name", knots())
@pytest.mark.parametrize("ref", [True, False])
def test_cycles_through_what_must_be_complete(name, ref):
    made = fory.Fory(strict=False, ref=ref)
    message = check(made, knots()[name])
    assert (message is not None) == (
        name == "no cycle" or (ref and name != "impossible")
    )


def code() -> dict[str, Any]:
    """Values whose code travels with them."""
    shared = [1]

    class Local:
        limit = 7

        def method(self) -> int:
            return self.limit + len(shared)

    @dataclasses.dataclass
    class Record:
        x: int

    def recursive(n: int) -> int:
        return n and recursive(n - 1)

    odd = Record(1)
    odd.extra = 2
    return {
        "lambda": lambda x, *, y=3: x + y + shared[0],
        "recursive": recursive,
        "class": Local,
        "instance": [Local(), Local().method, Local()],
        "records": [Record(1), Record(2), odd],
    }


@pytest.mark.parametrize("name", code())
@pytest.mark.parametrize("compatible", [True, False])
def test_code_by_value(name, compatible):
    made = fory.Fory(strict=False, ref=True, compatible=compatible)
    twin = twin_of(made)
    value = code()[name]
    message = made.dumps(value)
    assert twin.dumps(value) == message
    assert made.dumps(twin.loads(message)) == made.dumps(made.loads(message))


@pytest.mark.parametrize("limit", range(1, 1500, 60))
def test_limits_of_memory(limit):
    made = registered(fory.Fory(strict=False, max_graph_memory_bytes=limit))
    value = [Plain(a=[1, (2, 3), {4: {5}}]), Wrapped({"k": [None] * 9})]
    check(made, value)
