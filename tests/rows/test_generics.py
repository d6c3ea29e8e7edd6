"""Generic classes: variables stand for what the subscript or the base says."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypedDict, TypeVar

import pytest

import fory_row as fr
from fory.error import EncodeError

T = TypeVar("T")
U = TypeVar("U")


@dataclass
class Box(Generic[T]):
    item: T
    more: list[T]


@dataclass
class Crate(Generic[T]):
    box: Box[T]
    spare: Box[T] | None = None


@dataclass
class Pair(Generic[T, U]):
    a: T
    b: U


@dataclass
class Swapped(Pair[U, T], Generic[T, U]):
    """The base's variables have other names here."""

    c: T


@dataclass
class Numbers(Box[int]):
    name: str


@dataclass
class Endless(Generic[T]):
    inner: Endless[list[T]] | None


class Record(TypedDict, Generic[T]):
    a: T


class Point(NamedTuple, Generic[T]):
    x: T


@pytest.mark.parametrize(
    ("cls", "obj"),
    [
        (Box[int], Box(1, [2])),
        (Crate[str], Crate(Box("a", []), Box("b", ["c"]))),
        (Box[Box[int]], Box(Box(1, [2]), [Box(3, [])])),
        (Box[list[int]], Box([1], [[2], []])),
        (Swapped[int, str], Swapped("b", 1, 2)),
        (Numbers, Numbers(1, [2], "n")),
        (Box[int | None], Box(None, [1, None])),
        (Record[int], {"a": 1}),
        (Point[float], Point(1.5)),
    ],
    ids=str,
)
def test_generic_classes(cls, obj):
    made = fr.encoder(cls)
    assert made.from_row(made.to_row(obj)) == obj


def test_types_of_a_base_with_other_variables():
    assert str(fr.schema_from(Swapped[int, str])) == (
        "Schema:\n  a: utf8\n  b: int64\n  c: int64"
    )


def test_pydantic_models():
    pydantic = pytest.importorskip("pydantic")
    fields = {"a": T, "b": list[T]}
    model = types.new_class(
        "Model",
        (pydantic.BaseModel, Generic[T]),
        exec_body=lambda names: names.update(__annotations__=fields),
    )
    obj = model[int](a=1, b=[2])
    made = fr.encoder(model[int])
    assert made.from_row(made.to_row(obj)) == obj


def test_class_without_its_subscript():
    with pytest.raises(EncodeError, match=r"item: .* say what it stands for"):
        fr.encoder(Box)


def test_class_that_never_ends():
    with pytest.raises(EncodeError, match="Endless contains itself"):
        fr.encoder(Endless[int])
