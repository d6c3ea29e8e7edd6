"""Objects that calls make, and which objects need no call."""

from __future__ import annotations

import pickle

import pytest
from twins import alike, twin_of

import fory
from fory.error import DecodeError
from fory.pickling import shared


class Base:
    def __init__(self, number):
        self.number = number


class Inherits(Base):
    """Adds nothing to how its base is laid out."""


class Number(int):
    """Has a state of its own beside what ``int`` holds."""


class ManyArguments:
    def __init__(self, *numbers):
        self.numbers = numbers

    def __reduce__(self):
        return ManyArguments, self.numbers


class Padded:
    def __reduce__(self):
        return Padded, (), None, None, None, None


class Refuses:
    def __init__(self, *numbers):
        if numbers:
            raise ValueError("no numbers")

    def __reduce__(self):
        return Refuses, (1, 2)


class MakesNoNone:
    def __init__(self, *numbers):
        return 5 if numbers else None

    def __reduce__(self):
        return MakesNoNone, (1,)


ENGINES = {"compiled": shared(), "twin": twin_of(shared())}


@pytest.fixture(params=ENGINES)
def engine(request):
    return ENGINES[request.param]


def test_a_class_that_only_inherits_needs_no_call(engine):
    data = engine.dumps(Inherits(3))
    assert b"copyreg" not in data
    made = engine.loads(data)
    assert type(made) is Inherits
    assert made.number == 3


@pytest.mark.parametrize(
    "value", [Number(7), 10**30 * Number(1), ManyArguments(*range(12)), Padded()]
)
def test_calls_of_every_size(engine, value):
    made = engine.loads(engine.dumps(value))
    assert alike(made, pickle.loads(pickle.dumps(value)))


def test_both_engines_write_the_same_calls():
    values = [Number(7), ManyArguments(1, "a", None), Padded(), Inherits(1)]
    found = {engine.dumps(values) for engine in ENGINES.values()}
    assert len(found) == 1


def test_what_is_none_behind_a_call_takes_no_bytes(engine):
    assert len(engine.dumps(Padded())) == len(engine.dumps(ManyArguments())) - 7


@pytest.mark.parametrize("value", [Refuses(), MakesNoNone()], ids=["raises", "5"])
def test_a_call_that_fails_is_an_error_about_the_bytes(engine, value):
    data = engine.dumps(value)
    with pytest.raises(DecodeError, match="refuses what the bytes hold"):
        engine.loads(data)


def test_arguments_may_be_shared():
    shared_list = [1]
    made = fory.loads(
        fory.dumps([ManyArguments(shared_list, shared_list), shared_list])
    )
    assert made[0].numbers[0] is made[0].numbers[1] is made[1]
