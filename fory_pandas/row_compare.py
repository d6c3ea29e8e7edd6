"""Cells of a column compared, told apart, counted and ordered."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from fory.error import EncodeError
from fory_pandas.row_arrow import arrow_storage
from fory_pandas.row_cell import Store
from fory_pandas.row_source import is_null
from fory_row.order import ranks

__all__ = ["ComparedCells", "is_sequence"]


class ComparedCells(ExtensionArray):  # type: ignore[misc]
    """What a `RowArray` does by the values of its cells."""

    _store: Store
    _positions: np.ndarray[Any, np.dtype[np.int64]]
    # Tells numpy to leave operators to this class.
    __array_priority__ = 1000

    def _keys(self) -> np.ndarray[Any, Any]:
        return self._store.keys(self._positions)

    def _values_for_factorize(self) -> tuple[np.ndarray[Any, Any], Any]:
        return self._keys(), None

    def factorize(self, use_na_sentinel: bool = True) -> tuple[Any, Any]:
        """Return codes and the distinct cells; equal values have one code."""
        codes, uniques = pd.factorize(self._keys(), use_na_sentinel=use_na_sentinel)
        first = np.full(len(uniques), len(self), np.int64)
        known = codes >= 0
        np.minimum.at(first, codes[known], np.flatnonzero(known))
        return codes, self.take(first)

    def unique(self) -> Any:
        """Return the distinct cells, in the order of their first places."""
        return self.factorize(use_na_sentinel=False)[1]

    def value_counts(self, dropna: bool = True) -> pd.Series:
        """Return how often each distinct cell occurs, indexed by the cells."""
        codes, uniques = self.factorize(use_na_sentinel=dropna)
        counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
        index = pd.Index(uniques, copy=False)
        return pd.Series(counts, index=index, name="count", dtype="Int64")

    def equals(self, other: object) -> bool:
        """Whether the other array has the same dtype, nulls and values."""
        if not isinstance(other, ComparedCells) or other._dtype != self._dtype:
            return False
        if len(other) != len(self):
            return False
        return bool((self._keys() == other._keys()).all())

    def isin(self, values: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether each cell equals one of the values: cells, dicts and lists, nulls."""
        wanted = set()
        for value in values:
            # No cell equals what cannot be a cell.
            with suppress(EncodeError, TypeError, ValueError):
                wanted.update(self._from_sequence([value], dtype=self._dtype)._keys())
        return np.array([key in wanted for key in self._keys()], bool)

    def _values_for_argsort(self) -> np.ndarray[Any, Any]:
        return ranks(arrow_storage(self))

    def _same_length(self, other: Any) -> int:
        if len(other) != len(self):
            raise ValueError(f"lengths differ: {len(self)} and {len(other)}")
        return len(self)

    def _compare(self, other: Any, compare: Callable[[Any, Any], Any]) -> Any:
        """Compare cell by cell; nulls give NA."""
        if isinstance(other, (pd.Series, pd.Index, pd.DataFrame)):
            return NotImplemented
        if is_sequence(other):
            self._same_length(other)
            others: Iterable[Any] = other
        else:
            others = [other] * len(self)
        pairs = [
            (a, b, is_null(a) or is_null(b)) for a, b in zip(self, others, strict=True)
        ]
        missing = np.array([null for *_, null in pairs], bool)
        values = np.zeros(len(self), bool)
        values[~missing] = [compare(a, b) for a, b, null in pairs if not null]
        return pd.arrays.BooleanArray(values, missing)

    def _same_cells(self, other: Any) -> Any:
        """Tell which cells are equal; those of two arrays of a dtype by their keys."""
        if not isinstance(other, ComparedCells) or other._dtype != self._dtype:
            return self._compare(other, lambda a, b: a == b)
        self._same_length(other)
        missing = (self._positions < 0) | (other._positions < 0)
        return pd.arrays.BooleanArray(self._keys() == other._keys(), missing)

    def __eq__(self, other: Any) -> Any:
        return self._same_cells(other)

    def __ne__(self, other: Any) -> Any:
        same = self._same_cells(other)
        return same if same is NotImplemented else ~same

    def _by_order(self, other: Any, compare: Callable[[Any, Any], Any]) -> Any:
        """Compare by the order of cells; those of two arrays of a dtype by ranks."""
        if not isinstance(other, ComparedCells) or other._dtype != self._dtype:
            return self._compare(other, compare)
        n = self._same_length(other)
        found = ranks(arrow_storage(self._concat_same_type([self, other])))
        missing = (self._positions < 0) | (other._positions < 0)
        return pd.arrays.BooleanArray(compare(found[:n], found[n:]), missing)

    def __lt__(self, other: Any) -> Any:
        return self._by_order(other, operator.lt)

    def __le__(self, other: Any) -> Any:
        return self._by_order(other, operator.le)

    def __gt__(self, other: Any) -> Any:
        return self._by_order(other, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return self._by_order(other, operator.ge)


def is_sequence(value: Any) -> bool:
    """Whether a value stands for several cells, as pandas sees it."""
    return isinstance(value, ComparedCells) or (
        pd.api.types.is_list_like(value)
        and not isinstance(value, dict)
        and not hasattr(value, "is_null")
        and not hasattr(value, "keys_array")
    )
