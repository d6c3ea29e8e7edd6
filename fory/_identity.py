"""Which classes and functions of by-value messages are one and the same.

What leaves a process by value gets an identity, which travels with it. A process that
meets an identity again answers with the object it has; nothing here keeps an object
alive.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any, NamedTuple

__all__ = ["Known", "identity_of", "known", "remember"]


class Known(NamedTuple):
    """An object that has an identity."""

    ref: weakref.ref[Any]
    identity: str
    is_ours: bool


_by_address: dict[int, Known] = {}
_by_identity: dict[str, Known] = {}
_versions: dict[str, int] = {}
_lock = threading.RLock()
_TOKEN = os.urandom(8).hex()
_count = 0


def _renew_lock() -> None:
    """Forget a lock that another thread of the parent may have held."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def identity_of(value: Any) -> str:
    """Return the identity of a class or function, a new one at the first call."""
    global _count
    with _lock:
        entry = _by_address.get(id(value))
        if entry is None:
            _count += 1
            # The process id: a fork shares the token and the count.
            identity = f"{_TOKEN}-{os.getpid():x}-{_count:x}"
            entry = _add(value, identity, is_ours=True)
        return entry.identity


def known(identity: str) -> tuple[Any, bool] | None:
    """Return the object of an identity and whether it is from here, or None."""
    entry = _by_identity.get(identity)
    value = None if entry is None else entry.ref()
    return None if value is None or entry is None else (value, entry.is_ours)


def remember(value: Any, identity: str) -> None:
    """Let ``identity`` stand for an object that was read."""
    with _lock:
        _add(value, identity, is_ours=False)


def is_new_version(identity: str, version: int) -> bool:
    """Tell whether a state differs from the one that was read before."""
    with _lock:
        if _versions.get(identity) == version:
            return False
        if identity in _by_identity:
            _versions[identity] = version
        return True


def _add(value: Any, identity: str, *, is_ours: bool) -> Known:
    address = id(value)

    def forget(ref: weakref.ref[Any]) -> None:
        entry = _by_address.get(address)
        if entry is not None and entry.ref is ref:
            del _by_address[address]
        entry = _by_identity.get(identity)
        if entry is not None and entry.ref is ref:
            del _by_identity[identity]
            _versions.pop(identity, None)

    entry = Known(weakref.ref(value, forget), identity, is_ours)
    _by_address[address] = _by_identity[identity] = entry
    return entry
