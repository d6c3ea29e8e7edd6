"""Values that an annotation limits, and sets, which have no order of their own."""

from __future__ import annotations

import enum
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Literal

import pytest

import fory_row as fr
from fory.error import EncodeError


@dataclass
class Choice:
    size: Literal["s", "m", None]
    steps: list[Literal[1, 2]]
    flag: Literal[b"x"] = b"x"


@pytest.mark.parametrize("layout", ["standard", "compact"])
def test_literals(layout):
    encoder = fr.encoder(Choice, layout=layout)
    for made in (Choice("s", [1, 2]), Choice(None, [2, None])):
        assert encoder.from_row(encoder.to_row(made)) == made


@pytest.mark.parametrize(
    ("made", "message", "path"),
    [
        (Choice("l", []), "size: expected one of 'm', 's', found str 'l'", "size"),
        (Choice("s", [1, 3]), r"steps\[1\]: expected one of 1, 2", "steps[1]"),
        (Choice("s", [True]), r"steps\[0\]: expected one of 1, 2", "steps[0]"),
        (Choice("s", [], b"y"), "flag: expected one of b'x'", "flag"),
    ],
)
def test_other_values_are_refused(made, message, path):
    with pytest.raises(EncodeError, match=message) as caught:
        fr.encoder(Choice).to_row(made)
    assert caught.value.path == path


class Color(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass
class Bag:
    names: set[str]
    colors: frozenset[Color]


def test_sets_are_in_order():
    row = fr.encoder(Bag).to_row(Bag({"b", "c", "a"}, frozenset(Color)))
    assert row.names.to_list() == ["a", "b", "c"]
    assert row.colors.to_list() == ["BLUE", "RED"]


def test_equal_sets_have_equal_bytes_in_every_process():
    code = (
        "import fory_row as fr; from typing import Any\n"
        "class Bag:\n    names: set[str]\n"
        "bag = Bag(); bag.names = {'alpha', 'beta', 'gamma', 'delta'}\n"
        "print(fr.encoder(Bag).encode(bag).hex())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": ":".join(sys.path),
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(made) == 1


@dataclass(frozen=True)
class Point:
    x: int


@dataclass
class Cloud:
    points: frozenset[Point]


def test_members_without_order_are_kept():
    encoder = fr.encoder(Cloud)
    cloud = Cloud(frozenset({Point(1), Point(2)}))
    assert encoder.from_row(encoder.to_row(cloud)) == cloud
