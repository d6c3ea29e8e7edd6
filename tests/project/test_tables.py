"""Tables that C and Python both need say the same."""

from __future__ import annotations

import re
from pathlib import Path

from fory_row.types import Kind

ROOT = Path(__file__).resolve().parents[2]


def test_kinds_of_the_layout_are_those_of_the_types():
    text = (ROOT / "fory_row" / "_layout.pxd").read_text()
    body = re.search(r"cdef enum Kind:\n(.*?)\n\n", text, re.S)[1]
    found = {name: int(n) for name, n in re.findall(r"(\w+) = (\d+)", body)}
    assert found == {kind.name: int(kind) for kind in Kind}
