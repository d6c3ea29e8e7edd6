"""The twin's ``Buffer`` and the compiled one on random calls."""

from __future__ import annotations

import random
from typing import Any

import pytest
from objects.twins import agree, outcome

import fory
from fory import ENABLE_FORY_CYTHON_SERIALIZATION as COMPILED
from fory._pure.buffer import Buffer as TwinBuffer

if not COMPILED:
    pytest.skip("there is only the twin", allow_module_level=True)


NUMBERS = ["int8", "uint8", "int16", "uint16", "int24", "int32", "uint32", "int64",
           "uint64", "var_int32", "var_uint32", "var_int64", "var_uint64",
           "tagged_int64", "tagged_uint64", "varint32", "varuint64", "bool",
           ]  # fmt: skip
FLOATS = ["float32", "float64", "float", "double"]


def random_call(rng: random.Random) -> tuple[str, list[Any]]:
    kind = rng.choice([*NUMBERS, *FLOATS, "string", "bytes_and_size", "bytes"])
    if rng.random() < 0.4:
        return f"read_{kind}", [rng.randrange(-1, 4)] if kind == "bytes" else []
    if rng.random() < 0.2:
        name = rng.choice(["reserve", "ensure", "skip", "read", "readline", "to_bytes",
                           "set_reader_index"])  # fmt: skip
        return name, [rng.randrange(-1, 12)]
    value: Any = rng.choice(["a", "é", "中", "😀", "\udc00", b"ab", None])
    if kind in NUMBERS:
        value = (
            rng.choice([0, 1, -1, value, 2.5])
            if rng.random() < 0.5
            else (
                rng.choice([-1, 1])
                << rng.choice([6, 7, 8, 14, 15, 23, 31, 32, 62, 63, 64])
            )
        )
    elif kind in FLOATS:
        value = rng.choice([1.5, -0.0, 1e300, float("inf"), float("nan"), 7, value])
    return f"write_{kind}", [value]


@pytest.mark.parametrize("foreign", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_methods_of_buffers(seed, foreign):
    rng = random.Random(seed)
    memory = bytearray(rng.randbytes(60))
    mine, theirs = (
        cls(bytearray(memory)) if foreign else cls.allocate(40)
        for cls in (fory.Buffer, TwinBuffer)
    )
    for _ in range(60):
        name, args = random_call(rng)
        first, second = (outcome(getattr(b, name), *args) for b in (mine, theirs))
        assert first[0] == second[0], (name, args, first, second)
        if first[0] == "returned":
            agree(first, second)
        else:
            assert first[1] is second[1], (name, args, first, second)
            theirs.set_reader_index(mine.reader_index)
        assert mine.to_bytes() == theirs.to_bytes(), (name, args)
        assert mine.reader_index == theirs.reader_index, (name, args)
