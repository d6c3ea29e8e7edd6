"""What a caller's path says: a local file, or one of another file system."""

from __future__ import annotations

import os
from collections.abc import Mapping as Options
from typing import Any
from urllib.parse import urlsplit

__all__ = ["file_system", "is_remote", "path_of", "public_name"]

LOCAL = "file://", "local://"


def is_remote(path: str) -> bool:
    """Tell whether a path is a URL of another file system than the local one."""
    return "://" in path and not path.startswith(LOCAL)


def path_of(path: str | bytes | os.PathLike[Any]) -> str:
    """Return a path as text; a local file may be given as a URL, too."""
    return os.fsdecode(path).removeprefix(LOCAL[0]).removeprefix(LOCAL[1])


def public_name(path: str) -> str:
    """Return a URL without what may be secret: user, password, query."""
    parts = urlsplit(path)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def file_system(path: str, options: Options[str, Any] | None) -> tuple[Any, str]:
    """Return the fsspec file system of a URL and the path on it."""
    import fsspec

    found: tuple[Any, str] = fsspec.core.url_to_fs(path, **(options or {}))
    return found
