"""Files on other file systems, written anew: they appear when they are complete."""

from __future__ import annotations

import contextlib
import errno
import io
import secrets
from collections.abc import Iterator
from collections.abc import Mapping as Options
from typing import Any

from fory_io.format import TRAILER_BYTES
from fory_io.remote import last_bytes, named
from fory_io.storage import Storage
from fory_io.urls import file_system, public_name

__all__ = ["RemoteFile", "RemoteTarget"]

UPLOADS = {"abfs", "az", "gcs", "gs", "oss", "s3", "s3a"}
"""Stores on which a file appears when its upload is completed, not before."""

COPIES = {"s3", "s3a"}
"""Stores that begin an upload with an object of theirs, and complete it only while
that object is the one that was read."""

MIN_COPY, MAX_COPY = 5 << 20, 5 << 30
"""A shorter or longer object cannot be the first part of an upload."""

PIECE = 8 << 20

_FACTS = {
    "size", "etag", "generation", "md5", "md5hash", "mtime", "modify", "modified",
    "last_modified", "lastmodified", "updated", "created",
}  # fmt: skip
"""What file systems tell of a file that changes with its bytes; times of access
change when it is read."""


class RemoteFile:
    """A place on another file system, and which file was there when it was made.

    No such system has locks: a writer looks again before its file takes the place.
    """

    def __init__(self, path: str, options: Options[str, Any] | None = None) -> None:
        self.name = public_name(path)
        self.fs, self.path = file_system(path, options)
        with named(self.name):
            self._facts, self._tail = self._state()

    @property
    def etag(self) -> str | None:
        """What a store calls this version of the object."""
        return self._facts.get("etag")

    def _state(self) -> tuple[dict[str, Any], bytes]:
        """Return what tells one version from another, the last bytes included."""
        self.fs.invalidate_cache(self.path)
        facts = {k.lower(): v for k, v in self.fs.info(self.path).items()}
        tail = b""
        if facts.get("size"):  # of nothing, stores give no range
            tail = last_bytes(self.fs, self.path, TRAILER_BYTES)
        return {k: v for k, v in facts.items() if k in _FACTS}, tail

    def check(self) -> None:
        """Raise if the file is not the one that was there.

        Raises
        ------
        BlockingIOError
            If somebody replaced or removed it.
        """
        try:
            same = self._state() == (self._facts, self._tail)
        except FileNotFoundError:
            same = False
        if not same:
            raise BlockingIOError(
                errno.EAGAIN,
                "somebody else wrote or removed the file meanwhile; nothing was "
                "changed, try again",
                self.name,
            )


class RemoteTarget:
    """A file on another file system; it appears when it is complete.

    On object stores the upload is finished by `commit` alone: what an exception
    interrupts is thrown away, where a plain ``with open(...)`` would publish half a
    file. Elsewhere a temporary name is changed at the end.

    Parameters
    ----------
    path : str
        URL of the file.
    options : mapping, optional
        For the file system.
    old : RemoteFile, optional
        The file whose place it takes, and no other's.
    kept : Storage, optional
        The old file, with whose bytes the new one begins.
    n_kept : int
        How many of them.
    """

    def __init__(
        self,
        path: str,
        options: Options[str, Any] | None = None,
        old: RemoteFile | None = None,
        kept: Storage | None = None,
        n_kept: int = 0,
    ) -> None:
        self.name = public_name(path)
        self._fs, self._path = file_system(path, options)
        self._old, self._kept, self._n_kept = old, kept, n_kept
        protocol = self._fs.protocol
        names = {protocol} if isinstance(protocol, str) else set(protocol)
        self._temporary = ""
        if not names & UPLOADS:
            self._temporary = f"{self._path}.{secrets.token_hex(4)}.tmp"
        etag = old.etag if old is not None and names & COPIES else None
        mode = "wb"
        if etag and kept and n_kept == kept.size and MIN_COPY <= n_kept <= MAX_COPY:
            mode, self._n_kept = "ab", 0
        self._file = self._opened(mode)
        self._compares = bool(etag) and hasattr(self._file, "s3_additional_kwargs")
        if self._compares:
            match = {"IfMatch": etag, "CopySourceIfMatch": etag}
            self._file.s3_additional_kwargs.update(match)

    def _opened(self, mode: str) -> Any:
        place = self._temporary or self._path
        try:
            return self._fs.open(place, mode, autocommit=bool(self._temporary))
        except NotImplementedError as e:
            raise io.UnsupportedOperation(
                f"{self.name} cannot be written: its file system only reads"
            ) from e

    @contextlib.contextmanager
    def _unless_changed(self) -> Iterator[None]:
        """Say that the old file has changed, if that is why the store refuses."""
        try:
            yield
        except OSError:
            if self._old is not None:
                self._old.check()
            raise

    def write(self, *parts: Any) -> None:
        """Append the parts."""
        with self._unless_changed():
            self._keep()
            for part in parts:
                if len(part):
                    self._file.write(part)

    def _keep(self) -> None:
        """Begin with the bytes of the old file, unless the store copied them."""
        at, n_kept, self._n_kept = 0, self._n_kept, 0
        while at < n_kept:
            assert self._kept is not None
            piece = self._kept.read(at, min(PIECE, n_kept - at))
            self._file.write(piece)
            at += len(piece)

    def sync(self) -> None:
        """Do nothing: nobody sees the file before it is complete."""

    def commit(self) -> None:
        """Give the file its name.

        Raises
        ------
        BlockingIOError
            If the old file is not the one that was read.
        """
        with self._unless_changed():
            self._keep()
            if not self._compares:
                self._file.close()
            if self._old is not None:
                self._old.check()
            if self._compares:  # a small object takes a single request then
                self._file.autocommit = True
                self._file.close()
                return
            if self._temporary:
                _rename(self._fs, self._temporary, self._path)
            else:
                self._file.commit()

    def abort(self) -> None:
        """Leave nothing new; what a store does not let us clean up stays unseen."""
        with contextlib.suppress(OSError):
            if not self._temporary:
                self._file.closed = True  # closing would complete the upload
                self._file.discard()
                return
            try:
                self._file.close()
            finally:
                self._fs.rm_file(self._temporary)


def _rename(fs: Any, old: str, new: str) -> None:
    """Change a name; the general way would take one like ``a[1]`` for a pattern."""
    import fsspec

    if type(fs).mv is fsspec.AbstractFileSystem.mv:
        fs.cp_file(old, new)
        fs.rm_file(old)
    else:
        fs.mv(old, new)
