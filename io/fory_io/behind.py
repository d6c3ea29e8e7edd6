"""Work that a second thread does while the first one goes on."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

__all__ = ["Behind"]

T = TypeVar("T")


class Behind(Generic[T]):
    """Calls a function with one thing after another, a few things behind.

    The thread is started for the first thing and ends when this is garbage; where
    none can be started, the function is called at once.

    Parameters
    ----------
    call : callable
        What to do; it should release the interpreter's lock most of the time.
    n_ahead : int
        So many things may wait or be worked on.

    Notes
    -----
    The first exception is raised by what is called next, and by all that is called
    after it: nothing is done with the things behind the one that failed.
    """

    def __init__(self, call: Callable[[T], object], n_ahead: int) -> None:
        self._call = call
        self._n_ahead = n_ahead
        self._pool: ThreadPoolExecutor | None = None
        self._waiting: deque[Future[object]] = deque()
        self._error: BaseException | None = None
        self._process = os.getpid()

    def put(self, thing: T) -> None:
        """Have something done soon."""
        self._check()
        while len(self._waiting) >= self._n_ahead:
            self._waiting.popleft().result()
        try:
            self._pool = self._pool or ThreadPoolExecutor(1, "fory-behind")
            self._waiting.append(self._pool.submit(self._guarded, thing))
        except RuntimeError:  # the interpreter ends, or there are no threads
            self.now(thing)

    def drain(self) -> None:
        """Return when everything is done."""
        self._check()
        while self._waiting:
            self._waiting.popleft().result()

    def now(self, thing: T) -> None:
        """Do something in this thread, after all that came before it."""
        self.drain()
        self._guarded(thing)

    def stop(self) -> None:
        """Do nothing more; return when nothing is being done."""
        waiting, self._waiting = self._waiting, deque()
        if self._process == os.getpid():
            wait([future for future in reversed(waiting) if not future.cancel()])

    def _check(self) -> None:
        if self._error is not None:
            raise self._error
        if self._process != os.getpid():
            raise RuntimeError(
                "a writer belongs to the process that made it; open another one after "
                "a fork"
            )

    def _guarded(self, thing: T) -> None:
        """Do it, unless something before it failed."""
        if self._error is not None:
            raise self._error
        try:
            self._call(thing)
        except BaseException as e:
            self._error = e
            raise
