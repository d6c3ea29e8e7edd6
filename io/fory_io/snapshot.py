"""One commit of a file: its footer, or its chain of footers, as one directory."""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from typing import Any

from fory._crc import checksum
from fory.error import ChecksumError, DecodeError
from fory_io._pages import page_sums
from fory_io.format import (
    ENTRY_BYTES,
    FOOTER_HEAD_BYTES,
    MAX_ROWS_SHIFT,
    TRAILER_BYTES,
    Entry,
    Feature,
    FooterHead,
    FrameType,
    Trailer,
    check_features,
    up8,
)
from fory_io.storage import Storage

__all__ = ["Footer", "Snapshot", "read_footer", "read_frame", "read_snapshot"]


@dataclass(frozen=True, slots=True)
class Footer:
    """One footer, checked; its part of the directory lies where it was read."""

    trailer: Trailer
    head: FooterHead
    frames: list[Entry]
    page_sums: Any
    directory: Any

    @property
    def directory_offset(self) -> int:
        """Where the chunk directory lies in the file."""
        return self.trailer.footer_offset + self.head.core_bytes


def read_footer(storage: Storage, end: int) -> Footer:
    """Read the commit that ends at byte ``end``.

    Raises
    ------
    DecodeError
        If no whole commit ends there.
    """
    tail = storage.read(max(0, end - TRAILER_BYTES), min(end, TRAILER_BYTES))
    trailer = Trailer.from_bytes(tail, end)
    footer = storage.read(trailer.footer_offset, trailer.footer_bytes)
    if len(footer) < FOOTER_HEAD_BYTES:
        raise DecodeError(f"the footer at byte {trailer.footer_offset} is too short")
    head = FooterHead.unpack(footer)
    core = head.core_bytes
    if core > len(footer) or checksum(footer[:core]) != trailer.footer_crc:
        raise ChecksumError(
            f"the footer at byte {trailer.footer_offset} of {storage.name} is damaged; "
            f"`fory repair` goes back to the commit before"
        )
    _check_head(head, trailer, len(footer))
    at = head.head_bytes
    frames = [Entry.unpack(footer, at + k * ENTRY_BYTES) for k in range(head.n_frames)]
    sums = footer[at + head.n_frames * ENTRY_BYTES : core]
    return Footer(trailer, head, frames, sums, footer[core:])


def _check_head(head: FooterHead, trailer: Trailer, size: int) -> None:
    """Raise unless the parts that the head declares make up the footer exactly."""
    check_features(head.required, head.writer_name)
    directory = head.n_chunks * ENTRY_BYTES
    sums = up8(4 * -(-directory >> head.page_shift))
    core = head.head_bytes + head.n_frames * ENTRY_BYTES + sums
    earlier = max(head.previous, head.parent)
    if (
        head.head_bytes < FOOTER_HEAD_BYTES
        or (head.head_bytes | trailer.footer_offset) & 7
        or not 6 <= head.page_shift <= 30
        or head.rows_shift > MAX_ROWS_SHIFT
        or core != head.core_bytes
        or core + directory != size
        or earlier > trailer.footer_offset
        or (head.first_chunk and not head.previous)
        or head.n_rows > (head.first_chunk + head.n_chunks) << 32
    ):
        raise DecodeError(
            f"the footer at byte {trailer.footer_offset} contradicts itself: {head}"
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one commit of a file holds.

    Attributes
    ----------
    commit : int
        Number of the commit, from 1.
    end : int
        Position behind the commit's last byte.
    directory : bytes-like
        32 bytes per chunk; in place when the commit has a single footer.
    page_sums : bytes-like or None
        Checksums of the directory's pages; None when they were compared already.
    frames : list of Entry
        The other frames, oldest first.
    """

    commit: int
    end: int
    head: FooterHead
    directory: Any
    directory_offset: int
    page_sums: Any
    frames: list[Entry]
    footer_crc: int

    @property
    def n_rows(self) -> int:
        """Number of rows of all chunks."""
        return self.head.n_rows

    @property
    def rows_bytes(self) -> int:
        """Bytes of all rows before compression."""
        return self.head.rows_bytes

    @property
    def n_chunks(self) -> int:
        """Number of chunks."""
        return self.head.first_chunk + self.head.n_chunks

    def detached(self) -> Snapshot:
        """Return the facts alone, without the directory that keeps a map alive."""
        return replace(self, directory=b"", page_sums=None)

    @property
    def compressed(self) -> bool:
        """Whether some chunks may be compressed."""
        return bool(self.head.required & Feature.COMPRESSION)

    @property
    def page_shift(self) -> int:
        """Binary logarithm of the directory's pages."""
        return self.head.page_shift

    @property
    def regular_shift(self) -> int:
        """Binary logarithm of the rows per chunk, -1 when they differ."""
        return self.head.rows_shift if self.head.regular else -1

    def newest(self, kind: FrameType, schema: int | None = None) -> Entry | None:
        """Return the newest frame of a type, or None."""
        for entry in reversed(self.frames):
            if entry.type == kind and schema in (None, entry.schema):
                return entry
        return None

    def all(self, kind: FrameType) -> list[Entry]:
        """Return the frames of a type, oldest first."""
        return [e for e in self.frames if e.type == kind]


def read_snapshot(storage: Storage, end: int, commit: int | None = None) -> Snapshot:
    """Read the newest commit, or another one.

    Parameters
    ----------
    storage : Storage
        The file.
    end : int
        End of the newest commit.
    commit : int, optional
        Number of a commit; negative numbers count from the newest, which is -1.

    Raises
    ------
    DecodeError
        If no whole commit ends there.
    IndexError
        If there is no such commit.
    """
    newest = read_footer(storage, end)
    chain = [_find_commit(storage, newest, commit)]
    while chain[0].head.previous:
        link = read_footer(storage, chain[0].head.previous)
        if link.head.first_chunk + link.head.n_chunks != chain[0].head.first_chunk:
            raise DecodeError(
                f"the footers at bytes {link.trailer.footer_offset} and "
                f"{chain[0].trailer.footer_offset} do not follow each other"
            )
        chain.insert(0, link)
    return _join(chain)


def _find_commit(storage: Storage, newest: Footer, commit: int | None) -> Footer:
    last = newest.trailer.commit
    if isinstance(commit, bool):
        raise TypeError("commit is a number, not a bool")
    wanted = last if commit is None else operator.index(commit)
    if wanted < 0:
        wanted += last + 1
    if not 1 <= wanted <= last:
        raise IndexError(
            f"no commit {commit} in {storage.name}, which has 1 to {last}; "
            "-1 is the newest"
        )
    found = newest
    while found.trailer.commit > wanted:
        # The chain of footers skips commits; parents do not.
        linked = found.head.previous and _commit_at(storage, found.head.previous)
        skip = linked and linked >= wanted
        end = found.head.previous if skip else found.head.parent
        earlier = read_footer(storage, end)
        if earlier.trailer.commit >= found.trailer.commit:
            raise DecodeError(f"commits of {storage.name} do not count upwards")
        found = earlier
    return found


def _commit_at(storage: Storage, end: int) -> int:
    tail = storage.read(max(0, end - TRAILER_BYTES), min(end, TRAILER_BYTES))
    return Trailer.from_bytes(tail, end).commit


def _join(chain: list[Footer]) -> Snapshot:
    last = chain[-1]
    frames = [entry for footer in chain for entry in footer.frames]
    directory, sums = last.directory, last.page_sums
    if len(chain) > 1:
        for footer in chain:
            check_directory(footer, footer.directory)
        directory = b"".join(footer.directory for footer in chain)
        sums = None
    return Snapshot(
        commit=last.trailer.commit,
        end=last.trailer.end,
        head=last.head,
        directory=directory,
        directory_offset=last.directory_offset,
        page_sums=sums,
        frames=frames,
        footer_crc=last.trailer.footer_crc,
    )


def check_directory(of: Footer | Snapshot, directory: Any) -> None:
    """Compare the bytes of a chunk directory with their checksums.

    Raises
    ------
    ChecksumError
        If they differ.
    """
    if page_sums(directory, of.head.page_shift) != bytes(of.page_sums):
        raise ChecksumError(
            f"the chunk directory at byte {of.directory_offset} is damaged"
        )


def read_frame(storage: Storage, entry: Entry, end: int) -> Any:
    """Return the body of a frame that is not a chunk, checked."""
    if entry.offset > end or entry.first > end - entry.offset:
        raise DecodeError(
            f"{storage.name}: a frame should lie at byte {entry.offset} with "
            f"{entry.first} bytes, the file has {end}"
        )
    body = storage.read(entry.offset, entry.first)
    if checksum(body) != entry.crc:
        raise ChecksumError(
            f"{storage.name} is damaged: the checksum of the frame at bytes "
            f"{entry.offset} to {entry.offset + entry.first} differs"
        )
    return body
