"""What a type is: a physical kind, and a logical tag where Arrow has more.

The physical kind decides every byte (row_format 1). A logical tag says what the
bytes mean beyond that (unsigned, zoned, dictionary, ...); readers of other
languages that ignore tags still read the plainest value of the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from fory.error import EncodeError


class Kind(IntEnum):
    """Physical type ids as they stand in schema bytes (row_format 1)."""

    BOOL = 1
    INT8 = 2
    INT16 = 3
    INT32 = 4
    INT64 = 6
    FLOAT32 = 19
    FLOAT64 = 20
    UTF8 = 21
    LIST = 22
    MAP = 24
    STRUCT = 27
    DURATION = 37
    TIMESTAMP = 38
    DATE32 = 39
    DECIMAL = 40
    BINARY = 41


WIDTHS: dict[Kind, int] = {
    Kind.BOOL: 1,
    Kind.INT8: 1,
    Kind.INT16: 2,
    Kind.INT32: 4,
    Kind.INT64: 8,
    Kind.FLOAT32: 4,
    Kind.FLOAT64: 8,
    Kind.DURATION: 8,
    Kind.TIMESTAMP: 8,
    Kind.DATE32: 4,
}
"""Width in bytes of the kinds that lie in the slot itself; all others are pairs."""


def encoded(metadata: Mapping[Any, Any]) -> dict[bytes, bytes]:
    """Return metadata as Arrow has them: text is UTF-8."""
    return {_bytes(key): _bytes(value) for key, value in metadata.items()}


def _bytes(part: Any) -> bytes:
    if isinstance(part, str):
        return part.encode()
    if isinstance(part, bytes):
        return part
    raise TypeError(f"metadata are text or bytes, not {part!r}")


def check_text(name: str) -> None:
    """Refuse a name that has no UTF-8 bytes.

    Raises
    ------
    EncodeError
        If it has surrogates that stand alone.
    """
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise EncodeError(f"a field cannot be named {name!r}: {error.reason}") from None


UNITS = ("s", "ms", "us", "ns")


@dataclass(frozen=True, slots=True)
class Logical:
    """What the physical bytes mean beyond their kind.

    Attributes
    ----------
    name : str
        One of ``uint``, ``float16``, ``timestamp``, ``duration``, ``time``,
        ``date64``, ``large``, ``view``, ``fixed``, ``decimal``, ``null``,
        ``dictionary``, ``uuid``, ``sorted`` (the keys of a map).
    args : tuple of (int, str or bool)
        The tag's parameters in the order of the factory that makes it.
    """

    name: str
    args: tuple[int | str | bool, ...] = ()

    def __str__(self) -> str:
        if not self.args:
            return self.name
        return f"{self.name}[{', '.join(str(a) for a in self.args)}]"


@dataclass(frozen=True, slots=True, repr=False)
class DataType:
    """A type of the row language; build it with the factories of this module.

    Attributes
    ----------
    kind : Kind
        Physical kind, decides width and layout.
    children : tuple of Field
        Element of a list; key and value of a map; fields of a struct; the values of
        a dictionary.
    precision, scale : int
        Of a decimal, else 0.
    logical : Logical or None
        Meaning beyond the physical kind.
    """

    kind: Kind
    children: tuple[Field, ...] = ()
    precision: int = 0
    scale: int = 0
    logical: Logical | None = None

    @property
    def variable(self) -> bool:
        """Whether values lie behind an offset and size pair."""
        return self.kind not in WIDTHS

    @property
    def width(self) -> int:
        """Bytes of one element in a standard array (8 for a pair)."""
        return WIDTHS.get(self.kind, 8)

    def is_logical(self, name: str) -> bool:
        """Tell whether the type carries the logical tag ``name``."""
        return self.logical is not None and self.logical.name == name

    def __repr__(self) -> str:
        return f"DataType({self})"

    def __str__(self) -> str:
        text = self._physical()
        return f"{text}:{self.logical}" if self.logical else text

    def _physical(self) -> str:
        name = self.kind.name.lower()
        if self.kind is Kind.DECIMAL:
            return f"decimal({self.precision},{self.scale})"
        if self.kind is Kind.STRUCT:
            return f"struct<{', '.join(str(c) for c in self.children)}>"
        if self.kind in (Kind.LIST, Kind.MAP) or self.is_logical("dictionary"):
            return f"{name}<{', '.join(c.type_text() for c in self.children)}>"
        return name


@dataclass(frozen=True, slots=True, repr=False)
class Field:
    """A named, possibly nullable place of a type.

    ``==`` compares name, type and nullability; ``metadata`` is carried but not
    compared. What may annotate a class may stand for the type: ``pa.int32()``, ``int``.
    """

    name: str
    type: DataType
    nullable: bool = True
    metadata: Mapping[bytes, bytes] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise TypeError(f"a field is named by text, not {self.name!r}")
        if not isinstance(self.type, DataType):
            from fory_row.infer import type_of

            object.__setattr__(self, "type", type_of(self.type))
        if not self.name.isascii():
            check_text(self.name)
        if self.metadata:
            object.__setattr__(self, "metadata", encoded(self.metadata))

    def type_text(self) -> str:
        """Return the type, with ``not null`` where it is so."""
        return str(self.type) if self.nullable else f"{self.type} not null"

    def __repr__(self) -> str:
        return f"Field({self})"

    def __str__(self) -> str:
        return f"{self.name}: {self.type_text()}"
