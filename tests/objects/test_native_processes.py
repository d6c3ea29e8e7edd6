"""Python messages between processes: what one writes as ``__main__`` another reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import native_code_samples
import native_cycle_samples
import native_mutual_samples
import native_newer_samples
import native_value_samples
import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SAMPLES = {
    "code": native_code_samples,
    "cycles": native_cycle_samples,
    "mutual": native_mutual_samples,
    "newer": native_newer_samples,
    "values": native_value_samples,
}
OPTIONS = {
    "ref": '{"strict": false, "ref": true}',
    "values": '{"strict": false}',
    "compatible": '{"strict": false, "ref": true, "compatible": true}',
}
# Without references there are no cycles, and nothing shared stays shared.
NEED_REFERENCES = {
    "cycle obj",
    "weak",
    "shared cells",
    "typevar",
    "derived before its base",
    "base before what it makes",
    "single known to its class",
    "singles and their class",
    "slotted known to its class",
    "dataclass known to its class",
    *("singleton cycle", "registered cycle", "weak method"),
}
NAMES = [(kind, name) for kind, found in SAMPLES.items() for name in found.SAMPLES]


def run(*arguments: str) -> str:
    path = f"{ROOT}{os.pathsep}{ROOT / 'io'}"
    command = [sys.executable, "-W", "error", str(HERE / "native_process.py")]
    done = subprocess.run(
        [*command, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    return done.stdout


@pytest.fixture(scope="module", params=list(OPTIONS))
def outcomes(request, tmp_path_factory):
    results = {}
    for kind, samples in SAMPLES.items():
        path = str(tmp_path_factory.mktemp(kind) / "messages.json")
        run("write", path, OPTIONS[request.param], samples.__file__)
        found = run("read", path, OPTIONS[request.param], samples.__file__)
        results.update({(kind, name): why for name, why in json.loads(found).items()})
    return request.param, results


@pytest.mark.parametrize("sample", NAMES, ids="-".join)
def test_another_process_reads(outcomes, sample):
    option, results = outcomes
    if option == "values" and sample[1] in NEED_REFERENCES:
        pytest.skip("needs references")
    assert results[sample] == ""
