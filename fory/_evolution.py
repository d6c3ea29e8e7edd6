"""Reading structs whose writer had other fields (xlang_wire 14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fory import _convert
from fory._impl import Codec, Field
from fory._layout import WireField
from fory._struct_plans import slot_offset
from fory._type_ids import TypeId
from fory._typedef import TypeDef
from fory.error import TypeNotCompatibleError, TypeUnregisteredError
from fory.schema import FieldSpec, default_for, fields_of, ignored_defaults

if TYPE_CHECKING:
    from fory.registry import Registry

__all__ = ["remote_codec"]

_STRUCT = 27


def remote_codec(registry: Registry, definition: TypeDef) -> Codec:
    """Return the plan that reads what ``definition`` describes into our class."""
    local = registry.local_codec(definition)
    if definition.type_id not in (27, 28, 29, 30):
        if local is None or local.type_id != definition.type_id:
            raise TypeUnregisteredError(
                f"the bytes have a {definition.type_id.name.lower()} named "
                f"{definition.namespace}.{definition.name}, which is not registered"
            )
        return local
    if local is None:
        return registry.plans.structs.unknown_struct(definition)
    if local.kind != _STRUCT:
        raise TypeNotCompatibleError(
            f"the bytes have a struct where {local.cls.__qualname__} has a serializer"
        )
    return _Matcher(registry, local.cls, local.home).plan(definition)


class _Matcher:
    """Matches remote fields with those of one local class."""

    def __init__(self, registry: Registry, cls: type, home: Any) -> None:
        self.registry = registry
        self.cls = cls
        self.home = home
        self.specs = fields_of(cls, registry.kind_of)
        self.by_tag = {
            spec.options.id: spec for spec in self.specs if spec.options.id is not None
        }
        self.by_name = {spec.name: spec for spec in self.specs}

    def plan(self, definition: TypeDef) -> Codec:
        matches = [(remote, self._local(remote)) for remote in definition.fields]
        found = {spec.name for _, spec in matches if spec is not None}
        return Codec(
            TypeId.STRUCT,
            definition.type_id,
            cls=self.cls,
            home=self.home,
            trackable=True,
            authorize=self.registry.plans.authorize,
            fields=tuple(self._field(remote, spec) for remote, spec in matches),
            missing=ignored_defaults(self.cls)
            + tuple(
                (spec.name, self._default(spec) or _none)
                for spec in self.specs
                if spec.name not in found
            ),
        )

    def _local(self, remote: WireField) -> FieldSpec | None:
        if remote.tag is not None:
            return self.by_tag.get(remote.tag)
        return self.by_name.get(remote.name) or self.by_name.get(_camel(remote.name))

    def _default(self, spec: FieldSpec) -> Callable[[], Any] | None:
        """Return what makes the value of a field that the bytes do not give."""
        by_default = self.registry.config.field_nullable and not spec.explicit
        if spec.default is not None or spec.options.nullable or by_default:
            return spec.default
        return default_for(spec.node)

    def _field(self, remote: WireField, spec: FieldSpec | None) -> Field:
        plans = self.registry.plans.structs
        dynamic = plans.is_dynamic(remote.node, None)
        basic = plans.is_basic(remote.node) and not dynamic
        convert = None
        node = remote.node
        if spec is not None:
            node = _convert.merged(remote.node, spec.node)
            local = plans.wire_field(spec)
            convert = _convert.converter(remote, local, self._default(spec))
            if convert is _convert.REFUSED:
                raise TypeNotCompatibleError(
                    f"{self.cls.__qualname__}.{spec.name} is {_describe(spec.node)} "
                    f"here and {_describe(remote.node)} in the bytes; there is no "
                    f"conversion without loss"
                )
        may_be_null = spec is not None and not plans.is_nullable(spec)
        return Field(
            None if spec is None else spec.name,
            plans.codec_for(node),
            nullable=remote.nullable,
            tracked=remote.tracked and not basic,
            dynamic=dynamic,
            convert=convert,
            slot=0 if spec is None else slot_offset(self.cls, spec.name),
            default=self._default(spec) if spec is not None and may_be_null else None,
        )


def _describe(node: Any) -> str:
    text = TypeId(node.type_id).name.lower()
    if node.items:
        text += f"[{', '.join(map(_describe, node.items))}]"
    return text


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def _none() -> None:
    return None
