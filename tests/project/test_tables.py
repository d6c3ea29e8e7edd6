"""Tables that C and Python both need say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fory import _native_plans, _plans
from fory._pure import codec
from fory.types import TypeId
from fory_row.types import Kind

ROOT = Path(__file__).resolve().parents[2]


def test_kinds_of_the_layout_are_those_of_the_types():
    text = (ROOT / "fory_row" / "_layout.pxd").read_text()
    body = re.search(r"cdef enum Kind:\n(.*?)\n\n", text, re.S)[1]
    found = {name: int(n) for name, n in re.findall(r"(\w+) = (\d+)", body)}
    assert found == {kind.name: int(kind) for kind in Kind}


def enum_of(name: str) -> dict[str, int]:
    """The members of an enum of the compiled plans."""
    text = (ROOT / "fory" / "_codec.pxd").read_text()
    body = re.search(rf"cdef enum {name}:\n(.*?)\n\n", text, re.S)[1]
    members = re.findall(r"(\w+) = (\w+)", body)
    return {member: int(value, 0) for member, value in members}


BEYOND = (
    *("DYNAMIC", "OBJECT", "REDUCED", "KNOWN", "CALLED"),
    *("NAMED_TUPLE", "SUBCLASS", "VARIES"),
)


def test_kinds_of_payloads_are_type_ids():
    leaves = {k: v for k, v in enum_of("Kind").items() if k not in BEYOND}
    leaves["BOOL_ARRAY"] = leaves.pop("DENSE")  # the lowest id of the arrays
    assert {name: int(TypeId[name]) for name in leaves} == leaves


@pytest.mark.parametrize("name", BEYOND)
def test_kinds_beyond_the_type_ids_are_free_and_the_same_for_the_twin(name):
    number = enum_of("Kind")[name]
    assert getattr(codec, name) == number
    assert name == "DYNAMIC" or number not in set(TypeId)


def test_kinds_that_the_plans_name_themselves_are_those_of_the_engine():
    kinds = enum_of("Kind")
    assert (
        kinds["OBJECT"],
        kinds["REDUCED"],
        kinds["NAMED_TUPLE"],
        kinds["SUBCLASS"],
        kinds["VARIES"],
    ) == (
        _native_plans._OBJECT,
        _native_plans._REDUCED,
        _native_plans._NAMED_TUPLE,
        _native_plans._SUBCLASS,
        _plans._VARIES,
    )


@pytest.mark.parametrize("table", ["Info", "Flag"])
def test_marks_in_the_bytes_are_the_same_for_the_twin(table):
    marks = enum_of(table)
    assert {name: getattr(codec, name) for name in marks} == marks


def test_the_plans_announce_types_as_the_engine_does():
    for name in ("INFO_USER_ID", "INFO_TYPEDEF", "INFO_NAMES"):
        assert getattr(_plans, f"_{name}") == enum_of("Info")[name]
