"""Change a file: a local one under a lock, any other by a new one in its place."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from fory_io.remote import RemoteStorage
from fory_io.storage import FileStorage, Storage
from fory_io.target import AppendTarget, Target, open_target
from fory_io.upload import RemoteFile, RemoteTarget
from fory_io.urls import is_remote

__all__ = ["Change", "changing"]


class Change(Protocol):
    """A file that this process is about to change.

    Attributes
    ----------
    storage : Storage
        The file as it is.
    """

    storage: Storage

    def appended(self, end: int) -> Target:
        """Return what goes on behind byte ``end``; the bytes there are cut off."""

    def replaced(self) -> Target:
        """Return a new file that takes the place of this one."""


@contextmanager
def changing(path: str, options: Mapping[str, Any] | None = None) -> Iterator[Change]:
    """Give a file to be changed, while no other process does.

    A local file is locked. Elsewhere there are no locks: whoever publishes first wins,
    the other one gets an error from `Target.commit`.

    Raises
    ------
    BlockingIOError
        If another writer holds the lock.
    """
    if is_remote(path):
        yield RemoteChange(path, options)
        return
    with locked(path) as fd:
        yield LocalChange(path, fd)


class LocalChange:
    """A local file that is locked."""

    def __init__(self, path: str, fd: int) -> None:
        self._path, self._fd = path, fd
        self.storage: Storage = FileStorage(path)

    def appended(self, end: int) -> Target:
        """Return the end of the file."""
        return AppendTarget(self._path, self._fd, end)

    def replaced(self) -> Target:
        """Return a file that will be renamed."""
        return open_target(self._path)


class RemoteChange:
    """A file on another file system, and which version of it was read."""

    def __init__(self, path: str, options: Mapping[str, Any] | None) -> None:
        self._path, self._options = path, options
        self._old = RemoteFile(path, options)
        self.storage: Storage = RemoteStorage(path, options)

    def appended(self, end: int) -> Target:
        """Return a new file that begins with the bytes of the old one."""
        return RemoteTarget(self._path, self._options, self._old, self.storage, end)

    def replaced(self) -> Target:
        """Return a new file."""
        return RemoteTarget(self._path, self._options, self._old)


@contextmanager
def locked(path: str) -> Iterator[int]:
    """Give a descriptor for writing while no other process has one.

    Raises
    ------
    BlockingIOError
        If another writer holds the lock.
    """
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            _lock(fd, path)
            # A file that took the name meanwhile has a lock of its own.
            if os.path.samestat(os.fstat(fd), os.stat(path)):
                yield fd
                return
        finally:
            os.close(fd)


def _lock(fd: int, path: str) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as e:
        raise BlockingIOError(
            e.errno, "another process or writer is writing to the file", path
        ) from None
