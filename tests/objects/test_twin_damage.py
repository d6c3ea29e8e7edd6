"""The twin and the compiled engine on damaged messages: same values, same errors."""

from __future__ import annotations

import random
import sys
from typing import Any

import pytest
from objects.random_objects import CONFIGS, Classes, spoiled
from objects.test_golden_xlang import VECTORS, Side
from objects.twins import agree, outcome, twin_of

import fory
from fory import ENABLE_FORY_CYTHON_SERIALIZATION as COMPILED

if not COMPILED:
    pytest.skip("there is only the twin", allow_module_level=True)


class Patch:
    def setitem(self, target: dict[str, Any], key: str, value: Any) -> None:
        target[key] = value


def messages(mode: str) -> list[tuple[bytes, fory.Fory]]:
    """Messages with an instance that reads them and makes nothing of code."""
    found = []
    for vector in VECTORS:
        if vector["mode"] == mode and vector["config"]["strict"]:
            made = Side(vector, Patch()).fory()
            found.append((bytes.fromhex(vector["hex"]) or b"\1", made))
    for seed in range(20):
        rng = random.Random(seed)
        for config in CONFIGS:
            if config["xlang"] == (mode == "xlang"):
                classes = Classes(rng)
                made = classes.fory(**{**config, "strict": True})
                message = outcome(made.dumps, classes.instances(rng))
                if message[0] == "returned":
                    found.append((message[1], made))
    return found


def compare_damaged(mode: str, seed: int, n: int) -> None:
    rng = random.Random(seed)
    cases = messages(mode)
    known = [message for message, _ in cases]
    failures = 0
    for _ in range(n):
        message, made = rng.choice(cases)
        bad = spoiled(rng, message, known)
        buffers = [b"abc"] * 3 if bad[:1] in (b"\2", b"\3") else None
        read = outcome(made.loads, bad, buffers=buffers)
        try:
            agree(outcome(twin_of(made).loads, bad, buffers=buffers), read)
        except AssertionError as error:
            raise AssertionError(f"{error}; message {bad.hex()}") from error
        failures += read[0] == "raised"
    assert n // 3 < failures < n


@pytest.fixture
def no_golden_module():
    yield
    sys.modules.pop("golden_types", None)


@pytest.mark.parametrize("mode", ["xlang", "native"])
def test_damaged_messages_give_the_same_errors(mode, no_golden_module):
    compare_damaged(mode, seed=1, n=2_000)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["xlang", "native"])
@pytest.mark.parametrize("seed", [2, 3])
def test_many_damaged_messages_give_the_same_errors(mode, seed, no_golden_module):
    compare_damaged(mode, seed, n=10_000)
