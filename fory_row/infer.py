"""Classes to schemas: annotations to types, in the official order of fields."""

from __future__ import annotations

import collections
import collections.abc as abc
import datetime as dt
import decimal
import enum
import functools
import sys
import types as pytypes
import typing
import uuid
from typing import Any

from fory._annotations import unaliased
from fory.error import EncodeError
from fory_row import types as t
from fory_row.dense import dense_array, is_dense
from fory_row.generics import bound_hints
from fory_row.markers import explicit_type, marked_type, numpy_type
from fory_row.records import Record, record
from fory_row.schema import Schema
from fory_row.shape import Form, Shape, shape_of
from fory_row.shown import shown
from fory_row.types import DataType, Field, Kind

__all__ = ["infer", "schema_from", "type_of"]

_SCALARS: dict[Any, DataType] = {
    bool: t.bool_(),
    int: t.int64(),
    float: t.float64(),
    str: t.utf8(),
    bytes: t.binary(),
    dt.date: t.date32(),
    dt.datetime: t.timestamp(),
    dt.time: t.time64(),
    dt.timedelta: t.duration(),
    uuid.UUID: t.uuid(),
    type(None): t.null(),
    None: t.null(),
    typing.LiteralString: t.utf8(),
}
_LISTS: dict[Any, type] = {
    list: list,
    collections.deque: collections.deque,
    set: set,
    frozenset: frozenset,
    abc.Sequence: list,
    abc.MutableSequence: list,
    abc.Collection: list,
    abc.Iterable: list,
    abc.Set: frozenset,
    abc.MutableSet: set,
}
_MAPS: dict[Any, type] = {
    dict: dict,
    collections.OrderedDict: collections.OrderedDict,
    abc.Mapping: dict,
    abc.MutableMapping: dict,
}
_MAX_CLASSES = 100  # inside each other; a plan nests no deeper
_WRAPPERS = ("Final", "NotRequired", "ReadOnly", "Required")  # of any typing module
_UNHASHABLE = (list, set, collections.deque)


def schema_from(source: Any) -> Schema:
    """Return the schema of a class, or of anything that Arrow knows the schema of.

    Parameters
    ----------
    source : type, Schema, pyarrow.Schema, DataFrame, Rows or Arrow data
        Fields of classes are sorted by name and nullable, as the official packages
        infer them; schemas keep their order. Of a DataFrame of pandas, the schema that
        ``df.fory.to_rows()`` would have.

    Raises
    ------
    EncodeError
        If a field has a type that rows cannot hold; the message has its path.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Point:
    ...     y: float
    ...     x: float
    >>> schema_from(Point)
    Schema:
      x: float64
      y: float64
    """
    known = schema_of_data(source)
    return infer(source)[0] if known is None else known


def schema_of_data(source: Any) -> Schema | None:
    """Return the schema of what is no class: a schema, or data that has one."""
    if isinstance(source, (Schema, type)):
        return source if isinstance(source, Schema) else None
    if hasattr(source, "__arrow_c_schema__"):
        return Schema.from_arrow(source)
    if hasattr(source, "iloc"):
        from fory_pandas.accessor import ForyAccessor

        return ForyAccessor(source).schema()
    if hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__"):
        from fory_row.arrow import schema_from_data

        return schema_from_data(source)
    return None


def type_of(hint: Any) -> DataType:
    """Return the type that an annotation names: a class, or a type of Arrow or numpy.

    Raises
    ------
    TypeError
        If rows have no such type.
    """
    try:
        if hint is not None:
            return _Inference().annotation(hint, "")[0]
    except EncodeError as error:
        raise TypeError(f"{shown(hint)} is no type of a field: {error}") from error
    raise TypeError("a field needs a type; one that is always null is fory_row.null()")


def infer(cls: Any) -> tuple[Schema, Shape]:
    """Return the schema of a class and the shape of its instances.

    Raises
    ------
    EncodeError
        If an annotation has no type of the row language, or the class contains
        itself.
    """
    type_, shape = _Inference().annotation(cls, "")
    if type_.kind is not Kind.STRUCT:
        raise EncodeError(f"a record is a class with annotated fields, not {cls!r}")
    return Schema(type_.children), shape


class _Inference:
    """One walk over the annotations of a class and of those inside it."""

    def __init__(self) -> None:
        self.open: list[Any] = []

    def annotation(self, hint: Any, path: str) -> tuple[DataType, Shape]:
        """Return type and shape of one annotation."""
        hint = self.unwrapped(hint, path)
        origin, args = typing.get_origin(hint), typing.get_args(hint)
        if origin is typing.Annotated:
            marked = marked_type(hint.__metadata__, path)
            return marked or self.annotation(args[0], path)
        named = _SCALARS.get(hint) if _hashable(hint) else None
        if named is not None:
            return named, Shape()
        explicit = explicit_type(hint, path)
        if explicit is not None:
            return explicit, shape_of(explicit)
        if not _hashable(hint):
            where = path or "record"
            raise EncodeError(f"{where}: expected a class, found {shown(hint)}")
        if origin is typing.Literal:
            return self.literal_of(args, path)
        if (origin or hint) in _LISTS:
            return self.list_of(hint, args, _LISTS[origin or hint], path)
        if (origin or hint) is tuple:
            return self.tuple_of(hint, args, path)
        if _is_ndarray(origin):
            return self.array_of(hint, args, path)
        if is_dense(origin or hint):
            item = self.annotation(args[0], path)[0] if args else None
            made, make = dense_array(origin or hint, item, path)
            return t.list_(made), Shape(Form.LIST, make, (Shape(),))
        if (origin or hint) in _MAPS:
            return self.map_of(hint, args, _MAPS[origin or hint], path)
        return self.class_of(hint, origin, args, path)

    def unwrapped(self, hint: Any, path: str) -> Any:
        """Take off what says nothing about the type: Optional, NewType, Final ..."""
        while True:
            hint = unaliased(hint)
            origin = typing.get_origin(hint)
            if isinstance(hint, typing.TypeVar):
                inner = hint.__bound__
            elif origin in (typing.Union, pytypes.UnionType):
                inner = _optional(hint, path)
            elif getattr(origin, "_name", None) in _WRAPPERS:
                inner = typing.get_args(hint)[0]
            elif hasattr(hint, "__supertype__"):
                inner = hint.__supertype__
            else:
                return hint
            if inner is None or inner is hint:
                raise _refused(path, hint)
            hint = inner

    # -- containers ------------------------------------------------------------

    def literal_of(self, values: tuple[Any, ...], path: str) -> tuple[DataType, Shape]:
        kinds = {type(value) for value in values if value is not None}
        if len(kinds) > 1 or kinds.isdisjoint((str, int, bool, bytes)):
            raise EncodeError(
                f"{path}: literals are str, int, bool or bytes, and of one class, not "
                f"{values}"
            )
        allowed = frozenset(value for value in values if value is not None)
        return _SCALARS[kinds.pop()], Shape(choices=allowed)

    def list_of(
        self, hint: Any, args: tuple[Any, ...], cls: type, path: str
    ) -> tuple[DataType, Shape]:
        if len(args) != 1:
            raise EncodeError(
                f"{path or 'record'}: {hint!r} does not say of what; write list[int]"
            )
        item, shape = self.annotation(args[0], f"{path}[*]")
        _check_hashable(cls in (set, frozenset), shape, path)
        return t.list_(item), Shape(Form.LIST, cls, (shape,))

    def array_of(
        self, hint: Any, args: tuple[Any, ...], path: str
    ) -> tuple[DataType, Shape]:
        """Take ``numpy.typing.NDArray[X]``, a list of numbers of one type."""
        import numpy as np

        scalar = (typing.get_args(args[-1]) or (None,))[0]
        item = numpy_type(scalar) if isinstance(scalar, type) else None
        if item is None or item.variable:
            raise EncodeError(f"{path}: {hint!r} is no array of one type of numbers")
        make = functools.partial(np.array, dtype=scalar)
        return t.list_(item), Shape(Form.LIST, make, (Shape(),))

    def tuple_of(
        self, hint: Any, args: tuple[Any, ...], path: str
    ) -> tuple[DataType, Shape]:
        if len(args) == 2 and args[1] is Ellipsis:
            item, shape = self.annotation(args[0], f"{path}[*]")
            return t.list_(item), Shape(Form.LIST, tuple, (shape,))
        if not args:
            raise EncodeError(
                f"{path}: {hint!r} does not say of what; write tuple[int, ...]"
            )
        if any(a != args[0] for a in args):
            raise EncodeError(
                f"{path}: {hint!r} holds several types; write a NamedTuple, or "
                "tuple[X, ...] for one type"
            )
        item, shape = self.annotation(args[0], f"{path}[*]")
        return t.fixed_size_list(item, len(args)), Shape(Form.LIST, tuple, (shape,))

    def map_of(
        self, hint: Any, args: tuple[Any, ...], cls: type, path: str
    ) -> tuple[DataType, Shape]:
        if len(args) != 2:
            raise EncodeError(
                f"{path or 'record'}: {hint!r} does not say of what; write "
                "dict[str, int]"
            )
        key, key_shape = self.annotation(args[0], f"{path}.keys[*]")
        value, value_shape = self.annotation(args[1], f"{path}[*]")
        _check_hashable(True, key_shape, path)
        return t.map_(key, value), Shape(Form.MAP, cls, (key_shape, value_shape))

    # -- classes ---------------------------------------------------------------

    def class_of(
        self, hint: Any, origin: Any, args: tuple[Any, ...], path: str
    ) -> tuple[DataType, Shape]:
        cls = origin or hint
        if cls is typing.Self and self.open:
            cls, args = self.open[-1]
        if not isinstance(cls, type):
            raise _refused(path, hint)
        if issubclass(cls, enum.Enum):
            return t.utf8(), Shape(Form.ENUM, cls)
        found = record(cls, path)
        if found is None:
            raise _refused(path, hint)
        if (cls, args) in self.open or len(self.open) > _MAX_CLASSES:
            raise EncodeError(
                f"{path or cls.__qualname__}: {cls.__qualname__} contains itself; a "
                "row has a fixed depth, use fory.dumps for graphs"
            )
        self.open.append((cls, args))
        hints = bound_hints(cls, args, found.hints)
        made = self.struct_of(found, hints, path)
        self.open.pop()
        return made

    def struct_of(
        self, found: Record, hints: dict[str, Any], path: str
    ) -> tuple[DataType, Shape]:
        names = tuple(sorted(hints))
        made = [self.annotation(hints[n], f"{path}.{n}" if path else n) for n in names]
        fields = [Field(n, type_) for n, (type_, _) in zip(names, made, strict=True)]
        shape = Shape(
            found.form,
            found.cls,
            tuple(s for _, s in made),
            names,
            found.absent,
            found.defaults,
            found.finish,
            found.after,
            tuple(found.hints),
        )
        return t.struct(fields), shape


# -- single annotations ------------------------------------------------------------


def _optional(hint: Any, path: str) -> Any:
    """Return X of ``X | None``; every inferred field is nullable anyway."""
    kinds = [a for a in typing.get_args(hint) if a is not type(None)]
    if len(kinds) != 1:
        raise EncodeError(f"{path}: {hint!r}; a field has one type, or one and None")
    return kinds[0]


def _is_ndarray(origin: Any) -> bool:
    return getattr(origin, "__module__", "") == "numpy" and issubclass(
        origin, sys.modules["numpy"].ndarray
    )


def _hashable(hint: Any) -> bool:
    return isinstance(hint, abc.Hashable)


def _check_hashable(needed: bool, shape: Shape, path: str) -> None:
    plain_dict = shape.form in (Form.MAPPING, Form.PAIRS, Form.MAP)
    if needed and (plain_dict or shape.cls in _UNHASHABLE):
        raise EncodeError(
            f"{path}: members of sets and keys of dicts must be hashable; use tuples, "
            "frozensets and frozen classes there"
        )


def _refused(path: str, hint: Any) -> EncodeError:
    name = getattr(hint, "__qualname__", None) or repr(hint)
    if hint is decimal.Decimal:
        way_out = "say its digits: Annotated[Decimal, fory_row.decimal(18, 2)]"
    elif isinstance(hint, typing.TypeVar):
        way_out = "say what it stands for, as in Box[int]"
    else:
        way_out = "annotate it with a type of fory_row, or store it as bytes"
    return EncodeError(f"{path or 'record'}: rows have no type for {name}; {way_out}")
