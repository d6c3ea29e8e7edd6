"""From registered classes and schemas to the plans that the engine walks."""

from __future__ import annotations

import array
import collections.abc as abc
import enum
import functools
from typing import TYPE_CHECKING, Any

from fory import _layout, _names, _typedef
from fory._array_io import DENSE, ArraySerializer, array_id_of
from fory._impl import Attributes, Codec, Field, slot_offset_of
from fory._layout import WireField
from fory._native_plans import NativePlans, kind_of_payload
from fory._objects import slots_of
from fory.error import EncodeError
from fory.schema import (
    FieldSpec,
    TypeNode,
    fields_of,
    ignored_defaults,
    is_dataclass,
    is_struct,
    node_from,
)
from fory.serializer import adapted
from fory.types import TypeId
from fory.union import Union, UnionSerializer
from fory.unknown import UnknownStruct, class_for

if TYPE_CHECKING:
    from fory.registry import Registration, Registry

__all__ = ["PlanBuilder"]

_INFO_USER_ID, _INFO_TYPEDEF, _INFO_NAMES, _INFO_CLASS = 1, 2, 3, 4
_VARIES = 255
_STRUCTS = range(TypeId.STRUCT, TypeId.NAMED_COMPATIBLE_STRUCT + 1)
_REFERRED = range(TypeId.STRUCT, TypeId.NAMED_EXT + 1)
_BASIC = [*range(TypeId.BOOL, TypeId.TAGGED_UINT64 + 1), *range(19, 22)]
_MAX_TAG = (1 << 29) - 1


class PlanBuilder:
    """Makes the plans of one registry."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.config = registry.config
        self.native = NativePlans(self)
        policy = self.config.policy
        self.authorize: Any = None
        if policy is not None:
            self.authorize = functools.partial(
                policy.authorize_instantiation, args=(), kwargs={}
            )

    # ---- registered classes -------------------------------------------------------

    def kind_of_class(self, cls: type, serializer: Any) -> TypeId:
        """Return the unnamed type id under which a class travels."""
        if serializer is not None:
            return TypeId.EXT
        if issubclass(cls, enum.Enum):
            return TypeId.ENUM
        if not self.config.xlang and not is_struct(cls):
            return TypeId.EXT
        if is_dataclass(cls) and not is_struct(cls):
            raise TypeError(
                f"{cls.__qualname__} has fields and the content of its base class, "
                f"which no struct holds; register it with a serializer"
            )
        if self.config.compatible and getattr(cls, "__fory_evolving__", True):
            return TypeId.COMPATIBLE_STRUCT
        return TypeId.STRUCT

    def registered(self, registration: Registration, serializer: Any) -> Codec:
        """Return the plan of a class that was just registered."""
        type_id, cls = registration.type_id, registration.cls
        shape = {"cls": cls, **self._info(registration)}
        if registration.is_local:
            type_id = TypeId.LOCAL
        if registration.type_id in (TypeId.ENUM, TypeId.NAMED_ENUM):
            return Codec(TypeId.ENUM, type_id, **shape, **self._members(cls))
        shape["trackable"] = True
        if type_id in (TypeId.TYPED_UNION, TypeId.NAMED_UNION):
            return Codec(TypeId.UNION, type_id, serializer=serializer, **shape)
        handler = self._handler(registration, serializer)
        if handler is not None:
            kind = kind_of_payload(handler)
            shape["trackable"] = bool(getattr(handler, "need_to_write_ref", True))
            return Codec(
                kind, type_id, serializer=handler, authorize=self.authorize, **shape
            )
        prepare = functools.partial(self.prepare, registration)
        return Codec(
            TypeId.STRUCT, type_id, prepare=prepare, authorize=self.authorize, **shape
        )

    def _handler(self, registration: Registration, serializer: Any) -> Any:
        """Return the serializer object of a class, None for structs."""
        cls = registration.cls
        if serializer is not None:
            return adapted(serializer, self.registry, cls)
        if is_struct(cls):
            return None
        if not self.config.xlang:
            return self.native.serializer_for(cls)
        if not self.config.compatible:
            return Attributes(slots_of(cls))
        return None

    def _info(self, registration: Registration) -> dict[str, Any]:
        """Return what a plan needs to write the type info of a class."""
        type_id = registration.type_id
        if registration.is_local:
            return {"info": _INFO_CLASS}
        if type_id in (TypeId.COMPATIBLE_STRUCT, TypeId.NAMED_COMPATIBLE_STRUCT):
            return {"info": _INFO_TYPEDEF}
        if registration.user_id is not None:
            return {"info": _INFO_USER_ID, "user_id": registration.user_id}
        names = registration.namespace, registration.name
        if not self.config.compatible:
            wire_names = (
                _names.on_wire(names[0], "._"),
                _names.on_wire(names[1], "$_"),
            )
            return {
                "info": _INFO_NAMES,
                "names": wire_names,
                "first_names": _names.first_pair(*wire_names),
            }
        if type_id in _STRUCTS:
            return {"info": _INFO_TYPEDEF}
        definition = _typedef.encode_named(type_id, *names)
        return {"info": _INFO_TYPEDEF, "typedef": definition}

    def _members(self, cls: type[enum.Enum]) -> dict[str, Any]:
        """Return members and numbers: values if all can be, else the order."""
        members = tuple(cls)
        numbers = tuple(member.value for member in members)
        if not self.config.xlang or not _are_numbers(numbers):
            numbers = tuple(range(len(members)))
        by_number = dict(zip(numbers, members, strict=True))
        return {"members": members, "numbers": numbers, "by_number": by_number}

    # ---- structs ------------------------------------------------------------------

    def prepare(self, registration: Registration, codec: Codec) -> None:
        """Fill the plan of a struct when it is first used."""
        specs = fields_of(codec.cls, self.registry.kind_of)
        _check_tags(codec.cls, specs)
        wire = _layout.in_order([self.wire_field(spec) for spec in specs])
        by_name = {spec.name: spec for spec in specs}
        definition = _typedef.TypeDef(
            registration.type_id,
            registration.user_id,
            registration.namespace,
            registration.name,
            tuple(wire),
        )
        compatible = self.config.compatible
        codec.update(
            typedef=_typedef.encode_struct(definition) if compatible else None,
            schema_hash=self._schema_hash(specs),
            hashed=not compatible,
            fields=tuple(self.field(f, by_name[f.name], codec.cls) for f in wire),
            missing=ignored_defaults(codec.cls),
            n_attributes=_n_attributes(codec.cls) if codec.loose else -1,
        )

    def wire_field(self, spec: FieldSpec) -> WireField:
        """Return how a field of a class appears in a type definition."""
        return WireField(
            spec.name,
            spec.options.id,
            spec.node if self.config.ref else _untracked(spec.node),
            self.is_nullable(spec),
            spec.options.ref and self.config.ref,
        )

    def is_nullable(self, spec: FieldSpec) -> bool:
        """Tell whether a field may be None."""
        if spec.node.nullable or spec.options.nullable:
            return True
        if self.config.compatible:
            return self.config.field_nullable
        if spec.explicit:
            return False
        return self.config.field_nullable or (spec.node.loose and not self.config.xlang)

    def _schema_hash(self, specs: list[FieldSpec]) -> int:
        hashed = [
            self.wire_field(spec)._replace(
                tracked=(
                    spec.options.ref if spec.node.tracked is None else spec.node.tracked
                ),
            )
            for spec in specs
        ]
        return _layout.schema_hash(hashed, native=not self.config.xlang)

    def field(self, wire: WireField, spec: FieldSpec, cls: type) -> Field:
        """Return the step that reads and writes one field of a class."""
        dynamic = self.is_dynamic(wire.node, spec)
        basic = wire.node.type_id in _BASIC and not dynamic
        return Field(
            wire.name,
            self.codec_for(wire.node),
            nullable=wire.nullable,
            tracked=wire.tracked and not basic,
            dynamic=dynamic,
            slot=slot_offset(cls, wire.name),
        )

    def is_dynamic(self, node: TypeNode, spec: FieldSpec | None) -> bool:
        """Tell whether type info precedes the payload of a field."""
        referred = node.type_id in _REFERRED
        if self.config.compatible:
            return referred or node.type_id is TypeId.UNKNOWN
        if spec is not None and spec.options.dynamic is not None:
            return spec.options.dynamic or node.type_id is TypeId.UNKNOWN
        if referred and node.cls is not None:
            registration = self.registry.registrations[node.cls]
            return registration.user_id is None or node.tracked is not None
        return node.type_id is TypeId.UNKNOWN

    def is_basic(self, node: TypeNode) -> bool:
        """Tell whether values of a type stand bare in a field."""
        return node.type_id in _BASIC

    # ---- types of fields ----------------------------------------------------------

    def codec_for(self, node: TypeNode) -> Codec:
        """Return the plan of a declared type."""
        type_id = node.type_id
        if type_id is TypeId.ENUM and node.cls is None:
            return Codec(TypeId.ENUM)
        if type_id is TypeId.UNION and node.cls is None:
            anonymous = UnionSerializer(self.registry, Union, {})
            return Codec(TypeId.UNION, trackable=True, serializer=anonymous)
        if node.cls is not None and node.cls in self.registry.codecs:
            return self.registry.codecs[node.cls]
        if TypeId.BOOL_ARRAY <= type_id <= TypeId.FLOAT64_ARRAY:
            serializer = ArraySerializer(type_id, node.carrier)
            return Codec(
                DENSE,
                type_id,
                serializer=serializer,
                trackable=node.carrier is array.array,
            )
        if type_id is TypeId.MAP:
            key, item = (self.codec_for(part) for part in node.items)
            return Codec(
                TypeId.MAP,
                trackable=True,
                key=key,
                item=item,
                key_tracked=self._tracked(node.items[0], key),
                item_tracked=self._tracked(node.items[1], item),
                lenient=node.lenient,
            )
        if type_id in (TypeId.LIST, TypeId.SET):
            item = self.codec_for(node.items[0])
            return Codec(
                type_id,
                trackable=True,
                item=item,
                lenient=node.lenient,
                item_tracked=self._tracked(node.items[0], item),
                make=tuple if node.carrier is tuple else None,
            )
        codec = self.registry.by_type_id[type_id]
        if codec is None:  # any type; trackable if ``Ref`` says whether it is tracked
            return Codec(TypeId.UNKNOWN, trackable=node.tracked is not None)
        return codec

    def codec_of(self, annotation: Any) -> Codec:
        """Return the plan of the type that an annotation describes."""
        return self.codec_for(node_from(annotation, self.registry.kind_of))

    def _tracked(self, node: TypeNode, codec: Codec) -> bool:
        wanted = codec.trackable if node.tracked is None else node.tracked
        return bool(wanted and self.config.ref)

    # ---- classes that are not registered ------------------------------------------

    def unregistered(self, cls: type) -> Codec | None:
        """Return the plan of a class without registration, None if it needs one."""
        if not self.config.xlang:
            return self.native.unregistered(cls)
        if cls is array.array or (cls.__module__, cls.__name__) == ("numpy", "ndarray"):
            return Codec(_VARIES, serializer=_ArrayChoice(), trackable=True)
        if issubclass(cls, UnknownStruct):
            return self.unknown_struct(cls.type_def, cls)
        return _abstract(cls)

    def imported(self, type_id: TypeId, namespace: str, name: str) -> Codec | None:
        """Return the plan of a class that is known by its module only."""
        if self.config.xlang or self.config.strict:
            return None
        return self.native.imported(type_id, namespace, name)

    def unknown_struct(
        self, definition: _typedef.TypeDef, cls: type[UnknownStruct] | None = None
    ) -> Codec:
        """Return the plan of a struct whose class is not here."""
        cls = cls or class_for(definition)
        return Codec(
            TypeId.STRUCT,
            definition.type_id,
            cls=cls,
            trackable=True,
            info=_INFO_TYPEDEF,
            typedef=_typedef.encode_struct(definition),
            fields=tuple(self._remote_field(f) for f in definition.fields),
        )

    def _remote_field(self, wire: WireField) -> Field:
        dynamic = self.is_dynamic(wire.node, None)
        basic = self.is_basic(wire.node) and not dynamic
        return Field(
            wire.name,
            self.codec_for(wire.node),
            nullable=wire.nullable,
            tracked=wire.tracked and not basic,
            dynamic=dynamic,
        )


def _abstract(cls: type) -> Codec | None:
    """Return the plan of the abstract collection that a class implements."""
    if issubclass(cls, (str, bytes, bytearray)):
        return None
    for kind, type_id in (
        (abc.Mapping, TypeId.MAP),
        (abc.Set, TypeId.SET),
        (abc.Sequence, TypeId.LIST),
    ):
        if issubclass(cls, kind):
            return Codec(type_id, trackable=True, lenient=True)
    return None


class _ArrayChoice:
    """Picks the plan of a bare array by its dtype."""

    def __init__(self) -> None:
        self._codecs: dict[Any, Codec] = {}

    def choose(self, value: Any) -> Codec:
        """Return the plan for this array."""
        if isinstance(value, array.array):
            key: Any = value.typecode
        else:
            key = value.dtype if value.ndim == 1 else None
        codec = self._codecs.get(key)
        return self._add(key, value) if codec is None else codec

    def _add(self, key: Any, value: Any) -> Codec:
        type_id = array_id_of(value)
        if type_id is None:
            raise EncodeError(
                f"the format has one-dimensional arrays of numbers and bools, found "
                f"{type(value).__name__} of {getattr(value, 'dtype', value.__class__)}"
                f" with {getattr(value, 'ndim', 1)} dimensions"
            )
        serializer = ArraySerializer(type_id)
        codec = Codec(DENSE, type_id, serializer=serializer, trackable=True)
        # The same plan for the same id, as containers compare plans.
        known = {known.type_id: known for known in self._codecs.values()}
        return self._codecs.setdefault(key, known.get(type_id, codec))


def slot_offset(cls: type, name: str) -> int:
    """Return where the slot of an attribute lies in an instance, 0 without one."""
    for base in cls.__mro__:
        if name in base.__dict__:
            return slot_offset_of(base.__dict__[name])
    return 0


def _n_attributes(cls: Any) -> int:
    """Return how many attributes an instance has by its fields, -1 without a dict."""
    import dataclasses

    if not cls.__dictoffset__:
        return -1
    return sum(not slot_offset(cls, f.name) for f in dataclasses.fields(cls))


def _untracked(node: TypeNode) -> TypeNode:
    """Return a type without the references that ``Ref`` asks for inside it."""
    return node._replace(
        tracked=None if node.tracked is None else False,
        items=tuple(map(_untracked, node.items)),
    )


def _are_numbers(values: tuple[Any, ...]) -> bool:
    return len(set(values)) == len(values) and all(
        isinstance(v, int) and not isinstance(v, bool) and 0 <= v < 1 << 32
        for v in values
    )


def _check_tags(cls: type, specs: list[FieldSpec]) -> None:
    tags = [spec.options.id for spec in specs if spec.options.id is not None]
    if len(set(tags)) < len(tags):
        raise TypeError(f"{cls.__qualname__} uses a field id twice")
    if any(not 0 <= tag <= _MAX_TAG for tag in tags):
        raise TypeError(f"a field id of {cls.__qualname__} is not in 0 to {_MAX_TAG}")
