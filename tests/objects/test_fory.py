"""The calls of ``Fory``: options, registration, streams, threads, errors."""

from __future__ import annotations

import copy
import dataclasses
import enum
import gc
import inspect
import io
import mmap
import pickle
import threading
from typing import Any, Optional

import numpy as np
import pytest
from twins import twin_of

import fory
from fory.error import (
    DecodeError,
    DepthLimitError,
    EncodeError,
    ForyError,
    TruncatedError,
    TypeUnregisteredError,
)


@dataclasses.dataclass
class Point:
    x: int
    y: str = "?"


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    x: int
    tags: tuple[str, ...] = ()


@dataclasses.dataclass
class Tree:
    value: int
    children: list[Tree] = dataclasses.field(default_factory=list)
    parent: Optional[Tree] = fory.field(  # noqa: RUF009, UP045
        ref=True, nullable=True, default=None
    )


class Color(enum.Enum):
    RED = 1
    BLUE = 5


@pytest.fixture(params=["xlang", "native"])
def made(request):
    return fory.Fory(xlang=request.param == "xlang")


def test_the_defaults_are_those_of_the_documents():
    made = fory.Fory()
    assert (made.xlang, made.track_ref, made.strict) == (False, False, True)
    assert (made.compatible, made.max_depth) == (False, 50)


def test_an_unknown_option_is_refused():
    with pytest.raises(TypeError, match="no_such_option"):
        fory.Fory(no_such_option=1)


def test_options_of_earlier_versions_are_translated():
    with pytest.warns(DeprecationWarning, match="new name"):
        made = fory.Fory(language="XLANG", ref_tracking=True)
    assert (made.xlang, made.track_ref) == (True, True)


def test_the_environment_can_force_strict(monkeypatch):
    monkeypatch.setenv("ENABLE_TYPE_REGISTRATION_FORCIBLY", "1")
    assert fory.Fory(strict=False).strict


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"type_id": 7},
        {"typename": "demo.Point"},
        {"name": "demo.Point"},
        {"namespace": "demo", "typename": "Point"},
    ],
    ids=str,
)
@pytest.mark.parametrize("compatible", [False, True])
def test_a_registered_class_comes_back(made, how, compatible):
    made = fory.Fory(xlang=made.xlang, compatible=compatible)
    made.register(Point, **how)
    assert made.loads(made.dumps([Point(1), Point(2, "b")])) == [
        Point(1),
        Point(2, "b"),
    ]


def test_the_spellings_of_a_name_give_the_same_bytes():
    one, two = fory.Fory(xlang=True), fory.Fory(xlang=True)
    one.register(Point, typename="demo.Point")
    two.register(Point, namespace="demo", name="Point")
    assert one.dumps(Point(1)) == two.dumps(Point(1))


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ({"type_id": 1, "name": "a"}, None, "not both"),
        ({"type_id": -1}, None, "expected 0 to"),
        ({"type_id": 1 << 32}, None, "expected 0 to"),
        ({"type_id": 3}, {"type_id": 3}, "already"),
        ({"name": "a.b"}, {"name": "a.b"}, "already"),
    ],
    ids=["both", "negative", "large", "id twice", "name twice"],
)
def test_wrong_registrations_are_refused(first, second, message):
    made = fory.Fory()
    if second is not None:
        made.register(Frozen, **second)
    with pytest.raises(TypeError, match=message):
        made.register(Point, **first)


@pytest.mark.parametrize("cls", [int, str, list, dict])
def test_classes_of_the_format_itself_are_not_registered(cls):
    with pytest.raises(TypeError, match="register others"):
        fory.Fory().register(cls, type_id=1, serializer=fory.Serializer)


def test_a_class_is_registered_once():
    made = fory.Fory()
    made.register(Point)
    made.register(Point)
    with pytest.raises(TypeError, match="already registered"):
        made.register(Point, type_id=99)


def test_classes_that_are_not_registered_are_refused_on_both_sides():
    writer, reader = fory.Fory(xlang=True), fory.Fory(xlang=True)
    with pytest.raises(TypeUnregisteredError, match="Point is not registered"):
        writer.dumps(Point(1))
    writer.register(Point, type_id=5)
    with pytest.raises(TypeUnregisteredError, match="id 5"):
        reader.loads(writer.dumps(Point(1)))


def test_frozen_and_slotted_dataclasses(made):
    made.register(Frozen, typename="Frozen")
    value = Frozen(3, ("a", "b"))
    assert made.loads(made.dumps(value)) == value


@dataclasses.dataclass(eq=False)
class Failure(ValueError):
    code: int


@dataclasses.dataclass(eq=False)
class Table(dict):
    name: str


@pytest.mark.parametrize("compatible", [False, True])
def test_exceptions_that_are_dataclasses_are_whole(made, compatible):
    made = fory.Fory(xlang=made.xlang, compatible=compatible)
    made.register(Failure, typename="Failure")
    failure = made.loads(made.dumps(Failure(3)))
    assert (failure.code, failure.args, str(failure)) == (3, (), "")


def test_content_of_a_base_class_is_not_lost():
    value = Table("t")
    value["k"] = 1
    native = fory.Fory()
    native.register(Table, typename="Table")
    result = native.loads(native.dumps(value))
    assert (type(result), result.name, dict(result)) == (Table, "t", {"k": 1})
    with pytest.raises(TypeError, match="serializer"):
        fory.Fory(xlang=True).register(Table, typename="Table")


def test_cycles_and_shared_objects_with_ref():
    made = fory.Fory(ref=True)
    made.register(Tree, typename="Tree")
    root = Tree(1)
    root.children = [Tree(2, parent=root), Tree(3, parent=root)]
    result = made.loads(made.dumps(root))
    assert [child.parent is result for child in result.children] == [True, True]


@pytest.mark.parametrize(
    "data",
    [
        bytearray,
        memoryview,
        fory.Buffer,
        lambda b: np.frombuffer(b, np.uint8),
        lambda b: mmap_of(b),
    ],
    ids=["bytearray", "memoryview", "Buffer", "numpy", "mmap"],
)
def test_messages_are_read_from_any_bytes(made, data):
    assert made.loads(data(made.dumps({"a": [1, 2.5]}))) == {"a": [1, 2.5]}


def mmap_of(data: bytes) -> mmap.mmap:
    result = mmap.mmap(-1, len(data))
    result.write(data)
    return result


@pytest.mark.parametrize("data", [None, "text", 5])
def test_what_is_not_bytes_is_a_type_error(made, data):
    with pytest.raises(TypeError):
        made.loads(data)


def test_messages_follow_each_other_in_a_buffer(made):
    buffer = fory.Buffer.allocate(2)
    for value in ("one", [2], {"three": 3}):
        assert made.serialize(value, buffer) is buffer
    assert [made.deserialize(buffer) for _ in range(3)] == ["one", [2], {"three": 3}]
    assert buffer.reader_index == len(buffer)


def test_a_value_that_fails_leaves_the_buffer_as_it_was(made):
    buffer = fory.Buffer.allocate(2)
    made.serialize("one", buffer)
    with pytest.raises(ForyError):
        made.serialize(["two", object()], buffer)
    assert made.deserialize(buffer) == "one"
    assert buffer.reader_index == len(buffer)


class Pipe(io.RawIOBase):
    """A stream that cannot seek and gives few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self.inner = io.BytesIO(data)

    def read(self, n: int = -1) -> bytes:
        return self.inner.read(min(n, 3))


@pytest.mark.parametrize("stream", [io.BytesIO, Pipe], ids=["file", "pipe"])
def test_streams_give_one_object_after_the_other(made, stream):
    target = io.BytesIO()
    values = [["x" * 100, 1], {"k": None}, b"rest"]
    for value in values:
        made.dump(value, target)
    source = stream(target.getvalue())
    assert [made.load(source) for _ in values] == values
    with pytest.raises(TruncatedError):
        made.load(source)


@pytest.mark.parametrize(
    "item", [lambda i: [1, "a"][i % 2], Point], ids=["any", "class"]
)
def test_streams_give_many_items_that_have_not_arrived_yet(item):
    made = fory.Fory(max_unbacked_container_items=10)
    made.register(Point, typename="Point")
    value = [item(i) for i in range(1000)]
    assert made.load(Pipe(made.dumps(value))) == value


def test_instances_pickle_and_copy_with_their_classes():
    made = fory.Fory(xlang=True, ref=True, compatible=True, max_depth=20)
    made.register(Point, typename="demo.Point")
    made.register(Color, type_id=4)
    message = made.dumps([Point(1), Color.BLUE])
    for twin in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made)):
        assert twin.config == made.config
        assert twin.loads(message) == [Point(1), Color.BLUE]
        assert twin.dumps([Point(1), Color.BLUE]) == message


def test_errors_name_the_place_in_the_value():
    made = fory.Fory(xlang=True)
    made.register(Point, typename="Point")
    with pytest.raises(EncodeError, match=r"at \[1\]\['p'\]\.x") as caught:
        made.dumps([0, {"p": Point("no int")}])
    assert caught.value.path == "[1]['p'].x"


def test_errors_name_the_place_in_the_bytes(made):
    message = made.dumps([1, {"a": "text"}])
    with pytest.raises(TruncatedError, match=r"at byte \d+.*; at \[1\]\['a'\]"):
        made.loads(message[:-2])


@pytest.mark.parametrize("value", [1 << 63, -(1 << 63) - 1, 1 << 20_000], ids=hex)
def test_ints_beyond_64_bits_are_refused_for_other_languages(value):
    with pytest.raises(OverflowError, match="does not fit"):
        fory.Fory(xlang=True).dumps(value)


class Text(str):
    """A string of another class, as those of numpy and of enums are."""


def test_strings_of_subclasses_are_strings(made):
    made.register(Frozen, typename="Frozen")
    result = made.loads(made.dumps(Frozen(1, (Text("a"), "b"))))
    assert result == Frozen(1, ("a", "b"))


def test_a_shared_list_stands_for_a_key():
    # A map whose first key, declared as a string, refers to the list before it.
    data = bytes.fromhex("0100 1602 01 00 1600 00 1801 0101 15 07 fe01 02")
    assert fory.Fory(xlang=True, ref=True).loads(data) == [[], {(): 1}]


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize("last", [[], {}, [1], {"a": 1}, [None]], ids=repr)
@pytest.mark.parametrize(
    "wrap", [lambda v: [v], lambda v: {"k": v}], ids=["lists", "dicts"]
)
def test_depth_counts_levels(made, wrap, last):
    def levels(n: int) -> Any:
        value = last
        for _ in range(n - 1):
            value = wrap(value)
        return value

    assert made.loads(made.dumps(levels(50))) == levels(50)
    with pytest.raises(DepthLimitError, match="50 levels"):
        made.dumps(levels(51))
    deeper = fory.Fory(xlang=made.xlang, max_depth=51).dumps(levels(51))
    with pytest.raises(DepthLimitError, match="50 levels"):
        made.loads(deeper)


def test_reading_counts_levels_too():
    message = fory.Fory(max_depth=60).dumps([nested(55), 1])
    with pytest.raises(DepthLimitError, match="max_depth"):
        fory.Fory().loads(message)


def test_a_cycle_without_ref_is_a_clear_error(made):
    value: list[Any] = []
    value.append(value)
    with pytest.raises(DepthLimitError, match="ref=True"):
        made.dumps(value)
    assert made.loads(made.dumps([1])) == [1]


class Nosy:
    """Pickles itself while it is being pickled."""

    used: fory.Fory

    def __reduce__(self):
        inner = self.used.dumps([1, 2])
        return len, (self.used.loads(inner),)


def test_an_instance_can_be_used_inside_its_own_calls():
    made = Nosy.used = fory.Fory(strict=False, ref=True)
    assert made.loads(made.dumps([Nosy(), Nosy()])) == [2, 2]


class Shrinking:
    """Empties the list that holds it while the list is being written."""

    def __init__(self, holder):
        self.holder = holder

    def __reduce__(self):
        self.holder.clear()
        return int, ()


def test_a_list_that_shrinks_while_written_is_an_error():
    holder: list[Any] = []
    holder += [Shrinking(holder), Shrinking(holder), 3]
    with pytest.raises(EncodeError, match="changed"):
        fory.Fory(strict=False).dumps(holder)


def test_threads_share_an_instance():
    made = fory.Fory(ref=True)
    made.register(Point, typename="Point")
    failures = []

    def work(seed: int) -> None:
        value = [Point(seed, str(seed)), {"k": [seed] * 50}]
        for _ in range(200):
            if made.loads(made.dumps(value)) != value:
                failures.append(seed)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_thread_safe_fory_is_closed_after_the_first_message():
    made = fory.ThreadSafeFory(xlang=True)
    made.register(Point, typename="Point")
    assert made.loads(made.dumps(Point(1))) == Point(1)
    with pytest.raises(RuntimeError, match="before the first message"):
        made.register(Frozen)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(made, enabled):
    message = made.dumps(list(range(5000)))
    was = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        made.loads(message)
        with pytest.raises(DecodeError):
            made.loads(message[:-1])
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was else gc.disable)()


def test_public_names_exist():
    assert all(hasattr(fory, name) for name in fory.__all__)


class Stranger:
    """A class that no instance knows."""


@pytest.fixture(params=["compiled", "twin"])
def strict(request):
    made = fory.Fory(xlang=True)
    return made if request.param == "compiled" else twin_of(made)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (Stranger(), ""),
        ([None, Stranger()], "[1]"),
        ([1, "a", Stranger()], "[2]"),
        ({"a": [1, {"b": Stranger()}]}, "['a'][1]['b']"),
    ],
    ids=["root", "alike", "mixed", "map"],
)
def test_an_unknown_class_is_told_with_its_place(strict, value, path):
    with pytest.raises(TypeUnregisteredError) as caught:
        strict.dumps(value)
    assert caught.value.path == path


def test_an_unknown_class_in_the_bytes_is_told_with_its_place(strict):
    writer = fory.Fory(xlang=True)
    writer.register(Stranger, typename="demo.Stranger")
    data = writer.dumps({"k": [1, Stranger()]})
    with pytest.raises(TypeUnregisteredError) as caught:
        strict.loads(data)
    assert caught.value.path == "['k'][1]"


def test_the_calls_have_signatures():
    parameters = inspect.signature(fory.Fory.dumps).parameters
    assert list(parameters)[:4] == ["self", "obj", "buffer", "buffer_callback"]
    assert list(inspect.signature(fory.Fory().loads).parameters)[:2] == [
        "buffer",
        "buffers",
    ]
