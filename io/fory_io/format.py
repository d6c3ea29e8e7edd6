"""The container's fixed structures: magic numbers, sizes, fields and their checks.

docs/container.md is the specification. Everything is little-endian; every structure
that opens or ends a file carries its own checksum.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, fields
from enum import IntEnum, IntFlag
from typing import Any, ClassVar, Self

from fory._crc import checksum
from fory.error import ChecksumError, DecodeError, FormatVersionError, TruncatedError

__all__ = [
    "ENTRY_BYTES",
    "MAGIC",
    "Codec",
    "Entry",
    "Feature",
    "FooterHead",
    "FrameHeader",
    "FrameType",
    "Header",
    "Index",
    "Layout",
    "Trailer",
    "check_features",
    "frame_start",
    "up8",
]

MAGIC = b"\x89FRY\r\n\x1a\n"
"""Opens every file: not text, and no transfer that rewrites line ends survives it."""

TRAILER_MAGIC = b"\x89FRYEND\n"
FRAME_MAGIC = 0x4D524689
MAJOR, MINOR = 1, 0
WRITER = b"fory-rows 0.1.0".ljust(16, b"\0")

HEADER_BYTES = 64
FRAME_HEADER_BYTES = 32
TRAILER_BYTES = 48
FOOTER_HEAD_BYTES = 128
ENTRY_BYTES = 32

PACKED = struct.Struct("<6I")
"""A line of a compressed chunk's block table."""

PAGE_SHIFT = 12
"""Rows are checked in pages of 4 KiB, which are also pages of the processor."""

MAX_ROWS_SHIFT = 16
CHUNK_BYTES = 1 << 20
"""What a chunk should have; the rows per chunk are chosen for it."""


class FrameType(IntEnum):
    """What a frame holds."""

    CHUNK = 1
    SCHEMA = 2
    DICTIONARY = 3
    METADATA = 4
    STATISTICS = 5
    KEY_INDEX = 6
    DELETIONS = 7
    USER = 8
    FOOTER = 9
    TRAINED = 10
    ORDER = 11


class Codec(IntEnum):
    """How the blocks of a chunk are compressed."""

    RAW = 0
    LZ4 = 1
    ZSTD = 2
    ZSTD_DICT = 3


class Index(IntEnum):
    """How the rows of a chunk are found."""

    STRIDE = 0
    UNITS = 1
    LINEAR = 2


class Layout(IntEnum):
    """How the bytes of a row lie."""

    STANDARD = 0
    COMPACT = 1


class Feature(IntFlag):
    """Required feature bits: a reader that lacks one must not read the file."""

    COMPRESSION = 1
    DELETIONS = 2
    TRAINED = 4
    LINES = 8


KNOWN_FEATURES = int(~Feature(0))


def up8(n: int) -> int:
    """Round up to a multiple of eight."""
    return (n + 7) & ~7


def frame_start(position: int) -> int:
    """Return where the next frame begins, so that its body starts at a 64th byte."""
    return (position + FRAME_HEADER_BYTES + 63) // 64 * 64 - FRAME_HEADER_BYTES


def check_features(required: int, writer: str) -> None:
    """Refuse required bits that this reader does not know.

    Raises
    ------
    FormatVersionError
        Naming the bits and the writer of the file.
    """
    unknown = required & ~KNOWN_FEATURES
    if unknown:
        bits = ", ".join(str(b) for b in range(32) if unknown >> b & 1)
        raise FormatVersionError(
            f"the file needs feature bit {bits}, which this reader lacks; it was "
            f"written by {writer!r}: install that version or a later one"
        )


def check_major(major: int, what: str) -> None:
    """Refuse a newer major version of the format."""
    if major > MAJOR:
        raise FormatVersionError(
            f"the {what} has format version {major}, this reader knows up to {MAJOR}; "
            f"install a newer version"
        )


class Packed:
    """A structure of fixed width, packed field by field as the class declares them."""

    layout: ClassVar[struct.Struct]

    def pack(self) -> bytes:
        """Return the bytes of the fields."""
        values = [getattr(self, f.name) for f in fields(self)]  # type: ignore[arg-type]
        return self.layout.pack(*values)

    @classmethod
    def unpack(cls, data: Any, offset: int = 0) -> Self:
        """Read the fields; ``data`` must be long enough."""
        return cls(*cls.layout.unpack_from(data, offset))


def _text(raw: bytes) -> str:
    return raw.rstrip(b"\0").decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Header(Packed):
    """The first 64 bytes of a file."""

    layout: ClassVar[struct.Struct] = struct.Struct("<8sHHIII16sB3x16s")

    magic: bytes
    major: int
    minor: int
    required: int
    optional: int
    length: int
    file_id: bytes
    row_layout: int
    writer: bytes

    @classmethod
    def new(cls, row_layout: int, required: int = 0) -> Header:
        """Make the header of a new file, with a random id."""
        return cls(
            MAGIC, MAJOR, MINOR, required, 0, HEADER_BYTES, os.urandom(16),
            row_layout, WRITER,
        )  # fmt: skip

    @property
    def short_id(self) -> int:
        """The part of the file id that every frame repeats."""
        return int.from_bytes(self.file_id[:4], "little")

    def to_bytes(self) -> bytes:
        """Return the 64 bytes, checksum included."""
        body = self.pack()
        return body + checksum(body).to_bytes(4, "little")

    @classmethod
    def from_bytes(cls, data: Any) -> Header:
        """Read and check a header.

        Raises
        ------
        DecodeError
            If this is no container file, a damaged one, or one of a newer version.
        """
        start = bytes(data[:8])
        if start != MAGIC[: len(start)] or not start:
            raise DecodeError(_not_ours(start))
        if len(data) < HEADER_BYTES:
            raise TruncatedError(
                f"the file has {len(data)} bytes, its header alone needs {HEADER_BYTES}"
            )
        made = cls.unpack(data)
        found = int.from_bytes(data[HEADER_BYTES - 4 : HEADER_BYTES], "little")
        if checksum(data[: HEADER_BYTES - 4]) != found:
            raise ChecksumError("the header at byte 0 is damaged: its checksum differs")
        check_major(made.major, "file")
        check_features(made.required, _text(made.writer))
        return made


def _not_ours(start: bytes) -> str:
    known = {
        b"PAR1": "a parquet file",
        b"ARROW1": "an Arrow IPC file",
        b"PK\x03\x04": "a zip archive",
        b"\x1f\x8b": "gzip data",
    }
    for magic, name in known.items():
        if start.startswith(magic):
            return f"this is {name}, not a file of rows; `fory convert` may read it"
    if start == b"\x89FRYS\r\n\x1a":
        return "this is a stream of records; `read_records` reads it"
    if start[:4] == MAGIC[:4]:
        return "the first bytes were changed by a transfer in text mode; copy it again"
    return f"this is not a file of rows: it starts with {start!r}"


@dataclass(frozen=True, slots=True)
class FrameHeader(Packed):
    """The 32 bytes before the body of every frame."""

    layout: ClassVar[struct.Struct] = struct.Struct("<IBBHQIII")

    magic: int
    type: int
    codec: int
    schema: int
    length: int
    rows: int
    file_id: int
    crc: int

    def to_bytes(self) -> bytes:
        """Return the 32 bytes, checksum included."""
        body = self.pack()
        return body + checksum(body).to_bytes(4, "little")

    @classmethod
    def from_bytes(cls, data: Any, offset: int, where: int) -> FrameHeader:
        """Read and check the frame header at ``offset`` of ``data``.

        ``where`` is its position in the file, for messages.
        """
        raw = data[offset : offset + FRAME_HEADER_BYTES]
        if len(raw) < FRAME_HEADER_BYTES:
            raise TruncatedError(f"the file ends inside the frame header at {where}")
        made = cls.unpack(raw)
        if made.magic != FRAME_MAGIC:
            raise DecodeError(f"no frame starts at byte {where}: {bytes(raw[:4])!r}")
        if checksum(raw[:28]) != int.from_bytes(raw[28:], "little"):
            raise ChecksumError(f"the frame header at byte {where} is damaged")
        return made


@dataclass(frozen=True, slots=True)
class Entry(Packed):
    """A line of the directory: where a frame's body lies and what it holds.

    ``first`` is the first row of a chunk; of other frames, a number that the frame
    type explains. ``length`` counts units of eight bytes.
    """

    layout: ClassVar[struct.Struct] = struct.Struct("<QQIIIHBB")

    offset: int
    first: int
    length: int
    rows: int
    crc: int
    schema: int
    codec: int
    type: int


@dataclass(frozen=True, slots=True)
class FooterHead(Packed):
    """The fixed part of a footer.

    Behind it lie the entries of other frames, the checksums of the pages of the chunk
    directory, and the chunk directory. ``core_bytes`` is the length without the chunk
    directory: that much is covered by the checksum in the trailer, and the directory
    is checked page by page as it is used. ``previous`` is the end of an earlier commit
    whose chunks come before ``first_chunk``, ``parent`` the end of the commit before
    this one; 0 when there is none.
    """

    layout: ClassVar[struct.Struct] = struct.Struct("<II9QIIHBBBBH16s16s")

    head_bytes: int
    n_frames: int
    core_bytes: int
    n_rows: int
    rows_bytes: int
    n_chunks: int
    first_chunk: int
    first_row: int
    previous: int
    parent: int
    created: int
    required: int
    optional: int
    minor: int
    row_layout: int
    rows_shift: int
    page_shift: int
    regular: int
    n_schemas: int
    file_id: bytes
    writer: bytes

    @property
    def writer_name(self) -> str:
        """Name and version of the program that wrote this commit."""
        return _text(self.writer)


@dataclass(frozen=True, slots=True)
class Trailer(Packed):
    """The last 48 bytes of a commit."""

    layout: ClassVar[struct.Struct] = struct.Struct("<QQQII")

    footer_offset: int
    footer_bytes: int
    end: int
    commit: int
    footer_crc: int

    def to_bytes(self) -> bytes:
        """Return the 48 bytes, checksum, length, version and magic included."""
        body = self.pack()
        end = struct.pack("<HH", TRAILER_BYTES, MAJOR) + TRAILER_MAGIC
        return body + checksum(end, checksum(body)).to_bytes(4, "little") + end

    @classmethod
    def from_bytes(cls, data: Any, end: int) -> Trailer:
        """Read and check the trailer in the last bytes of ``data``.

        ``end`` is the position in the file behind the last byte.
        """
        raw = bytes(data[-TRAILER_BYTES:])
        if len(raw) < TRAILER_BYTES or raw[40:] != TRAILER_MAGIC:
            raise TruncatedError(
                f"no trailer ends at byte {end}: the file is cut or was never "
                f"finished; `fory repair` brings back what was committed"
            )
        crc = int.from_bytes(raw[32:36], "little")
        if checksum(raw[36:], checksum(raw[:32])) != crc:
            raise ChecksumError(f"the trailer that ends at byte {end} is damaged")
        check_major(int.from_bytes(raw[38:40], "little"), "trailer")
        made = cls.unpack(raw)
        if made.end != end:
            raise DecodeError(
                f"the trailer at byte {end - TRAILER_BYTES} says that the file ends at "
                f"{made.end}, it ends at {end}: bytes were cut out or added"
            )
        if made.footer_offset + made.footer_bytes > end - TRAILER_BYTES:
            raise DecodeError(
                f"the footer at {made.footer_offset} overlaps its trailer"
            )
        return made
