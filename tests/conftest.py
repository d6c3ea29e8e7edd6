"""Fixtures and guards shared by every test."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"


def _stale_extensions() -> list[str]:
    """Sources that are newer than the extension built from them."""
    stale = []
    for source in [*ROOT.glob("fory*/*.pyx"), *ROOT.glob("io/fory_io/*.pyx")]:
        built = list(source.parent.glob(f"{source.stem}.*.so"))
        declared = source.with_suffix(".pxd")
        newest = max(p.stat().st_mtime for p in (source, declared) if p.exists())
        if built and newest > built[0].stat().st_mtime:
            stale.append(str(source.relative_to(ROOT)))
    return stale


def pytest_configure(config: pytest.Config) -> None:
    stale = _stale_extensions()
    if stale:
        raise pytest.UsageError(f"rebuild with `make build`: {', '.join(stale)}")


@pytest.fixture(autouse=True)
def no_unraisable(monkeypatch: pytest.MonkeyPatch):
    """Fail a test in which an exception was swallowed by a finaliser or a callback."""
    seen: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    yield
    assert not seen, f"exceptions were ignored: {seen}"
