"""From the annotations of a class to the types of its fields (xlang_wire 12)."""

from __future__ import annotations

import array
import collections.abc as abc
import datetime
import decimal
import enum
import sys
import types
import typing
from collections.abc import Callable, Iterator
from typing import Annotated, Any, ClassVar, NamedTuple, Union

from fory._annotations import declared_by, unaliased
from fory._array_io import AS_NUMPY
from fory._objects import is_dataclass
from fory._type_ids import TypeId
from fory.arrays import ARRAY_CLASSES
from fory.types import Array, NDArray, PyArray, Ref, WireType

__all__ = [
    "FieldOptions",
    "FieldSpec",
    "TypeNode",
    "default_for",
    "fields_of",
    "ignored_defaults",
    "node_from",
]


class TypeNode(NamedTuple):
    """One level of a type: its id on the wire, its parts, its Python carrier."""

    type_id: TypeId = TypeId.UNKNOWN
    items: tuple[TypeNode, ...] = ()
    nullable: bool = False
    tracked: bool | None = None
    cls: type | None = None
    bare: TypeId | None = None
    lenient: bool = False
    carrier: Any = None  # None for the usual one
    loose: bool = False


UNKNOWN = TypeNode()


class FieldOptions(NamedTuple):
    """What ``field()`` says beyond ``dataclasses.field``."""

    id: int | None = None
    nullable: bool | None = None
    ref: bool = False
    dynamic: bool | None = None
    ignore: bool = False


class FieldSpec(NamedTuple):
    """A field of a class: attribute, type and options."""

    name: str
    node: TypeNode
    options: FieldOptions = FieldOptions()
    default: Callable[[], Any] | None = None
    explicit: bool = False


_LEAVES: dict[Any, TypeId] = {
    bool: TypeId.BOOL,
    int: TypeId.VARINT64,
    float: TypeId.FLOAT64,
    str: TypeId.STRING,
    bytes: TypeId.BINARY,
    datetime.date: TypeId.DATE,
    datetime.datetime: TypeId.TIMESTAMP,
    datetime.timedelta: TypeId.DURATION,
    decimal.Decimal: TypeId.DECIMAL,
}
_BARE = {
    list: TypeId.LIST,
    set: TypeId.SET,
    dict: TypeId.MAP,
    tuple: TypeId.TUPLE,
    type(None): TypeId.NONE,
    array.array: TypeId.PYARRAY,
}
_LOOSE = (list, set, dict, tuple)
_SEQUENCES = {
    list: False,
    abc.Sequence: True,
    abc.MutableSequence: True,
}
_SETS = {set: False, frozenset: True, abc.Set: True, abc.MutableSet: True}
_MAPS = {dict: False, abc.Mapping: True, abc.MutableMapping: True}
# Abstract collections of anything.
_ABSTRACT: dict[Any, TypeNode] = {
    abc.Sequence: TypeNode(TypeId.LIST, (UNKNOWN,), lenient=True),
    abc.MutableSequence: TypeNode(TypeId.LIST, (UNKNOWN,), lenient=True),
    abc.Set: TypeNode(TypeId.SET, (UNKNOWN,), lenient=True),
    abc.MutableSet: TypeNode(TypeId.SET, (UNKNOWN,), lenient=True),
    abc.Mapping: TypeNode(TypeId.MAP, (UNKNOWN, UNKNOWN), lenient=True),
    abc.MutableMapping: TypeNode(TypeId.MAP, (UNKNOWN, UNKNOWN), lenient=True),
}
_ARRAYS = {Array: None, NDArray: AS_NUMPY, PyArray: array.array}


def node_from(annotation: Any, kind_of: Callable[[type], TypeId | None]) -> TypeNode:
    """Return the type that an annotation describes.

    ``kind_of`` tells the id of a registered class, and None for any other.
    """
    annotation = unaliased(annotation)
    if annotation in _LEAVES:
        return TypeNode(_LEAVES[annotation])
    if annotation in _BARE:
        return TypeNode(bare=_BARE[annotation], loose=annotation in _LOOSE)
    if annotation is Any:
        return TypeNode(loose=True)
    if annotation in ARRAY_CLASSES:
        return TypeNode(annotation.type_id, cls=annotation)
    origin = typing.get_origin(annotation)
    args = typing.get_args(annotation)
    if origin is Annotated:
        return _annotated(args, kind_of)
    if origin in (Union, types.UnionType):
        return _union(args, kind_of)
    if origin in _ARRAYS:
        return _array(origin, args[0])
    if annotation in _ABSTRACT:
        return _ABSTRACT[annotation]
    if origin is not None:
        return _generic(origin, args, kind_of) if args else _bare_generic(origin)
    if isinstance(annotation, type):
        type_id = kind_of(annotation)
        if type_id is not None:
            return TypeNode(type_id, cls=annotation)
        if annotation.__module__ == "numpy" and annotation.__name__ == "ndarray":
            return TypeNode(bare=TypeId.NDARRAY)
    return UNKNOWN


def _annotated(args: tuple[Any, ...], kind_of: Any) -> TypeNode:
    inner, *marks = args
    widths = [mark.type_id for mark in marks if isinstance(mark, WireType)]
    node = TypeNode(widths[0]) if widths else node_from(inner, kind_of)
    refs = [mark.tracked for mark in marks if isinstance(mark, Ref)]
    return node._replace(tracked=refs[0], loose=False) if refs else node


def _union(args: tuple[Any, ...], kind_of: Any) -> TypeNode:
    """Optional is a type that may be null; a true union may hold anything."""
    members = [arg for arg in args if arg is not type(None)]
    node = node_from(members[0], kind_of) if len(members) == 1 else UNKNOWN
    return node._replace(nullable=len(members) < len(args))


def _array(carrier: Any, element: Any) -> TypeNode:
    marks = [m for m in typing.get_args(element)[1:] if isinstance(m, WireType)]
    if element is bool:
        array_id: TypeId | None = TypeId.BOOL_ARRAY
    elif element is int or element is float:
        array_id = TypeId.INT64_ARRAY if element is int else TypeId.FLOAT64_ARRAY
    else:
        array_id = marks[0].array_id if marks else None
    if array_id is None:
        raise TypeError(
            f"{carrier.__name__}[{element}] is not an array; its elements must be bool "
            f"or numbers such as Int32, UInt8, Float64"
        )
    return TypeNode(array_id, carrier=_ARRAYS[carrier])


def _bare_generic(origin: Any) -> TypeNode:
    return _ABSTRACT.get(origin) or TypeNode(loose=origin in _BARE)


def _generic(origin: Any, args: tuple[Any, ...], kind_of: Any) -> TypeNode:
    if origin in _SEQUENCES:
        item = node_from(args[0], kind_of)
        return TypeNode(TypeId.LIST, (item,), lenient=_SEQUENCES[origin])
    if origin in _SETS and origin is not frozenset:
        return TypeNode(
            TypeId.SET, (node_from(args[0], kind_of),), lenient=_SETS[origin]
        )
    if origin in _MAPS:
        key, value = (node_from(arg, kind_of) for arg in args)
        return TypeNode(TypeId.MAP, (key, value), lenient=_MAPS[origin])
    if origin is tuple and args and args != ((),):
        # Items whose annotations differ are of any type, even if the types are one.
        same = all(arg == args[0] for arg in args if arg is not Ellipsis)
        item = node_from(args[0], kind_of) if same else UNKNOWN
        return TypeNode(TypeId.LIST, (item,), carrier=tuple)
    return UNKNOWN


def fields_of(cls: type, kind_of: Callable[[type], TypeId | None]) -> list[FieldSpec]:
    """Return the fields of a class in the order of its definition."""
    hints = _hints(cls)
    if is_dataclass(cls):
        specs = [
            FieldSpec(
                f.name,
                node_from(hints[f.name], kind_of),
                f.metadata.get("fory", FieldOptions()),
                _default_of(f),
                "fory" in f.metadata,
            )
            for f in _fields(cls)
        ]
        return [spec for spec in specs if not spec.options.ignore]
    return [
        FieldSpec(name, node_from(hints[name], kind_of))
        for name in sorted(hints)
        if typing.get_origin(hints[name]) is not ClassVar
    ]


def ignored_defaults(cls: type) -> tuple[tuple[str, Callable[[], Any]], ...]:
    """Return the defaults of fields that are never in the bytes."""
    if not is_dataclass(cls):
        return ()
    pairs = (
        (f.name, _default_of(f))
        for f in _fields(cls)
        if f.metadata.get("fory", FieldOptions()).ignore
    )
    return tuple((name, default) for name, default in pairs if default is not None)


def _hints(cls: type) -> dict[str, Any]:
    """Resolve annotations; names that resolve to nothing are of any type."""
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except (NameError, AttributeError, TypeError):
        pass
    hints: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        scope = vars(sys.modules.get(base.__module__, types.ModuleType("")))
        for name, annotation in declared_by(base).items():
            hints[name] = _resolve(annotation, scope, {cls.__name__: cls})
    return hints


def _resolve(annotation: Any, scope: dict[str, Any], local: dict[str, Any]) -> Any:
    holder = type("Holder", (), {"__annotations__": {"it": annotation}})
    try:
        return typing.get_type_hints(holder, scope, local, include_extras=True)["it"]
    except (NameError, AttributeError, TypeError):
        return Any


def _fields(cls: Any) -> Iterator[Any]:
    import dataclasses

    yield from dataclasses.fields(cls)


def _default_of(f: Any) -> Callable[[], Any] | None:
    import dataclasses

    if f.default_factory is not dataclasses.MISSING:
        return f.default_factory
    if f.default is not dataclasses.MISSING:
        value = f.default
        return lambda: value
    return None


def default_for(node: TypeNode) -> Callable[[], Any] | None:
    """Return what makes the value of a field that neither bytes nor class give."""
    if node.nullable:
        return None
    if TypeId.BOOL <= node.type_id <= TypeId.BINARY and node.type_id in _ZEROS:
        return _ZEROS[node.type_id]
    if node.type_id is TypeId.LIST and node.carrier is None:
        return list
    if node.type_id is TypeId.ENUM and node.cls is not None:
        first = next(iter(typing.cast("type[enum.Enum]", node.cls)))
        return lambda: first
    return None


_ZEROS: dict[TypeId, Callable[[], Any]] = {
    TypeId.BOOL: bool,
    **{TypeId(i): int for i in range(TypeId.INT8, TypeId.TAGGED_UINT64 + 1)},
    **{TypeId(i): float for i in range(TypeId.FLOAT16, TypeId.FLOAT64 + 1)},
    TypeId.STRING: str,
    TypeId.SET: set,
    TypeId.MAP: dict,
    TypeId.BINARY: bytes,
}
