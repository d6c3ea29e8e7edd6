"""Where a writer's bytes go: all of them become the file, or none does."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Mapping
from typing import Any, Protocol

from fory_io._appender import Appender
from fory_io.pieces import Pieces
from fory_io.upload import RemoteTarget
from fory_io.urls import is_remote

__all__ = ["AppendTarget", "LocalTarget", "Target", "open_target"]


class Target(Protocol):
    """A file under construction."""

    name: str

    def write(self, *parts: Any) -> None:
        """Append the parts."""

    def sync(self) -> None:
        """Return when what was written would survive a crash, if that matters yet."""

    def commit(self) -> None:
        """Make what was written the file."""

    def abort(self) -> None:
        """Leave nothing of it."""


def open_target(path: str, options: Mapping[str, Any] | None = None) -> Target:
    """Begin a new file, local or on any file system that fsspec knows."""
    if is_remote(path):
        return RemoteTarget(path, options)
    place = os.path.realpath(path)  # a link stays, the file behind it is replaced
    folder = os.path.dirname(place)
    if not path or os.path.isdir(place):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", folder)
    if os.path.exists(place) and not os.path.isfile(place):
        raise OSError(errno.EINVAL, "a device or pipe is not replaced by a file", path)
    return LocalTarget(place)


class LocalTarget:
    """A temporary file beside the target that takes its name when it is complete.

    The bytes are on the disk before the name changes, and the name before `commit`
    returns; whatever fails, the old file or nothing stays under the name.
    """

    def __init__(self, path: str) -> None:
        self.name = os.path.abspath(path)
        self._folder, name = os.path.split(self.name)
        self._temporary = os.path.join(  # at most 255 bytes
            self._folder, f".{name[:60]}.{secrets.token_hex(4)}.tmp"
        )
        self._process = os.getpid()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._file = Appender(os.open(self._temporary, flags, 0o666))
        self._pieces = Pieces(self._file)

    def write(self, *parts: Any) -> None:
        """Append the parts."""
        self._pieces.add(parts)

    def sync(self) -> None:
        """Do nothing: nobody sees the temporary file before it is complete."""

    def commit(self) -> None:
        """Make what was written the file, durably."""
        try:
            self._pieces.flush()
            if os.path.exists(self.name):
                mode = os.stat(self.name).st_mode & 0o7777
                with contextlib.suppress(PermissionError):
                    os.fchmod(self._file.fd, mode)
            os.fsync(self._file.fd)
            self._file.close()
            os.replace(self._temporary, self.name)
        except BaseException:
            self.abort()
            raise
        self._temporary = ""
        sync_folder(self._folder)

    def abort(self) -> None:
        """Remove the temporary file."""
        self._file.close()
        self._remove()

    def _remove(self) -> None:
        """Remove the temporary file, once, and not from a copy in a forked process."""
        name, self._temporary = self._temporary, ""
        if name and self._process == os.getpid():
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self._remove()


class AppendTarget:
    """The end of an existing file; what was there before is never touched.

    Parameters
    ----------
    fd : int
        Descriptor opened for writing and locked by the caller, who closes it. A copy
        of it keeps the file open, and locked, until `commit` or `abort`.
    end : int
        End of the last commit; unfinished bytes behind it are cut off.
    """

    def __init__(self, name: str, fd: int, end: int) -> None:
        self.name = name
        self._fd = fd
        self._end = end
        os.ftruncate(fd, end)
        os.lseek(fd, end, os.SEEK_SET)
        self._file = Appender(os.dup(fd), end)
        self._pieces = Pieces(self._file, end)

    def write(self, *parts: Any) -> None:
        """Append the parts."""
        self._pieces.add(parts)

    def sync(self) -> None:
        """Put the chunks on the disk before the footer that names them."""
        self._pieces.flush()
        os.fdatasync(self._fd)

    def commit(self) -> None:
        """Put the footer on the disk."""
        self._pieces.flush()
        os.fsync(self._fd)
        self._file.close()

    def abort(self) -> None:
        """Cut off what was appended."""
        self._file.close()
        os.ftruncate(self._fd, self._end)
        os.fsync(self._fd)


def sync_folder(folder: str) -> None:
    """Make a new name in a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
