"""Short forms of the standard library: what they keep, what readers refuse."""

from __future__ import annotations

import collections
import copy
import fractions
import functools
import io
import pickle
import uuid
from typing import Any

import pytest
from twins import alike, twin_of

import fory
from fory.error import DecodeError, ForyError, PolicyError
from fory.types import TypeId

OLD = collections.OrderedDict(b=1, a=[2])
OLD.move_to_end("b")
NOTED = collections.OrderedDict(a=1)
NOTED.note = "kept"  # type: ignore[attr-defined]
MARKED = functools.partial(int, "12", base=3)
MARKED.mark = [1]  # type: ignore[attr-defined]

VALUES: dict[str, Any] = {
    "ordered": OLD,
    "ordered, empty": collections.OrderedDict(),
    "ordered, attributes": NOTED,
    "ordered, null": collections.OrderedDict({None: None, 1: "x", "y": None}),
    "deque": collections.deque([1, "a", None]),
    "deque, bound": collections.deque([1, 2, 3], 2),
    "deque, bound 0": collections.deque(maxlen=0),
    "defaultdict": collections.defaultdict(list, {"a": [1]}),
    "defaultdict, none": collections.defaultdict(None, {1: 2}),
    "counter": collections.Counter("abracadabra"),
    "counter, negative": collections.Counter({"a": -2, "b": 1.5}),
    "partial": functools.partial(max, 1),
    "partial, keywords": functools.partial(int, base=2),
    "partial, attributes": MARKED,
    "fraction": fractions.Fraction(-3, 7),
    "fraction, long": fractions.Fraction(1 << 200, 3),
    "uuid": uuid.UUID(int=(1 << 128) - 1),
    "uuid, safe": uuid.UUID(int=5, is_safe=uuid.SafeUUID.safe),
    "uuid, unsafe": uuid.UUID(int=5, is_safe=uuid.SafeUUID.unsafe),
    "complex": complex(-0.0, float("inf")),
    "frozenset": frozenset({1, "a", (2, 3)}),
    "frozenset, empty": frozenset(),
    "bytearray": bytearray(b"abc\x00"),
    "range": range(5, -3, -2),
    "range, long": range(1 << 70),
    "slice": slice(None, 3),
}


def shown(value: Any) -> Any:
    return type(value), repr(value), getattr(value, "__dict__", None)


def facts(value: Any) -> Any:
    if isinstance(value, frozenset):
        return type(value), value
    if isinstance(value, uuid.UUID):
        return shown(value), value.is_safe
    return shown(value)


@pytest.mark.parametrize("name", VALUES)
def test_a_value_comes_back(name):
    value = VALUES[name]
    assert facts(fory.loads(fory.dumps(value))) == facts(value)


@pytest.mark.parametrize("name", VALUES)
def test_a_list_of_one_kind_comes_back(name):
    value = [VALUES[name], 1, copy.copy(VALUES[name])]
    found = fory.loads(fory.dumps(value))
    assert [facts(v) for v in found] == [facts(v) for v in value]


@pytest.mark.parametrize("name", VALUES)
def test_a_shared_value_stays_shared(name):
    first, second = fory.loads(fory.dumps([VALUES[name]] * 2))
    assert first is second


@pytest.mark.parametrize("name", VALUES)
def test_the_twin_has_the_same_bytes_and_values(name):
    made = fory.Fory(strict=False, ref=True, concise=True)
    twin = twin_of(made)
    data = made.dumps([VALUES[name]])
    assert twin.dumps([VALUES[name]]) == data
    assert facts(twin.loads(data)[0]) == facts(made.loads(data)[0])


@pytest.mark.parametrize("name", [n for n in VALUES if n != "slice"])
def test_without_the_option_the_bytes_are_those_of_all_readers(name):
    plain = fory.Fory(strict=False, ref=True)
    data = plain.dumps(VALUES[name])
    assert data[2] in (TypeId.REDUCE, TypeId.NAMED_EXT)
    assert facts(fory.loads(data)) == facts(VALUES[name])


@pytest.mark.parametrize("ref", [False, True], ids=["values", "refs"])
def test_the_option_is_for_any_instance(ref):
    made = fory.Fory(strict=False, ref=ref, concise=True)
    values = [v for n, v in VALUES.items() if n != "frozenset"]
    found = made.loads(made.dumps(values))
    assert [facts(v) for v in found] == [facts(v) for v in values]


# ---- objects that refer to themselves ------------------------------------------------


@pytest.mark.parametrize(
    "cls", [collections.OrderedDict, collections.Counter, collections.defaultdict]
)
def test_a_mapping_may_hold_itself(cls):
    value = cls()
    value["me"] = value
    found = fory.loads(fory.dumps(value))
    assert type(found) is cls
    assert found["me"] is found


def test_a_deque_may_hold_itself():
    value: Any = collections.deque([1], 4)
    value.append(value)
    found = fory.loads(fory.dumps(value))
    assert found[1] is found
    assert found.maxlen == 4


class Holder:
    """Something that holds what holds it."""

    def __call__(self) -> Any:
        return self


def parts_of(value: Any) -> list[Any]:
    if isinstance(value, frozenset):
        return list(value)
    return [value.func, *value.args, *value.keywords.values()]


@pytest.mark.parametrize(
    "make",
    [
        lambda h: functools.partial(h),
        lambda h: functools.partial(max, h),
        lambda h: functools.partial(int, base=h),
        lambda h: frozenset([h]),
    ],
    ids=["function", "argument", "keyword", "frozenset"],
)
def test_what_needs_its_parts_may_be_in_a_cycle(make):
    holder = Holder()
    holder.held = make(holder)
    assert fory.loads(fory.dumps(holder)).held is not None
    inside = fory.loads(fory.dumps(holder.held))
    assert next(p for p in parts_of(inside) if isinstance(p, Holder)).held is inside


# ---- readers -------------------------------------------------------------------------


class Noting(fory.DeserializationPolicy):
    """Notes what it sees."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any]] = []

    def validate_module(self, module_name, *, is_local=False, **context):
        self.seen.append(("module", module_name))

    def validate_class(self, cls, *, is_local=False, **context):
        self.seen.append(("class", cls))

    def authorize_instantiation(self, cls, **context):
        self.seen.append(("make", cls))

    def intercept_reduce_call(self, callable_, args):
        self.seen.append(("call", callable_))

    def inspect_reduced_object(self, obj):
        self.seen.append(("result", type(obj)))


@pytest.mark.parametrize("name", [n for n in VALUES if n != "slice"])
def test_a_policy_sees_every_step(name):
    value, policy = VALUES[name], Noting()
    reader = fory.Fory(strict=False, ref=True, policy=policy)
    assert facts(reader.loads(fory.dumps(value))) == facts(value)
    cls = type(value)
    steps = [("module", cls.__module__), ("class", cls), ("make", cls), ("result", cls)]
    assert [step for step in policy.seen if step in steps] == steps
    assert "call" in {hook for hook, _ in policy.seen}


@pytest.mark.parametrize("name", [n for n in VALUES if n != "slice"])
def test_an_allow_list_decides_about_each(name):
    policy = fory.AllowList(classes=[int, max, len])
    reader = fory.Fory(strict=False, ref=True, policy=policy)
    data = fory.dumps(VALUES[name])
    if name.startswith(("partial", "defaultdict")):
        with pytest.raises(PolicyError):
            reader.loads(data)
    else:
        assert facts(reader.loads(data)) == facts(VALUES[name])


@pytest.mark.parametrize("name", VALUES)
def test_strict_readers_refuse_them(name):
    if name == "slice":
        return
    with pytest.raises(ForyError):
        fory.Fory(ref=True).loads(fory.dumps(VALUES[name]))


class Finder(fory.Unpickler):
    """Lets messages reach nothing."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name}")


@pytest.mark.parametrize("name", [n for n in VALUES if n != "slice"])
def test_find_class_may_refuse_each(name):
    with pytest.raises(pickle.UnpicklingError):
        Finder(io.BytesIO(fory.dumps(VALUES[name]))).load()


def test_inspection_makes_nothing(capsys):
    fory.inspect(fory.dumps(list(VALUES.values())))
    text = capsys.readouterr().out
    for cls in map(type, VALUES.values()):
        if cls is not slice:
            assert f" {cls.__module__}.{cls.__qualname__}\n" in text


def head(type_id: TypeId) -> bytes:
    return bytes((0, 0xFF, type_id))


@pytest.mark.parametrize(
    "body",
    [
        head(TypeId.FRACTION) + b"\xff\x07\x02\xff\x07\x00",
        head(TypeId.FRACTION) + b"\xff\x15\x04x\xff\x07\x00",
        head(TypeId.UUID) + bytes(16) + b"\x03",
        head(TypeId.UUID) + bytes(9),
        head(TypeId.RANGE) + b"\xff\x07\x02\xff\x07\x02\xff\x07\x00",
        head(TypeId.DEFAULT_DICT) + b"\xff\x07\x02\x00",
        head(TypeId.PARTIAL) + b"\xff\x07\x02\x00\x00\xfd",
        head(TypeId.FROZENSET) + b"\x01\x08\x16\x00",
        head(TypeId.BYTEARRAY) + b"\xff\xff\xff\xff\x07abc",
        head(TypeId.DEQUE) + b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00",
        head(TypeId.CALL) + b"\x06",
        head(TypeId.CALL) + b"\x01\xff\x07\x02\x00",
    ],
    ids=[
        "fraction of zero", "fraction of a text", "unknown safety", "short uuid",
        "range without step", "factory", "partial of a number", "frozenset of a list",
        "long bytearray", "bound", "call of many parts", "call of a number",
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_both(body):
    made = fory.Fory(strict=False, ref=True, concise=True)
    for reader in (made, twin_of(made)):
        with pytest.raises(DecodeError):
            reader.loads(body)


def test_fractions_are_in_lowest_terms():
    data = head(TypeId.FRACTION) + b"\xff\x07\x04\xff\x07\x08"
    found = fory.loads(data)
    assert found == fractions.Fraction(1, 2)
    assert (found.numerator, found.denominator) == (1, 2)


# ---- calls ---------------------------------------------------------------------------


class Point:
    """Made by a call whose arguments are named, with a state."""

    def __init__(self, x: int, y: int) -> None:
        self.x, self.y = x, y

    def __reduce__(self) -> Any:
        return type(self), (self.x, self.y), {"late": self}


class Returning:
    def __init__(self, x: int) -> None:
        self.x = x

    def __reduce__(self) -> Any:
        return type(self), (1,)


class Wrong(Returning):
    def __init__(self, x: int) -> None:
        return x  # type: ignore[return-value]


def test_a_call_may_have_a_state_that_refers_to_its_result():
    found = fory.loads(fory.dumps(Point(1, 2)))
    assert (found.x, found.y, found.late is found) == (1, 2, True)


def test_an_init_that_returns_something_is_refused(monkeypatch):
    data = fory.dumps(Returning(1))
    monkeypatch.setattr(Returning, "__init__", Wrong.__init__)
    with pytest.raises(DecodeError, match="should return None"):
        fory.loads(data)


@pytest.mark.parametrize("args", [(), (1, 2), tuple(range(9))])
def test_arguments_that_do_not_fit_are_refused(args, monkeypatch):
    data = fory.dumps(Returning(1))
    monkeypatch.setattr(Returning, "__reduce__", lambda self: (Returning, args))
    with pytest.raises(DecodeError, match="argument"):
        fory.loads(fory.dumps(object.__new__(Returning)))
    assert fory.loads(data).x == 1


class Meta(type):
    def __call__(cls, *args: Any) -> Any:
        return "made by its metaclass"


class Special(metaclass=Meta):
    def __init__(self, x: int) -> None:
        raise AssertionError("not called")

    def __reduce__(self) -> Any:
        return Special, (1,)


def test_a_metaclass_may_make_instances_otherwise():
    data = fory.dumps(object.__new__(Special))
    assert fory.loads(data) == "made by its metaclass"
    assert alike(fory.loads(data), "made by its metaclass")
