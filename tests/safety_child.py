"""What the safety tests run in a process of their own; prints what happened as JSON."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import sys
import time
import warnings
from pathlib import Path

import pyarrow as pa

import fory_io
from fory.error import DecodeError

CHUNK = 32_768


def table(n, start=0):
    return pa.table({
        "i": range(start, start + n),
        "s": [f"row {i}" * (i % 3) for i in range(start, start + n)],
    })  # fmt: skip


def numbers(rows):
    """Return the field i of all rows, after looking at every byte."""
    found = rows.to_arrow()
    assert found["s"].to_pylist() == [
        f"row {i}" * (i % 3) for i in found["i"].to_pylist()
    ]
    return found["i"].to_pylist()


# -- a writer that is killed -----------------------------------------------------


def killed(path, mode, n_times, seed):
    """Kill a writer at random moments; the old state or the new one must be there."""
    rng = random.Random(seed)
    old, new = table(3 * CHUNK), table(3 * CHUNK, 3 * CHUNK)
    states = {"old": 0, "new": 0, "absent": 0, "repaired": 0}
    longest = 0.0
    for k in range(n_times):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        if mode != "create":
            fory_io.write(old, path, keys=["i"])
        started = time.monotonic()
        delay = rng.random() * (longest or 0.3)
        child = os.fork()
        if child == 0:
            change(path, mode, new)
            os._exit(0)
        if k:
            time.sleep(delay)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        longest = max(longest, time.monotonic() - started) if not k else longest
        states[state_of(path, mode)] += 1
    return states


def change(path, mode, new):
    if mode == "create":
        fory_io.write(new, path, keys=["i"])
    elif mode == "append":
        fory_io.append(new, path)
    elif mode == "replace":
        fory_io.write(new, path)
    elif mode == "delete":
        fory_io.delete(path, range(0, CHUNK, 2))
    else:
        fory_io.compact(path)


def state_of(path, mode):
    """Check a file after the kill, and after its repair."""
    if mode == "create" and not os.path.exists(path):
        return "absent"
    old = list(range(3 * CHUNK))
    new = {
        "create": [i + 3 * CHUNK for i in old],
        "append": [*old, *(i + 3 * CHUNK for i in old)],
        "replace": [i + 3 * CHUNK for i in old],
        "delete": [*range(1, CHUNK, 2), *old[CHUNK:]],
        "compact": old,
    }[mode]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fory_io.UnfinishedCommitWarning)
        found = numbers(fory_io.open(path, verify="full"))
    assert found in (old, new), f"{len(found)} rows"
    if mode == "append" and found == old:
        brought = fory_io.repair(path).rows_recovered
        mended = fory_io.open(path, verify="full")
        assert numbers(mended) == new[: len(old) + brought]
        assert mended.lookup(old[-1])["i"] == old[-1]
        assert fory_io.verify(path).ok
        return "repaired" if brought else "old"
    return "old" if found == old else "new"


# -- damaged bytes ---------------------------------------------------------------


def damaged(path, how, n, verify, seed):
    """Open damaged copies of a file; count what comes of it."""
    data = Path(path).read_bytes()
    states = []
    commits = fory_io.open(path).source.inner.snapshot.commit
    for k in range(1, commits + 1):
        rows = fory_io.open(path, commit=k)
        states.append([bytes(r) for r in rows])
    keys = [row["i"] for row in fory_io.open(path)]
    rng = random.Random(seed)
    counts = {"refused": 0, "right": 0, "older": 0, "wrong": 0}
    for bad in copies(data, how, n, rng):
        with open(path + ".bad", "wb") as f:
            f.write(bad)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                rows = fory_io.open(
                    path + ".bad", verify=verify, mmap=rng.random() < 0.5
                )
                found = [bytes(r) for r in rows]
                key = rng.choice(keys)
                same_key = rows.lookup(key)["i"] == key
            except DecodeError:
                counts["refused"] += 1
                continue
            except KeyError:
                same_key = False
        if found == states[-1] and same_key:
            counts["right"] += 1
        elif found in states and (told or len(bad) < len(data)):
            # A file cut at the end of a commit is whole, as it was then.
            counts["older"] += 1
        else:
            counts["wrong"] += 1
    return counts


def copies(data, how, n, rng):
    if how == "cut":
        yield from (data[:size] for size in range(0, len(data), 64))
        yield from (data[: rng.randrange(len(data))] for _ in range(n))
        return
    for _ in range(n):
        bad = bytearray(data)
        bad[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        yield bad


# -- a disk that is full ---------------------------------------------------------


def full(path, mode, n_bytes):
    """Let no file grow beyond ``n_bytes``; say what error came."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
    try:
        change(path, mode, table(3 * CHUNK, 3 * CHUNK))
    except OSError as e:
        return f"{type(e).__name__} {e.errno}"
    return "done"


if __name__ == "__main__":
    call, *arguments = sys.argv[1:]
    values = [int(a) if a.isdigit() else a for a in arguments]
    print(json.dumps(globals()[call](*values)))
