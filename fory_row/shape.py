"""What Python object stands at each node of a schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as _dc_field
from enum import IntEnum
from typing import Any

from fory.error import EncodeError
from fory_row.types import DataType, Field, Kind

__all__ = ["Form", "Reading", "Shape", "record_of", "shape_of"]


class Form(IntEnum):
    """How a value is taken apart and put together."""

    SCALAR = 0
    ENUM = 1  # a member, stored by name
    LIST = 2
    MAP = 3
    PAIRS = 4  # a map whose keys cannot be hashed: a list of (key, value)
    MAPPING = 5  # a struct as a dict
    OBJECT = 6  # a struct as the attributes of a class
    TUPLE = 7  # a struct as a NamedTuple


@dataclass(frozen=True, slots=True)
class Shape:
    """The Python side of one node; the schema has the byte side.

    Attributes
    ----------
    form : Form
        How values are taken apart and put together.
    cls : type or None
        Class of records, enum or container to make.
    children : tuple of Shape
        In the order of the node's children.
    names : tuple of str
        Keys or attributes of a struct, in schema order.
    declared : tuple of str
        The same in the order of the class, which instances mostly set them in.
    absent : frozenset of str
        Keys of a dict that are left out when they are null.
    defaults : mapping of str to callable
        What a field becomes in rows that were written without it.
    finish : callable or None
        Turns the dict of values of an ``OBJECT`` into the instance; None: set them
        as attributes of a new instance.
    after : str or None
        Method of the instance that derives further state from the fields.
    choices : frozenset or None
        The values that a ``Literal`` allows.
    codes : callable or None
        Turns a value of a dictionary into its code; None: codes are given.
    """

    form: Form = Form.SCALAR
    cls: Any = None
    children: tuple[Shape, ...] = ()
    names: tuple[str, ...] = ()
    absent: frozenset[str] = frozenset()
    defaults: Mapping[str, Callable[[], Any]] = _dc_field(default_factory=dict)
    finish: Callable[[dict[str, Any]], Any] | None = None
    after: str | None = None
    declared: tuple[str, ...] = ()
    choices: frozenset[Any] | None = None
    codes: Callable[[Any], int] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Where the values of one node lie in rows that were written with another schema.

    Attributes
    ----------
    sources : tuple of (int or None)
        For each child, its position in the rows; None where they lack it.
    children : tuple of Reading
        The same for what is inside them.
    to_float : bool
        Whether integers of the rows are floats here.
    """

    sources: tuple[int | None, ...] = ()
    children: tuple[Reading, ...] = ()
    to_float: bool = False


_SCALAR = Shape()
_UNHASHABLE = (Kind.LIST, Kind.MAP, Kind.STRUCT)


def shape_of(type_: DataType) -> Shape:
    """Return the shape of a type without classes: dicts, lists and scalars."""
    if type_.is_logical("dictionary"):
        return _SCALAR
    if type_.kind is Kind.STRUCT:
        return record_of(type_.children)
    children = tuple(shape_of(c.type) for c in type_.children)
    if type_.kind is Kind.LIST:
        return Shape(Form.LIST, list, children)
    if type_.kind is Kind.MAP:
        hashable = type_.children[0].type.kind not in _UNHASHABLE
        return Shape(Form.MAP if hashable else Form.PAIRS, dict, children)
    return _SCALAR


def record_of(fields: tuple[Field, ...]) -> Shape:
    """Return the shape of a record as a dict.

    Raises
    ------
    EncodeError
        If fields share a name: a dict has one value for it.
    """
    names = tuple(f.name for f in fields)
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise EncodeError(
            f"several fields are named {twice!r}, a dict holds one of them"
        )
    return Shape(Form.MAPPING, dict, tuple(shape_of(f.type) for f in fields), names)
