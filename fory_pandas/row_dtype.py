"""The dtype ``fory[...]`` of columns whose cells are rows, lists or maps."""

from __future__ import annotations

import builtins
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from pandas.api.extensions import ExtensionDtype, register_extension_dtype

from fory_pandas.row_cell import Cell, store_field
from fory_pandas.type_text import parse_type, type_text
from fory_row.arrow_schema import schema_from_arrow, schema_to_arrow
from fory_row.types import DataType, Kind

if TYPE_CHECKING:
    from fory_pandas.row_array import RowArray

__all__ = ["RowDtype", "type_from_arrow"]

_KINDS = (Kind.LIST, Kind.MAP, Kind.STRUCT)


@register_extension_dtype
class RowDtype(ExtensionDtype):  # type: ignore[misc]
    """The dtype of a `RowArray`: the row type of its cells.

    Parameters
    ----------
    type
        A struct, list or map: a `fory_row.types.DataType`, an Arrow type, or its text
        such as ``"struct<item: string, price: float64>"``.

    Raises
    ------
    TypeError
        If the type is none of these, or a plain value that needs no row.
    ValueError
        If the text is no type.

    Examples
    --------
    >>> pd.array([{"a": 1}, None], dtype="fory[struct<a: int64>]")[0]["a"]
    1
    """

    _metadata = ("text",)

    def __init__(self, type: DataType | pa.DataType | str) -> None:
        if isinstance(type, str):
            type = parse_type(type)
        elif isinstance(type, pa.DataType):
            type = type_from_arrow(type)
        if not isinstance(type, DataType):
            raise TypeError(
                f"a row dtype is made of a type or its text, not {type.__class__}"
            )
        if type.kind not in _KINDS or type.is_logical("dictionary"):
            raise TypeError(
                f"cells of a row dtype are structs, lists or maps, not {type}; "
                "pandas has dtypes for plain values"
            )
        self.row_type = type
        self.text = type_text(type)

    type = Cell
    na_value = pd.NA
    kind = "O"

    @property
    def name(self) -> str:
        """The dtype as text: ``fory[...]``."""
        return f"fory[{self.text}]"

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return self.name

    # The names of list items are in the type but say nothing: compare texts.
    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            try:
                other = self.construct_from_string(other)
            except TypeError:
                return False
        return isinstance(other, RowDtype) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    @cached_property
    def arrow_type(self) -> pa.DataType:
        """The Arrow type of the cells."""
        return schema_to_arrow(store_field(self.row_type)).field(0).type

    @classmethod
    def construct_array_type(cls) -> builtins.type[RowArray]:
        """Return the class of the arrays."""
        from fory_pandas.row_array import RowArray

        return RowArray

    @classmethod
    def construct_from_string(cls, string: str) -> RowDtype:
        """Return the dtype that a text ``fory[...]`` names.

        Raises
        ------
        TypeError
            If the text is no row dtype, as pandas expects.
        """
        if not isinstance(string, str):
            raise TypeError(
                f"'construct_from_string' expects a string, got {string.__class__}"
            )
        if not (string.startswith("fory[") and string.endswith("]")):
            raise TypeError(f"Cannot construct a 'RowDtype' from '{string}'")
        try:
            return cls(string[5:-1])
        except ValueError as error:
            message = f"Cannot construct a 'RowDtype' from '{string}': {error}"
            raise TypeError(message) from error

    def __from_arrow__(self, array: pa.Array | pa.ChunkedArray) -> RowArray:
        from fory_pandas.row_array import RowArray

        return RowArray._from_arrow(array, self)

    def __reduce__(self) -> tuple[Any, ...]:
        return RowDtype, (self.row_type,)


def type_from_arrow(kind: pa.DataType) -> DataType:
    """Return the row type that holds what an Arrow type holds."""
    return schema_from_arrow(pa.schema([pa.field("value", kind)])).fields[0].type
