"""Plans of structs: from the fields of a class to the steps that the engine walks."""

from __future__ import annotations

import array
from typing import TYPE_CHECKING, Any

from fory import _layout, _typedef
from fory._array_io import DENSE, ArraySerializer
from fory._impl import Codec, Field, slot_offset_of
from fory._layout import WireField
from fory._type_ids import TypeId
from fory.schema import FieldSpec, TypeNode, fields_of, ignored_defaults, node_from
from fory.union import Union, UnionSerializer
from fory.unknown import UnknownStruct, class_for

if TYPE_CHECKING:
    from fory.registry import Registration, Registry

__all__ = ["StructPlans", "slot_offset"]

_INFO_TYPEDEF = 2
_REFERRED = range(TypeId.STRUCT, TypeId.NAMED_EXT + 1)
_BASIC = [*range(TypeId.BOOL, TypeId.TAGGED_UINT64 + 1), *range(19, 22)]
_MAX_TAG = (1 << 29) - 1


class StructPlans:
    """Makes the plans of fields; a program without structs never loads this module."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.config = registry.config

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

    def field(
        self, wire: WireField, spec: FieldSpec | None = None, cls: type | None = None
    ) -> Field:
        """Return the step that reads and writes one field, of a class if it is here."""
        dynamic = self.is_dynamic(wire.node, spec)
        basic = self.is_basic(wire.node) and not dynamic
        return Field(
            wire.name,
            self.codec_for(wire.node),
            nullable=wire.nullable,
            tracked=wire.tracked and not basic,
            dynamic=dynamic,
            slot=0 if cls is None else slot_offset(cls, wire.name),
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

    # ---- structs without a class ---------------------------------------------------

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
            fields=tuple(map(self.field, definition.fields)),
        )


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


def _check_tags(cls: type, specs: list[FieldSpec]) -> None:
    tags = [spec.options.id for spec in specs if spec.options.id is not None]
    if len(set(tags)) < len(tags):
        raise TypeError(f"{cls.__qualname__} uses a field id twice")
    if any(not 0 <= tag <= _MAX_TAG for tag in tags):
        raise TypeError(f"a field id of {cls.__qualname__} is not in 0 to {_MAX_TAG}")
