"""Arrays and frames: in the message and beside it, against pickle 5 and pyfory."""

from __future__ import annotations

import pickle
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from harness import Case, main

import fory

try:
    import pyfory
except ImportError:
    pyfory = None

Pair = tuple[Callable[[Any], Any], Callable[[Any], Any]]


def in_band(made: Any) -> Pair:
    return made.dumps, made.loads


def out_of_band(made: Any) -> Pair:
    def dumps(value: Any) -> Any:
        taken: list[Any] = []
        message = made.serialize(value, buffer_callback=taken.append)
        return message, [buffer.getbuffer() for buffer in taken]

    return dumps, lambda parts: made.deserialize(parts[0], buffers=parts[1])


def pickle_out_of_band(value: Any) -> Any:
    taken: list[Any] = []
    return pickle.dumps(value, 5, buffer_callback=taken.append), taken


PICKLE = {
    "in": (lambda value: pickle.dumps(value, 5), pickle.loads),
    "out": (pickle_out_of_band, lambda parts: pickle.loads(parts[0], buffers=parts[1])),
}


def same(a: Any, b: Any) -> bool:
    """Tell whether two results are equal by content."""
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[name], b[name]) for name in a)
    if isinstance(a, pd.DataFrame):
        return a.equals(b)
    return bool(np.array_equal(a, b))


def values(size: int) -> Iterator[tuple[str, Any]]:
    yield "array of floats", np.random.default_rng(1).random(15 * size)
    yield "dict of arrays", {f"a{i}": np.arange(i * size // 1000) for i in range(50)}
    n = max(size // 10, 10)
    yield (
        "mixed frame",
        pd.DataFrame(
            {
                "int": np.arange(n),
                "float": np.arange(n) / 2,
                "text": [f"text {i}" for i in range(n)],
                "time": pd.date_range("2020", periods=n, freq="s"),
                "category": pd.Categorical(["x", "y"] * (n // 2)),
            }
        ),
    )


def contestants(value: Any, band: str) -> dict[str, Pair]:
    """Return the pair of dumps and loads of each library that gives the value back."""
    wrap = in_band if band == "in" else out_of_band
    found = {"fory": wrap(fory.Fory(strict=False, ref=True)), "pickle 5": PICKLE[band]}
    if pyfory is not None:
        peer = wrap(pyfory.Fory(xlang=False, strict=False, ref=True, compatible=False))
        try:
            if same(peer[1](peer[0](value)), value):
                found["pyfory"] = peer
        except Exception:  # what it cannot do is no contest
            pass
    return found


def peak_text(dumps: Callable[[Any], Any], value: Any) -> str:
    """Tell how much memory writing takes at most, in sizes of the message."""
    tracemalloc.start()
    try:
        message = dumps(value)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return f"peak memory {peak / len(message):.2f} of the message"


def cases(size: int) -> Iterator[Case]:
    """Compare writing and reading of the same arrays; equal results first."""
    for name, value in values(size):
        for band in ("in", "out"):
            pairs = contestants(value, band)
            messages = {who: dumps(value) for who, (dumps, _) in pairs.items()}
            writers = {
                who: (lambda d=dumps, v=value: d(v))
                for who, (dumps, _) in pairs.items()
            }
            title, target = f"dumps {name}", "faster than pickle and pyfory"
            if band == "out":
                title += ", out of band"
            elif isinstance(value, np.ndarray):
                writers["memcpy"] = value.tobytes
                title += f" ({peak_text(pairs['fory'][0], value)})"
                target += ", at most 1.2 x memcpy; peak 1.10"
            yield Case(title, writers, equal=lambda a, b: True, target=target)
            yield Case(
                f"loads {name}, {band} of band" if band == "out" else f"loads {name}",
                {
                    who: (lambda read=loads, m=messages[who]: read(m))
                    for who, (_, loads) in pairs.items()
                },
                equal=same,
                target="faster than pickle and pyfory",
            )


if __name__ == "__main__":
    main(cases)
