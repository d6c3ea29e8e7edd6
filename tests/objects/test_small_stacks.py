"""Deep values in threads with little stack: an error, never the end of the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

import fory

pytestmark = pytest.mark.skipif(
    not fory.ENABLE_FORY_CYTHON_SERIALIZATION
    or not sys.platform.startswith(("linux", "darwin")),
    reason="the twin uses little C stack, and other systems do not tell its size",
)

CHILD = """
import sys, threading
import fory
from fory.error import DepthLimitError

class Box:
    def __init__(self, value):
        self.value = value

wraps = {"list": lambda v: [v], "tuple": lambda v: (v,), "dict": lambda v: {1: v},
         "object": Box, "frozenset": lambda v: frozenset([v])}
made = fory.Fory(strict=False, ref=True, max_depth=10_000)
value = 1
for _ in range(3000):
    value = wraps[sys.argv[1]](value)
data, found = made.dumps(value), []

def work():
    for call, given in ((made.dumps, value), (made.loads, data)):
        try:
            call(given)
        except DepthLimitError as error:
            found.append("stack of this thread" in str(error))
    found.append(made.loads(made.dumps([[1]])))

threading.stack_size(512 * 1024)
thread = threading.Thread(target=work)
thread.start()
thread.join()
assert found == [True, True, [[1]]], found
"""


@pytest.mark.parametrize("kind", ["list", "tuple", "dict", "object", "frozenset"])
def test_the_end_of_the_stack_is_an_error(kind):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, kind], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
