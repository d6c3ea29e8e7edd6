"""Attributes are read as ``getattr`` reads them, wherever an instance keeps them."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field, make_dataclass
from typing import Any

import pytest

import fory_row as fr
from fory.error import EncodeError


@dataclass
class Plain:
    b: int = 7
    a: str = "x"
    c: float | None = None


class Base:
    __slots__ = ("b",)


@dataclass
class Mixed(Base):
    """Field ``b`` in a slot of the base, the others in the instance's dict."""

    b: int
    a: int
    c: int


@dataclass
class Asked:
    """A class whose attributes are all answered by a method."""

    a: int
    b: int

    def __getattribute__(self, name: str) -> Any:
        found = object.__getattribute__(self, name)
        return found + 100 if name in ("a", "b") else found


@dataclass
class Lazy:
    a: int
    b: int = field(init=False)

    def __getattr__(self, name: str) -> Any:
        if name == "b":
            return 5
        raise AttributeError(name)


class Temperature:
    celsius: float
    kelvin: float

    def __init__(self, celsius: float) -> None:
        self.__dict__["kelvin"] = -1.0
        self.celsius = celsius

    kelvin = property(lambda self: self.celsius + 273.25)  # type: ignore[assignment]


def written(obj: Any) -> dict[str, Any]:
    return fr.encoder(type(obj)).to_row(obj).to_dict()


def test_fields_set_in_the_order_of_the_class():
    assert written(Plain(1, "y", 2.5)) == {"a": "y", "b": 1, "c": 2.5}


def test_fields_set_in_another_order():
    obj = Plain.__new__(Plain)
    obj.c, obj.a, obj.b = 2.5, "y", 1
    assert written(obj) == {"a": "y", "b": 1, "c": 2.5}


def test_further_attributes_between_the_fields():
    obj = Plain.__new__(Plain)
    for name in ("other", "b", "more", "a", "c"):
        setattr(obj, name, None)
    obj.b = 3
    assert written(obj) == {"a": None, "b": 3, "c": None}


def test_attributes_that_were_deleted_and_set_again():
    obj = Plain(1, "y", 2.5)
    del obj.b
    obj.b = 9
    assert written(obj) == {"a": "y", "b": 9, "c": 2.5}


def test_missing_attribute_with_a_default_on_the_class():
    obj = Plain(1, "y", 2.5)
    del obj.b
    assert written(obj)["b"] == 7


def test_missing_attribute_without_default():
    obj = Mixed(1, 2, 3)
    del obj.c
    with pytest.raises(EncodeError, match=r"^c: AttributeError .* no attribute 'c'"):
        written(obj)


def test_name_that_is_equal_but_not_the_same_string():
    obj = Plain(1, "y", 2.5)
    vars(obj).clear()
    vars(obj).update({"".join(["", n]): v for n, v in (("b", 4), ("a", "z"))})
    assert written(obj) == {"a": "z", "b": 4, "c": None}


def test_dict_of_an_instance_replaced():
    obj = Plain(1, "y", 2.5)
    obj.__dict__ = {"c": 0.5, "b": 2, "a": "w"}
    assert written(obj) == {"a": "w", "b": 2, "c": 0.5}


def test_slot_of_a_base_beside_a_dict():
    assert written(Mixed(1, 2, 3)) == {"a": 2, "b": 1, "c": 3}


def test_getattribute_is_asked():
    assert written(Asked(1, 2)) == {"a": 101, "b": 102}


def test_getattr_is_asked_for_what_is_missing():
    assert written(Lazy(1)) == {"a": 1, "b": 5}


def test_property_counts_before_the_dict():
    assert written(Temperature(1.0)) == {"celsius": 1.0, "kelvin": 274.25}


def test_descriptor_that_can_only_be_deleted():
    class Fixed:
        def __get__(self, obj: Any, cls: type) -> int:
            return 11

        def __delete__(self, obj: Any) -> None:
            raise AttributeError

    cls = type("Holder", (), {"__annotations__": {"a": int}, "a": Fixed()})
    obj = cls()
    vars(obj)["a"] = 1
    assert obj.a == 11
    assert written(obj) == {"a": 11}


def test_instances_of_different_order_in_one_batch():
    second = Plain.__new__(Plain)
    second.a, second.c, second.b = "y", None, 2
    rows = fr.encoder(Plain).to_rows([Plain(1), second, Plain(3)])
    assert rows["b"].to_pylist() == [1, 2, 3]


def test_compact_layout_finds_the_same_attributes():
    obj = Mixed(1, 2, 3)
    row = fr.encoder(Mixed, layout="compact").to_row(obj)
    assert row.to_dict() == {"a": 2, "b": 1, "c": 3}


def test_dict_replaced_while_it_is_read():
    Changing = make_dataclass(
        "Changing", [("a", fr.int64()), ("b", fr.int64()), ("c", fr.utf8())]
    )

    class Spoiler:
        def __init__(self, obj: Any) -> None:
            self.obj = obj

        def __index__(self) -> int:
            self.obj.__dict__ = {}
            gc.collect()
            return 1

    obj = Changing(None, 2, "long enough to be freed " * 3)
    obj.a = Spoiler(obj)
    row = fr.encoder(Changing).to_row(obj)
    assert row.to_dict() == {"a": 1, "b": 2, "c": "long enough to be freed " * 3}


@pytest.mark.parametrize("order", [("a", "b", "c"), ("c", "a", "b"), ("a", "c", "b")])
def test_dicts_of_any_order(order):
    made = fr.encoder(
        schema=fr.schema([("a", fr.int64()), ("b", fr.int64()), ("c", fr.int64())])
    )
    record = {name: ord(name) for name in order}
    assert made.to_row(record).to_dict() == {"a": 97, "b": 98, "c": 99}


def test_dict_with_a_key_before_the_fields_is_refused():
    made = fr.encoder(schema=fr.schema([("a", fr.int64()), ("b", fr.int64())]))
    with pytest.raises(EncodeError, match="no field for the key"):
        made.to_row({"z": 0, "a": 1, "b": 2})
