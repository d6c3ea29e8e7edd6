"""What readers remember of the last message, and lists written at the first look."""

import dataclasses

import pytest
from twins import twin_of

import fory


@dataclasses.dataclass
class First:
    a: int


@dataclasses.dataclass
class Second:
    b: str


VALUES = [
    First(1),
    First(2),
    Second("x"),
    [First(3), Second("y"), First(4), Second("z")],
    [Second("y"), First(3), Second("z")],
    First(5),
    [First(6), 7, First(8)],
]


@pytest.mark.parametrize("xlang", [False, True], ids=["native", "xlang"])
@pytest.mark.parametrize("compatible", [False, True], ids=["hashed", "typedef"])
def test_messages_that_begin_alike_are_told_apart(xlang, compatible):
    made = fory.Fory(xlang=xlang, compatible=compatible)
    for cls in (First, Second):
        made.register(cls, typename=f"repeated.{cls.__name__}")
    messages = [made.dumps(value) for value in VALUES]

    assert [made.loads(message) for message in messages * 2] == VALUES * 2


def test_equal_namespace_and_name_are_one_number():
    made = fory.Fory()
    made.register(First, namespace="same", name="same")
    made.register(Second, namespace="same", name="other")
    values = [First(1), First(2), [First(3), Second("x"), First(4)]]

    assert [made.loads(made.dumps(value)) for value in values] == values


@pytest.mark.parametrize(
    "items",
    [
        [1] * 700 + ["a"] + [1] * 3,
        ["a", None, "b"],
        ["a", "\N{SNOWMAN}", "\U0001f600"],
        [1.5, 2, 3.5],
        [True, 1, True],
        [True, False],
        [2**40, -(2**62), 64, 0, -1],
        [0.0] * 1030 + [-0.0],
    ],
    ids=["late", "null", "wide", "number", "bool", "bools", "long", "floats"],
)
@pytest.mark.parametrize("xlang", [False, True], ids=["native", "xlang"])
def test_lists_of_one_leaf_and_almost_one(items, xlang):
    made = fory.Fory(xlang=xlang)
    message = made.dumps(items)

    assert message == twin_of(made).dumps(items)
    assert repr(made.loads(message)) == repr(items)


def test_ints_of_every_width_are_read_from_a_run():
    made = fory.Fory()
    items = [s * (1 << n) + d for n in range(63) for s in (1, -1) for d in (-1, 0, 1)]

    assert made.loads(made.dumps(items)) == items


def test_every_day_of_the_calendar_is_read_as_it_was_written():
    import datetime

    made = fory.Fory()
    days = [datetime.date.fromordinal(n) for n in range(1, 3_652_060, 97)]
    days.append(datetime.date.max)

    assert made.loads(made.dumps(days)) == days
