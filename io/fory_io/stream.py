"""Record streams: length-prefixed cross-language records, one after another.

docs/container.md has the format.
"""

from __future__ import annotations

import os
import struct
import warnings
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, NamedTuple

from fory import Fory
from fory._crc import checksum
from fory.error import ChecksumError, DecodeError, EncodeError, TruncatedError
from fory_io.changing import changing
from fory_io.format import check_major
from fory_io.opening import open_storage
from fory_io.recovery import UnfinishedCommitWarning
from fory_io.storage import Storage
from fory_io.stream_types import class_names, decode_types, encode_types, serializer
from fory_io.target import Target, open_target
from fory_io.urls import path_of

__all__ = ["RecordReader", "read_records", "write_records"]

MAGIC = b"\x89FRYS\r\n\x1a"
MAJOR, MINOR = 1, 0
_HEAD = struct.Struct("<8sHHIII")
_PREFIX = struct.Struct("<III")
_MARK = struct.Struct("<QQ")
_MARK_LENGTH = 0xFFFFFFFF
_MARK_BYTES = _PREFIX.size + _MARK.size
MAX_RECORD = 0xFFFFFFF0
_BUFFER = 1 << 20


def write_records(
    path: str | os.PathLike[str],
    objects: Iterable[Any],
    *,
    typename: str | None = None,
    append: bool = False,
    fory: Fory | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> int:
    """Write objects as a stream of cross-language records.

    Parameters
    ----------
    path : str or path-like
        The file, or a URL. A new file appears under the name when it is complete.
    objects : iterable
        Dataclass instances of one class, or what the cross-language format knows
        without registration: numbers, text, lists, dicts.
    typename : str, optional
        Name of the class for other languages, "namespace.Name"; by default its own.
        Classes in its fields are named after themselves in the same namespace.
    append : bool
        Add to an existing file. What an interrupted append left is cut off. Of a file
        in a store a new object takes the place, see `Appender`.
    fory : fory.Fory, optional
        A serializer (xlang, compatible) in which all classes are registered; instead
        of ``typename``.
    storage_options : mapping, optional
        For remote file systems.

    Returns
    -------
    int
        How many records were written.

    Raises
    ------
    EncodeError
        If an object cannot be a record. The file is left as it was.
    DecodeError
        If the file to append to is not a stream or is damaged.
    BlockingIOError
        If another process is appending, or has changed a file in a store meanwhile.
    """
    name = path_of(path)
    stream = iter(objects)
    start = list(islice(stream, 1))
    made, header = _prepared(type(start[0]) if start else object, typename, fory)
    stream = chain(start, stream)
    if append:
        with changing(name, storage_options) as change:
            storage = change.storage
            _check_known(storage, header.values())
            end, before = _sound_end(storage)
            return _write(change.appended(end), end, before, stream, made)
    target = open_target(name, storage_options)
    record = encode_types(header, made)
    head = _HEAD.pack(MAGIC, MAJOR, MINOR, len(record), checksum(record), 0)[:-4]
    head += checksum(head).to_bytes(4, "little") + record
    return _write(target, 0, 0, stream, made, head)


def _check_known(storage: Storage, names: Iterable[str]) -> None:
    known, _ = _read_header(storage)
    strange = sorted(set(names) - set(known))
    if strange:
        raise EncodeError(
            f"{storage.name} has no type {strange[0]!r}; its header tells "
            f"{', '.join(known) or 'no types'}"
        )


def _prepared(
    cls: type, typename: str | None, fory: Fory | None
) -> tuple[Fory, dict[type, str]]:
    """Return the serializer, and the classes with their names."""
    if fory is None:
        names = class_names(cls, typename)
        return serializer(names), names
    if typename is not None:
        raise TypeError("give typename= or fory=, not both")
    if not (fory.xlang and fory.compatible):
        raise ValueError("a stream needs Fory(xlang=True, compatible=True)")
    known = fory.type_resolver.registrations.values()
    return fory, {r.cls: f"{r.namespace}.{r.name}".lstrip(".") for r in known}


def _write(
    target: Target,
    at: int,
    n_before: int,
    objects: Iterable[Any],
    fory: Fory,
    head: bytes = b"",
) -> int:
    """Write records and the mark that ends them; all of them or nothing."""
    n, buffer = 0, bytearray(head)
    try:
        for obj in objects:
            buffer += framed(fory.dumps(obj))
            n += 1
            if len(buffer) >= _BUFFER:
                target.write(buffer)
                at += len(buffer)
                buffer = bytearray()
        buffer += _mark(n_before + n, at + len(buffer))
        target.write(buffer)
        target.commit()
    except BaseException:
        target.abort()
        raise
    return n


def framed(data: Any) -> bytes:
    """Return a record behind its length and checksums."""
    data = bytes(data)
    if len(data) > MAX_RECORD:
        raise EncodeError(
            f"a record has {len(data):,} bytes, at most 4 GiB are possible"
        )
    return _prefix(len(data), data) + data


def _prefix(length: int, body: bytes) -> bytes:
    start = struct.pack("<II", length, checksum(body))
    return start + checksum(start).to_bytes(4, "little")


def _mark(n_records: int, position: int) -> bytes:
    body = _MARK.pack(n_records, position)
    return _prefix(_MARK_LENGTH, body) + body


# -- reading ---------------------------------------------------------------------


class _Part(NamedTuple):
    """A record or a mark: where it ends, and its bytes (None of a mark)."""

    end: int
    body: bytes | None


class RecordReader:
    """The records of a stream, read one after another; made by `read_records`.

    Attributes
    ----------
    types : dict
        The types of the records: of each name, its fields and their types in words.
    """

    def __init__(self, storage: Storage, fory: Fory | None, cls: type | None) -> None:
        self._storage = storage
        self.types, self._start = _read_header(storage)
        self._fory = fory or serializer(self._names(cls))

    def _names(self, cls: type | None) -> dict[type, str]:
        if cls is None or not self.types:
            return {}
        return class_names(cls, next(iter(self.types)))

    def __iter__(self) -> Iterator[Any]:
        """Yield the objects.

        Raises
        ------
        DecodeError
            At the first damaged record; those before it were yielded.
        """
        loads = self._fory.loads
        for part in _parts(self._storage, self._start):
            if part.body is not None:
                yield loads(part.body)

    def raw(self) -> Iterator[bytes]:
        """Yield the records as bytes, as they came (copies)."""
        parts = _parts(self._storage, self._start)
        return (part.body for part in parts if part.body is not None)

    def __repr__(self) -> str:
        return f"RecordReader({self._storage.name}, types={list(self.types)})"


def read_records(
    path: str | os.PathLike[str],
    cls: type | None = None,
    *,
    fory: Fory | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> RecordReader:
    """Open a stream of records.

    Parameters
    ----------
    path : str or path-like
        The file, or a URL.
    cls : type, optional
        The dataclass to make of the records; it takes the name that the stream tells.
        Without it, structs come as `fory.UnknownStruct`: nothing is imported.
    fory : fory.Fory, optional
        A serializer in which the classes are registered; instead of ``cls``.
    storage_options : mapping, optional
        For remote file systems.

    Returns
    -------
    RecordReader
        Iterable, from the start each time.

    Raises
    ------
    DecodeError
        If the file is not a stream or its header is damaged.
    """
    storage = open_storage(path_of(path), False, storage_options)
    return RecordReader(storage, fory, cls)


def _read_header(storage: Storage) -> tuple[dict[str, dict[str, str]], int]:
    """Return the types of a stream and where its records begin."""
    start = bytes(storage.read(0, min(storage.size, _HEAD.size)))
    if start[:8] != MAGIC:
        raise DecodeError(f"{storage.name} is not a stream of records: {start[:8]!r}")
    if len(start) < _HEAD.size:
        raise TruncatedError(f"{storage.name} ends inside its header")
    _, major, _, length, crc, own = _HEAD.unpack(start)
    if checksum(start[:-4]) != own:
        raise ChecksumError(f"the header of {storage.name} is damaged")
    check_major(major, "stream")
    record = bytes(storage.read(_HEAD.size, length))
    if checksum(record) != crc:
        raise ChecksumError(f"the types in the header of {storage.name} are damaged")
    return decode_types(record), _HEAD.size + length


def _parts(storage: Storage, at: int) -> Iterator[_Part]:
    """Yield what follows the header; warn when the end was never finished."""
    window, start, is_mark = b"", at, False
    while at < storage.size:
        have = start + len(window) - at
        need = _PREFIX.size
        if have >= need:
            length, crc = _checked_prefix(window, at - start, storage, at)
            is_mark = length == _MARK_LENGTH
            size = _MARK.size if is_mark else length
            need += size
        if need > storage.size - at:
            _warn(storage, f"inside the record at byte {at}")
            return
        if have < need:
            more = min(max(need, _BUFFER), storage.size - at)
            window, start = bytes(storage.read(at, more)), at
            continue
        first = at - start + _PREFIX.size
        body = window[first : first + size]
        if checksum(body) != crc:
            raise ChecksumError(f"{storage.name}: the record at byte {at} is damaged")
        if is_mark and _MARK.unpack(body)[1] != at:
            raise DecodeError(
                f"{storage.name}: bytes before {at} were cut out or added"
            )
        at += need
        yield _Part(at, None if is_mark else body)
    if not is_mark:
        _warn(storage, "without a mark")


def _checked_prefix(
    window: bytes, offset: int, storage: Storage, at: int
) -> tuple[int, int]:
    length, crc, own = _PREFIX.unpack_from(window, offset)
    if checksum(window[offset : offset + 8]) != own:
        raise ChecksumError(f"{storage.name}: the length at byte {at} is damaged")
    return length, crc


def _warn(storage: Storage, how: str) -> None:
    warnings.warn(
        f"{storage.name} ends {how}: a writer died or the file was cut, and records "
        f"may be missing; appending goes on behind the last whole one",
        UnfinishedCommitWarning,
        stacklevel=4,
    )


def _sound_end(storage: Storage) -> tuple[int, int]:
    """Return where whole records end, and how many there are."""
    _, start = _read_header(storage)
    at = storage.size - _MARK_BYTES
    if at >= start:
        raw = bytes(storage.read(at, _MARK_BYTES))
        n, position = _MARK.unpack_from(raw, _PREFIX.size)
        if position == at and raw == _mark(n, at):
            return storage.size, n
    end, n = start, 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnfinishedCommitWarning)
        for part in _parts(storage, start):
            end, n = part.end, n + (part.body is not None)
    return end, n
