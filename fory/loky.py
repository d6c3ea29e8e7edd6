"""A pickler for libraries that choose how to write, but read with ``pickle``.

``loky``, and through it ``joblib``, take the name of a module with a ``Pickler``, yet
workers read with ``pickle.loads``. What is written here is a pickle of one call, which
reads a message of this package.

Examples
--------
>>> import io, pickle, fory.loky
>>> file = io.BytesIO()
>>> fory.loky.Pickler(file).dump(lambda x: 2 * x)
>>> pickle.loads(file.getvalue())(21)
42
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

from fory import pickling

__all__ = ["Pickler"]


class Pickler(pickling.Pickler):
    """Writes objects of any kind to a file, as pickles.

    Parameters
    ----------
    file : binary file
        What has ``write``.
    protocol, fix_imports
        Accepted for callers of pickle.
    buffer_callback : callable, optional
        Called with each ``PickleBuffer``; false keeps it out of the pickle.

    Notes
    -----
    ``loky.set_loky_pickler("fory.loky")`` makes it the pickler of all pools.
    """

    def __init__(
        self,
        file: Any,
        protocol: int | None = None,
        *,
        fix_imports: bool = True,
        buffer_callback: Callable[[Any], Any] | None = None,
    ) -> None:
        if not callable(getattr(file, "write", None)):
            raise TypeError("file must have a 'write' attribute")
        message = _Message(file, buffer_callback)
        keep = None if buffer_callback is None else message.buffers.append
        super().__init__(message, protocol, buffer_callback=keep)


class _Message:
    """A file that gets each message as a pickle of the call that reads it."""

    def __init__(self, file: Any, callback: Callable[[Any], Any] | None) -> None:
        self.file = file
        self.callback = callback
        self.data = b""
        self.buffers: list[Any] = []

    def write(self, data: bytes) -> None:
        """Write one message; its buffers are where the callback wants them."""
        self.data = data
        made = pickle.dumps(self, protocol=5, buffer_callback=self.callback)
        self.buffers.clear()
        self.file.write(made)

    def __reduce__(self) -> Any:
        return _read, (self.data, list(self.buffers))


def _read(data: bytes, buffers: list[Any]) -> Any:
    """Return what a message holds."""
    return pickling.loads(data, buffers=buffers)
