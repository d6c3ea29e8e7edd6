"""Every path from a message to code passes the policy; signatures come first."""

from __future__ import annotations

import collections
import enum
import functools
import gc
import json
import math
import os
import types
from dataclasses import dataclass
from typing import Any

import pytest

import fory
from fory.error import DecodeError, PolicyError, SignatureError


class Recorder(fory.DeserializationPolicy):
    """Writes down what it sees."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def note(self, hook: str, value: Any) -> None:
        name = getattr(value, "__qualname__", None) or getattr(value, "__name__", value)
        self.seen.append((hook, str(name)))

    def validate_module(self, module_name, *, is_local=False, **context):
        self.note(f"module{'/local' * is_local}", module_name)

    def validate_class(self, cls, *, is_local=False, **context):
        self.note(f"class{'/local' * is_local}", cls)

    def validate_function(self, func, is_local=False, **context):
        self.note(f"function{'/local' * is_local}", func)

    def validate_method(self, method, is_local=False, **context):
        self.note(f"method{'/local' * is_local}", method)

    def authorize_instantiation(self, cls, args, kwargs):
        self.note("make", cls)

    def intercept_reduce_call(self, callable_, args):
        self.note("call", callable_)

    def inspect_reduced_object(self, obj):
        self.note("result", type(obj))

    def intercept_setstate(self, obj, state):
        self.note("state", type(obj))


class Plain:
    def __init__(self):
        self.a = 1

    def method(self):
        return self.a


class WithState:
    def __getstate__(self):
        return {"a": 1}

    def __setstate__(self, state):
        self.a = state["a"]


class ManyItems(list):
    pass


class Items(collections.namedtuple("Items", "a b")):
    __slots__ = ()


class Color(enum.Enum):
    RED = 1


@dataclass
class Struct:
    a: int


def set_state(obj, state):
    vars(obj).update(state)


class WithSetter:
    def __reduce__(self):
        return WithSetter, (), {"a": 1}, None, None, set_state


class NewArgs:
    def __new__(cls, a):
        return object.__new__(cls)

    def __getnewargs__(self):
        return (1,)


class Named:
    def __reduce__(self):
        return "NAMED"


NAMED = Named()


def local_class():
    class Local:
        def get(self):
            return 1

    return Local


def local_function():
    def recursive(n):
        return recursive(n - 1) if n else 0

    return recursive


dynamic = types.ModuleType("dynamic_for_policy")

PATHS = {
    "module": (math, [("module", "math")]),
    "dynamic module": (dynamic, [("module/local", "dynamic_for_policy")]),
    "class": (collections.deque, [("module", "collections"), ("class", "deque")]),
    "local class": (local_class(), [("class/local", "local_class.<locals>.Local")]),
    "local instance": (local_class()(), [("make", "local_class.<locals>.Local")]),
    "function": (os.getcwd, [("module", "posix"), ("function", "getcwd")]),
    "python function": (os.path.join, [("function", "join")]),
    "lambda": ((lambda: 1), [("function/local", "<lambda>"), ("make", "function")]),
    "recursive function": (
        local_function(),
        [("function/local", "local_function.<locals>.recursive"), ("make", "function")],
    ),
    "method": (Plain().method, [("method", "Plain.method")]),
    "method of no name": (
        types.MethodType(lambda self: self, 5),
        [("method/local", "<lambda>")],
    ),
    "builtin method": ([].append, [("method", "list.append")]),
    "code": ((lambda: 1).__code__, [("make", "code")]),
    "cell": (types.CellType(1), [("make", "cell")]),
    "plain object": (Plain(), [("class", "Plain"), ("make", "Plain")]),
    "dataclass": (Struct(1), [("class", "Struct"), ("make", "Struct")]),
    "named tuple": (Items(1, 2), [("class", "Items"), ("make", "Items")]),
    "list subclass": (ManyItems([1]), [("class", "ManyItems"), ("make", "ManyItems")]),
    "enum": (Color.RED, [("class", "Color")]),
    "state": (WithState(), [("make", "WithState"), ("state", "WithState")]),
    "call": (
        functools.partial(len, []),
        [("call", "partial"), ("make", "partial"), ("result", "partial")],
    ),
    "call through copyreg": (NewArgs(1), [("call", "__newobj__"), ("make", "NewArgs")]),
    "setter": (WithSetter(), [("call", "set_state"), ("state", "WithSetter")]),
    "name of a global": (NAMED, [("module", __name__)]),
}


@pytest.mark.parametrize("ref", [True, False], ids=["ref", "values"])
@pytest.mark.parametrize("path", PATHS)
def test_a_path_passes_its_hooks(path, ref):
    value, expected = PATHS[path]
    recorder = Recorder()
    data = fory.Fory(strict=False, ref=ref).dumps(value)
    fory.Fory(strict=False, ref=ref, policy=recorder).loads(data)
    assert [hook for hook in expected if hook not in recorder.seen] == []


class Refusing(fory.DeserializationPolicy):
    """Refuses in one hook."""

    def __init__(self, hook: str) -> None:
        setattr(self, hook, self.refuse)

    def refuse(self, *args, **kwargs):
        raise PolicyError("no")


@pytest.mark.parametrize(
    ("value", "hook"),
    [
        (local_class(), "validate_class"),
        (local_class()(), "validate_class"),
        (lambda: 1, "validate_function"),
        (local_function(), "validate_function"),
        (dynamic, "validate_module"),
        (Plain(), "authorize_instantiation"),
        (WithSetter(), "intercept_reduce_call"),
        (WithState(), "intercept_setstate"),
        (functools.partial(len), "inspect_reduced_object"),
        (os.system, "validate_function"),
    ],
)
@pytest.mark.parametrize("ref", [True, False], ids=["ref", "values"])
def test_a_refusal_ends_the_reading(value, hook, ref):
    data = fory.Fory(strict=False, ref=ref).dumps([value])
    with pytest.raises(PolicyError):
        fory.Fory(strict=False, ref=ref, policy=Refusing(hook)).loads(data)


def test_making_a_class_is_authorized():
    recorder = Recorder()
    data = fory.dumps(local_class())
    gc.collect()
    fory.Fory(strict=False, ref=True, policy=recorder).loads(data)
    assert ("make", "type") in recorder.seen


def test_a_function_is_no_method_of_its_module():
    from fory._globals import find_method

    recorder = Recorder()
    find_method(os, "getcwd", recorder)
    assert recorder.seen[-1] == ("function", "getcwd")


def test_modules_inside_of_modules_are_seen():
    from fory._globals import find

    recorder = Recorder()
    find("json", "decoder.scanner.re", recorder)
    names = ["json", "json.decoder", "json.scanner", "re"]
    assert [name for _, name in recorder.seen] == names


def test_the_other_names_of_hooks_are_asked():
    class Other(fory.DeserializationPolicy):
        def check_reduce_callable(self, callable_, args):
            return "instead"

    data = fory.dumps(range(3))
    made = fory.Fory(strict=False, ref=True, policy=Other())
    assert made.loads(data) == "instead"


def test_hooks_may_have_the_short_signatures():
    class Short(fory.DeserializationPolicy):
        def validate_module(self, module, is_local):
            pass

        def validate_class(self, cls, is_local):
            pass

        def validate_function(self, func, is_local):
            pass

        def authorize_instantiation(self, cls, args, kwargs):
            pass

    made = fory.Fory(strict=False, ref=True, policy=Short())
    values = [Plain(), Struct(1), WithState(), ManyItems(), Items(1, 2), len]
    assert len(made.loads(made.dumps(values))) == len(values)


# ---- ready policies ------------------------------------------------------------------


def test_an_allow_list_allows_what_is_on_it():
    policy = fory.AllowList(modules=["math"], classes=[Plain, f"{__name__}.Struct"])
    made = fory.Fory(strict=False, ref=True, policy=policy)
    values = [Plain(), Struct(1), math.sin, collections.Counter("a"), {1: 2j}]
    assert made.loads(made.dumps(values))[1:] == values[1:]


@pytest.mark.parametrize(
    "value",
    [os.system, WithState(), len, local_class(), lambda: 1, json, Plain().method],
    ids=["function", "class", "builtin", "local", "lambda", "module", "method"],
)
def test_an_allow_list_refuses_what_is_not(value):
    made = fory.Fory(strict=False, ref=True, policy=fory.AllowList())
    with pytest.raises(PolicyError):
        made.loads(made.dumps(value))


def test_no_code_keeps_plain_objects():
    made = fory.Fory(strict=False, ref=True, policy=fory.NoCode())
    values = made.loads(made.dumps([Plain(), Struct(2), Color.RED, {1j}]))
    assert (values[0].a, values[1:]) == (1, [Struct(2), Color.RED, {1j}])


class Calling:
    def __reduce__(self):
        return os.system, ("true",)


@pytest.mark.parametrize(
    "value",
    [Calling(), WithState(), local_class()(), lambda: 1, functools.partial(len)],
    ids=["call", "state", "local", "lambda", "partial"],
)
def test_no_code_calls_nothing(value):
    made = fory.Fory(strict=False, ref=True, policy=fory.NoCode())
    with pytest.raises(PolicyError):
        made.loads(made.dumps(value))


# ---- signatures ----------------------------------------------------------------------

KEY = bytes(range(32))


def test_signed_messages_come_back():
    signed = fory.sign(KEY)
    assert signed.loads(signed.dumps([1, len])) == [1, len]


@pytest.mark.parametrize("at", [0, 3, 4, 20, 36, 40, -1])
def test_a_changed_byte_is_found(at):
    signed = fory.sign(KEY)
    data = bytearray(signed.dumps(["some", "value"]))
    data[at] ^= 1
    with pytest.raises(SignatureError):
        signed.loads(data)


def test_nothing_is_decoded_before_the_signature_is_known():
    recorder = Recorder()
    reader = fory.Fory(strict=False, ref=True, policy=recorder)
    message = fory.sign(bytes(16)).dumps(Calling())
    with pytest.raises(SignatureError):
        fory.sign(KEY, fory=reader).loads(message)
    assert recorder.seen == []


@pytest.mark.parametrize("data", [b"", b"FSG1", b"FSG1" + bytes(31)])
def test_short_messages_are_not_signed(data):
    with pytest.raises(SignatureError):
        fory.sign(KEY).loads(data)


def test_old_keys_are_still_read():
    old = fory.sign(bytes(16)).dumps("old")
    assert fory.sign(KEY, bytes(16)).loads(old) == "old"
    with pytest.raises(DecodeError):
        fory.sign(KEY).loads(old)


@pytest.mark.parametrize("key", [b"short", "text" * 8, None])
def test_keys_are_checked(key):
    with pytest.raises((ValueError, TypeError)):
        fory.sign(key)


def test_a_signer_is_not_written():
    with pytest.raises(TypeError, match="secret"):
        fory.dumps(fory.sign(KEY))


class Forbidden:
    """A class that may be named, but of which no instance may be made."""


class Turning:
    def __reduce__(self):
        return Plain, (), (None, {"__class__": Forbidden})


class NoInstances(fory.DeserializationPolicy):
    def authorize_instantiation(self, cls, **context):
        if cls is Forbidden:
            raise PolicyError("not that one")


@pytest.mark.parametrize("ref", [True, False], ids=["ref", "values"])
def test_an_attribute_does_not_change_the_class_of_an_instance(ref):
    made = Plain()
    vars(made)["__klass__"] = Forbidden
    data = fory.Fory(strict=False, ref=ref).dumps(made)
    reader = fory.Fory(strict=False, ref=ref, policy=NoInstances())
    found = reader.loads(data.replace(b"__klass__", b"__class__"))
    assert type(found) is Plain
    assert vars(found)["__class__"] is Forbidden


def test_a_state_does_not_change_the_class_of_an_instance():
    with pytest.raises(DecodeError, match="may not change the class"):
        fory.loads(fory.dumps(Turning()))


def test_the_dict_of_an_instance_is_its_own():
    made = Plain()
    vars(made)["__diet__"] = [1]
    data = fory.dumps(made).replace(b"__diet__", b"__dict__")
    assert vars(fory.loads(data)) == {"a": 1, "__dict__": [1]}
