"""Compare Arrow tables to the bit, with NaN equal to the same NaN."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["same_table"]

_BITS = {16: pa.int16(), 32: pa.int32(), 64: pa.int64()}


def same_table(a: pa.Table, b: pa.Table) -> bool:
    """Tell whether schemas, with all metadata, and values are the same."""
    if a.num_rows != b.num_rows or not a.schema.equals(b.schema, check_metadata=True):
        return False
    return a.equals(b) or all(
        _same(x, y)
        for x, y in zip(
            a.unify_dictionaries().combine_chunks().columns,
            b.unify_dictionaries().combine_chunks().columns,
            strict=True,
        )
    )


def _same(a: pa.Array | pa.ChunkedArray, b: pa.Array | pa.ChunkedArray) -> bool:
    if isinstance(a, pa.ChunkedArray):
        return len(a) == len(b) and all(
            _same(x, y) for x, y in zip(a.chunks, b.chunks, strict=True)
        )
    if len(a) != len(b) or not a.is_null().equals(b.is_null()):
        return False
    if isinstance(a, pa.ExtensionArray):
        return _same(a.storage, b.storage)
    if isinstance(a, pa.DictionaryArray):
        return _same(a.dictionary_decode(), b.dictionary_decode())
    if isinstance(a, pa.StructArray):
        return all(_same(x, y) for x, y in zip(a.flatten(), b.flatten(), strict=True))
    if pa.types.is_floating(a.type):
        bits = _BITS[a.type.bit_width]
        return a.drop_null().view(bits).equals(b.drop_null().view(bits))
    if isinstance(a, pa.MapArray):
        return _same(_entries(a), _entries(b))
    if a.type.num_fields:
        lengths = [pc.list_value_length(x) for x in (a, b)]
        return lengths[0].equals(lengths[1]) and _same(a.flatten(), b.flatten())
    return a.equals(b)


def _entries(maps: pa.MapArray) -> pa.ListArray:
    """Return maps as lists; taken first, for casts of sliced maps go wrong."""
    fields = [maps.type.key_field, maps.type.item_field]
    whole = maps.take(pa.array(range(len(maps)), pa.int64()))
    return whole.cast(pa.list_(pa.struct(fields)))
