"""Make manifests and bring them up to date."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fory_io.listing import Paths, expanded
from fory_io.manifest import Manifest, Part, read_manifest
from fory_io.reader import MANIFEST
from fory_io.reader import open as open_rows
from fory_io.urls import file_system, is_remote, path_of, public_name
from fory_row.schema import Schema

__all__ = ["ManifestChange", "write_manifest"]


@dataclass(frozen=True)
class ManifestChange:
    """What `write_manifest` did: parts and rows now, and what became of the parts."""

    path: str
    parts: int
    rows: int
    added: int
    changed: int
    removed: int


def write_manifest(
    path: str | os.PathLike[str],
    paths: Paths | None = None,
    *,
    storage_options: Mapping[str, Any] | None = None,
) -> ManifestChange:
    """Write a manifest of files of rows, or bring one up to date.

    A data set that has one is opened without opening its files, and filters skip files
    by their statistics. Files that change later are opened as they were; those that
    were replaced are refused until the manifest is brought up to date.

    Parameters
    ----------
    path : str or path-like
        The manifest; its name ends with ``.manifest``. It lists files by their way from
        its folder, so folder and files can be moved together.
    paths : str, path-like or sequence of them, optional
        What to list, as `open_many` takes it. Without it, the manifest is brought up to
        date: files that its folders and patterns mean now; those whose size and time
        have not changed are not opened.
    storage_options : mapping, optional
        For remote file systems.

    Returns
    -------
    ManifestChange
        How many parts were added, had changed, and are gone.

    Raises
    ------
    DecodeError
        If a file is damaged.
    FileNotFoundError
        If there are no files.
    ValueError
        If the name does not end with ``.manifest``, or a file is elsewhere.
    """
    name = path_of(path)
    if not name.endswith(MANIFEST):
        raise ValueError(f"the name of a manifest ends with {MANIFEST}, not as {name}")
    old = _old(name, fresh=paths is not None, options=storage_options)
    if paths is not None:
        old = replace(old, given=_given(name, paths))
    made = _Lister(old, storage_options).listed()
    made.write(storage_options)
    before = {part.path: part for part in old.parts}
    now = {part.path: part for part in made.parts}
    common = before.keys() & now.keys()
    return ManifestChange(
        public_name(name) if is_remote(name) else name,
        parts=len(now),
        rows=sum(part.rows for part in made.parts),
        added=len(now) - len(common),
        changed=sum(_state(before[p]) != _state(now[p]) for p in common),
        removed=len(before) - len(common),
    )


def _state(part: Part) -> tuple[bytes, int, int]:
    return part.file_id, part.commit, part.footer_crc


def _old(name: str, *, fresh: bool, options: Mapping[str, Any] | None) -> Manifest:
    """Return the manifest that is there; of a new one, that of nothing."""
    try:
        return read_manifest(name, options)
    except FileNotFoundError:
        if not fresh:
            raise
    return Manifest(name, [], [], [], None)


def _given(name: str, paths: Paths) -> list[str]:
    """Return what the caller named, seen from the folder of the manifest."""
    listed = [paths] if isinstance(paths, str | bytes | os.PathLike) else list(paths)
    folder = Manifest(name, [], [], [], None).folder
    return [_relative(path_of(p), folder) for p in listed]


def _relative(path: str, folder: str) -> str:
    if is_remote(folder):
        if path == folder:
            return "."
        if not path.startswith(folder + "/"):
            raise ValueError(
                f"{public_name(path)} is not below {public_name(folder)}, where the "
                f"manifest is"
            )
        return path[len(folder) + 1 :]
    if is_remote(path):
        raise ValueError(
            f"{public_name(path)} is on another file system than the manifest"
        )
    return os.path.relpath(path, folder).replace(os.sep, "/")


class _Lister:
    """Describes files, of which some are known already."""

    def __init__(self, old: Manifest, options: Mapping[str, Any] | None) -> None:
        self._old = old
        self._options = options
        self._known = {part.path: part for part in old.parts}
        self._schemas: list[Schema] = []

    def listed(self) -> Manifest:
        """Return the manifest of all files that are there now."""
        old = self._old
        names, root = self._names()
        parts = [self._part(name) for name in names]
        base = None if root is None else _relative(root, old.folder)
        return replace(old, parts=parts, schemas=self._schemas, root=base)

    def _names(self) -> tuple[list[str], str | None]:
        given = [self._old.full(g) for g in self._old.given]
        if len(given) == 1:
            return expanded(given[0], self._options)
        names = [n for g in given for n in expanded(g, self._options)[0]]
        return names, None

    def _part(self, name: str) -> Part:
        path, stamp = _relative(name, self._old.folder), self._stamp(name)
        known = self._known.get(path)
        if known is not None and stamp[1] and stamp == (known.size, known.modified):
            schema = self._numbered(self._old.schemas[known.schema])
            return replace(known, schema=schema)
        with open_rows(name, storage_options=self._options) as rows:
            return Part.of(path, rows, stamp, self._numbered(rows.schema))

    def _stamp(self, name: str) -> tuple[int, int]:
        """Return size and time of a file; no time where it says too little."""
        if is_remote(name):
            fs, path = file_system(name, self._options)
            return int(fs.info(path)["size"]), 0
        found = os.stat(name)
        return found.st_size, found.st_mtime_ns

    def _numbered(self, schema: Schema) -> int:
        if schema not in self._schemas:
            self._schemas.append(schema)
        return self._schemas.index(schema)
