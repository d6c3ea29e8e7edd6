"""What was decoded or fetched last, within a budget of bytes."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any

__all__ = ["Cache"]


class Cache:
    """Keeps the values used last; what is dropped stays valid for who holds it.

    Parameters
    ----------
    budget : int
        Bytes of all values together; the newest value is kept in any case.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.n_bytes = 0
        self._lock = Lock()
        self._items: OrderedDict[Any, tuple[Any, int]] = OrderedDict()

    def get(self, key: Any) -> Any:
        """Return the value put under ``key``, or None."""
        with self._lock:
            found = self._items.get(key)
            if found is None:
                return None
            self._items.move_to_end(key)
            return found[0]

    def put(self, key: Any, value: Any, n_bytes: int) -> None:
        """Keep a value of ``n_bytes``; those used longest ago make room."""
        with self._lock:
            old = self._items.pop(key, None)
            self._items[key] = value, n_bytes
            self.n_bytes += n_bytes - (old[1] if old else 0)
            while self.n_bytes > self.budget and len(self._items) > 1:
                self.n_bytes -= self._items.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._items.clear()
            self.n_bytes = 0
