"""Open a file of rows."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from fory.error import DecodeError
from fory_io._live import LiveSource
from fory_io._source import FileSource
from fory_io.dictionaries import dictionary_fields, read_dictionary
from fory_io.format import Entry, FrameType, Header, Layout
from fory_io.keys import check_frame
from fory_io.opening import open_storage
from fory_io.records import decode_metadata, decode_schema
from fory_io.recovery import committed_end, warn_if_unfinished
from fory_io.snapshot import Snapshot, read_frame, read_snapshot
from fory_io.storage import Storage
from fory_io.urls import is_remote, path_of
from fory_row._plan import Plan
from fory_row.rows import Rows
from fory_row.schema import Schema

__all__ = [
    "Options",
    "file_metadata",
    "file_source",
    "metadata_record",
    "open",
    "open_file",
    "plan_of",
    "read_header",
    "refresh",
    "rows_of",
]

_LAYOUTS: dict[int, str] = {Layout.STANDARD: "standard", Layout.COMPACT: "compact"}
MANIFEST = ".manifest"
"""How the names of manifests end."""

_VERIFY = ("lazy", "full", "never")
_MODES = ("auto", "pread")


@dataclass(frozen=True, slots=True)
class Options:
    """How a file was opened; enough to open it again in another process.

    ``storage_options`` may hold credentials and therefore stay in this process: workers
    take theirs from the environment or from fsspec's configuration. ``folder`` is where
    a relative path begins.
    """

    path: str
    mmap: bool | str
    verify: str
    storage_options: Mapping[str, Any] | None = field(default=None, repr=False)
    folder: str = ""

    @property
    def place(self) -> str:
        """The path, which stays valid when the process changes its folder."""
        return (
            self.path if is_remote(self.path) else os.path.join(self.folder, self.path)
        )

    def reopen(self, snapshot: Snapshot) -> tuple[Any, tuple[Any, ...]]:
        """Return a function and its arguments that open the same commit."""
        verify = "never" if self.verify == "never" else "lazy"
        mark = (snapshot.head.file_id, snapshot.end, snapshot.footer_crc)
        path = self.place
        if is_remote(path) and "@" in urlsplit(path).netloc:
            raise TypeError(
                "rows opened by a URL with a password are not pickled; configure the "
                "file system (fsspec.config, environment) instead"
            )
        return _reopened, (path, self.mmap, verify, snapshot.commit, mark)


def open(
    path: str | os.PathLike[str],
    *,
    mmap: bool | str = "auto",
    mode: str = "auto",
    verify: str | bool = "lazy",
    columns: Sequence[str] | None = None,
    commit: int | None = None,
    access: str | None = None,
    prefault: bool = False,
    storage_options: Mapping[str, Any] | None = None,
) -> Rows:
    """Open a file of rows; only the footer and the schema are read.

    Parameters
    ----------
    path : str or path-like
        A local file, or a URL of any file system that fsspec knows. Of a manifest
        (``.manifest``), the rows of all its files, as `open_many` gives them.
    mmap : {"auto", True, False}
        Whether to map the file. ``True`` raises with the reason when it cannot be
        mapped, ``"auto"`` reads it then. ``False`` is for network file systems and
        files that others cut while they are read.
    mode : {"auto", "pread"}
        ``"pread"`` reads instead of mapping, as ``mmap=False`` does.
    verify : {"lazy", "full", "never"} or bool
        ``"lazy"``, also False, compares the checksum of every 4 KiB page of rows when
        it is first touched; ``"full"``, also True, compares all of them now.
    columns : sequence of str, optional
        Fields to show, in this order.
    commit : int, optional
        An older state of the file: its number, or a negative number counted from the
        newest, which is -1.
    access : {"random", "sequential"}, optional
        How a mapped file will be read: the system reads less or more ahead.
    prefault : bool
        Bring all of a mapped file into memory now, in huge pages where the system has
        them; no first touch is slow then.
    storage_options : mapping, optional
        For remote file systems.

    Returns
    -------
    Rows
        A lazy view of the file. It is a context manager; row views keep the map alive
        after `Rows.close`.

    Raises
    ------
    DecodeError
        If the file is not one, is damaged, cut, or of a newer version.

    Notes
    -----
    Rows of a file are pickled as its path and commit. ``storage_options`` may hold
    credentials and stay in this process: workers take theirs from the environment or
    from fsspec's configuration.

    Examples
    --------
    >>> rows = fory_io.open("flights.fory")              # doctest: +SKIP
    >>> rows[7_000_000]["dep_delay"]                     # doctest: +SKIP
    """
    verify = checked_verify(verify)
    if not isinstance(mmap, bool) and mmap != "auto":
        raise ValueError(f"mmap is 'auto', True or False, not {mmap!r}")
    if mode not in _MODES or (mode == "pread" and mmap is True):
        raise ValueError(f"mode is 'auto', or 'pread' without mmap=True, not {mode!r}")
    mmap = False if mode == "pread" else mmap
    path = path_of(path)
    if access not in (None, "random", "sequential"):
        raise ValueError(f"access is 'random' or 'sequential', not {access!r}")
    if path.endswith(MANIFEST):
        if commit is not None or access is not None or prefault:
            raise ValueError("commit, access and prefault are for single files")
        return _open_manifest(path, columns, mmap, verify, storage_options)
    hints = [h for h in (access, "all" if prefault else None) if h]
    # The working folder may be gone; only a relative path needs it.
    folder = "" if is_remote(path) or os.path.isabs(path) else os.getcwd()
    options = Options(path, mmap, verify, storage_options, folder)
    rows = open_file(options, commit, hints)
    return rows if columns is None else rows.select(columns)


def checked_verify(verify: str | bool) -> str:
    """Return when checksums are compared; True and False stand for full and lazy."""
    if isinstance(verify, bool):
        return "full" if verify else "lazy"
    if verify not in _VERIFY:
        raise ValueError(f"verify is one of {', '.join(_VERIFY)}, not {verify!r}")
    return verify


def open_file(
    options: Options, commit: int | None = None, hints: Sequence[str] = ()
) -> Rows:
    """Open one file, whatever its name; ``hints`` say how its map will be used."""
    storage = open_storage(options.path, options.mmap, options.storage_options)
    if storage.mapping is not None:
        for hint in hints:
            storage.mapping.advise(hint)
    try:
        end = _checked_end(storage)
        warn_if_unfinished(storage, end)
        rows = rows_of(storage, read_snapshot(storage, end, commit), options)
        if options.verify == "full":
            _verify(file_source(rows))
    except DecodeError as error:
        text = str(error)
        if storage.name not in text:
            error.args = (f"{storage.name}: {text}",)
        raise
    return rows


def _open_manifest(
    path: str,
    columns: Sequence[str] | None,
    mmap: bool | str,
    verify: str,
    storage_options: Mapping[str, Any] | None,
) -> Rows:
    from fory_io.many import open_many

    return open_many(
        path,
        columns=columns,
        mmap=mmap,
        verify=verify,
        storage_options=storage_options,
    )


def rows_of(storage: Storage, snapshot: Snapshot, options: Options) -> Rows:
    """Return the rows of a commit, without those that were deleted."""
    plan = plan_of(storage, snapshot)
    source = FileSource(storage, snapshot, options)
    source.fixed = plan.stride > 0
    deletions = snapshot.newest(FrameType.DELETIONS)
    if deletions is None:
        return Rows(plan, source)
    return Rows(plan, LiveSource(source, read_frame(storage, deletions, snapshot.end)))


def _verify(source: FileSource) -> None:
    """Compare every checksum of a commit."""
    for entry in source.snapshot.frames:
        check_frame(source.storage, entry, source.snapshot.end)
    for k in range(source.n_blocks):
        source.verify_block(k)


def _checked_end(storage: Storage) -> int:
    """Return the end of the newest commit; of a local file, check the header too.

    The footer repeats what the header says: a remote file is opened by its end alone.
    """
    if storage.home != "remote":
        read_header(storage)
    try:
        return committed_end(storage)
    except DecodeError:
        read_header(storage)  # this may not be a file of rows at all
        raise


def refresh(rows: Rows) -> Rows:
    """Return the newest state of the file behind ``rows``, opened in the same way.

    All its rows, whatever was selected; a projection is kept.

    Raises
    ------
    TypeError
        If the rows do not come from a file.
    """
    opened = file_source(rows).options
    return open(
        opened.place,
        mmap=opened.mmap,
        verify=opened.verify,
        columns=None if rows.plan.base is None else rows.schema.names,
        storage_options=opened.storage_options,
    )


def file_source(rows: Rows) -> FileSource:
    """Return the file behind rows.

    Raises
    ------
    TypeError
        If the rows do not come from a file.
    """
    source = rows.source.inner if isinstance(rows.source, LiveSource) else rows.source
    if not isinstance(source, FileSource):
        raise TypeError("these rows do not come from one file")
    return source


def _reopened(
    path: str, mmap: bool | str, verify: str, commit: int, mark: tuple[Any, ...]
) -> Rows:
    try:
        rows = open(path, mmap=mmap, verify=verify, commit=commit)
    except IndexError as e:
        raise DecodeError(f"{path} was replaced: it has no commit {commit}") from e
    now = file_source(rows).snapshot
    if (now.head.file_id, now.end, now.footer_crc) != mark:
        raise DecodeError(
            f"{path} was replaced since these rows were pickled; open it again"
        )
    return rows


def read_header(storage: Storage) -> Header:
    """Read and check the first bytes of a file."""
    return Header.from_bytes(storage.read(0, min(storage.size, 64)))


class PlanCache:
    """The plans of the schemas opened last, so that opening again compiles nothing."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._plans: OrderedDict[tuple[Any, ...], Plan] = OrderedDict()

    def get(self, key: tuple[Any, ...]) -> Plan | None:
        """Return a plan that was put before, or None."""
        return self._plans.get(key)

    def put(self, key: tuple[Any, ...], plan: Plan) -> None:
        """Keep a plan; the oldest one goes."""
        self._plans[key] = plan
        while len(self._plans) > self._size:
            self._plans.popitem(last=False)


_plans = PlanCache(32)


def plan_of(storage: Storage, snapshot: Snapshot) -> Plan:
    """Return the compiled schema of a commit, dictionaries included."""
    entry = snapshot.newest(FrameType.SCHEMA)
    if entry is None:
        raise DecodeError(f"{storage.name} has no schema; `fory verify` tells more")
    record = bytes(read_frame(storage, entry, snapshot.end))
    layout = _LAYOUTS.get(snapshot.head.row_layout)
    if layout is None:
        raise DecodeError(f"row layout {snapshot.head.row_layout} is unknown")
    found = newest_dictionaries(snapshot)
    # A dictionary belongs to its file; schemas are shared by all files that agree.
    of_file = (snapshot.head.file_id, *((e.offset, e.crc) for e in found))
    key = (record, layout, of_file if found else ())
    plan = _plans.get(key)
    if plan is None:
        plan = _compiled(storage, snapshot, decode_schema(record), layout, found)
        _plans.put(key, plan)
    return plan


def newest_dictionaries(snapshot: Snapshot) -> list[Entry]:
    """Return the newest frame of every dictionary, by its number."""
    newest = {e.schema: e for e in snapshot.all(FrameType.DICTIONARY)}
    return [newest[k] for k in sorted(newest)]


def _compiled(
    storage: Storage,
    snapshot: Snapshot,
    schema: Schema,
    layout: str,
    found: list[Entry],
) -> Plan:
    if not found:
        return schema.plan(layout)
    fields = list(dictionary_fields(schema.fields))
    if len(fields) != len(found):
        raise DecodeError(
            f"{storage.name} has {len(found)} dictionaries for {len(fields)} fields"
        )
    arrays = [
        read_dictionary(read_frame(storage, e, snapshot.end), f, e.rows)
        for e, f in zip(found, fields, strict=True)
    ]
    return Plan(schema, layout, arrays)


def file_metadata(
    rows: Rows | str | os.PathLike[str],
    *,
    storage_options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the metadata that the writer's caller gave, decoded on request.

    Parameters
    ----------
    rows : Rows, str or path-like
        Rows of one file, or the file.
    storage_options : mapping, optional
        For remote file systems.
    """
    if not isinstance(rows, Rows):
        with open(rows, storage_options=storage_options) as opened:
            return file_metadata(opened)
    record = metadata_record(file_source(rows))
    return {} if record is None else decode_metadata(record)


def metadata_record(source: FileSource) -> bytes | None:
    """Return the record of the metadata as it is in the file."""
    entry = source.snapshot.newest(FrameType.METADATA)
    if entry is None:
        return None
    return bytes(read_frame(source.storage, entry, source.snapshot.end))
