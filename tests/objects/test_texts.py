"""Strings of a message with references: equal ones become one object."""

from __future__ import annotations

import pytest

import fory
from fory.error import EncodeError

TEXTS = ["", "x", "ab", "name", "twelve chars", "a" * 31, "b" * 32, "c" * 5000]
WIDE = ["é", "ÿ" * 40, "中文", "😀" * 3, "\ud800"]


def copies(text: str) -> list[str]:
    """Equal strings that are different objects, as far as Python has them."""
    return ["".join([text[:1], text[1:]]) for _ in range(3)]


@pytest.mark.parametrize("text", TEXTS + WIDE, ids=lambda t: f"{t[:3]!a}-{len(t)}")
def test_equal_strings_are_one_object(text):
    first, *others = fory.loads(fory.dumps(copies(text)))
    assert first == text
    assert all(other is first for other in others)


def test_keys_and_values_are_one_object():
    key, value = copies("number of the order")[:2]
    found = fory.loads(fory.dumps([{key: 1}, [value]]))
    assert next(iter(found[0])) is found[1][0]


def test_strings_of_different_width_stay_apart():
    texts = ["a", "\u6161", "aa", "\u0061\u0000", "\x00a", "\ua061"]
    assert fory.loads(fory.dumps(texts)) == texts


def test_many_strings_come_back_in_place():
    texts = [f"{i * 7919 % 10007}" for i in range(30_000)]
    assert fory.loads(fory.dumps(texts)) == texts
    assert fory.loads(fory.dumps(texts[:9])) == texts[:9]


@pytest.mark.parametrize("n", [1, 3, 4, 7, 8, 9, 15, 16, 17])
def test_strings_that_differ_in_one_byte_stay_apart(n):
    texts = ["x" * i + "y" + "x" * (n - i - 1) for i in range(n)] + ["x" * n]
    assert fory.loads(fory.dumps(texts)) == texts


class Named:
    """Instances get their attributes one by one."""


@pytest.mark.parametrize(
    "names",
    [("a", "b"), ("é", "a"), ("n" * 40, "a"), ("ab", "\u6261x"), ("",)],
    ids=ascii,
)
def test_names_of_attributes_are_those_of_each_instance(names):
    objects = []
    for some in (names, names[:1], ("other", *names), names):
        made = Named()
        vars(made).update({name: i for i, name in enumerate(some)})
        objects.append(made)
    found = fory.loads(fory.dumps(objects))
    assert [vars(o) for o in found] == [vars(o) for o in objects]


@pytest.mark.parametrize("length", [127, 128, 159, 160, 161, 200])
@pytest.mark.parametrize("width", ["é", "中", "😀"])
def test_one_wide_character_is_found_anywhere_in_a_long_string(length, width):
    made = fory.Fory()
    for i in range(length):
        text = "a" * i + width + "b" * (length - i - 1)
        assert made.loads(made.dumps(text)) == text


@pytest.mark.parametrize("around", ["\u4e2d", "\ud7ff", "\ue000"])
@pytest.mark.parametrize("surrogate", [0xD800, 0xDBFF, 0xDC00, 0xDFFF], ids=hex)
def test_a_surrogate_is_found_anywhere(around, surrogate):
    made = fory.Fory(xlang=True)
    for n in range(1, 12):
        assert made.loads(made.dumps(around * n)) == around * n
        for i in range(n):
            with pytest.raises(EncodeError, match="surrogate"):
                made.dumps(around * i + chr(surrogate) + around * (n - i - 1))
