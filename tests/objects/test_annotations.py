"""Names that stand for a type are read as what they stand for."""

import dataclasses
import typing

import pytest

import fory
from fory._annotations import unaliased

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
