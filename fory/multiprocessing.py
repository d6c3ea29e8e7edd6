"""Process pools and queues that send any object: lambdas, local classes, closures.

``get_context`` gives what ``multiprocessing.get_context`` gives, with queues, pools and
processes whose arguments and results are written by this package.
"""

from __future__ import annotations

import collections
import contextlib
import copyreg
import functools
import io
import multiprocessing.context as context
import multiprocessing.pool as pool
import multiprocessing.queues as queues
from collections.abc import Callable
from multiprocessing.reduction import ForkingPickler as _StandardPickler
from typing import Any

from fory.pickling import Pickler, loads

__all__ = ["ForkingPickler", "Pool", "dumps", "get_context", "loads", "portable"]

# What multiprocessing itself knows to send: connections, locks, sockets.
_EXTRA: dict[type, Any] = _StandardPickler._extra_reducers  # type: ignore[attr-defined]


class ForkingPickler(Pickler):
    """A pickler that knows what ``multiprocessing`` can send between processes."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.dispatch_table = collections.ChainMap(_EXTRA, copyreg.dispatch_table)

    @classmethod
    def register(cls, kind: type, reduce: Callable[[Any], Any]) -> None:
        """Say how instances of a class are sent."""
        _StandardPickler.register(kind, reduce)

    @classmethod
    def dumps(cls, obj: Any, protocol: int | None = None) -> memoryview:
        """Return an object as bytes."""
        file = io.BytesIO()
        cls(file, protocol).dump(obj)
        return file.getbuffer()

    loads = staticmethod(loads)


def dumps(obj: Any) -> bytes:
    """Return an object as bytes, with what belongs to multiprocessing in it."""
    return bytes(ForkingPickler.dumps(obj))


def portable(obj: Any) -> Any:
    """Return a callable that any pickler can send in place of ``obj``.

    For pools that bring a pickler of their own, such as
    ``concurrent.futures.ProcessPoolExecutor``.
    """
    return functools.wraps(obj, updated=())(_Portable(obj))


class _Portable:
    def __init__(self, obj: Any) -> None:
        self.obj = obj

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.obj(*args, **kwargs)

    def __reduce__(self) -> Any:
        return _portable_from, (dumps(self.obj),)


def _portable_from(data: bytes) -> _Portable:
    return _Portable(loads(data))


class _SimpleQueue(queues.SimpleQueue):  # type: ignore[type-arg]
    """A queue of messages of this package."""

    def put(self, obj: Any) -> None:
        """Put an object into the queue."""
        data = ForkingPickler.dumps(obj)
        if self._wlock is None:  # type: ignore[attr-defined]
            self._writer.send_bytes(data)  # type: ignore[attr-defined]
        else:
            with self._wlock:  # type: ignore[attr-defined]
                self._writer.send_bytes(data)  # type: ignore[attr-defined]

    def get(self) -> Any:
        """Return the next object."""
        with self._rlock:  # type: ignore[attr-defined]
            data = self._reader.recv_bytes()  # type: ignore[attr-defined]
        return loads(data)


class _Queue(queues.Queue):  # type: ignore[type-arg]
    """A queue whose items are written when they are put."""

    def put(self, obj: Any, block: bool = True, timeout: float | None = None) -> None:
        """Put an object into the queue."""
        super().put(dumps(obj), block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Return the next object."""
        return loads(super().get(block, timeout))


class Pool(pool.Pool):
    """A pool whose tasks and results may be any object."""

    def _setup_queues(self) -> None:
        super()._setup_queues()  # type: ignore[misc]
        self._quick_put = self._inqueue.put  # type: ignore[attr-defined]
        self._quick_get = self._receive

    @staticmethod
    def _help_stuff_finish(inqueue: Any, task_handler: Any, size: int) -> None:
        """Throw away the tasks in the pipe, which Python would read as pickles."""
        with contextlib.suppress(EOFError):
            inqueue._rlock.acquire()
            while task_handler.is_alive() and inqueue._reader.poll():
                inqueue._reader.recv_bytes()

    def _receive(self) -> Any:
        return loads(self._outqueue._reader.recv_bytes())  # type: ignore[attr-defined]


class _Process:
    """Makes what a process is started with travel as a message of this package."""

    def __reduce__(self) -> Any:
        return _process_from, (type(self), dumps(vars(self)))


def _process_from(cls: Any, data: bytes) -> Any:
    process = cls.__new__(cls)
    vars(process).update(loads(data))
    return process


class _Context:
    """What the contexts of all ways to start a process have."""

    def SimpleQueue(self) -> Any:
        """Return a queue without a thread."""
        return _SimpleQueue(ctx=self)

    def Queue(self, maxsize: int = 0) -> Any:
        """Return a queue."""
        return _Queue(maxsize, ctx=self)

    def Pool(
        self,
        processes: int | None = None,
        initializer: Callable[..., Any] | None = None,
        initargs: tuple[Any, ...] = (),
        maxtasksperchild: int | None = None,
    ) -> Pool:
        """Return a pool."""
        return Pool(processes, initializer, initargs, maxtasksperchild, context=self)


class _SpawnProcess(_Process, context.SpawnProcess):
    pass


class _ForkServerProcess(_Process, context.ForkServerProcess):
    pass


class _SpawnContext(_Context, context.SpawnContext):  # type: ignore[misc]
    Process = _SpawnProcess


class _ForkServerContext(_Context, context.ForkServerContext):  # type: ignore[misc]
    Process = _ForkServerProcess


class _ForkContext(_Context, context.ForkContext):  # type: ignore[misc]
    pass


_CONTEXTS: dict[str, Any] = {
    "spawn": _SpawnContext,
    "forkserver": _ForkServerContext,
    "fork": _ForkContext,
}


def get_context(method: str | None = None) -> Any:
    """Return a context of ``multiprocessing`` that sends any object.

    ``concurrent.futures`` reads the queues of a context by itself: give it a context
    of Python, and `portable` tasks.

    Parameters
    ----------
    method : str, optional
        ``"spawn"``, ``"forkserver"`` or ``"fork"``; else the default of Python.

    Examples
    --------
    ``fory.multiprocessing.get_context("spawn").Pool(4).map(lambda x: x * x, values)``
    """
    import multiprocessing

    method = method or multiprocessing.get_start_method()
    if method not in _CONTEXTS:
        raise ValueError(f"cannot find context for {method!r}")
    return _CONTEXTS[method]()
