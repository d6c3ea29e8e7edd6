"""Serializers of users, unions, policies, out-of-band buffers."""

from __future__ import annotations

import collections
import copy
import dataclasses
import functools
import pickle
from typing import Any

import numpy as np
import pytest

import fory
from fory.error import DecodeError, EncodeError, PolicyError


class Pair:
    def __init__(self, left=None, right=None):
        self.left, self.right = left, right


class OldSerializer(fory.Serializer):
    """The protocol of earlier versions: a buffer, and methods per mode."""

    def write(self, buffer, value):
        buffer.write_string("native")
        buffer.write_varint32(value.left)

    def read(self, buffer):
        assert buffer.read_string() == "native"
        return Pair(buffer.read_varint32())

    def xwrite(self, buffer, value):
        buffer.write_string("xlang")
        buffer.write_varint64(value.left)

    def xread(self, buffer):
        assert buffer.read_string() == "xlang"
        return Pair(buffer.read_varint64())


class GraphSerializer(fory.Serializer):
    """The newer protocol: one pair of methods, values of any type, cycles."""

    def write(self, ctx, value):
        ctx.write_ref(value.left)
        ctx.write_ref(value.right)

    def read(self, ctx):
        result = Pair()
        ctx.reference(result)
        result.left = ctx.read_ref()
        result.right = ctx.read_ref()
        return result


@pytest.mark.parametrize("xlang", [True, False])
@pytest.mark.parametrize(
    "make", [lambda c: c, lambda c: c(None, Pair)], ids=["class", "instance"]
)
def test_a_serializer_has_methods_per_mode(xlang, make):
    made = fory.Fory(xlang=xlang)
    made.register(Pair, typename="Pair", serializer=make(OldSerializer))
    message = made.dumps([Pair(7)])
    assert (b"xlang" in message) == xlang
    assert made.loads(message)[0].left == 7


def test_a_serializer_can_read_cycles():
    made = fory.Fory(ref=True)
    made.register_serializer(Pair, GraphSerializer)
    pair = Pair([1])
    pair.right = pair
    result = made.loads(made.dumps([pair, pair]))
    assert result[0] is result[1]
    assert result[0].right is result[0]
    assert result[0].left == [1]


def test_a_serializer_shares_objects_of_the_message():
    class Counting(GraphSerializer):
        def write(self, ctx, value):
            ctx.add_context_object("n", (ctx.get_context_object("n") or 0) + 1)
            ctx.write_varint32(ctx.get_context_object("n"))

        def read(self, ctx):
            return ctx.read_varint32()

    made = fory.Fory()
    made.register(Pair, type_id=1, serializer=Counting)
    for _ in range(2):
        assert made.loads(made.dumps([Pair(), Pair(), Pair()])) == [1, 2, 3]


class Shape(fory.Union):
    pass


@pytest.mark.parametrize("ref", [True, False])
@pytest.mark.parametrize("xlang", [True, False])
def test_unions_keep_case_and_value(ref, xlang):
    made = fory.Fory(xlang=xlang, ref=ref)
    cases = {0: str, 1: fory.Int32, 3: list[int]}
    serializer = fory.UnionSerializer(made.type_resolver, Shape, cases)
    made.register_union(Shape, type_id=60, serializer=serializer)
    values = [Shape(0, "a"), Shape(1, 5), Shape(3, [1, 2]), Shape(0, None)]
    assert made.loads(made.dumps(values)) == values
    with pytest.raises(EncodeError, match="no case 9"):
        made.dumps(Shape(9, 1))


@pytest.mark.parametrize("ref", [True, False])
@pytest.mark.parametrize("xlang", [True, False])
@pytest.mark.parametrize("content", [5, "a", [1, "b"], {"k": None}, None, 2.5, b"x"])
def test_a_case_of_any_type_says_its_type(content, ref, xlang):
    made = fory.Fory(xlang=xlang, ref=ref)
    serializer = fory.UnionSerializer(made.type_resolver, Shape, {0: Any})
    made.register_union(Shape, type_id=60, serializer=serializer)
    assert made.loads(made.dumps(Shape(0, content))) == Shape(0, content)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Shape(0, "a"), "01ff223c00ff150461"),
        (Shape(1, 5), "01ff223c01ff050a"),
        (Shape(3, [1, 2]), "01ff223c03ff16020c0204"),
    ],
    ids=["str", "int", "list"],
)
def test_unions_have_the_bytes_of_the_format(value, expected):
    made = fory.Fory(xlang=True)
    cases = {0: str, 1: fory.Int32, 3: list[int]}
    serializer = fory.UnionSerializer(made.type_resolver, Shape, cases)
    made.register_union(Shape, type_id=60, serializer=serializer)
    assert made.dumps(value).hex() == expected


class Recorder(fory.DeserializationPolicy):
    """Writes down what it was asked."""

    def __init__(self, forbidden=""):
        self.seen = []
        self.forbidden = forbidden

    def _see(self, kind, what):
        self.seen.append((kind, getattr(what, "__name__", what)))
        if kind == self.forbidden:
            raise PolicyError(f"no {kind}")

    def validate_module(self, name, *, is_local=False, **context):
        self._see("module", name)

    def validate_class(self, cls, *, is_local=False, **context):
        self._see("class", cls)

    def validate_function(self, func, is_local=False, **context):
        self._see("function", func)

    def validate_method(self, method, is_local=False, **context):
        self._see("method", method)

    def authorize_instantiation(self, cls, **context):
        self._see("instance", cls)

    def intercept_reduce_call(self, callable_, args):
        self._see("call", callable_)

    def inspect_reduced_object(self, obj):
        self._see("result", type(obj))

    def intercept_setstate(self, obj, state):
        self._see("state", type(obj))


@dataclasses.dataclass
class Record:
    x: int


class Stateful:
    def __getstate__(self):
        return {"a": 1}

    def __setstate__(self, state):
        self.state = state


PATHS = {
    "class": (collections.OrderedDict, ["module", "class"]),
    "function": (functools.reduce, ["module", "function"]),
    "python function": (pickle.whichmodule, ["module", "function"]),
    "method": ([].append, ["method"]),
    "module": (collections, ["module"]),
    "reduce": (bytearray(b"x"), ["class", "call", "instance", "result"]),
    "plain object": (Pair(1), ["module", "class", "instance"]),
    "dataclass": (Record(1), ["module", "class", "instance"]),
    "state": (Stateful(), ["class", "instance", "state"]),
    "reduce state": (collections.deque([1], 2), ["class", "call", "result"]),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("compatible", [False, True])
def test_every_path_to_code_passes_the_policy(path, compatible):
    value, hooks = PATHS[path]
    data = fory.Fory(strict=False, compatible=compatible).dumps(value)
    policy = Recorder()
    fory.Fory(strict=False, compatible=compatible, policy=policy).loads(data)
    assert set(hooks) <= {kind for kind, _ in policy.seen}
    for hook in hooks:
        reader = fory.Fory(strict=False, compatible=compatible, policy=Recorder(hook))
        with pytest.raises(PolicyError, match=f"no {hook}"):
            reader.loads(data)


@pytest.mark.parametrize("path", PATHS)
def test_a_strict_reader_meets_no_code(path):
    data = fory.Fory(strict=False).dumps(PATHS[path][0])
    with pytest.raises(fory.error.ForyError):
        fory.Fory().loads(data)


def test_a_policy_can_put_something_else_in_place():
    class Instead(fory.DeserializationPolicy):
        def intercept_reduce_call(self, callable_, args):
            return "harmless"

    data = fory.Fory(strict=False).dumps(bytearray(b"abc"))
    assert fory.Fory(strict=False, policy=Instead()).loads(data) == "harmless"


def test_large_buffers_go_beside_the_message():
    made = fory.Fory()
    value = {"a": np.arange(10_000), "b": b"xyz" * 1000, "c": np.ones((20, 30))}
    buffers = []
    message = made.serialize(value, buffer_callback=buffers.append)
    assert len(message) < 200
    assert [b.total_bytes() for b in buffers] == [80_000, 3000, 4800]
    views = [b.getbuffer() for b in buffers]
    result = made.deserialize(message, buffers=views)
    assert all(np.array_equal(result[k], value[k]) for k in "ac")
    assert np.shares_memory(result["a"], value["a"])
    assert result["b"] == value["b"]


@pytest.mark.parametrize("buffers", [None, []], ids=["none", "too few"])
def test_missing_buffers_are_an_error(buffers):
    made = fory.Fory()
    message = made.serialize(b"abc", buffer_callback=lambda b: False)
    with pytest.raises(DecodeError, match="buffers"):
        made.deserialize(message, buffers=buffers)


def test_buffers_that_nothing_asks_for_are_an_error():
    made = fory.Fory()
    with pytest.raises(DecodeError, match="in band"):
        made.deserialize(made.dumps(b"abc"), buffers=[b"abc"])


def test_what_the_callback_got_can_be_passed_as_it_is():
    made, taken = fory.Fory(strict=False), []
    value = {"a": b"x" * 10, "b": np.arange(6).reshape(2, 3)}
    message = made.dumps(value, buffer_callback=taken.append)
    back = made.loads(message, buffers=taken)
    assert len(taken) == 2
    assert back["a"] == value["a"]
    assert np.array_equal(back["b"], value["b"])


class Kept:
    """A class whose serializer is registered as an instance."""

    def __init__(self, value):
        self.value = value


class KeptSerializer(fory.Serializer):
    def write(self, ctx, value):
        ctx.write_ref(value.value)

    def read(self, ctx):
        return self.type_(ctx.read_ref())


class Either(fory.Union):
    pass


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_copies_keep_serializers_that_are_instances(duplicate):
    made = fory.Fory(xlang=True)
    made.register(Kept, type_id=1, serializer=KeptSerializer(made, Kept))
    cases = {0: Kept, 1: fory.Int32}
    made.register_union(
        Either, type_id=2, serializer=fory.UnionSerializer(made, Either, cases)
    )
    message = made.dumps([Kept(5), Either(1, 7), Either(0, Kept(6))])
    again = duplicate(made)
    kept, number, other = again.loads(message)
    assert (kept.value, number, other.value.value) == (5, Either(1, 7), 6)
    assert again.dumps([kept, number, other]) == message


def test_serializers_of_a_deep_copy_are_bound_to_it():
    made = fory.Fory()
    made.register(Kept, type_id=1, serializer=KeptSerializer(made, Kept))
    again = copy.deepcopy(made)
    [(_, _, options)] = again._registrations
    assert options["serializer"].fory is again
    assert options["serializer"].type_resolver is again.type_resolver
