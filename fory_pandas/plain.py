"""Arrow arrays as builtins: for labels and categories that have no column."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from fory_pandas.context import Decoder, Encoder, one_chunk
from fory_pandas.facts import IndexFacts, PlainValues

__all__ = ["from_plain", "level_to_plain", "to_plain"]

_NUMBERS = {
    str(kind): kind
    for kind in (
        *(
            getattr(pa, f"{sign}int{bits}")()
            for sign in ("", "u")
            for bits in (8, 16, 32, 64)
        ),
        *(pa.bool_(), pa.float16(), pa.float32(), pa.float64()),
    )
}
_TEXTS = {
    str(kind): kind
    for kind in (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())
}
_MAX_NULLS = 1 << 24
"""Null labels cost no bytes in facts: bound what a stranger can ask for."""


def level_to_plain(array: pa.Array, facts: IndexFacts, to: Encoder) -> PlainValues:
    """Return the values of one level as builtins, from which they can be decoded."""
    plain = to_plain(one_chunk(array), to)
    is_arrow = facts.values is not None and facts.values.kind == "arrow"
    # Of an ArrowDtype the type is all there is: counts of instants would lose it.
    if is_arrow and plain.type != str(array.type):
        to.refuse(f"labels of Arrow's {array.type} have no portable form")
    return plain


def to_plain(array: pa.Array, to: Encoder) -> PlainValues:
    """Return an Arrow array as builtins; a dictionary as codes and values."""
    kind = array.type
    plain = PlainValues(_plain_type(kind, to))
    if array.null_count:
        plain.valid = array.is_valid().to_pylist()
    if pa.types.is_null(kind):
        plain.ints = [len(array)]
        plain.valid = []
    elif pa.types.is_dictionary(kind):
        plain.parts = [to_plain(array.indices, to), to_plain(array.dictionary, to)]
    elif pa.types.is_struct(kind):
        plain.texts = [kind.field(i).name for i in range(kind.num_fields)]
        plain.parts = [to_plain(array.field(i), to) for i in range(kind.num_fields)]
        plain.ints = [len(array)]
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        plain.texts = [value or "" for value in array.to_pylist()]
    elif plain.type in _TEXTS:
        plain.blobs = [value or b"" for value in array.to_pylist()]
    elif pa.types.is_floating(kind):
        plain.floats = [float(value) for value in array.fill_null(0).to_numpy()]
    else:
        # As int64: the counts of instants, and the bits of uint64.
        wide = pa.types.is_temporal(kind) or pa.types.is_uint64(kind)
        filled = array.view(pa.int64()) if wide else array
        plain.ints = [int(value or 0) for value in filled.to_pylist()]
    return plain


def _plain_type(kind: pa.DataType, to: Encoder) -> str:
    if str(kind) in _NUMBERS or str(kind) in _TEXTS:
        return str(kind)
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind):
        return "int64"
    if pa.types.is_null(kind):
        return "null"
    if pa.types.is_dictionary(kind):
        return "dictionary"
    if pa.types.is_struct(kind):
        return "struct"
    to.refuse(f"labels of {kind} have no portable form")


def from_plain(plain: PlainValues, at: Decoder) -> pa.Array:
    """Return the Arrow array of :func:`to_plain`; instants as their counts."""
    if plain.type == "dictionary":
        codes, values = (from_plain(part, at) for part in plain.parts)
        return pa.DictionaryArray.from_arrays(codes, values)
    if plain.type == "null":
        at.expect(0 <= plain.ints[0] <= _MAX_NULLS, "too many null labels")
        return pa.nulls(plain.ints[0])
    if plain.type == "struct":
        parts = [from_plain(part, at) for part in plain.parts]
        mask = pa.array([not valid for valid in plain.valid]) if plain.valid else None
        return pa.StructArray.from_arrays(parts, plain.texts, mask=mask)
    kind, values = _values(plain, at)
    if plain.valid:
        pairs = zip(values, plain.valid, strict=True)
        values = [value if valid else None for value, valid in pairs]
    if pa.types.is_uint64(kind):
        return pa.array(values, pa.int64()).view(kind)
    return pa.array(values, kind)


def _values(plain: PlainValues, at: Decoder) -> tuple[pa.DataType, list[Any]]:
    """Return the Arrow type and the values, those beneath nulls included."""
    if plain.type in _TEXTS:
        is_text = plain.type.endswith("string")
        return _TEXTS[plain.type], plain.texts if is_text else plain.blobs
    at.expect(plain.type in _NUMBERS, f"labels of unknown type {plain.type[:16]!r}")
    kind = _NUMBERS[plain.type]
    if pa.types.is_floating(kind):
        return kind, plain.floats
    is_bool = pa.types.is_boolean(kind)
    return kind, [bool(value) for value in plain.ints] if is_bool else plain.ints
