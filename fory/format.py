"""The row format under its official name; everything is in `fory_row.format`."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name.startswith("__") and name != "__all__":
        raise AttributeError(f"module 'fory.format' has no attribute {name!r}")
    import fory_row.format

    return getattr(fory_row.format, name)


def __dir__() -> list[str]:
    return list(__getattr__("__all__"))
