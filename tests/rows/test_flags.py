"""Combinations of flags are stored by the names of their members."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import pytest

import fory_row as fr
from fory.error import DecodeError, EncodeError


class Access(enum.Flag):
    READ = 1
    WRITE = 2
    RUN = 4
    BOTH = 3


class Mode(enum.IntFlag, boundary=enum.KEEP):
    A = 1
    B = 2


@dataclass
class File:
    access: Access
    modes: list[Mode]
    counts: dict[Access, int]


FILES = fr.encoder(File)


@pytest.mark.parametrize(
    ("access", "text"),
    [
        (Access.READ, "READ"),
        (Access.BOTH, "BOTH"),
        (Access.READ | Access.RUN, "READ|RUN"),
        (~Access(0), "READ|WRITE|RUN"),
        (Access(0), ""),
    ],
    ids=str,
)
def test_flags(access, text):
    obj = File(access, [Mode.A | Mode.B, Mode(0)], {access: 1})
    row = FILES.to_row(obj)
    assert row.access == text
    assert FILES.from_row(row) == obj


def test_bits_without_a_name():
    with pytest.raises(EncodeError, match=r"modes\[0\]: expected a member of Mode"):
        FILES.to_row(File(Access.READ, [Mode(9)], {}))


def test_text_that_names_no_flags():
    schema = fr.schema([("access", fr.utf8())])
    row = fr.encoder(schema).to_row({"access": "READ|FLY"})
    with pytest.raises(DecodeError, match=r"no member 'READ\|FLY'"):
        row.to_object(File)
