"""RowData: a view of one record in bytes that the caller already has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fory_row._view import Row
from fory_row._view_over import row_view
from fory_row.schema import Schema

__all__ = ["RowData"]


class _RowDataType(type):
    """Makes ``RowData(...)`` return the row class of the schema."""

    def __call__(
        cls,
        schema: Any,
        buffer: Any,
        offset: int = 0,
        size: int | None = None,
        *,
        layout: str = "standard",
    ) -> Row:
        if not isinstance(schema, Schema):
            schema = Schema.from_arrow(schema)
        return row_view(schema.plan(layout), buffer, offset, size)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Row)


class RowData(metaclass=_RowDataType):
    """A view of one record in any bytes-like object.

    Parameters
    ----------
    schema : Schema or pyarrow.Schema
        The fields of the record.
    buffer : bytes-like
        Bytes of any alignment and item format; kept alive by the view.
    offset : int
        Where the record starts in the buffer, in bytes.
    size : int, optional
        Bytes of the record; by default all from ``offset``.
    layout : {"standard", "compact"}
        How the record lies.

    Returns
    -------
    Row
        A view, no copy.

    Raises
    ------
    TruncatedError
        If the record is not inside the buffer or too small for its fields.
    TypeError
        If ``schema`` is no schema or ``buffer`` is not bytes-like.
    """

    if TYPE_CHECKING:  # what calling the class returns

        def __new__(  # noqa: D102
            cls,
            schema: Any,
            buffer: Any,
            offset: int = 0,
            size: int | None = None,
            *,
            layout: str = "standard",
        ) -> Any: ...
