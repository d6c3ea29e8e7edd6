"""``Ref`` inside containers and ``field_nullable``: the official bytes."""

from __future__ import annotations

import collections.abc
import dataclasses
import typing
from typing import Any

import pytest
from twins import twin_of

import fory

SAME = [1]


def message(annotation: Any, value: Any, engine: Any, **options: Any) -> str:
    field = options.pop("field", None)
    fields = [("x", annotation) if field is None else ("x", annotation, field)]
    cls = dataclasses.make_dataclass("T", fields)
    made = fory.Fory(xlang=options.pop("xlang", True), **options)
    made.register(cls, type_id=5)
    engine = engine(made)
    data = engine.dumps(cls(value))
    assert engine.loads(data) == cls(value)
    return data.hex()


@pytest.fixture(params=[lambda f: f, twin_of], ids=["compiled", "pure"])
def engine(request):
    return request.param


@pytest.mark.parametrize(
    ("mark", "value", "expected"),
    [
        (True, [5, 5], "0209070a0a"),
        (True, [None, 5], "020b07fd000a"),
        (True, [SAME, SAME], "0209160001080702fe01"),
        (None, [5, 5], "0208070a0a"),
        (None, [SAME, SAME], "0209160001080702fe01"),
        (False, [5, "u"], "0200070a150475"),
        (False, [SAME, SAME], "0208160108070201080702"),
        (False, [b"a", None], "020a29ff0161fd"),
    ],
)
def test_ref_of_any_type_says_if_items_carry_references(engine, mark, value, expected):
    item = Any if mark is None else fory.Ref[Any, mark]
    data = message(list[item], value, engine, ref=True)
    assert data[:8] + data[16:] == "01001b05" + expected


def test_definitions_have_no_references_where_the_instance_has_none(engine):
    data = message(
        dict[str, fory.Ref[Any]], {"0": 5}, engine, ref=False, compatible=True
    )
    assert data == "01ff1c000710a7ad2d686d3dc105401854005c0104010704300a"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (None, "01ff1b0539a60817ff0a"),
        (fory.field(id=1), "01ff1b058e20f6ab0a"),
        (fory.field(nullable=False), "01ff1b05c03ec01d0a"),
        (fory.field(id=1, nullable=True), "01ff1b05875f878cff0a"),
    ],
)
def test_field_nullable_is_for_fields_without_options(engine, field, expected):
    assert message(int, 5, engine, field_nullable=True, field=field) == expected


def test_field_nullable_is_for_all_fields_that_are_sent_with_their_types(engine):
    options = {"field_nullable": True, "compatible": True}
    assert message(int, None, engine, field=fory.field(id=1), **options).endswith("fd")


def test_a_reference_to_anything_is_not_nullable_by_itself(engine):
    data = message(fory.Ref[Any], [5], engine, xlang=False, ref=True)
    assert data == "00001b05a923def2160108070a"


@pytest.mark.parametrize(
    ("mark", "expected"), [(True, "59555c"), (False, "58545c")], ids=["on", "off"]
)
def test_ref_holds_for_the_types_inside(engine, mark, expected):
    """In type definitions; the values say it level by level."""
    annotation = list[fory.Ref[list[list[str]], mark]]
    options = {"ref": True, "compatible": True, "field": fory.field(ref=True)}
    data = message(annotation, [[["a"]]], engine, **options)
    assert data[26:].startswith("054116" + expected[:2] + expected)


def test_ref_of_a_field_counts_before_its_option_in_the_hash(engine):
    options = {"ref": True, "field": fory.field(ref=True, nullable=True)}
    data = message(fory.Ref[list[list[str]], False], [["a"]], engine, **options)
    assert data == "01001b05c82a6f5f00010d00010c0461"


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (tuple[int, int], (1, 2), "020c0204"),
        (tuple[fory.Int64, int], (1, 2), "0208070204"),
        (tuple[list[int], typing.List[int]], ([1], [2]), "0208160108070201080704"),  # noqa: UP006
    ],
    ids=["same", "marked", "spelled"],
)
def test_items_of_tuples_are_typed_if_their_annotations_are_equal(
    engine, annotation, value, expected
):
    assert message(annotation, value, engine)[16:] == expected


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (collections.abc.Mapping, {"a": 1}, "5712d20d0100011507046102"),
        (collections.abc.MutableSet, {1}, "a1262f5401080702"),
        (typing.Sequence, [1], "818d56c801080702"),
        (None, None, "68e76e9424"),
    ],
)
def test_abstract_collections_without_arguments(engine, annotation, value, expected):
    assert message(annotation, value, engine) == "01ff1b05" + expected
