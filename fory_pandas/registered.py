"""Classes that the whole program registered, for ``objects="registered"``."""

from __future__ import annotations

import threading
from typing import Any

from fory._core import Fory

__all__ = ["register_type", "registry"]

_lock = threading.Lock()
_fory: list[Fory] = []


def register_type(cls: type, *, name: str, serializer: Any = None) -> None:
    """Register a class whose instances may be cells of object columns.

    Frames with such cells are written with ``objects="registered"`` and read as any
    other, by programs that registered the class under the same name.

    Parameters
    ----------
    cls
        A dataclass, an enum, or any class if it has a serializer.
    name
        A dotted name that writers and readers agree on. It is looked up among the
        names registered, and never imported.
    serializer
        See ``fory.Fory.register``.

    Raises
    ------
    fory.error.ForyError
        If the class or the name is registered already, or the class has no fields.

    Notes
    -----
    Registers for the process. ``objects=fory``, a Fory of your own, is the way to
    have several sets of classes.
    """
    with _lock:
        fory = _fory[0] if _fory else Fory(xlang=True, compatible=True)
        fory.register(cls, name=name, serializer=serializer)
        if not _fory:
            _fory.append(fory)


def registry() -> Fory | None:
    """Return the Fory that knows the classes registered, None if there are none."""
    return _fory[0] if _fory else None
