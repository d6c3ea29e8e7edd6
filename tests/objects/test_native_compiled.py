"""What compiled code does instead of serializer objects, against the twin."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import operator
import random
import types
import typing
import zoneinfo

import pytest
from twins import alike, twin_of

import fory
from fory.error import DecodeError
from fory.pickling import shared

ENGINES = {"compiled": shared(), "twin": twin_of(shared())}
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
EAST = datetime.timezone(datetime.timedelta(hours=2))
NAMED = datetime.timezone(datetime.timedelta(hours=2), "east")


class Rights(enum.Flag):
    READ = 1
    WRITE = 2
    RUN = 4


class Point(typing.NamedTuple):
    x: int
    y: typing.Any


class Longer(Point):
    """Says nothing about how it is made."""

    __slots__ = ()


class Doubled(Point):
    __slots__ = ()

    @classmethod
    def _make(cls, items):
        return super()._make([2 * item for item in items])


class Stubborn(dict):
    """Refuses what is not set past it."""

    def __setitem__(self, key, value):
        raise TypeError("no")

    def update(self, *args):
        raise TypeError("no")


class Slotted(list):
    __slots__ = ("mark",)

    def append(self, item):
        raise TypeError("no")


class Shy(set):
    def __iter__(self):
        raise TypeError("no")


class Stated(dict):
    def __getstate__(self):
        return {"secret": 1}

    def __setstate__(self, state):
        self.seen = state


class Holder:
    def method(self):
        return self.mark

    @classmethod
    def made(cls):
        return cls()


def holder(mark=1):
    made = Holder()
    made.mark = mark
    return made


def subclass(cls, items, **attributes):
    made = cls(items)
    vars(made).update(attributes)
    return made


def slotted(*items):
    made = Slotted(items)
    made.mark = "m"
    return made


def moment(zone, fold=0):
    return datetime.datetime(2024, 10, 27, 2, 30, 1, 7, tzinfo=zone, fold=fold)


VALUES = {
    "flags": [Rights.READ | Rights.RUN, Rights(0), Rights.WRITE],
    "long ints": [1 << 64, -(1 << 63) - 1, (1 << 71) - 1, -(1 << 71), 10**1000],
    "named tuples": [Point(1, "a"), Longer(2, [3]), Point(None, Point(1, 2))],
    "dicts": [Stubborn(a=1), subclass(Stubborn, {1: [2]}, mark=1), Stubborn()],
    "lists": [Slotted([1]), slotted("a", None), Slotted()],
    "sets": [Shy({1, 2}), subclass(Shy, {"a"}, mark=[1])],
    "zones": [moment(z, f) for z in (BERLIN, EAST, NAMED, None) for f in (0, 1)] * 2,
    "functions": [holder, len, operator.add, dict.fromkeys],
    "classes": [Holder, int, Point, types.FunctionType, collections.OrderedDict],
    "decimals": [decimal.Decimal("-1.5"), decimal.Decimal("1E+400")],
}


@pytest.mark.parametrize("name", VALUES)
def test_both_engines_agree(name):
    value = VALUES[name]
    written = {engine.dumps(value) for engine in ENGINES.values()}
    assert len(written) == 1
    data = written.pop()
    for engine in ENGINES.values():
        assert alike(engine.loads(data), value)


@pytest.mark.parametrize("options", [{}, {"ref": True}], ids=["values", "ref"])
@pytest.mark.parametrize("name", VALUES)
def test_the_official_forms_agree(name, options):
    made = fory.Fory(strict=False, **options)
    value = VALUES[name]
    data = made.dumps(value)
    assert twin_of(made).dumps(value) == data
    assert alike(made.loads(data), value)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_make_of_ones_own_is_called(engine):
    made = ENGINES[engine].loads(ENGINES[engine].dumps([Doubled(1, 2)]))
    assert made == [Doubled(2, 4)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_state_reaches_a_container(engine):
    made = ENGINES[engine].loads(ENGINES[engine].dumps(Stated(a=1)))
    assert made == {"a": 1}
    assert made.seen == {"secret": 1}


def test_datetimes_share_their_zones():
    zone = datetime.timezone(datetime.timedelta(hours=3))
    made = fory.loads(fory.dumps([moment(zone), moment(zone, 1), moment(EAST)]))
    assert made[0].tzinfo is made[1].tzinfo
    assert made[2].tzinfo == EAST


def test_zones_that_are_equal_keep_their_names():
    made = fory.loads(fory.dumps([moment(EAST), moment(NAMED)]))
    assert [m.tzname() for m in made] == ["UTC+02:00", "east"]


@pytest.mark.parametrize("engine", ENGINES)
def test_methods_belong_to_their_object(engine):
    owner = holder(5)
    value = [owner.method, owner, Holder.made, [1].append, "-".join]
    made = ENGINES[engine].loads(ENGINES[engine].dumps(value))
    assert made[0].__self__ is made[1]
    assert made[0]() == 5
    assert made[2] == Holder.made
    assert made[4]("ab") == "a-b"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_method_that_is_gone_is_named(engine):
    data = ENGINES[engine].dumps(holder().method)
    data = data.replace(b"\x18method", b"\x18mexxod")
    with pytest.raises(DecodeError, match="Holder has no method 'mexxod'"):
        ENGINES[engine].loads(data)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_function_that_is_gone_is_named(engine):
    data = ENGINES[engine].dumps(holder).replace(b"holder", b"h0lder")
    with pytest.raises(DecodeError, match="h0lder"):
        ENGINES[engine].loads(data)


@pytest.mark.parametrize("n", [18, 19, 20, 28, 38, 39, 100, 500, 5000, 24_100])
def test_decimals_of_many_digits(n):
    random_digits = random.Random(n)
    for sign, exponent in (("", 0), ("-", -3), ("", 17), ("-", -9000)):
        digits = "".join(random_digits.choices("0123456789", k=n - 1))
        value = decimal.Decimal(f"{sign}9{digits}E{exponent}")
        data = fory.dumps(value)
        assert str(fory.loads(data)) == str(value)
        assert ENGINES["twin"].dumps(value) == data


@pytest.mark.parametrize("number", [2**62 - 1, 2**62, 2**62 + 1, 2**64, 10**19, 10**38])
@pytest.mark.parametrize("sign", [1, -1])
def test_decimals_around_whole_words(number, sign):
    value = decimal.Decimal(sign * number).scaleb(-2)
    data = fory.dumps(value)
    assert ENGINES["twin"].dumps(value) == data
    assert str(fory.loads(data)) == str(value)


def single():
    class Single:
        made = None

    Single.made = Single()
    return Single.made


@pytest.mark.parametrize("engine", ENGINES)
def test_a_class_may_hold_its_instance(engine):
    value = single()
    made = ENGINES[engine].loads(ENGINES[engine].dumps(value))
    assert type(made) is type(value)  # of this process, which keeps what it has
    assert made is not value


def test_both_engines_write_an_instance_of_its_class():
    value = single()
    assert len({engine.dumps(value) for engine in ENGINES.values()}) == 1
