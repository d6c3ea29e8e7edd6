"""The stubs of the kernels say what the kernels have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy")

ROOT = Path(__file__).resolve().parents[2]
KERNELS = sorted([*ROOT.glob("fory*/*.pyx"), *ROOT.glob("io/fory_io/*.pyx")])
# What no stub has to say, and why.
UNSAID = r"""
.*\.__(reduce|setstate)_cython__       # Cython's own
.*\.__(test|pyx_capi)__                # Cython's own
.*\.__buffer__                         # no attribute before Python 3.12
.*\._view\.Row\.__getattr__            # a C slot without an attribute
.*\.(UNITS|PENDING|MAX_EMAX|MAX_PREC|MIN_EMIN|(EN|DE)CODE_ERRORS)  # constants
"""


@pytest.mark.slow
def test_stubs_are_true(tmp_path):
    allowed = tmp_path / "unsaid"
    allowed.write_text(UNSAID)
    modules = [f"{path.parent.name}.{path.stem}" for path in KERNELS]
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", *modules, "--concise",
         "--ignore-disjoint-bases", "--ignore-unused-allowlist",
         "--allowlist", str(allowed)],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
