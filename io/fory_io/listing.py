"""The files that folders, patterns and lists mean, here and on other file systems."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from fory_io.urls import file_system, is_remote, path_of

__all__ = ["Paths", "expanded"]

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

FILES = ".fory"


def expanded(
    paths: Paths, options: Mapping[str, Any] | None = None
) -> tuple[list[str], str | None]:
    """Return the files that folders and patterns mean, and where the folders begin.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    root: str | None = None
    if not isinstance(paths, str | bytes | os.PathLike):
        found = [path_of(p) for p in paths]
    elif is_remote(text := path_of(paths)):
        found, root = _remote(text, options)
    else:
        found, root = _local(text)
    if not found:
        raise FileNotFoundError(f"no file of rows at {paths}")
    return found, root


def _local(text: str) -> tuple[list[str], str | None]:
    if os.path.isdir(text):
        pattern = os.path.join(glob.escape(text), "**", f"*{FILES}")
        return sorted(glob.glob(pattern, recursive=True)), text
    if os.path.exists(text) or not glob.has_magic(text):
        return [text], None
    return sorted(glob.glob(text, recursive=True)), _before_pattern(text)


def _remote(
    text: str, options: Mapping[str, Any] | None
) -> tuple[list[str], str | None]:
    """List a file system; the name of a file alone costs no request."""
    parts = urlsplit(text)
    pattern = any(c in text for c in "*[")  # ? begins a query
    if parts.path.endswith(FILES) and not pattern:
        return [text], None
    fs, place = file_system(text, options)
    if pattern and not fs.exists(place):
        root = _before_pattern(text)
        _, start = file_system(root, options)
        found = [p for p in fs.glob(place) if p.startswith(start)]
    elif text.endswith("/") or (parts.scheme[:4] != "http" and fs.isdir(place)):
        root, start = text.rstrip("/"), place.rstrip("/")
        found = [p for p in fs.find(place) if p.endswith(FILES)]
    else:
        return [text], None
    return sorted(root + p[len(start) :] for p in found), root


def _before_pattern(text: str) -> str:
    """Return the folder before the first part of a path that is a pattern."""
    while glob.has_magic(text):
        text = os.path.dirname(text)
    return text or os.curdir
