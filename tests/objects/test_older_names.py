"""The spellings of earlier and later versions of the format's library."""

from __future__ import annotations

import array
import copy
import io
import pickle
import tomllib
from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import Any

import pytest
from twins import twin_of

import fory
from fory import error

ROOT = Path(__file__).parents[2]


@dataclass
class Point:
    x: int
    tags: Any = None


class Plain:
    def __init__(self, x: Any = 0) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)


class Derived(Plain):
    pass


class ByFory(fory.Serializer):
    """Values of any type through the ``Fory`` that a serializer was given."""

    def write(self, buffer, value):
        self.fory.write_ref(buffer, value.x)
        self.fory.write_no_ref(buffer, [value.x])

    def read(self, buffer):
        made = self.type_()
        made.x = self.fory.read_ref(buffer)
        assert self.fory.read_no_ref(buffer) == [made.x]
        return made

    @classmethod
    def support_subclass(cls):
        return True


def both_ways(made: fory.Fory, value: Any) -> Any:
    return made.loads(made.dumps(value))


@pytest.mark.parametrize("language", list(fory.Language), ids=lambda v: v.name)
def test_a_language_is_an_option_and_an_attribute(language):
    with pytest.warns(DeprecationWarning, match="new name"):
        made = fory.Fory(language=language, ref_tracking=True)
    assert (made.language, made.ref_tracking) == (language, True)
    assert made.xlang == (language is fory.Language.XLANG)


def test_a_reset_changes_nothing():
    made = fory.Fory()
    made.reset()
    made.reset_read()
    made.reset_write()
    assert both_ways(made, [1]) == [1]


@pytest.mark.parametrize("xlang", [False, True], ids=["native", "xlang"])
@pytest.mark.parametrize(
    "make",
    [
        lambda made: ByFory,
        lambda made: ByFory(made, Plain),
        lambda made: ByFory(made.type_resolver, Plain),
        lambda made: ByFory(fory=made, cls=Plain),
        lambda made: ByFory(type_resolver=made.type_resolver, cls=Plain),
    ],
    ids=["class", "fory", "resolver", "fory=", "type_resolver="],
)
def test_a_serializer_writes_through_its_fory(make, xlang):
    made = fory.Fory(xlang=xlang)
    made.register(Plain, type_id=7, serializer=make(made))
    assert both_ways(made, [Plain(1), Plain("a")]) == [Plain(1), Plain("a")]


def test_a_resolver_knows_the_options():
    resolver = fory.Fory(xlang=True, ref=True, compatible=True).type_resolver
    assert (resolver.xlang, resolver.track_ref) == (True, True)
    assert (resolver.strict, resolver.compatible) == (True, True)


@pytest.mark.parametrize("how", [{"type_id": 300}, {"name": "demo.Plain"}], ids=str)
@pytest.mark.parametrize("xlang", [False, True], ids=["native", "xlang"])
def test_a_registered_class_may_get_its_serializer_later(xlang, how):
    at_once, later = fory.Fory(xlang=xlang), fory.Fory(xlang=xlang)
    at_once.register(Plain, serializer=ByFory, **how)
    later.register(Plain, **how)
    later.register_serializer(Plain, ByFory)
    assert later.dumps(Plain(3)) == at_once.dumps(Plain(3))
    assert both_ways(later, Plain(3)) == Plain(3)
    assert both_ways(copy.deepcopy(later), Plain(3)) == Plain(3)


def test_a_serializer_alone_names_its_class_where_any_class_may_travel():
    writer, reader = fory.Fory(strict=False), fory.Fory(strict=False)
    for made in (writer, reader):
        made.register_serializer(Plain, ByFory)
    assert reader.loads(writer.dumps(Plain(3))) == Plain(3)
    assert writer.dumps(Plain(3))[2:3] == b"\x20"  # a named extension


def test_subclasses_use_a_serializer_that_supports_them():
    made = fory.Fory(strict=False)
    made.register(Plain, type_id=300, serializer=ByFory)

    class Local(Plain):
        pass

    again = both_ways(made, [Derived(1), Local(2)])
    assert again[0] == Derived(1)
    assert (type(again[1]).__name__, again[1].x) == ("Local", 2)
    strict = fory.Fory()
    strict.register(Plain, type_id=300, serializer=ByFory)
    with pytest.raises(error.TypeUnregisteredError):
        strict.dumps(Derived(1))


@pytest.mark.parametrize("needed", [True, False])
def test_a_serializer_says_whether_its_values_are_shared(needed):
    class Said(ByFory):
        need_to_write_ref = needed

    made = fory.Fory(ref=True, xlang=True)
    made.register(Plain, type_id=300, serializer=Said)
    one = Plain(1)
    first, second = both_ways(made, [one, one])
    assert (first is second) == needed


@pytest.mark.parametrize("xlang", [False, True], ids=["native", "xlang"])
def test_rows_of_numbers_have_their_earlier_names(xlang):
    @dataclass
    class Series:
        small: fory.int16_array
        real: fory.float64_array

    made = fory.Fory(xlang=xlang)
    made.register(Series, typename="demo.Series")
    value = Series(array.array("h", [1, -2]), array.array("d", [0.5]))
    assert both_ways(made, value) == value


def test_the_calls_have_both_names():
    assert fory.deserialize(fory.serialize({1: "a"})) == {1: "a"}


def test_a_shared_instance_takes_arguments_by_place():
    shared = fory.ThreadSafeFory(xlang=True)
    shared.register(Plain, type_id=5)
    shared_again = pickle.loads(pickle.dumps(shared))
    buffer = fory.Buffer.allocate(8)
    assert shared.serialize([1], buffer) is buffer
    assert shared_again.deserialize(buffer, None) == [1]
    assert shared.config.xlang
    with pytest.raises(RuntimeError, match="before the first message"):
        shared.register_serializer(Plain, ByFory)


def test_streams_need_no_more_than_read():
    class Source:
        def __init__(self, data):
            self.read = io.BytesIO(data).read

    message = fory.Fory().dumps([1, "a"])
    source = Source(message + message)
    assert [fory.Fory().load(source) for _ in range(2)] == [[1, "a"], [1, "a"]]


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ({"name": 5}, TypeError),
        ({"name": ""}, ValueError),
        ({"name": "demo."}, ValueError),
        ({"type_id": True}, TypeError),
        ({"namespace": "demo"}, TypeError),
    ],
    ids=str,
)
def test_names_that_name_nothing_are_refused(how, kind):
    with pytest.raises(kind):
        fory.Fory().register(Point, **how)


def test_a_policy_is_one():
    with pytest.raises(TypeError, match="DeserializationPolicy"):
        fory.Fory(policy=object())


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("ForyTypeError", TypeError),
        ("ForyKeyError", KeyError),
        ("ForyIOError", OSError),
        ("ForyOutOfMemoryError", MemoryError),
        ("ForyDepthExceedError", RecursionError),
        ("ForyBufferOutOfBoundError", EOFError),
        ("ForyNotAllowedError", PermissionError),
        ("ForyInvalidDataError", ValueError),
        ("CompileError", TypeError),
    ],
)
def test_every_error_is_the_builtin_that_a_caller_expects(name, builtin):
    assert issubclass(getattr(error, name), (error.ForyError, builtin))
    assert issubclass(getattr(error, name), builtin)
    assert name in error.__all__


def test_a_value_of_another_type_is_a_type_error():
    made = fory.Fory()
    made.register(Point, typename="Point")
    with pytest.raises(TypeError, match=r"expected an int, found str 'a'; at x"):
        made.dumps(Point("a"))


def test_records_are_made_from_names():
    dog = fory.record_class_factory("Dog", "name, weight")
    rex = dog("Rex", weight=30)
    rex.weight = 32
    assert (list(rex), rex.as_dict()) == (["Rex", 32], {"name": "Rex", "weight": 32})
    assert repr(rex) == "Dog(name='Rex', weight=32)"
    assert rex == dog("Rex", 32)


def test_slots_are_added_to_a_dataclass():
    @fory.dataslots
    @dataclass
    class Slotted:
        a: int = 1
        b: str = "x"

    made = Slotted(2)
    assert (made.a, made.b, Slotted.__slots__) == (2, "x", ("a", "b"))
    assert not hasattr(made, "__dict__")
    assert fory.get_qualified_classname(made).endswith(".Slotted")


def test_names_of_the_official_package_are_listed():
    names = {"TypeInfo", "mmh3", "encoder", "RowData", "format", "dataslots", "Fory"}
    assert names <= set(dir(fory))
    assert all(getattr(fory, name) is not None for name in names)


def test_the_version_is_that_of_the_distribution():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert fory.__version__ == project["version"]


def test_the_hash_has_both_words():
    assert fory.mmh3.hash_buffer(b"abc", 47) == (
        2908186905518554448,
        -417192714684214253,
    )
    assert fory.mmh3.hash_unicode("abc", seed=47) == fory.mmh3.hash_buffer(
        bytearray(b"abc"), 47
    )
    assert fory.mmh3.hash_buffer(b"abc") == (-5434086359492102041, 4297124817637354834)
    with pytest.raises(OverflowError):
        fory.mmh3.hash_buffer(b"abc", -1)


def test_the_id_of_a_field_may_stand_first():
    numbered = make_dataclass("Numbered", [("x", int, fory.field(3, default=0))])
    assert numbered.__dataclass_fields__["x"].metadata["fory"].id == 3


def test_type_info_tells_how_a_class_is_registered():
    made = fory.Fory()
    made.register(Point, type_id=7)
    info = made.type_resolver.get_type_info(Point)
    assert isinstance(info, fory.TypeInfo)
    assert (info.cls, info.user_id) == (Point, 7)
    with pytest.raises(error.TypeUnregisteredError):
        made.type_resolver.get_type_info(Plain)


def test_serializers_may_say_non_ref():
    class Newer(fory.Serializer):
        def write(self, ctx, value):
            ctx.write_non_ref([value.x])

        def read(self, ctx):
            return Plain(ctx.read_non_ref()[0])

    for engine in (lambda made: made, twin_of):
        made = fory.Fory(ref=True)
        made.register(Plain, type_id=7, serializer=Newer)
        assert engine(made).loads(engine(made).dumps(Plain(5))) == Plain(5)
