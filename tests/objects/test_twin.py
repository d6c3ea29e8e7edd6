"""Which engine runs, and the suite of the compiled one on the twin."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import fory
import fory_pandas
from fory import ENABLE_FORY_CYTHON_SERIALIZATION as COMPILED
from fory._pure import buffer, codec, decoder, encoder, graph

if not COMPILED:
    pytest.skip("there is only the twin", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]
KERNELS = {f"fory.{path.stem}" for path in (ROOT / "fory").glob("*.pyx")}


def run(*command: str, wanted: str = "0", passing: tuple[int, ...] = (0,)) -> str:
    """Run Python with the variable set and return what it prints."""
    environment = {**os.environ, "ENABLE_FORY_CYTHON_SERIALIZATION": wanted}
    done = subprocess.run(
        [sys.executable, "-P", *command],
        env=environment, capture_output=True, text=True, timeout=280, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode in passing, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize(
    ("wanted", "compiled"),
    [("0", False), ("False", False), ("true", True)],
)
def test_the_variable_chooses_the_engine(wanted, compiled):
    code = (
        "import fory, sys; print(fory.ENABLE_FORY_CYTHON_SERIALIZATION); "
        "print(*(m for m in sys.modules if m.startswith('fory.')))"
    )
    shown, modules = run("-c", code, wanted=wanted).splitlines()
    assert shown == str(compiled)
    loaded = set(modules.split())
    assert ("fory._pure.graph" in loaded) != compiled
    assert bool(KERNELS & loaded) == compiled


OPTIONS = {"xlang": True, "ref": True, "compatible": True, "max_depth": 9}
REGISTRY = fory.Fory().type_resolver
TWINS = {
    "_buffer.Buffer": buffer.Buffer(),
    "_codec.Codec": codec.Codec(1),
    "_codec.Field": codec.Field("a", codec.Codec(1)),
    "_decode.Decoder": decoder.Decoder(None, REGISTRY, max_unbacked=9, **OPTIONS),
    "_encode.Encoder": encoder.Encoder(None, REGISTRY, **OPTIONS),
    "_graph.Engine": graph.Engine(),
}
# Short cuts of the compiled plans, and methods that are out of sight there.
ONLY_HERE = {
    *("set_fields", "first_names", "n_fields", "framed", "encode", "decode"),
    *("begun", "hooks", "in_cycle"),
}


@pytest.mark.parametrize("name", TWINS)
def test_the_twin_has_the_public_names_of_the_compiled_class(name):
    module, _, cls = name.partition(".")
    compiled = dir(getattr(importlib.import_module(f"fory.{module}"), cls))
    differing = set(compiled) ^ set(dir(TWINS[name]))
    assert {n for n in differing if not n.startswith("_")} <= ONLY_HERE


VECTORS = textwrap.dedent(
    """
    import importlib.util, os, sys, time, warnings
    warnings.simplefilter("error")
    os.environ["TZ"] = "UTC"
    time.tzset()
    spec = importlib.util.spec_from_file_location("golden", sys.argv[1])
    golden = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(golden)
    import fory
    assert not fory.ENABLE_FORY_CYTHON_SERIALIZATION

    class Patch:
        def setitem(self, target, key, value):
            target[key] = value

    CHECKS = {
        "both": [golden.test_writes_the_same_bytes, golden.test_reads_the_value],
        "ser": [golden.test_writes_the_same_bytes],
        "deser": [golden.test_reads_the_value],
        "error": [golden.test_refuses],
    }
    for vector in golden.VECTORS:
        for check in CHECKS[vector.get("check", "both")]:
            try:
                check(vector, Patch())
            except BaseException as error:
                raise SystemExit(f"{check.__name__} {vector['id']}: {error!r}")
    print(len(golden.VECTORS))
    """
)


def test_the_twin_passes_the_golden_vectors():
    path = Path(__file__).with_name("test_golden_xlang.py")
    assert run("-c", VECTORS, str(path)) == "684\n"


HERE = Path(__file__).parent
SUITE = [
    *(p.relative_to(ROOT).as_posix() for p in sorted(HERE.glob("test_*.py"))),
    "tests/frames/test_facts.py",
    "tests/frames/test_objects.py",
    "tests/files/test_container_file.py",
    "tests/files/test_container_append.py",
    "tests/rows/test_evolution.py",
]


@pytest.mark.slow
@pytest.mark.parametrize("path", [p for p in SUITE if "test_twin" not in p])
def test_the_suite_passes_on_the_twin(path):
    # A file of tests that needs a missing package skips all of itself.
    passing = 0, int(pytest.ExitCode.NO_TESTS_COLLECTED)
    options = "-q", "-p", "no:cacheprovider", "-m", "not slow"
    shown = run("-m", "pytest", *options, path, passing=passing)
    assert "passed" in shown or "skipped" in shown


def test_files_of_both_engines_are_the_same(tmp_path):
    frame = pd.DataFrame({"a": np.arange(3), "b": pd.Categorical(["x", "y", "x"])})
    frame.attrs["unit"] = "m"
    frame.to_pickle(tmp_path / "frame.pickle")
    frame.fory.to_file(tmp_path / "compiled.fory")
    code = (
        "import sys, pandas as pd, fory_pandas; "
        "frame = pd.read_pickle(sys.argv[1]); frame.fory.to_file(sys.argv[3]); "
        "pd.testing.assert_frame_equal(fory_pandas.read_file(sys.argv[2]), frame)"
    )
    paths = [str(tmp_path / n) for n in ("frame.pickle", "compiled.fory", "twin.fory")]
    run("-c", code, *paths)
    pd.testing.assert_frame_equal(fory_pandas.read_file(paths[2]), frame)
    sizes = [Path(path).stat().st_size for path in paths[1:]]
    assert sizes[0] == sizes[1]
