"""Objects that lie, fail or change while they are written; modules that change."""

from __future__ import annotations

import array
import dataclasses
import importlib
import sys
import warnings
from typing import Any

import pytest
from objects.twins import agree, outcome, twin_of

import fory
from fory import ENABLE_FORY_CYTHON_SERIALIZATION as COMPILED
from fory.error import (
    ContainerChangedError,
    DecodeError,
    DepthLimitError,
    EncodeError,
)

REF = [False, True]


def both_ways(value: Any, **options: Any) -> Any:
    """Write and read a value with both engines; they must agree."""
    made = fory.Fory(strict=False, **options)
    if COMPILED:
        agree(outcome(made.dumps, value), outcome(twin_of(made).dumps, value))
    return made.loads(made.dumps(value))


class Eraser:
    """Removes an attribute of its owner when it is written."""

    def __init__(self, owner: Any) -> None:
        self.owner = owner

    def __reduce__(self):
        vars(self.owner).pop("last", None)
        return int, ()


class Owner:
    def __init__(self) -> None:
        self.first = Eraser(self)
        self.last = 1


@pytest.mark.parametrize("ref", REF)
def test_attributes_that_go_while_written_are_a_clear_error(ref):
    with pytest.raises(ContainerChangedError, match="copy it first"):
        fory.Fory(strict=False, ref=ref).dumps(Owner())


class ByGenerator(dict):
    """Gives its entries as a generator does, as abstract mappings do."""

    def __reduce__(self):
        return type(self), (), None, None, (pair for pair in self.items())


class ByOwnIterator(dict):
    def __reduce__(self):
        class Pairs:
            def __init__(self, pairs):
                self.pairs = list(pairs)

            def __iter__(self):
                return self

            def __next__(self):
                if not self.pairs:
                    raise StopIteration
                return self.pairs.pop(0)

        return type(self), (), None, None, Pairs(self.items())


@pytest.mark.parametrize("kind", [ByGenerator, ByOwnIterator])
def test_entries_of_a_reduction_may_come_from_any_iterator(kind):
    again = both_ways(kind(a=1, b=[2]))
    assert (type(again), again) == (kind, {"a": 1, "b": [2]})
    assert fory.loads(fory.dumps(kind(a=1))) == {"a": 1}


@pytest.mark.parametrize("place", [3, 4])
def test_items_of_a_reduction_must_be_iterable(place):
    class Wrong:
        def __reduce__(self):
            parts: list[Any] = [list, (), None, None, None]
            parts[place] = 5
            return tuple(parts)

    with pytest.raises(EncodeError, match="expected an iterator"):
        fory.dumps(Wrong())


class Unshown:
    """Has no repr, and is no float."""

    def __repr__(self):
        raise RuntimeError("no repr")

    def __reduce__(self):
        raise EncodeError("refused")


@dataclasses.dataclass
class Real:
    x: float


def test_errors_name_values_that_have_no_repr():
    made = fory.Fory()
    made.register(Real)
    with pytest.raises(EncodeError, match=r"found Unshown <.*Unshown object"):
        made.dumps(Real(Unshown()))  # type: ignore[arg-type]
    with pytest.raises(EncodeError, match=r"refused; at \[<.*Unshown object"):
        fory.dumps({Unshown(): 1})


def test_the_place_of_a_deep_error_is_short_in_the_message():
    value: list[Any] = []
    for _ in range(400):
        value = [value]
    with pytest.raises(DepthLimitError) as caught:
        fory.Fory(max_depth=100).dumps(value)
    assert len(str(caught.value)) < 500
    assert caught.value.path == "[0]" * 100


@pytest.mark.parametrize("ref", REF)
@pytest.mark.parametrize("compatible", [False, True])
def test_own_states_of_frozen_slots_are_respected(ref, compatible):
    taken, given = [], []

    @dataclasses.dataclass(frozen=True, slots=True)
    class Gives:
        a: int
        b: str

        def __getstate__(self):
            given.append(self.a)
            return [self.a, self.b]

    @dataclasses.dataclass(frozen=True, slots=True)
    class Takes:
        a: int
        b: str

        def __setstate__(self, state):
            taken.append(list(state))
            for name, value in zip(("a", "b"), state, strict=True):
                object.__setattr__(self, name, value)

    made = fory.Fory(strict=False, ref=ref, compatible=compatible)
    again = made.loads(made.dumps([Gives(1, "x"), Takes(2, "y")]))
    assert (again[0].a, again[0].b, again[1].a, again[1].b) == (1, "x", 2, "y")
    assert (given, taken) == ([1], [[2, "y"]])


@pytest.mark.parametrize("ref", REF)
def test_arrays_of_characters_are_kept(ref):
    code = "w" if sys.version_info >= (3, 13) else "u"
    value = [array.array(code, "añ中"), array.array(code), array.array("i", [1])]
    assert both_ways(value, ref=ref) == value
    with pytest.raises(EncodeError, match="typecode"):
        fory.Fory().dumps(value[0])


SOURCE = """
import dataclasses, enum

@dataclasses.dataclass
class Struct:
    x: int = {version}

class Plain:
    def __init__(self):
        self.version = {version}

class Choice(enum.Enum):
    A = {version}

class Outer:
    class Inner:
        pass
"""


@pytest.fixture
def changing(tmp_path, monkeypatch):
    """A module that a call loads again in another version."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def load(version: int) -> Any:
        path = tmp_path / "changing_module.py"
        path.write_text(SOURCE.format(version=version) + "#" * version)
        importlib.invalidate_caches()
        known = sys.modules.get("changing_module")
        if known is None:
            return importlib.import_module("changing_module")
        return importlib.reload(known)

    yield load
    sys.modules.pop("changing_module", None)


@pytest.mark.parametrize(
    "calls",
    [fory, fory.Fory(strict=False), fory.Fory(strict=False, ref=True, compatible=True)],
    ids=["module", "names", "definitions"],
)
def test_a_module_that_was_loaded_again_gives_its_new_classes(changing, calls):
    for version in range(1, 4):
        module = changing(version)
        for value in (
            module.Struct(), module.Plain(), module.Choice.A, module.Outer.Inner(),
        ):  # fmt: skip
            again = calls.loads(calls.dumps(value))
            assert type(again) is type(value)
    del sys.modules["changing_module"]
    module = changing(9)
    assert type(calls.loads(calls.dumps(module.Plain()))) is module.Plain


@dataclasses.dataclass
class Forced:
    number: Any = fory.field(ref=True, dynamic=True)  # noqa: RUF009
    text: str = fory.field(ref=True, dynamic=True)


@pytest.mark.parametrize("xlang", [False, True], ids=["native", "xlang"])
def test_fields_that_say_their_type_and_share_are_tracked(xlang):
    made = fory.Fory(xlang=xlang, ref=True)
    made.register(Forced, type_id=3)
    text = "shared between two" + str(xlang)
    message = made.dumps([Forced(1, text), Forced(2, text)])
    assert message.count(text.encode()) == 1
    assert made.loads(message) == [Forced(1, text), Forced(2, text)]


class Picky:
    """Refuses its state after the interpreter has forgotten where methods are."""

    def __getstate__(self):
        return 1

    def __setstate__(self, state):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            sys._clear_type_cache()
        raise KeyError("refused")


def test_the_error_of_a_state_survives_until_it_is_reported():
    made = fory.Fory(strict=False)
    with pytest.raises(DecodeError, match=r"__setstate__ refuses.*'refused'"):
        made.loads(made.dumps(Picky()))
