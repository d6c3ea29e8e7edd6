"""What was decoded or fetched last, within a budget of bytes."""

from __future__ import annotations

from typing import Any

__all__ = ["Cache"]


class Cache:
    """Keeps the values used last; what is dropped stays valid for who holds it.

    Two generations: what is used moves to the young one, and when that has half of the
    budget, the old one goes and the young one takes its place. Single operations on a
    dict need no lock; threads that meet may keep a little more or less.

    Parameters
    ----------
    budget : int
        Bytes of all values together; the newest value is kept in any case.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._young: dict[Any, tuple[Any, int]] = {}
        self._old: dict[Any, tuple[Any, int]] = {}
        self._young_bytes = 0

    @property
    def n_bytes(self) -> int:
        """Bytes of all values."""
        return sum(n for part in (self._young, self._old) for _, n in part.values())

    def get(self, key: Any) -> Any:
        """Return the value put under ``key``, or None."""
        found = self._young.get(key)
        if found is not None:
            return found[0]
        found = self._old.pop(key, None)
        if found is None:
            return None
        self.put(key, *found)
        return found[0]

    def put(self, key: Any, value: Any, n_bytes: int) -> None:
        """Keep a value of ``n_bytes``; those used longest ago make room."""
        half = self.budget // 2
        if self._young_bytes + n_bytes > half:
            self._old = self._young if n_bytes <= half else {}
            self._young, self._young_bytes = {}, 0
        self._young[key] = value, n_bytes
        self._young_bytes += n_bytes

    def clear(self) -> None:
        """Drop everything."""
        self._young, self._old, self._young_bytes = {}, {}, 0
