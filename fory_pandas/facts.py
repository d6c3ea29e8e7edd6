"""What a frame is beyond its Arrow columns: small typed records, nothing pickled.

Every class is a plain struct of builtins, so any language with a Fory reads it.
A reader looks the texts up in its own tables; none of them is ever imported,
evaluated or used as a path.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

__all__ = [
    "ColumnFacts",
    "FrameFacts",
    "IndexFacts",
    "Label",
    "NullRuns",
    "PlainValues",
]


@dataclass
class Label:
    """A name as pandas allows it: none, text, or any other hashable value.

    ``odd`` holds an xlang record when ``kind`` is ``"odd"``.
    """

    kind: str = "none"
    text: str = ""
    odd: bytes = b""


@dataclass
class NullRuns:
    """Which null stood where in an object column.

    From row ``starts[i]`` on, up to the next start, every null is of ``kinds[i]``.
    """

    starts: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)


@dataclass
class ColumnFacts:
    """How one physical column becomes pandas values again.

    ``kind`` picks the family, ``dtype`` is its dtype text, ``options`` holds the
    family's own small texts. ``parts`` describe nested values, ``categories`` the
    dictionary of a categorical; ``fill`` is the record of a sparse column's value
    that is not stored, but in the rows ``stored``.
    """

    kind: str
    dtype: str = ""
    options: dict[str, str] = field(default_factory=dict)
    parts: list[ColumnFacts] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    nulls: Optional[NullRuns] = None  # noqa: UP045 - the wire schema reads this
    categories: Optional[IndexFacts] = None  # noqa: UP045
    fill: bytes = b""
    stored: list[int] = field(default_factory=list)


@dataclass
class PlainValues:
    """An Arrow array as builtins: for labels, which have no column to live in."""

    type: str
    valid: list[bool] = field(default_factory=list)
    ints: list[int] = field(default_factory=list)
    floats: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    blobs: list[bytes] = field(default_factory=list)
    parts: list[PlainValues] = field(default_factory=list)


@dataclass
class IndexFacts:
    """An index, a column axis, one level, or the categories of a categorical.

    ``kind`` is ``range`` (start, stop, step say it all), ``values`` (one column) or
    ``multi`` (``levels``). ``fields`` are the table's columns that hold it;
    ``plain`` its values when it has none. ``coded`` levels are dictionaries, so
    that their order and unused values stay.
    """

    kind: str
    name: Label = field(default_factory=Label)
    start: int = 0
    stop: int = 0
    step: int = 1
    values: Optional[ColumnFacts] = None  # noqa: UP045
    freq: str = ""
    coded: bool = False
    sort_depth: int = -1
    levels: list[IndexFacts] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    plain: list[PlainValues] = field(default_factory=list)


@dataclass
class FrameFacts:
    """Everything about a frame or series that its Arrow table does not say."""

    container: str = "frame"
    n_rows: int = 0
    columns: list[ColumnFacts] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    index: IndexFacts = field(default_factory=lambda: IndexFacts("range"))
    labels: IndexFacts = field(default_factory=lambda: IndexFacts("range"))
    unique_labels: bool = False
    attrs: bytes = b""
