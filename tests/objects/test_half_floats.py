"""Floats of 16 bits: rounding, infinities and NaN, in fields and in arrays."""

from __future__ import annotations

import dataclasses
import struct

import pytest
from twins import twin_of

import fory


def _float(bits: int) -> float:
    return struct.unpack("<d", bits.to_bytes(8, "little"))[0]


# What the official package writes.
HALVES = [
    (float("nan"), 0x7E01),
    (_float(0xFFF8 << 48), 0xFE01),
    (_float(0x7FFC << 48), 0x7F00),
    (_float(0x7FFF_FFFF_FFFF_FFFF), 0x7FFF),
    (65519.9, 0x7BFF),
    (65520.0, 0x7C00),
    (-1e300, 0xFC00),
    (2.0**-24, 1),
    (2.0**-25, 0),
    (2.0**-25 * 1.0000000001, 0),  # rounds to 32 bits first
]
BFLOATS = [(float("nan"), 0x7FC0), (1e300, 0x7F80), (-1e39, 0xFF80), (3.4e38, 0x7F80)]
CASES = [("Float16", *case) for case in HALVES] + [("BFloat16", *c) for c in BFLOATS]


@dataclasses.dataclass
class One16:
    x: fory.Float16
    y: fory.Array[fory.Float16]


@dataclasses.dataclass
class OneB16:
    x: fory.BFloat16
    y: fory.Array[fory.BFloat16]


@pytest.mark.parametrize("engine", [lambda f: f, twin_of], ids=["compiled", "pure"])
@pytest.mark.parametrize(("name", "value", "bits"), CASES)
def test_fields_and_arrays_round_alike(engine, name, value, bits):
    made = fory.Fory(xlang=True)
    made.register(One16, type_id=5)
    made.register(OneB16, type_id=6)
    engine = engine(made)
    cls = One16 if name == "Float16" else OneB16
    message = engine.serialize(cls(value, [value]))
    half = bits.to_bytes(2, "little")
    assert message[-5:] == half + b"\2" + half
    back = engine.deserialize(message)
    assert struct.pack("<d", back.x) == struct.pack("<d", back.y[0])
    assert engine.serialize(back) == message


@pytest.mark.parametrize("name", ["Float16Array", "BFloat16Array"])
def test_arrays_of_halves_refuse_text(name):
    with pytest.raises(TypeError):
        getattr(fory, name)(["1.5"])
