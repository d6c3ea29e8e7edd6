"""Schema: the fields of a record, their official bytes, hash and fingerprint."""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fory_row.data_type import encoded
from fory_row.schema_bytes import decode_schema, encode_schema, type_tree_hash
from fory_row.types import DataType, Field, Kind, fields_of

if TYPE_CHECKING:
    import pyarrow as pa

    from fory_row._plan import Plan

__all__ = ["Schema", "schema"]


class Schema:
    """The fields of a record, in the order in which they lie.

    Parameters
    ----------
    fields : iterable of Field or (str, DataType), or mapping of str to DataType
        Names may repeat; a repeated name is reached by position only.
    metadata : mapping of bytes or str, optional
        Carried along as bytes, not compared by ``==``.

    Notes
    -----
    Immutable, hashable and picklable. ``==`` compares names, types (logical tags
    included) and nullability at every depth; `equals` can compare metadata too.
    """

    __slots__ = ("_arrow", "_fields", "_hash", "_metadata", "_plans", "_positions")

    def __init__(
        self,
        fields: Mapping[str, DataType] | Iterable[Field | tuple[str, DataType]],
        metadata: Mapping[bytes, bytes] | None = None,
    ) -> None:
        self._fields = fields_of(fields)
        self._metadata = encoded(metadata) if metadata else None
        self._positions: dict[str, int] | None = None
        self._hash: int | None = None
        self._plans: dict[str, Plan] = {}
        self._arrow: pa.Schema | None = None

    # -- what it holds ---------------------------------------------------------

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields in order."""
        return self._fields

    @property
    def names(self) -> list[str]:
        """The field names in order."""
        return [f.name for f in self._fields]

    @property
    def types(self) -> list[DataType]:
        """The field types in order."""
        return [f.type for f in self._fields]

    @property
    def metadata(self) -> dict[bytes, bytes] | None:
        """A copy of the metadata, or None."""
        return dict(self._metadata) if self._metadata else None

    def with_metadata(self, metadata: Mapping[bytes, bytes] | None) -> Schema:
        """Return the same fields with other metadata."""
        return Schema(self._fields, metadata)

    def index(self, name: str) -> int:
        """Return the position of the field ``name``.

        Raises
        ------
        KeyError
            If there is no such field, or several.
        """
        if self._positions is None:
            counts = Counter(self.names)
            self._positions = {
                n: i if counts[n] == 1 else -1 for i, n in enumerate(self.names)
            }
        at = self._positions.get(name)
        if at is None:
            raise KeyError(no_field_message(name, self.names))
        if at < 0:
            raise KeyError(f"several fields are named {name!r}; use a position")
        return at

    def field(self, key: str | int) -> Field:
        """Return a field by name or position."""
        return self._fields[self.index(key) if isinstance(key, str) else key]

    def select(self, names: Iterable[str | int]) -> Schema:
        """Return the schema of some of the fields, in the order asked for."""
        return Schema((self.field(n) for n in names), self._metadata)

    def __len__(self) -> int:
        return len(self._fields)

    def __iter__(self) -> Iterator[Field]:
        return iter(self._fields)

    def __getitem__(self, key: str | int) -> Field:
        return self.field(key)

    def __contains__(self, name: object) -> bool:
        return any(f.name == name for f in self._fields)

    # -- compare, print, copy --------------------------------------------------

    def equals(self, other: Schema, *, check_metadata: bool = False) -> bool:
        """Compare with ``other``, the metadata of every level included on request."""
        if self._fields != other._fields:
            return False
        if not check_metadata:
            return True
        return self._metadata == other._metadata and all(
            _same_metadata(a, b)
            for a, b in zip(self._fields, other._fields, strict=True)
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and self.equals(other)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(self._fields)
        return self._hash

    def __repr__(self) -> str:
        lines = [f"  {f}" for f in self._fields[:100]]
        if len(self._fields) > 100:
            lines.append(f"  ... {len(self._fields) - 100:,} more fields")
        return "\n".join(["Schema:", *lines]) if lines else "Schema: no fields"

    def _repr_html_(self) -> str:
        from fory_row.printing import schema_html

        return schema_html(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Schema, (self._fields, self._metadata)

    # -- official bytes --------------------------------------------------------

    def to_bytes(self) -> bytes:
        """Return the official schema bytes (row_format 5.1): physical types only."""
        return encode_schema(self._fields)

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> Schema:
        """Read official schema bytes.

        Raises
        ------
        DecodeError
            If the bytes are not a schema.
        """
        return cls(decode_schema(data))

    @property
    def type_hash(self) -> int:
        """The official 64-bit hash: type tree only, names do not enter."""
        return type_tree_hash(self._fields)

    @property
    def fingerprint(self) -> bytes:
        """Sixteen bytes that tell schemas apart by names, tags and nullability."""
        text = "\n".join(_fingerprint_text(f) for f in self._fields)
        return hashlib.blake2b(text.encode(), digest_size=16).digest()

    # -- Arrow -----------------------------------------------------------------

    def to_arrow(self) -> pa.Schema:
        """Return the equal `pyarrow.Schema`, metadata of every level included."""
        from fory_row.arrow_schema import schema_to_arrow

        if self._arrow is None:
            self._arrow = schema_to_arrow(self)
        return self._arrow

    @classmethod
    def from_arrow(cls, schema: Any) -> Schema:
        """Make a schema from a `pyarrow.Schema` or anything with
        ``__arrow_c_schema__``.

        Raises
        ------
        EncodeError
            If a field has a type that rows cannot hold; the message has its path.
        """
        from fory_row.arrow_schema import schema_from_arrow

        return schema_from_arrow(schema)

    def __arrow_c_schema__(self) -> object:
        return self.to_arrow().__arrow_c_schema__()

    # -- plan ------------------------------------------------------------------

    def plan(self, layout: str = "standard", dictionaries: Sequence[Any] = ()) -> Plan:
        """Return the compiled plan of a layout; made once and kept, unless there are
        dictionaries: one Arrow array for each dictionary field, depth first.
        """
        from fory_row._plan import Plan

        if dictionaries:
            return Plan(self, layout, dictionaries)
        made = self._plans.get(layout)
        if made is None:
            made = self._plans.setdefault(layout, Plan(self, layout))
        return made


def schema(
    fields: Mapping[str, DataType] | Iterable[Field | tuple[str, DataType]],
    metadata: Mapping[bytes, bytes] | None = None,
) -> Schema:
    """Make a `Schema`.

    Parameters
    ----------
    fields : mapping or iterable
        Names and types, or `Field` objects, in the order of their slots.
    metadata : mapping of bytes to bytes, optional
        Kept beside the fields, as Arrow does; equality ignores it.

    Examples
    --------
    >>> import fory_row as fr
    >>> schema({"id": fr.int64(), "tags": fr.list_(fr.utf8())}).names
    ['id', 'tags']
    """
    return Schema(fields, metadata)


def no_field_message(name: str, names: list[str]) -> str:
    near = difflib.get_close_matches(name, names[:1000], n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"no field {name!r}{hint}"


def _same_metadata(a: Field, b: Field) -> bool:
    return (a.metadata or None) == (b.metadata or None) and all(
        _same_metadata(x, y)
        for x, y in zip(a.type.children, b.type.children, strict=True)
    )


def _fingerprint_text(f: Field) -> str:
    t = f.type
    children = ",".join(_fingerprint_text(c) for c in t.children)
    # Names of list and map children carry no meaning (row_format 5.1).
    nameless = t.kind in (Kind.LIST, Kind.MAP)
    if nameless:
        children = ",".join(_fingerprint_text(_renamed(c)) for c in t.children)
    return (
        f"{f.name!r}:{int(t.kind)}({t.precision},{t.scale}){t.logical or ''}"
        f"{'?' if f.nullable else '!'}<{children}>"
    )


def _renamed(f: Field) -> Field:
    return Field("", f.type, f.nullable)
