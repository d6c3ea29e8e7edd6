"""Measure contestants side by side: interleaved rounds, medians, ratios first.

A bench file defines ``cases(size)``, which yields `Case` objects, and ends with
``main(cases)``. Wall-clock noise on shared machines is large, so contestants take
turns inside one process and only ratios should be compared between machines.
"""

from __future__ import annotations

import argparse
import operator
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MIN_SECONDS = 2e-3


@dataclass(frozen=True)
class Case:
    """One comparison; the first contestant is ours and the others' ratio is to it.

    Attributes
    ----------
    name : str
        What is measured.
    contestants : mapping of str to callable
        Each does the same work and returns its result.
    n_operations : int
        Operations in one call, to print time per operation.
    n_bytes : int
        Bytes that one call moves, to print a rate; 0 if that says nothing.
    equal : callable
        Compares two results; checked before anything is timed.
    idle : callable, optional
        The contestants' loop around nothing. Its least time is taken off every round:
        for operations of some nanoseconds, calls and loops cost more than the work.
    target : str
        What the design promises, printed beside the figures.
    after : callable, optional
        Tidies up after each round, outside of what is timed.
    """

    name: str
    contestants: Mapping[str, Callable[[], Any]]
    n_operations: int = 1
    n_bytes: int = 0
    equal: Callable[[Any, Any], bool] = field(default=operator.eq)
    idle: Callable[[], Any] | None = None
    target: str = ""
    after: Callable[[], Any] | None = None


def check(case: Case) -> None:
    """Raise unless every contestant gives the result of the first."""
    results = {name: run() for name, run in case.contestants.items()}
    first, *others = results
    for other in others:
        if not case.equal(results[first], results[other]):
            raise AssertionError(f"{case.name}: {first} and {other} differ")


def _seconds(run: Callable[[], Any], loops: int) -> float:
    """Return the seconds of one call, out of ``loops`` calls."""
    start = time.perf_counter()
    for _ in range(loops):
        run()
    return (time.perf_counter() - start) / loops


def _loops(run: Callable[[], Any]) -> int:
    """Return how many calls take long enough to be timed."""
    n = 1
    while _seconds(run, n) * n < MIN_SECONDS and n < 1_000_000:
        n *= 4
    return n


class Timing(NamedTuple):
    """Seconds per operation: the median of all rounds, and the least disturbed one."""

    median: float
    best: float


def measure(case: Case, rounds: int = 15) -> dict[str, Timing]:
    """Return the seconds per operation of each contestant."""
    check(case)
    loops = {name: _loops(run) for name, run in case.contestants.items()}
    seconds: dict[str, list[float]] = {name: [] for name in case.contestants}
    idle = []
    for _ in range(rounds):
        for name, run in case.contestants.items():
            seconds[name].append(_seconds(run, loops[name]))
            if case.after:
                case.after()
            if case.idle:
                idle.append(_seconds(case.idle, loops[name]))
    spent_idle = min(idle, default=0.0)

    def timing(times: list[float]) -> Timing:
        net = [(each - spent_idle) / case.n_operations for each in times]
        return Timing(statistics.median(net), min(net))

    return {name: timing(times) for name, times in seconds.items()}


def duration_text(seconds: float) -> str:
    """Print a duration with three digits and a unit."""
    for unit, scale in (("ns", 1e9), ("us", 1e6), ("ms", 1e3)):
        if seconds * scale < 1000:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds:.3g} s"


def report(case: Case, timings: Mapping[str, Timing]) -> None:
    """Print one line per contestant: ratio to the first, median, best, their rates."""
    notes = ["net of the empty loop"] if case.idle else []
    notes += [f"target: {case.target}"] if case.target else []
    print(f"\n{case.name}" + (f"   ({'; '.join(notes)})" if notes else ""))
    first = next(iter(timings.values()))
    for name, timing in timings.items():
        cells = [f"{timing.median / first.median:8.2f} x"]
        for label, seconds in zip(("median", "best"), timing, strict=True):
            rate = ""
            if case.n_bytes:
                rate = f"{case.n_bytes / (seconds * case.n_operations) / 1e9:6.2f} GB/s"
            cells.append(f"{label} {duration_text(seconds):>8} {rate}")
        print("  ".join([*cells, name]))


def main(cases: Callable[[int], Iterable[Case]], size: int = 100_000) -> None:
    """Run a bench file from the command line."""
    parser = argparse.ArgumentParser(description=cases.__doc__)
    parser.add_argument("--size", type=int, default=size, help="records to use")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="", help="cases whose name contains this")
    options = parser.parse_args()
    for case in cases(options.size):
        if options.only in case.name:
            report(case, measure(case, options.rounds))
