"""Seeded random frames: any mixture of dtypes, nulls, indexes, labels and attrs."""

from __future__ import annotations

import datetime as dt
import decimal
import random
import string
import zoneinfo
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["random_frame"]

_NULLS = (None, np.nan, pd.NA, pd.NaT)
_ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu")
_INTS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]


def _text(rng: random.Random) -> str:
    return "".join(rng.choices(string.ascii_letters + "äß日😀\0 ", k=rng.randrange(20)))


def _int(rng: random.Random) -> int:
    return rng.choice([0, 1, -(2**63), 2**63 - 1, rng.randrange(-(10**6), 10**6)])


def _float(rng: random.Random) -> float:
    return rng.choice([0.0, -0.0, 1e300, float("inf"), rng.random()])


def _decimal(rng: random.Random) -> decimal.Decimal:
    return decimal.Decimal(rng.randrange(-(10**9), 10**9)).scaleb(-rng.randrange(4))


def _date(rng: random.Random) -> dt.date:
    return dt.date.fromordinal(rng.randrange(1, dt.date.max.toordinal()))


def _datetime(rng: random.Random) -> dt.datetime:
    return dt.datetime.fromordinal(rng.randrange(1, 10**6)) + dt.timedelta(
        microseconds=rng.randrange(86_400_000_000)
    )


def _nested(rng: random.Random, depth: int = 2) -> Any:
    kind = rng.choice(["list", "dict", "leaf"]) if depth else "leaf"
    if kind == "list":
        return [_nested(rng, depth - 1) for _ in range(rng.randrange(4))]
    if kind == "dict":
        keys = rng.sample("abcd", rng.randrange(4))
        return {key: _nested(rng, depth - 1) for key in keys}
    return rng.choice([_int, _text, _float])(rng)


_CELLS: tuple[Callable[[random.Random], Any], ...] = (
    _text,
    _int,
    _float,
    _decimal,
    _date,
    _datetime,
    _nested,
    lambda rng: rng.random() < 0.5,
    lambda rng: rng.randbytes(rng.randrange(9)),
    lambda rng: [_int(rng) for _ in range(rng.randrange(4))],
    lambda rng: {"a": _text(rng), "b": [_float(rng)]},
    lambda rng: np.array([rng.random() for _ in range(rng.randrange(3))]),
    lambda rng: rng.choice(_CELLS[:6])(rng),
)


def _objects(rng: random.Random, n: int) -> pd.Series:
    make = rng.choice(_CELLS)
    chance = rng.choice([0, 0, 0.3, 1])
    nulls = rng.choice([_NULLS[:1], _NULLS[1:2], _NULLS])
    cells = [
        rng.choice(nulls) if rng.random() < chance else make(rng) for _ in range(n)
    ]
    return pd.Series(np.fromiter(cells, dtype=object, count=n), dtype=object)


def _numbers(rng: random.Random, n: int) -> Any:
    name = rng.choice([*_INTS, "float16", "float32", "float64", "bool", "complex128"])
    return (
        np.frombuffer(rng.randbytes(16 * n), np.uint8)[: n * 2].view("u2").astype(name)
    )


def _nullable(rng: random.Random, n: int) -> Any:
    name = rng.choice(["Int8", "Int64", "UInt16", "Float64", "boolean"])
    values = [None if rng.random() < 0.3 else rng.randrange(2) for _ in range(n)]
    return pd.array(values, dtype=name)


def _strings(rng: random.Random, n: int) -> Any:
    dtype = rng.choice([pd.StringDtype("python"), pd.StringDtype("pyarrow")])
    cells = [None if rng.random() < 0.3 else _text(rng) for _ in range(n)]
    return pd.array(cells, dtype=dtype)


def _stamps(rng: random.Random, n: int) -> Any:
    unit = rng.choice(["s", "ms", "us", "ns"])
    counts = np.array([rng.randrange(-(10**9), 10**9) for _ in range(n)], np.int64)
    stamps = pd.Series(counts.view(f"M8[{unit}]"))
    stamps[[rng.random() < 0.2 for _ in range(n)]] = pd.NaT
    if rng.random() < 0.5:
        return stamps
    zone = zoneinfo.ZoneInfo(rng.choice(_ZONES))
    return stamps.dt.tz_localize("UTC").dt.tz_convert(zone)


def _categories(rng: random.Random, n: int) -> Any:
    codes = [rng.randrange(-1, 3) for _ in range(n)]
    categories = rng.choice([["x", "y", "z"], [3, 1, 2], pd.RangeIndex(3)])
    dtype = pd.CategoricalDtype(categories, ordered=rng.random() < 0.5)
    return pd.Categorical.from_codes(codes, dtype=dtype)


_COLUMNS = (_objects, _numbers, _nullable, _strings, _stamps, _categories)


def _index(rng: random.Random, n: int) -> pd.Index:
    make = rng.choice(
        [
            lambda: pd.RangeIndex(rng.randrange(9), 10**9, rng.randrange(1, 5))[:n],
            lambda: pd.Index(_strings(rng, n)),
            lambda: pd.date_range("2020", periods=n, freq=rng.choice(["D", "h", "W"])),
            lambda: pd.MultiIndex.from_arrays(
                [[rng.randrange(3) for _ in range(n)], _categories(rng, n)],
                names=["a", None],
            ),
            lambda: pd.CategoricalIndex(_categories(rng, n), name="c"),
        ]
    )
    return make()


def _labels(rng: random.Random, n: int) -> pd.Index:
    make = rng.choice(
        [
            lambda: pd.Index([f"c{i}" for i in range(n)]),
            lambda: pd.RangeIndex(n),
            lambda: pd.Index([rng.choice("ab") for _ in range(n)]),
            lambda: pd.MultiIndex.from_arrays([["x"] * n, list(range(n))]),
            lambda: pd.date_range("2020", periods=n),
        ]
    )
    return make()


def random_frame(seed: int) -> pd.DataFrame:
    """Return the frame of a seed, the same on every run."""
    rng = random.Random(seed)
    n = rng.choice([0, 1, 7, 8, 9, 63, 64, 65, 200])
    width = rng.randrange(8)
    columns = [pd.Series(rng.choice(_COLUMNS)(rng, n)) for _ in range(width)]
    frame = pd.DataFrame(dict(enumerate(columns)), index=range(n))
    frame.index = _index(rng, n)
    frame.columns = _labels(rng, width)
    if rng.random() < 0.3:
        frame.attrs = {"seed": seed, "of": (_text(rng), [_decimal(rng)])}
    return frame
