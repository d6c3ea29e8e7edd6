"""Many files as one collection."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from fory.error import DecodeError, EncodeError
from fory_io._joined import JoinedSource
from fory_io.adapted import adapted_source, plain_schema
from fory_io.listing import Paths, expanded
from fory_io.mismatch import plan_mismatch
from fory_io.partitions import Partitions, partitions_of
from fory_io.parts import Parts
from fory_io.reader import MANIFEST, checked_verify
from fory_io.reader import open as open_rows
from fory_io.urls import is_remote, path_of
from fory_row._plan import Plan
from fory_row.infer import schema_from
from fory_row.rows import Rows
from fory_row.schema import Schema

__all__ = ["open_many"]


def open_many(
    paths: Paths,
    *,
    columns: Sequence[str] | None = None,
    schema: Schema | None = None,
    hive: bool = True,
    mmap: bool | str = "auto",
    verify: str | bool = "lazy",
    storage_options: Mapping[str, Any] | None = None,
) -> Rows:
    """Open several files as one collection, in the order of their names.

    Parameters
    ----------
    paths : str, path-like or sequence of them
        A file, a folder (its ``.fory`` files, at any depth), a pattern with ``*``, also
        as a URL; a manifest (see `write_manifest`); or a list of files, which keep
        their order.
    schema : Schema, optional
        What the rows are read as: fields that a file lacks are null there, numbers may
        be wider, further fields are left out. Needed if the files differ.
    hive : bool
        Whether folders ``name=value`` below the folder or pattern become fields, behind
        those of the files. Files may have such a field themselves; then it counts.
    columns, mmap, verify, storage_options
        As in `open`.

    Returns
    -------
    Rows
        A lazy view of all files; with a schema or folders that are fields, each row is
        copied when it is read.

    Raises
    ------
    EncodeError
        If the schemas or dictionaries of the files differ, and there is no ``schema``.
    TypeNotCompatibleError
        If a file cannot be read through ``schema`` without loss.
    FileNotFoundError
        If there is no file.
    """
    verify = checked_verify(verify)
    schema = None if schema is None else schema_from(schema)
    single = isinstance(paths, str | bytes | os.PathLike) and path_of(paths)
    if single and single.endswith(MANIFEST):
        rows = _by_manifest(single, schema, hive, mmap, verify, options=storage_options)
        return rows if columns is None else rows.select(columns)
    names, root = expanded(paths, storage_options)
    opens = partial(
        open_rows, mmap=mmap, verify=verify, storage_options=storage_options
    )
    files = Parts(names, lambda i: opens(names[i]))
    absolute = [_absolute(n) for n in names]
    base = None if root is None else _absolute(root)
    again = (_reopened, (absolute, base, schema, hive, mmap, verify))
    label = f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]
    parts = partitions_of(base, absolute) if hive and base is not None else None
    rows = _together(files, schema, parts, label, again)
    return rows if columns is None else rows.select(columns)


def _absolute(path: str) -> str:
    return path if is_remote(path) else os.path.abspath(path)


def _together(
    files: Parts,
    schema: Schema | None,
    parts: Partitions | None,
    label: str,
    again: tuple[Any, ...],
) -> Rows:
    """Return the rows of all files: as they lie if possible, else converted."""
    stored = schema or files.plans[0].schema
    if parts is not None:
        parts = parts.without(stored.names)
    same = all(plan.schema == stored for plan in files.plans)
    if same or schema is None:
        plan = common_plan(files.plans, files.names)
        if not (parts and parts.fields):
            return Rows(plan, JoinedSource(files, label, again))
    else:
        plan = plain_schema(schema).plan()
    source = adapted_source(files, plan, parts, label, again)
    return Rows(source.plan, source)


def _reopened(
    names: list[str],
    root: str | None,
    schema: Schema | None,
    hive: bool,
    mmap: bool | str,
    verify: str,
) -> Rows:
    files = Parts(names, lambda i: open_rows(names[i], mmap=mmap, verify=verify))
    parts = partitions_of(root, names) if hive and root is not None else None
    again = (_reopened, (names, root, schema, hive, mmap, verify))
    return _together(files, schema, parts, names[0], again)


def _by_manifest(
    path: str,
    schema: Schema | None,
    hive: bool,
    mmap: bool | str,
    verify: str,
    mark: tuple[Any, ...] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Rows:
    """Open what a manifest lists; ``mark`` is that of its state in another process."""
    from fory_io.manifest import read_manifest

    found = read_manifest(path, options)
    if mark is not None and found.mark != mark:
        raise DecodeError(f"{path} was replaced since these rows were pickled")
    opens = partial(found.opened, mmap, verify, options)
    files = Parts(found.names, opens, found.listed())
    folders = None
    if hive and found.root is not None:
        folders = partitions_of(found.full(found.root), found.names)
    path = _absolute(path)
    again = (_by_manifest, (path, schema, hive, mmap, verify, found.mark))
    return _together(files, schema, folders, path, again)


def common_plan(plans: Sequence[Plan], names: Sequence[str]) -> Plan:
    """Return the plan that reads all files: that with the longest dictionaries."""
    best = plans[0]
    for plan, name in zip(plans[1:], names[1:], strict=True):
        if plan.schema != best.schema or plan.layout != best.layout:
            raise EncodeError(
                f"{name} has another schema than {names[0]}: "
                f"{plan_mismatch(plan, best)}"
            )
        pairs = list(zip(best.dictionaries, plan.dictionaries, strict=True))
        longest = [max(pair, key=len) for pair in pairs]
        if not all(
            v[: len(a)].equals(a)
            for v, p in zip(longest, pairs, strict=True)
            for a in p
        ):
            raise EncodeError(
                f"{name} has other dictionaries than {names[0]}; write the files with "
                f"one Writer, or join them"
            )
        if longest:
            best = Plan(best.schema, best.layout, longest)
    return best
