"""Damaged messages: errors of ours and nothing else, in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PROGRAM = textwrap.dedent(
    """
    import importlib.util, os, pkgutil, random, resource, sys, types, warnings
    warnings.simplefilter("ignore")
    path, mode, seed, n = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    spec = importlib.util.spec_from_file_location("golden", path)
    golden = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(golden)
    import fory
    # Those that are imported when first needed come from files of code, too.
    for module in pkgutil.iter_modules(fory.__path__, "fory."):
        if module.name.startswith("fory._"):
            importlib.import_module(module.name)
    # Sanitizers map terabytes for themselves.
    if "libasan" not in os.environ.get("LD_PRELOAD", ""):
        limit = 2 << 30
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    class Patch:
        def setitem(self, target, key, value):
            target[key] = value

    "".encode("utf-16-le")    # a codec comes from a file of code, that is no escape
    escaped = []
    def watch(event, args):
        if watching and event in ("os.system", "subprocess.Popen", "marshal.loads",
                                  "os.exec", "socket.connect", "shutil.rmtree"):
            escaped.append(event)
    watching = False
    sys.addaudithook(watch)
    rnd = random.Random(seed)
    cases = []
    for vector in golden.VECTORS:
        if vector["mode"] == mode and vector["config"]["strict"]:
            made = golden.Side(vector, Patch()).fory()
            cases.append((bytes.fromhex(vector["hex"]) or b"\\1", made))
    messages = [message for message, _ in cases]
    ENDS = [0, 1, 0x7F, 0x80, 0xFD, 0xFE, 0xFF]

    def damage(message):
        data = bytearray(message)
        for _ in range(rnd.choice([1, 1, 2, 4])):
            at = rnd.randrange(len(data) + 1)
            kind = rnd.randrange(5)
            if kind < 2 and at < len(data):
                data[at] = rnd.choice([*ENDS, rnd.randrange(256)])
            elif kind == 2:
                del data[at:]
            elif kind == 3:
                data[at:] = rnd.choice(messages)[at:]
            else:
                data[at:at] = rnd.randbytes(rnd.randrange(1, 5))
        return bytes(data)

    watching = True
    for i in range(n):
        message, made = rnd.choice(cases)
        bad = damage(message)
        try:
            out = bad[:1] in (b"\\2", b"\\3")
            made.loads(bad, buffers=[b"abc"] * 3 if out else None)
        except fory.error.ForyError:
            pass
        except BaseException as error:
            print("message", bad.hex(), repr(error))
            sys.exit(1)
    watching = False
    sys.exit(2 if escaped else 0)
    """
)
GOLDEN_TEST = Path(__file__).with_name("test_golden_xlang.py")


def run(mode: str, seed: int, n: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(GOLDEN_TEST), mode, str(seed), str(n)],
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.parametrize("mode", ["xlang", "native"])
def test_damaged_messages_give_errors(mode):
    run(mode, seed=1, n=8_000)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["xlang", "native"])
@pytest.mark.parametrize("seed", range(2, 7))
def test_many_damaged_messages_give_errors(mode, seed):
    run(mode, seed, n=15_000)


TRUNCATION = textwrap.dedent(
    """
    import fory
    made = fory.Fory(xlang=True)
    value = {"a": [1, 2.5, "x" * 100, b"y" * 50, None], "b": {"c": [[1], ["z"]]}}
    message = made.dumps(value)
    for end in range(len(message)):
        try:
            made.loads(message[:end])
        except fory.error.DecodeError:
            continue
        raise SystemExit(f"cut at {end}: no error")
    """
)


def test_messages_cut_at_any_length_give_errors():
    done = subprocess.run(
        [sys.executable, "-c", TRUNCATION], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


HUGE = {
    "list": "16ffffffff07",
    "list of ints": "16ffffffff070807",
    "map": "18ffffffff07",
    "string": "15fcffffff1f",
    "bytes": "29ffffffff07",
    "array": "2ff8ffffff07",
    "decimal": "280081807e",
    "nested lists": "16ffff03080" + "0",
}


@pytest.mark.skipif(
    "libasan" in os.environ.get("LD_PRELOAD", ""), reason="sanitizers map terabytes"
)
@pytest.mark.parametrize("name", HUGE)
def test_sizes_are_checked_before_memory_is_taken(name):
    code = (
        "import resource, fory; made = fory.Fory(xlang=True); "
        "resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20))\n"
        f"try: made.loads(bytes.fromhex('01ff{HUGE[name]}'))\n"
        "except fory.error.DecodeError: raise SystemExit(7)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 7, done.stderr
