"""Manifests: files that list the parts of a data set and what is known of each."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from fory.error import DecodeError
from fory_io._live import row_ranges
from fory_io.dictionaries import dictionary_fields
from fory_io.embedded import embed, embedded
from fory_io.parts import Listed
from fory_io.reader import Options, file_metadata, file_source, open_file
from fory_io.reader import open as open_rows
from fory_io.records import decode_schema, encode_schema
from fory_io.statistics import chunk_statistics, known_of, statistics_schema, whole
from fory_io.urls import is_remote
from fory_io.writer import write
from fory_row import types as t
from fory_row.arrow import from_arrow
from fory_row.rows import Rows
from fory_row.schema import Schema

if TYPE_CHECKING:
    import pyarrow.compute as pc

__all__ = ["Manifest", "Part", "read_manifest"]

KIND = "fory manifest 1"

SCHEMA = Schema([
    ("path", t.utf8()),
    ("rows", t.int64()),
    ("size", t.int64()),
    ("modified", t.int64()),
    ("commit", t.int32()),
    ("file_id", t.binary()),
    ("footer_crc", t.int64()),
    ("schema", t.int32()),
    ("layout", t.utf8()),
    ("chunks", t.list_(t.int64())),
    ("statistics", t.binary()),
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a data set as a manifest has it; docs/container.md says what."""

    path: str
    rows: int
    size: int
    modified: int
    commit: int
    file_id: bytes
    footer_crc: int
    schema: int
    layout: str
    chunks: list[int]
    statistics: bytes | None

    @classmethod
    def of(cls, path: str, rows: Rows, stamp: tuple[int, int], schema: int) -> Part:
        """Describe a file that is open."""
        source = file_source(rows)
        snapshot = source.snapshot
        table = chunk_statistics(source, rows.schema)
        known = None
        if table is not None and len(table):
            bounds = map(source.chunk_rows, range(source.n_blocks))
            known = embed(from_arrow(whole(table, [b - a for a, b in bounds])))
        spans = (row_ranges(rows.source, [k]) for k in range(source.n_blocks))
        return cls(
            path=path,
            rows=len(rows),
            size=stamp[0],
            modified=stamp[1],
            commit=snapshot.commit,
            file_id=bytes(snapshot.head.file_id),
            footer_crc=snapshot.footer_crc,
            schema=schema,
            layout=rows.plan.layout,
            chunks=[stop - start for ((start, stop),) in spans],
            statistics=known,
        )


@dataclass(frozen=True)
class Manifest:
    """The parts of a data set, and where to look for more.

    Attributes
    ----------
    path : str
        The manifest; the paths of parts are relative to its folder.
    parts : list of Part
        The files.
    schemas : list of Schema
        Those that the parts have.
    given : list of str
        The folders, patterns and files from which it was made.
    root : str or None
        The folder below which folders are fields.
    mark : tuple
        Tells this state of the manifest from others; empty before it is written.
    """

    path: str
    parts: list[Part]
    schemas: list[Schema]
    given: list[str]
    root: str | None
    mark: tuple[Any, ...] = ()

    # -- files -----------------------------------------------------------------

    @property
    def folder(self) -> str:
        """Where the paths of the parts begin."""
        if is_remote(self.path):
            return self.path.rpartition("/")[0]
        return os.path.dirname(os.path.abspath(self.path))

    def full(self, path: str) -> str:
        """Return the path of a part from its path in the manifest."""
        if is_remote(self.path):
            return self.folder if path == "." else f"{self.folder}/{path}"
        return os.path.normpath(os.path.join(self.folder, *path.split("/")))

    @cached_property
    def names(self) -> list[str]:
        """The files."""
        return [self.full(part.path) for part in self.parts]

    def opened(
        self,
        mmap: bool | str,
        verify: str,
        storage_options: Mapping[str, Any] | None,
        i: int,
    ) -> Rows:
        """Open a part in the state that the manifest describes.

        Raises
        ------
        DecodeError
            If the file is another one now.
        """
        part, name = self.parts[i], self.names[i]
        opens = partial(
            open_rows, mmap=mmap, verify=verify, storage_options=storage_options
        )
        try:
            rows = opens(name, commit=part.commit)
        except IndexError as e:
            raise self._changed(name) from e
        head = file_source(rows).snapshot
        found = bytes(head.head.file_id), head.footer_crc, len(rows), rows.schema
        known = part.file_id, part.footer_crc, part.rows, self.schemas[part.schema]
        if found != known:
            raise self._changed(name)
        return rows

    def _changed(self, name: str) -> DecodeError:
        return DecodeError(
            f"{name} is not the file that {self.path} lists; `fory manifest "
            f"{self.path}` brings the manifest up to date"
        )

    def listed(self) -> list[Listed] | None:
        """Return what is known of the parts without opening them.

        The values of dictionary fields are in the files: such files are opened, None.
        """
        if any(any(dictionary_fields(s.fields)) for s in self.schemas):
            return None
        return [_listed(part, self.schemas[part.schema]) for part in self.parts]

    # -- as a file --------------------------------------------------------------

    def write(self, storage_options: Mapping[str, Any] | None = None) -> None:
        """Write the file; it takes the place of an old one when it is complete."""
        facts = {
            "kind": KIND,
            "given": self.given,
            "root": self.root,
            "schemas": [encode_schema(s) for s in self.schemas],
        }
        lines: Iterable[dict[str, Any]] = map(asdict, self.parts)
        write(
            lines,
            self.path,
            schema=SCHEMA,
            metadata=facts,
            keys=["path"],
            storage_options=storage_options,
        )


def _listed(part: Part, schema: Schema) -> Listed:
    starts = [0, *accumulate(part.chunks)]
    known = partial(_known, part, schema)
    return Listed(schema.plan(part.layout), part.rows, starts, known)


def _known(part: Part, stored: Schema, schema: Schema, text: str) -> pc.Expression:
    """Return what is true of all rows of a part for which a condition is true."""
    import pyarrow.compute as pc

    if part.statistics is None:
        return pc.scalar(True)
    wanted = Schema.from_arrow(statistics_schema(stored))
    table = embedded(part.statistics, wanted, 1, "the statistics of a part").to_arrow()
    known = known_of(table.combine_chunks(), stored, schema, text)
    return known[0] if known else pc.scalar(True)


def read_manifest(
    path: str, storage_options: Mapping[str, Any] | None = None
) -> Manifest:
    """Read a manifest.

    Raises
    ------
    DecodeError
        If the file is damaged, is no manifest, or names files outside its file system.
    """
    with open_file(Options(path, "auto", "full", storage_options)) as rows:
        facts = file_metadata(rows)
        if facts.get("kind") != KIND or rows.schema != SCHEMA:
            raise DecodeError(f"{path} is a file of rows and no manifest")
        parts = [Part(**record) for record in rows.iter_dicts()]
        snapshot = file_source(rows).snapshot
        mark = bytes(snapshot.head.file_id), snapshot.end, snapshot.footer_crc
    schemas = [decode_schema(bytes(s)) for s in _checked(facts, "schemas", path)]
    given = [str(g) for g in _checked(facts, "given", path)]
    root = facts.get("root")
    root = None if root is None else str(root)
    made = Manifest(path, parts, schemas, given, root, mark)
    for part in parts:
        _check(part, made)
    return made


def _checked(facts: dict[str, Any], name: str, path: str) -> Sequence[Any]:
    found = facts.get(name)
    if not isinstance(found, list):
        raise DecodeError(f"the manifest {path} does not say its {name}")
    return found


def _check(part: Part, manifest: Manifest) -> None:
    """Raise unless a line can be: manifests may come from strangers."""
    relative = "://" not in part.path and not part.path.startswith("/")
    good = 0 <= part.schema < len(manifest.schemas) and part.rows >= 0
    good = good and part.layout in ("standard", "compact")
    good = good and sum(part.chunks) == part.rows and min(part.chunks, default=0) >= 0
    if not (relative and part.path and good):
        raise DecodeError(
            f"the manifest {manifest.path} cannot be: its part {part.path!r} has "
            f"{part.rows} rows of schema {part.schema} in {len(part.chunks)} chunks"
        )
