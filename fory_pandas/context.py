"""What every column family is given: where it is, what is allowed, how to recurse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa

from fory.error import DecodeError, EncodeError
from fory_pandas.facts import ColumnFacts
from fory_pandas.odd import Registry
from fory_pandas.room import Room

__all__ = ["MAX_DEPTH", "Decoder", "Encoder"]

MAX_DEPTH = 48
"""Facts nested deeper than this are refused in both directions."""

_MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
    pa.ArrowException,
)

_CHUNKED = frozenset(["arrow", "numpy", "string"])
"""The kinds whose decoders take columns in chunks."""

_NAMED_IN_ARROW = frozenset(["interval", "period"])
"""The kinds that pandas has Arrow extension types for; the facts say the same."""

EncodeFamily = Callable[[Any, "Encoder"], tuple[pa.Array, ColumnFacts]]
DecodeFamily = Callable[[Any, ColumnFacts, "Decoder"], Any]


@dataclass(frozen=True)
class Encoder:
    """One place in a frame that is being written."""

    families: Mapping[type, EncodeFamily]
    decoder: Decoder
    objects: str = "strict"
    registry: Registry | None = None
    place: str = "frame"
    depth: int = 0
    rows: Any = None
    """For parts of nested cells: the row that each part lies in."""

    def at(self, step: str) -> Encoder:
        """Return the encoder of a part of this place."""
        place, depth = f"{self.place}{step}", self.depth + 1
        # Ten times as fast as dataclasses.replace, which wide frames would feel.
        return Encoder(
            self.families,
            self.decoder,
            self.objects,
            self.registry,
            place,
            depth,
            self.rows,
        )

    def as_labels(self) -> Encoder:
        """Return the encoder of values that must fit in facts, not in columns."""
        return replace(self, objects="labels")

    def inside(self, step: str, lengths: Any) -> Encoder:
        """Return the encoder of the parts of cells, ``lengths[i]`` of cell i."""
        rows = np.arange(len(lengths)) if self.rows is None else self.rows
        return replace(self.at(step), rows=np.repeat(rows, lengths))

    def values(self, array: Any) -> tuple[pa.Array, ColumnFacts]:
        """Return a pandas array as an Arrow array and what Arrow cannot say of it."""
        if self.depth > MAX_DEPTH:
            self.refuse(f"nested deeper than {MAX_DEPTH} levels")
        # By exact type: subclasses of pandas arrays mean something else.
        family = self.families.get(type(array))
        if family is None:
            self.refuse(
                f"{type(array).__module__}.{type(array).__qualname__} values "
                f"(dtype {array.dtype}) have no portable form",
                "convert the column to a pandas dtype first",
            )
        return family(array, self)

    def refuse(self, what: str, way_out: str = "", row: int | None = None) -> NoReturn:
        """Raise the error that names this place."""
        if row is not None and self.rows is not None:
            row = int(self.rows[row])
        at = self.place if row is None else f"{self.place}, row {row}"
        raise EncodeError(f"{at}: {what}" + (f"; {way_out}" if way_out else ""))


@dataclass(frozen=True)
class Decoder:
    """One place in a frame that is being read."""

    families: Mapping[str, DecodeFamily]
    registry: Registry | None = None
    place: str = "frame"
    depth: int = 0
    rows: Any = None
    """Which rows of the frame these are, as a range or array; None for all."""
    room: Room | None = None
    """Where columns of numbers go; None for memory of their own."""

    def at(self, step: str, *, rows: Any = None) -> Decoder:
        """Return the decoder of a part of this place, which has rows of its own."""
        place, depth = f"{self.place}{step}", self.depth + 1
        return Decoder(self.families, self.registry, place, depth, rows)

    def values(self, array: pa.Array | pa.ChunkedArray, facts: ColumnFacts) -> Any:
        """Return the pandas or numpy values that an Arrow array and its facts say."""
        if self.depth > MAX_DEPTH:
            self.refuse(f"facts are nested deeper than {MAX_DEPTH} levels")
        family = self.families.get(facts.kind)
        if family is None:
            self.refuse(f"unknown kind of column {facts.kind[:64]!r}")
        with self.guard():
            whole = array if facts.kind in _CHUNKED else one_chunk(array)
            if facts.kind in _NAMED_IN_ARROW and isinstance(whole, pa.ExtensionArray):
                whole = whole.storage
            return family(whole, facts, self)

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn what bad facts make pandas and Arrow raise into this place's error."""
        try:
            yield
        except DecodeError:
            raise
        except _MALFORMED as error:
            message = f"{self.place}: facts and values disagree: {error}"
            raise DecodeError(message) from error

    def expect(self, condition: bool, what: str) -> None:
        """Refuse unless what the facts promise holds for the values."""
        if not condition:
            self.refuse(what)

    def refuse(self, what: str) -> NoReturn:
        """Raise the error that names this place."""
        raise DecodeError(f"{self.place}: {what}")


def one_chunk(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column as one array; a view if it has a single chunk."""
    if not isinstance(array, pa.ChunkedArray):
        return array
    if array.num_chunks == 1:
        return array.chunk(0)
    if pa.types.is_dictionary(array.type) and array.num_chunks:
        dictionary = array.chunk(0).dictionary
        # Arrow cannot unify nested dictionaries, and need not if they agree.
        if all(chunk.dictionary.equals(dictionary) for chunk in array.chunks[1:]):
            codes = pa.concat_arrays([chunk.indices for chunk in array.chunks])
            return pa.DictionaryArray.from_arrays(
                codes, dictionary, ordered=array.type.ordered, safe=False
            )
    return array.combine_chunks()
