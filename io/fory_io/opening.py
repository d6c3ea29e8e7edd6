"""The storage that suits a path."""

from __future__ import annotations

from collections.abc import Mapping as Options
from typing import Any

from fory_io.remote import RemoteStorage
from fory_io.storage import FileStorage, MapStorage, Storage
from fory_io.urls import is_remote, public_name

__all__ = ["open_storage"]


def open_storage(
    path: str, mmap: bool | str, options: Options[str, Any] | None = None
) -> Storage:
    """Open a file: mapped, by reads when ``mmap`` is False, or in ranges by its URL.

    Raises
    ------
    OSError
        If the file cannot be opened, or cannot be mapped although ``mmap`` is True.
    ValueError
        If ``mmap`` is True for a file that is not local.
    """
    if is_remote(path):
        if mmap is True:
            raise ValueError(
                f"mmap=True, but {public_name(path)} is not a local file: copy it, or "
                f"open it with mmap='auto'"
            )
        return RemoteStorage(path, options)
    if mmap is False:
        return FileStorage(path)
    try:
        return MapStorage(path)
    except OSError as e:
        if mmap is True or isinstance(e, FileNotFoundError | PermissionError):
            raise
        if isinstance(e, IsADirectoryError):
            raise
        return FileStorage(path)
