"""Fields that the folders of a data set say: ``year=2024/kind=a/part.fory``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from fory_row import types as t
from fory_row.types import Field

__all__ = ["Partitions", "partitions_of"]

_NULL = "__HIVE_DEFAULT_PARTITION__"


class Partitions:
    """The fields that folders add to the rows of files.

    Attributes
    ----------
    fields : list of Field
        int64 where every folder has a whole number, else text; nullable.
    values : list of tuple
        The values of each file.
    """

    def __init__(self, fields: list[Field], values: list[tuple[Any, ...]]) -> None:
        self.fields = fields
        self.values = values

    def without(self, names: Sequence[str]) -> Partitions:
        """Leave out fields that the files have themselves."""
        kept = [k for k, f in enumerate(self.fields) if f.name not in names]
        fields = [self.fields[k] for k in kept]
        return Partitions(fields, [tuple(v[k] for k in kept) for v in self.values])


def partitions_of(root: str, paths: Sequence[str]) -> Partitions:
    """Return what the folders between ``root`` and the files say.

    Raises
    ------
    ValueError
        If some files lie in other folders than the rest.
    """
    found = [_pairs(os.path.relpath(p, root)) for p in paths]
    names = [name for name, _ in found[0]]
    for path, pairs in zip(paths, found, strict=True):
        if [name for name, _ in pairs] != names:
            raise ValueError(
                f"{path} lies in folders for {[n for n, _ in pairs]}, {paths[0]} in "
                f"folders for {names}; open them one by one, or pass hive=False"
            )
    columns = [[pairs[k][1] for pairs in found] for k in range(len(names))]
    typed = [_typed(column) for column in columns]
    fields = [
        Field(name, t.int64() if numbers else t.utf8(), True)
        for name, (numbers, _) in zip(names, typed, strict=True)
    ]
    values = [tuple(column[i] for _, column in typed) for i in range(len(paths))]
    return Partitions(fields, values)


def _pairs(path: str) -> list[tuple[str, str]]:
    folders = os.path.dirname(path).split(os.sep)
    split = [f.partition("=") for f in folders if "=" in f]
    return [(unquote(name), unquote(value)) for name, _, value in split if name]


def _typed(column: list[str]) -> tuple[bool, list[Any]]:
    """Return whether all values are whole numbers, and the values."""
    present = [v for v in column if v != _NULL]
    numbers = bool(present) and all(_is_number(v) for v in present)
    convert: Any = int if numbers else str
    return numbers, [None if v == _NULL else convert(v) for v in column]


def _is_number(text: str) -> bool:
    """Whether a text is how an int64 is written, so that nothing is lost."""
    digits = text.removeprefix("-")
    plain = digits.isascii() and digits.isdigit()
    return plain and str(int(text)) == text and -(2**63) <= int(text) < 2**63
