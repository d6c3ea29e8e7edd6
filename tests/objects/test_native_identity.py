"""Which objects stay one, which are let go, and what happens at the limits."""

from __future__ import annotations

import collections
import dataclasses
import gc
import io
import json
import os
import subprocess
import sys
import threading
import types
import weakref
from pathlib import Path
from typing import Any

import pytest

import fory
from fory.error import DecodeError, DepthLimitError, EncodeError, UnsupportedObjectError

ROOT = Path(__file__).resolve().parents[2]


def run_script(code: str, *arguments: str) -> Any:
    path = f"{ROOT}{os.pathsep}{ROOT / 'io'}"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


WRITER = """
import base64, fory, json
N = 1
class Point:
    count = 0
    def __init__(self, x): self.x = x
def f(): return N
def message(*values): return base64.b64encode(fory.dumps(list(values))).decode()
first = message(Point, Point(1), f, Point(2).__class__)
N = 2
second = message(Point(3), f)
Point.twice = lambda self: 2 * self.x
third = message(Point(4))
print(json.dumps([first, second, third]))
"""
READER = """
import base64, fory, json, sys
def read(text): return fory.loads(base64.b64decode(text))
first, second, third = json.loads(sys.argv[1])
cls, one, f, same = read(first)
results = [cls is same, type(one) is cls, f()]
cls.count = 5
three, again = read(second)
results += [type(three) is cls, again is f, f(), cls.count, three.x]
four = read(third)[0]
results += [type(four) is cls, four.twice(), one.twice()]
print(json.dumps(results))
"""


def test_classes_and_functions_of_a_script_stay_one_in_another_process():
    messages = run_script(WRITER)
    results = run_script(READER, json.dumps(messages))
    assert results == [True, True, 1, True, True, 2, 5, 3, True, 8, 2]


SELVES = """
import fory, json
class Point: pass
def f(): return 1
point = Point()
point2, cls, g = fory.loads(fory.dumps([point, Point, f]))
print(json.dumps([type(point2) is Point, cls is Point, g is f]))
"""


def test_what_a_script_defines_comes_back_as_itself():
    assert run_script(SELVES) == [True, True, True]


def make_class() -> type:
    class Local:
        def get(self):
            return Local

    return Local


@pytest.mark.parametrize("ref", [True, False], ids=["ref", "values"])
def test_local_classes_are_let_go(ref):
    made = fory.Fory(strict=False, ref=ref)
    cls = make_class()
    copy = made.loads(made.dumps([cls(), cls()]))
    assert type(copy[0]) is cls
    watched = weakref.ref(cls)
    del cls, copy
    gc.collect()
    assert watched() is None


def test_classes_that_were_read_are_let_go():
    data = fory.dumps(make_class()())
    gc.collect()
    value = fory.loads(data)
    watched = weakref.ref(type(value))
    assert fory.loads(data).__class__ is watched()
    del value
    gc.collect()
    assert watched() is None


def test_equal_strings_of_a_message_are_one():
    text = "a long enough text " * 10
    made = fory.Fory(ref=True)
    first, second = made.loads(made.dumps([text, text]))
    values = made.loads(made.dumps([{"k": text}, {"k": text}, (text, 1)]))
    assert first is second
    assert values[0]["k"] is values[1]["k"] is values[2][0]


# ---- limits --------------------------------------------------------------------------


def nested(depth: int, wrap: Any) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = wrap(value)
    return value


class Box:
    def __init__(self, value):
        self.value = value


ALLOWED = {(Box.__module__, "Box"), ("builtins", "len"), ("builtins", "object")}


class Reduced(Box):
    def __reduce__(self):
        return Reduced, (self.value,)


class Stateful(Box):
    def __getstate__(self):
        return {"value": self.value}

    def __setstate__(self, state):
        self.value = state["value"]


class Subclass(list):
    pass


WRAPS = {
    "list": lambda v: [v],
    "tuple": lambda v: (v,),
    "dict": lambda v: {"k": v},
    "object": Box,
    "reduced": Reduced,
    "state": Stateful,
    "subclass": lambda v: Subclass([v]),
    "lambda": lambda v: lambda: v,
    "frozenset": lambda v: frozenset([v]),
}


@pytest.mark.parametrize("ref", [True, False], ids=["ref", "values"])
@pytest.mark.parametrize("wrap", WRAPS)
def test_deep_nests_are_a_clear_error(wrap, ref):
    value = nested(100_000, WRAPS[wrap])
    made = fory.Fory(strict=False, ref=ref, max_depth=10_000 if ref else 1000)
    with pytest.raises(DepthLimitError, match="nested"):
        made.dumps(value)
    while not isinstance(value, int):  # take it apart: its own end would be deep
        value = unwrapped(value)


def unwrapped(value: Any) -> Any:
    if isinstance(value, Box):
        return value.value
    if callable(value):
        return value()
    return next(iter(value.values() if isinstance(value, dict) else value))


needs_deep_calls = pytest.mark.skipif(
    not fory.ENABLE_FORY_CYTHON_SERIALIZATION,
    reason="the twin nests Python calls, of which the interpreter allows few",
)


@needs_deep_calls
def test_messages_that_nest_deeper_than_allowed_are_refused():
    data = fory.Fory(max_depth=10_000).dumps(nested(9_000, WRAPS["list"]))
    with pytest.raises(DepthLimitError):
        fory.loads(data)


@needs_deep_calls
def test_hundreds_of_objects_in_a_chain_are_fine():
    value = nested(300, Box)
    copy = fory.loads(fory.dumps(value))
    assert isinstance(nested_end(copy), int)


class Only:
    """An object that travels under its name."""

    def __reduce__(self):
        return "ONLY"


ONLY = Only()


def test_a_named_object_that_occurs_twice_is_no_cycle(monkeypatch):
    monkeypatch.setitem(sys.modules, Only.__module__, sys.modules[__name__])
    made = fory.Fory(strict=False, ref=True)
    value = [ONLY, ONLY, (1, 2)]
    assert made.loads(made.dumps(value)) == value
    # Without a cycle the tuple keeps the form that all readers know.
    assert made.dumps((1, 2))[2:] in made.dumps(value)


def nested_end(value: Any) -> Any:
    while not isinstance(value, int):
        value = unwrapped(value)
    return value


@pytest.mark.parametrize("kind", ["list", "dict", "object", "deque"])
def test_what_holds_itself_needs_references(kind):
    value: Any = {
        "list": [],
        "dict": {},
        "object": Box(0),
        "deque": collections.deque(),
    }
    value = value[kind]
    if kind == "object":
        value.value = value
    elif kind == "dict":
        value["k"] = value
    else:
        value.append(value)
    with pytest.raises(DepthLimitError, match="ref=True"):
        fory.Fory(strict=False).dumps(value)
    assert type(fory.loads(fory.dumps(value))) is type(value)


class Shrinks:
    def __init__(self, holder: Any) -> None:
        self.holder = holder

    def __reduce__(self):
        self.holder.clear()
        return int, ()


@pytest.mark.parametrize("holder", [list, dict], ids=str)
def test_containers_that_shrink_while_written(holder):
    value = holder()
    items = [Shrinks(value) for _ in range(3)]
    if holder is dict:
        value.update(enumerate(items))
    else:
        value.extend(items)
    with pytest.raises((EncodeError, RuntimeError), match=r"changed|mutated"):
        fory.dumps(value)
    assert fory.loads(fory.dumps([1])) == [1]


class Inner:
    """Is written by a message of its own."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __reduce__(self):
        return fory.loads, (fory.dumps(self.value),)


def test_calls_inside_of_calls():
    value = Inner([Inner({"a": Inner((1, 2))}), make_class])
    first, second = fory.loads(fory.dumps(value))
    assert (first, second) == ({"a": (1, 2)}, make_class)


class Failing:
    def __reduce__(self):
        raise KeyError("mine")


def test_tuples_that_hold_themselves():
    value: Any = ([],)
    value[0].append(value)
    copy = fory.loads(fory.dumps({"k": value, "again": value}))
    assert copy["k"] is copy["again"] is copy["k"][0][0]
    other = fory.Fory(xlang=True, ref=True)  # a list to other languages
    as_list = other.loads(other.dumps(value))
    assert as_list[0][0] is as_list


def test_errors_of_the_objects_themselves_pass():
    with pytest.raises(KeyError, match="mine"):
        fory.dumps([Failing()])


class SelfInArguments:
    def __reduce__(self):
        return SelfInArguments, (self,)


def test_an_object_among_its_own_arguments_is_a_clear_error():
    with pytest.raises(EncodeError, match="itself"):
        fory.dumps(SelfInArguments())


def test_threads_send_functions_and_classes():
    failures = []

    def work(n: int) -> None:
        for i in range(30):
            cls = make_class()
            value = [lambda i=i: n + i, cls(), cls, {"k": (n, i)}]
            call, instance, copy, _ = fory.loads(fory.dumps(value))
            if call() != n + i or instance.get() is not cls or copy is not cls:
                failures.append((n, i))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def a_generator():
    yield 1


LIVE = {
    "file": lambda: open(__file__),  # noqa: SIM115
    "binary file": lambda: open(__file__, "rb"),  # noqa: SIM115
    "generator": a_generator,
    "lock": threading.Lock,
    "thread": threading.Thread,
    "socket": lambda: __import__("socket").socket(),
    "frame": sys._getframe,
    "event loop": lambda: __import__("asyncio").new_event_loop(),
    "database": lambda: __import__("sqlite3").connect(":memory:"),
}


@pytest.mark.parametrize("kind", LIVE)
def test_what_belongs_to_its_process_is_refused_when_written(kind):
    value = LIVE[kind]()
    try:
        with pytest.raises(UnsupportedObjectError, match="process"):
            fory.dumps([value])
    finally:
        getattr(value, "close", int)()


# ---- what instances hold beyond their classes ----------------------------------------


@dataclasses.dataclass
class Declared:
    a: int
    b: list[int] = dataclasses.field(default_factory=list)


def test_attributes_beyond_the_fields_are_kept():
    value = Declared(1)
    value.more = "more"
    made = fory.Fory(strict=False)
    assert made.loads(made.dumps([Declared(2), value]))[1].more == "more"
    assert made.loads(made.dumps(Declared(3))) == Declared(3)


def test_fields_of_other_types_than_declared_are_kept():
    values = [Declared("one"), Declared(1 << 70, (1,)), Declared(None)]
    assert fory.loads(fory.dumps(values)) == values


def test_buffers_are_offered_once_although_a_message_is_written_again():
    value = [b"x" * 2000, Declared("one"), b"y" * 2000]
    offered: list[Any] = []
    made = fory.Fory(strict=False)
    data = made.serialize(value, buffer_callback=offered.append)
    assert len(offered) == 2
    assert made.deserialize(data, [b.getbuffer() for b in offered]) == value


def test_limits_on_the_memory_of_a_graph():
    data = fory.Fory().dumps([[1.5] * 10 for _ in range(1000)])
    assert len(fory.Fory(max_graph_memory_bytes=10**6).loads(data)) == 1000
    with pytest.raises(DecodeError, match="max_graph_memory_bytes"):
        fory.Fory(max_graph_memory_bytes=10_000).loads(data)


def test_few_versions_of_a_class_are_remembered():
    reader = fory.Fory(xlang=True, compatible=True, max_schema_versions_per_type=2)
    for n in range(1, 8):
        fields = [(f"f{i}", int) for i in range(n)]
        version = dataclasses.make_dataclass("Version", fields)
        writer = fory.Fory(xlang=True, compatible=True)
        writer.register(version, typename="a.Version")
        record = reader.loads(writer.dumps(version(*range(n))))
        assert dict(record.items()) == {f"f{i}": i for i in range(n)}
    assert len(reader.type_resolver.by_typedef) == 2


def test_a_compressor_of_metadata_is_refused():
    with pytest.raises(ValueError, match="meta_compressor"):
        fory.Fory(meta_compressor=object())


# ---- Pickler and Unpickler -----------------------------------------------------------


def test_picklers_share_a_file():
    file = io.BytesIO()
    for value in ([1], "two", {3: 4}):
        fory.Pickler(file).dump(value)
    file.seek(0)
    assert [fory.load(file) for _ in range(3)] == [[1], "two", {3: 4}]
    with pytest.raises(EOFError):
        fory.load(file)


def test_persistent_objects_stay_outside():
    shared = Box(1)

    class Out(fory.Pickler):
        def persistent_id(self, obj):
            return "the box" if obj is shared else None

    class In(fory.Unpickler):
        def persistent_load(self, name):
            return {"the box": shared}[name]

    file = io.BytesIO()
    Out(file).dump([shared, {"k": shared}, (shared,), Box(shared)])
    file.seek(0)
    first, second, third, fourth = In(file).load()
    assert first is second["k"] is third[0] is fourth.value is shared
    file.seek(0)
    with pytest.raises(DecodeError, match="persistent_load"):
        fory.load(file)


def test_an_unpickler_restricts_names():
    class Restricted(fory.Unpickler):
        def find_class(self, module, name):
            if module != "collections":
                raise fory.UnpicklingError(f"{module}.{name} is forbidden")
            return super().find_class(module, name)

    data = fory.dumps(collections.deque([1]))
    assert Restricted(io.BytesIO(data)).load() == collections.deque([1])
    for value in (print, Box(1), Declared(1)):
        with pytest.raises(fory.UnpicklingError, match="forbidden"):
            Restricted(io.BytesIO(fory.dumps(value))).load()


@pytest.mark.parametrize("ref", [True, False], ids=["ref", "values"])
@pytest.mark.parametrize(
    "kind",
    ["lambda", "class", "instance", "module", "dynamic", "method", "bound", "code"],
)
def test_code_by_value_passes_the_finder_of_an_unpickler(kind, ref):
    class Restricted(fory.Unpickler):
        def find_class(self, module, name):
            if (module, name) in ALLOWED:
                return super().find_class(module, name)
            raise fory.UnpicklingError(f"{module}.{name} is forbidden")

    value = {
        "lambda": lambda: 1,
        "class": make_class(),
        "instance": make_class()(),
        "module": os,
        "dynamic": types.ModuleType("dynamic"),
        "method": Box(1).__init__,
        "bound": types.MethodType(len, "text"),
        "code": make_class.__code__,
    }[kind]
    data = fory.Fory(strict=False, ref=ref).dumps([value])
    with pytest.raises(fory.UnpicklingError, match="forbidden"):
        Restricted(io.BytesIO(data)).load()


def test_copies_are_deep():
    value = {"a": [1, {2}], "f": make_class}
    copy = fory.copy(value)
    assert copy == value
    assert copy["a"] is not value["a"]


def test_modules_travel_by_value_when_asked(tmp_path, monkeypatch):
    (tmp_path / "not_there.py").write_text("K = 5\ndef f():\n    return K\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import not_there

    fory.register_pickle_by_value(not_there)
    try:
        data = fory.dumps(not_there.f)
    finally:
        fory.unregister_pickle_by_value(not_there)
    code = "import fory, sys; print(fory.loads(bytes.fromhex(sys.argv[1]))())"
    assert run_script(code, data.hex()) == 5


def test_a_class_that_changes_gets_another_plan():
    class Changing:
        pass

    made = Changing()
    made.a = 1
    assert fory.loads(fory.dumps([made]))[0].a == 1
    Changing.__reduce__ = lambda self: (Changing, (), {"a": 2})
    assert fory.loads(fory.dumps([made]))[0].a == 2
    del Changing.__reduce__
    Changing.a = property(lambda self: 3)
    assert vars(fory.loads(fory.dumps([made]))[0]) == {"a": 1}


def fleeting():
    class Fleeting:
        def itself(self):
            return Fleeting

    return Fleeting


def test_code_that_is_remembered_keeps_no_class_alive():
    data = fory.dumps(fleeting())
    gc.collect()
    found = fory.loads(data)
    assert found().itself() is found
    fory.loads(fory.dumps([found(), found()]))
    seen = weakref.ref(found)
    del found
    gc.collect()
    assert seen() is None
