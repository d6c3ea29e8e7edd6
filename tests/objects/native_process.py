"""Runs one side of a test of Python messages in a process of its own.

``python native_process.py write FILE OPTIONS SAMPLES`` runs a file of samples as
``__main__`` and writes each; ``read`` imports the same file under another name and
checks what it reads.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import sys
import traceback

import fory


def maker(options: str):
    """Return what has dumps and loads."""
    return fory if options == "module" else fory.Fory(**json.loads(options))


def write(path: str, options: str, samples: str) -> None:
    made, messages = maker(options), {}
    names = vars(sys.modules["__main__"])
    with open(samples) as file:
        exec(compile(file.read(), samples, "exec", dont_inherit=True), names)
    for name, (make, _) in names["SAMPLES"].items():
        try:
            messages[name] = base64.b64encode(made.dumps(make())).decode()
        except Exception:
            messages[name] = "!" + traceback.format_exc()
    with open(path, "w") as file:
        json.dump(messages, file)


def read(path: str, options: str, samples: str) -> None:
    made, results = maker(options), {}
    spec = importlib.util.spec_from_file_location("samples_of_the_reader", samples)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with open(path) as file:
        messages = json.load(file)
    for name, (_, check) in module.SAMPLES.items():
        if messages[name].startswith("!"):
            results[name] = messages[name]
            continue
        try:
            value = made.loads(base64.b64decode(messages[name]))
            results[name] = "" if check(value) else f"wrong: {value!r:.200}"
        except Exception:
            results[name] = traceback.format_exc()
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](*sys.argv[2:])
