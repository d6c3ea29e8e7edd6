"""Dictionaries that grow from batch to batch while the codes in rows stay valid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from fory.error import EncodeError

__all__ = ["Dictionaries"]


class Dictionaries:
    """The values of every dictionary field, grown batch by batch.

    Fields are counted depth first, as in `Plan`; iterating gives their values. Codes
    of earlier batches stay valid: values are only ever added at the end.
    """

    def __init__(self, schema: pa.Schema, values: Sequence[pa.Array] = ()) -> None:
        self._types = [t for f in schema for t in dictionary_types(f.type)]
        self._values = list(values) or [pa.array([], t.value_type) for t in self._types]

    def __len__(self) -> int:
        return len(self._types)

    def __iter__(self) -> Iterator[pa.Array]:
        return iter(self._values)

    def merge(self, batch: pa.RecordBatch) -> list[np.ndarray | None]:
        """Take up the dictionaries of a batch and return how its codes change."""
        if not self._types:
            return []
        found = (d for column in batch.columns for d in _dictionaries(column))
        return [self._merge(i, values) for i, values in enumerate(found)]

    def _merge(self, i: int, new: pa.Array) -> np.ndarray | None:
        old = self._values[i]
        if _starts_with(old, new):
            return None
        if _starts_with(new, old):
            self._values[i] = new
            return None
        if self._types[i].ordered:
            raise EncodeError(
                "batches order the values of one dictionary differently, as in "
                f"{new.slice(0, 3).to_pylist()} and {old.slice(0, 3).to_pylist()}; "
                "give all batches the same ordered dictionary"
            )
        codes, added = _codes(new, old)
        self._values[i] = pa.concat_arrays([old, added])
        n_codes = 1 << (self._types[i].index_type.bit_width - 1)
        if pa.types.is_unsigned_integer(self._types[i].index_type):
            n_codes *= 2
        if len(self._values[i]) > n_codes:
            raise EncodeError(
                f"the batches have {len(self._values[i])} dictionary values together, "
                f"which {self._types[i].index_type} cannot count; use a wider index"
            )
        return codes


def _starts_with(values: pa.Array, head: pa.Array) -> bool:
    start = _bits(values.slice(0, len(head)))
    return len(head) <= len(values) and bool(start.equals(_bits(head)))


def _bits(values: pa.Array) -> pa.Array:
    """Return floats as ints: NaN is itself then, and -0.0 is not 0.0."""
    if not pa.types.is_floating(values.type):
        return values
    return values.view(f"int{values.type.bit_width}")


def _codes(new: pa.Array, old: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Return where the values of ``new`` are in ``old`` followed by the array added."""
    places: dict[object, int] = {}
    for i, value in enumerate(_bits(old).to_pylist()):
        places.setdefault(_key(value), i)
    codes: list[int] = []
    added: list[int] = []
    for i, value in enumerate(_bits(new).to_pylist()):
        free = len(old) + len(added)
        codes.append(places.setdefault(_key(value), free))
        if codes[-1] == free:
            added.append(i)
    return np.array(codes, dtype=np.int64), new.take(pa.array(added, pa.int64()))


def _key(value: object) -> object:
    """Return what tells values apart; lists and records have no hash."""
    return value if isinstance(value, str | bytes | int) else repr(value)


def _children(type_: pa.DataType) -> list[pa.DataType]:
    return [type_.field(i).type for i in range(type_.num_fields)]


def dictionary_types(type_: pa.DataType) -> Iterator[pa.DictionaryType]:
    """Yield the dictionary types in a type, depth first."""
    if isinstance(type_, pa.BaseExtensionType):
        type_ = type_.storage_type
    if isinstance(type_, pa.RunEndEncodedType):
        type_ = type_.value_type
    if isinstance(type_, pa.DictionaryType):
        yield type_
        return
    for child in _children(type_):
        yield from dictionary_types(child)


def _dictionaries(array: pa.Array) -> Iterator[pa.Array]:
    """Yield the dictionaries of an array and of all below it."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if isinstance(array, pa.DictionaryArray):
        yield array.dictionary
        return
    for part in _parts(array):
        yield from _dictionaries(part)


def _parts(array: pa.Array) -> list[pa.Array]:
    if isinstance(array, pa.StructArray):
        return [array.field(i) for i in range(array.type.num_fields)]
    if isinstance(array, pa.MapArray):
        return [array.keys, array.items]
    return [array.values] if array.type.num_fields else []
