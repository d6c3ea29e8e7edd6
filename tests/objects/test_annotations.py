"""Names that stand for a type are read as what they stand for."""

import dataclasses
import sys
import typing

import pytest

import fory
from fory._annotations import declared_by, unaliased
from fory.error import EncodeError

typing_extensions = pytest.importorskip("typing_extensions")
K, V = typing.TypeVar("K"), typing.TypeVar("V")
Price = typing_extensions.TypeAliasType("Price", float)
Again = typing_extensions.TypeAliasType("Again", Price)
Swapped = typing_extensions.TypeAliasType("Swapped", dict[V, K], type_params=(K, V))


@pytest.mark.parametrize(
    ("hint", "meant"),
    [
        (int, int),
        (list[Price], list[Price]),
        (Price, float),
        (Again, float),
        (Swapped[int, str], dict[str, int]),
    ],
    ids=str,
)
def test_what_a_name_stands_for(hint, meant):
    assert unaliased(hint) == meant


def test_rows_of_a_class_with_such_names():
    cls = dataclasses.make_dataclass(
        "Order", [("price", Again), ("stock", Swapped[int, str])]
    )
    encoder = fory.encoder(cls)
    order = cls(1.5, {"a": 3})
    assert encoder.from_row(encoder.to_row(order)) == order
    assert str(encoder.schema["price"].type) == "float64"


def test_messages_of_a_class_with_such_names():
    named = dataclasses.make_dataclass("Order", [("price", Again)])
    plain = dataclasses.make_dataclass("Order", [("price", float)])
    messages = []
    for cls in (named, plain):
        engine = fory.Fory(xlang=True)
        engine.register(cls, typename="example.Order")
        messages.append(engine.dumps(cls(2.5)))
        assert engine.loads(messages[-1]) == cls(2.5)
    assert messages[0] == messages[1]


# From Python 3.14 on a name that is nowhere defined needs no quotes.
OLDER = "" if sys.version_info >= (3, 14) else "from __future__ import annotations"
LATE = f"""
{OLDER}
class Base:
    first: int

class Late(Base):
    second: float
    absent: Missing
"""


@pytest.fixture
def late():
    names = {"__name__": __name__}
    exec(compile(LATE, "late", "exec", dont_inherit=True), names)
    return names["Late"]


def test_own_annotations_of_a_class_where_a_name_is_nowhere_defined(late):
    assert list(declared_by(late)) == ["second", "absent"]


def test_rows_need_annotations_that_can_be_resolved(late):
    with pytest.raises(EncodeError, match="Missing"):
        fory.encoder(late)


def test_records_take_a_name_that_is_nowhere_defined_as_of_any_type(late):
    late = dataclasses.dataclass(late)
    made = fory.Fory(xlang=True)
    made.register(late, typename="late")
    value = late(1.5, None)
    value.absent = "text"
    assert made.loads(made.dumps(value)).absent == "text"


def test_rows_of_a_plain_class():
    class Plain:
        size: int

    value = Plain()
    value.size = 7
    encoder = fory.encoder(Plain)
    assert vars(encoder.from_row(encoder.to_row(value))) == {"size": 7}
