"""Plans as they are handed from the registry to the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fory._type_ids import TypeId

__all__ = [
    "BASIC",
    "CALLED",
    "DYNAMIC",
    "FLAG_NULL",
    "FLAG_REF",
    "FLAG_REF_VALUE",
    "FLAG_VALUE",
    "INFO_CLASS",
    "INFO_NAMES",
    "INFO_NOTHING",
    "INFO_TYPEDEF",
    "INFO_USER_ID",
    "KEY_DECLARED",
    "KEY_NULL",
    "KEY_TRACKED",
    "KNOWN",
    "LIST_DECLARED",
    "LIST_HAS_NULL",
    "LIST_SAME_TYPE",
    "LIST_TRACKED",
    "NAMED_TUPLE",
    "OBJECT",
    "REDUCED",
    "SUBCLASS",
    "VALUE_DECLARED",
    "VALUE_NULL",
    "VALUE_TRACKED",
    "VARIES",
    "Codec",
    "Field",
    "slot_offset_of",
    "version_of",
]

# Payload forms. A leaf has the number of its type id (xlang_wire 4), these have none.
DYNAMIC = TypeId.UNKNOWN
OBJECT = 200  # attributes of a plain object
REDUCED = 201  # a call that makes the object
KNOWN = 202  # a class of the standard library with a form of its own
CALLED = 203  # a call in the short form
NAMED_TUPLE = 204
SUBCLASS = 205  # of list, set or dict
VARIES = 255  # the value decides, through serializer.choose(value)

# What follows the type id byte (xlang_wire 10).
INFO_NOTHING, INFO_USER_ID, INFO_TYPEDEF, INFO_NAMES, INFO_CLASS = range(5)

# What precedes a value that may be None or shared (xlang_wire 3).
FLAG_NULL, FLAG_REF, FLAG_VALUE, FLAG_REF_VALUE = 0xFD, 0xFE, 0xFF, 0x00

# Header of a collection (7) and of a chunk of a map (8).
LIST_TRACKED, LIST_HAS_NULL, LIST_DECLARED, LIST_SAME_TYPE = 1, 2, 4, 8
KEY_TRACKED, KEY_NULL, KEY_DECLARED = 0x01, 0x02, 0x04
VALUE_TRACKED, VALUE_NULL, VALUE_DECLARED = 0x08, 0x10, 0x20

# Bools, ints, float32, float64 and str: raw in lists, never tracked.
BASIC = frozenset((*range(1, 16), *range(19, 22)))


def version_of(cls: type) -> int:
    """Return 0: Python code cannot tell whether a class was changed."""
    return 0


def slot_offset_of(descriptor: object) -> int:
    """Return 0: here slots are reached by name, not by their place in an instance."""
    return 0


class Codec:
    """How values of one type are written and read.

    The registry builds codecs from classes and schemas; the encoder and the decoder
    walk them and decide nothing else.
    """

    trackable: bool = False
    cls: Any = None
    info: int = INFO_NOTHING
    user_id: int = 0
    typedef: bytes | None = None
    names: tuple[Any, ...] = ()  # identity and bytes of namespace and name
    item: Any = None  # of a list, set or array; value of a map
    key: Any = None
    item_tracked: bool = False
    key_tracked: bool = False
    lenient: bool = False  # written by the rules of abstract collections
    make: Callable[..., Any] | None = None  # carrier that is built from what was read
    serializer: Any = None
    members: tuple[Any, ...] | None = None  # of an enum
    numbers: tuple[int, ...] = ()
    by_number: dict[int, Any] | None = None
    fields: tuple[Field, ...] | None = None  # of a struct
    missing: tuple[Any, ...] | None = None  # local fields that the bytes do not have
    schema_hash: int = 0
    hashed: bool = False  # the schema hash precedes the fields
    prepare: Any = None  # fills a struct plan at first use
    authorize: Callable[..., Any] | None = None  # asked before an instance is made
    loose: bool = False  # a struct that nobody registered
    home: tuple[str, str, object] | None = None  # what was where it was imported
    n_attributes: int = -1  # that a loose instance may have

    def __init__(self, kind: int, type_id: int = 0, **parts: Any) -> None:
        self.kind = kind
        self.type_id = type_id or kind
        self.update(**parts)

    def update(self, **parts: Any) -> None:
        """Set parts of the plan; structs get theirs when they are first used."""
        vars(self).update(parts)

    def __repr__(self) -> str:
        return f"Codec(kind={self.kind}, type_id={self.type_id}, cls={self.cls!r})"


class Field:
    """One field of a struct as it lies in the bytes."""

    def __init__(
        self,
        name: str | None,
        codec: Codec,
        *,
        nullable: bool = False,
        tracked: bool = False,
        dynamic: bool = False,
        slot: int = 0,
        convert: Callable[[Any], Any] | None = None,
        default: Callable[[], Any] | None = None,
    ) -> None:
        self.name = name  # attribute, None if the value is dropped
        self.codec = codec
        self.nullable = nullable
        self.tracked = tracked
        self.dynamic = dynamic  # type info precedes the payload
        self.slot = slot
        self.convert = convert  # from the type on the wire to ours
        self.default = default  # factory, where None may not stay
