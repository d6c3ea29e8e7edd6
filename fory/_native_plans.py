"""Plans of everything that only Python messages hold (xlang_wire 17)."""

from __future__ import annotations

import array
import copyreg
import enum
import functools
import types
from _pickle import PickleBuffer

from fory import _cycles, _native, _objects, _outside
from fory._globals import find, home_of, lookup, stays_here
from fory._impl import Attributes, Codec, Reduction, StateSerializer, version_of
from fory._ndarray import NDArraySerializer
from fory._type_ids import TypeId
from fory.policy import DeserializationPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fory._plans import PlanBuilder

__all__ = ["NativePlans", "kind_of_payload", "known_codecs"]

# Payload forms of the engine beyond the type ids.
_OBJECT, _REDUCED, _KNOWN, _CALLED, _VARIES = 200, 201, 202, 203, 255
_NAMED_TUPLE, _SUBCLASS = 204, 205
_MOST_SHAPES = 1024
_LEAVES: dict[type, TypeId] = {
    slice: TypeId.SLICE,
    array.array: TypeId.PYARRAY,
    types.MappingProxyType: TypeId.MAPPING_PROXY,
}
_CODE: dict[type, TypeId] = {
    types.ModuleType: TypeId.MODULE,
    types.FunctionType: TypeId.FUNCTION,
    types.MethodType: TypeId.METHOD,
    types.BuiltinFunctionType: TypeId.BUILTIN,
    types.CellType: TypeId.CELL,
    types.CodeType: TypeId.CODE,
}


class NativePlans:
    """Makes the plans of classes that need no registration in Python messages."""

    def __init__(self, plans: PlanBuilder) -> None:
        self.plans = plans
        self.policy = plans.registry.policy
        # By version, which keeps no class alive.
        self._shapes: dict[int, Attributes] = {}

    def leaf_codecs(self) -> tuple[Codec, ...]:
        """Return the plans of the ids that only Python messages have."""
        if self.plans.config.strict:
            return _value_codecs()
        hooks = self.plans.config.hooks
        load = _native.PersistentSerializer(getattr(hooks, "persistent_load", None))
        outside = _codecs({TypeId.PERSISTENT: load})
        watched = type(self.policy) is not DeserializationPolicy
        code = _code_codecs(self.policy) if watched else _unwatched_code_codecs()
        return _value_codecs() + code + outside

    def unregistered(self, cls: type) -> Codec | None:
        """Return the plan of a class without registration, None if it needs one."""
        by_type_id = self.plans.registry.by_type_id
        if cls is PickleBuffer:
            choice = _outside.BufferChoice(
                by_type_id[TypeId.PICKLE_BUFFER], by_type_id[TypeId.WRITABLE_BUFFER]
            )
            return Codec(_VARIES, serializer=choice, trackable=True)
        # numpy is not imported only to be recognised.
        if cls.__name__ == "ndarray" and lookup("numpy", "ndarray") is cls:
            return by_type_id[TypeId.NDARRAY]
        if cls in _LEAVES and (cls is not array.array or self.plans.config.strict):
            return by_type_id[_LEAVES[cls]]
        if self.plans.config.strict:
            return None
        if cls is array.array:
            kinds = _native.ArrayChoice(by_type_id[TypeId.PYARRAY], self.plain(cls))
            return Codec(_VARIES, serializer=kinds, trackable=True)
        if self.plans.config.concise:
            from fory._known import id_of

            form = id_of(cls)
            if form is not None:
                return by_type_id[form]
        if cls in _CODE:
            return by_type_id[_CODE[cls]]
        if issubclass(cls, type):
            return self._metaclass(cls)
        return self.by_module(cls) if stays_here(cls) else self.by_value(cls)

    def _metaclass(self, cls: type) -> Codec | None:
        """Return the plan of classes, which may say how they are rebuilt."""
        by_name = self.plans.registry.by_type_id[TypeId.CLASS]
        if cls not in copyreg.dispatch_table:
            return by_name
        kinds = _native.ClassChoice(by_name, self.plain(cls))
        return Codec(_VARIES, serializer=kinds, trackable=True)

    def by_module(self, cls: type, type_id: TypeId | None = None) -> Codec:
        """Return the plan of a class that travels under its module and name."""
        inherited = self._inherited(cls)
        if inherited is not None:
            return self._registered(cls, TypeId.NAMED_EXT, inherited)
        if issubclass(cls, enum.Enum):
            return self._registered(cls, TypeId.NAMED_ENUM, None)
        declared = type_id is not TypeId.NAMED_EXT and _objects.is_struct(cls)
        if declared and self._declares(cls):
            codec = self._registered(cls, TypeId.NAMED_STRUCT, None)
            codec.update(loose=True)
            return codec
        return self.plain(cls)

    def plain(self, cls: type) -> Codec:
        """Return the plan of a class by what its instances hold."""
        serializer = self.serializer_for(cls)
        if isinstance(serializer, Reduction):
            concise = self.plans.config.concise
            form = TypeId.CALL if concise else TypeId.REDUCE
            reduction: Any = self.plans.registry.by_type_id[form]
            return reduction
        return self._registered(cls, TypeId.NAMED_EXT, serializer)

    def by_value(self, cls: type) -> Codec:
        """Return the plan of a class that travels with its instances."""
        inherited = self._inherited(cls)
        if inherited is not None:
            return self._registered(cls, TypeId.NAMED_EXT, inherited, is_local=True)
        if issubclass(cls, enum.Enum):
            return self._registered(cls, TypeId.NAMED_ENUM, None, is_local=True)
        serializer = self._shape_of(cls)
        return self._registered(cls, TypeId.NAMED_EXT, serializer, is_local=True)

    def _inherited(self, cls: type) -> Any:
        """Return a serializer for a class by that of a base that wants it so."""
        registry = self.plans.registry
        if registry.inheritable:
            for base in cls.__mro__[1:]:
                if base in registry.inheritable:
                    found = registry.inheritable[base]
                    made = found if isinstance(found, type) else type(found)
                    return made(registry.owner, cls)
        return None

    def _shape_of(self, cls: type) -> Any:
        """Return what writes instances; the same while nobody changes their class."""
        known = self._shapes.get(version_of(cls))
        if known is not None:
            return known
        serializer = self.serializer_for(cls)
        version = version_of(cls)
        if version and isinstance(serializer, Attributes):
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            self._shapes[version] = serializer
        return serializer

    def _declares(self, cls: type) -> bool:
        """Tell whether the fields of a dataclass are a description of instances."""
        if self.plans.config.hooks is not None or _objects.needs_reduction(cls):
            return False
        if _objects.has_custom_state(cls):
            return False
        from fory.schema import fields_of

        try:
            fields = fields_of(cls, self.plans.registry.kind_of)
        except (TypeError, NameError, ValueError, AttributeError):
            return False
        return not _objects.hidden_in(cls) & {field.name for field in fields}

    def _registered(
        self, cls: type, type_id: TypeId, serializer: Any, *, is_local: bool = False
    ) -> Codec:
        from fory.registry import Registration

        registration = Registration(
            cls, type_id, None, cls.__module__, cls.__qualname__, is_local
        )
        return self.plans.registered(registration, serializer)

    def serializer_for(self, cls: type) -> Any:
        """Return what writes instances of a class that is not a dataclass."""
        if _objects.needs_reduction(cls) or _is_reduced(cls):
            return Reduction(self.policy)
        if issubclass(cls, (list, set, dict)):
            return _objects.SubclassSerializer(
                cls, self.policy, self.plans.config.concise
            )
        if _objects.writes_state(cls):
            return StateSerializer(cls, self.policy, self.plans.config.concise)
        if issubclass(cls, tuple) and hasattr(cls, "_fields"):
            if not cls.__dictoffset__:
                return _objects.NamedTupleSerializer(cls, self.policy)
        elif _is_plain(cls):
            return Attributes(_objects.slots_of(cls), _objects.hidden_in(cls))
        return Reduction(self.policy)

    def imported(self, type_id: TypeId, namespace: str, name: str) -> Codec | None:
        """Return the plan of a class that is found under its module and name."""
        cls = find(namespace, name, self.policy)
        if not isinstance(cls, type):
            return None
        self.policy.validate_class(cls, is_local=False)
        codec = self.plans.registry.codecs.get(cls)
        if codec is None or codec.type_id != type_id:
            codec = self.by_module(cls, type_id)
        if codec.cls is cls:
            codec.update(home=home_of(namespace, name, self.policy))
        return codec


def _is_reduced(cls: type) -> bool:
    from fory._reducers import TABLE

    return cls in TABLE or issubclass(cls, BaseException)


def kind_of_payload(serializer: Any) -> int:
    """Return the payload form that a serializer object stands for."""
    if isinstance(serializer, Attributes):
        return _OBJECT
    if isinstance(serializer, Reduction):
        return _REDUCED
    if isinstance(serializer, _objects.NamedTupleSerializer):
        return _NAMED_TUPLE
    if isinstance(serializer, _objects.SubclassSerializer):
        return _SUBCLASS
    return TypeId.EXT


def _codecs(serializers: dict[TypeId, Any]) -> tuple[Codec, ...]:
    return tuple(
        Codec(kind_of_payload(made), type_id, trackable=True, serializer=made)
        for type_id, made in serializers.items()
    )


@functools.cache
def _value_codecs() -> tuple[Codec, ...]:
    known = {
        TypeId.SLICE: _native.SliceSerializer(),
        TypeId.NDARRAY: NDArraySerializer(),
        TypeId.PYARRAY: _native.PyArraySerializer(),
        TypeId.PICKLE_BUFFER: _outside.PickleBufferSerializer(),
        TypeId.WRITABLE_BUFFER: _outside.WritableBufferSerializer(),
    }
    others = _codecs(
        {
            TypeId.MAPPING_PROXY: _native.MappingProxySerializer(),
            TypeId.TUPLE_IN_CYCLE: _cycles.TupleInCycle(),
        }
    )
    return *_known(known), *others


def _known(serializers: dict[TypeId, Any]) -> list[Codec]:
    """Return plans of what compiled code writes and reads by itself."""
    return [
        Codec(_KNOWN, type_id, trackable=True, serializer=made)
        for type_id, made in serializers.items()
    ]


@functools.cache
def _unwatched_code_codecs() -> tuple[Codec, ...]:
    return _code_codecs(DeserializationPolicy())


def _code_codecs(policy: DeserializationPolicy) -> tuple[Codec, ...]:
    from fory import _classes, _code, _functions, _methods

    reduction = Reduction(policy)
    call = Codec(_CALLED, TypeId.CALL, trackable=True, serializer=reduction)
    others = _codecs(
        {
            TypeId.REDUCE_IN_CYCLE: _cycles.ReductionInCycle(reduction, ()),
            TypeId.MODULE: _methods.ModuleSerializer(policy),
            TypeId.REDUCE: reduction,
            TypeId.CELL: _code.CellSerializer(policy),
            TypeId.CODE: _code.CodeSerializer(policy),
        }
    )
    named: dict[TypeId, Any] = {
        TypeId.CLASS: _classes.ClassSerializer(policy),
        TypeId.METHOD: _methods.MethodSerializer(policy),
        TypeId.FUNCTION: _functions.FunctionSerializer(policy),
        TypeId.BUILTIN: _methods.BuiltinSerializer(policy),
    }
    return call, *known_codecs(reduction), *_watched(named, reduction), *others


def known_codecs(reduction: Reduction) -> tuple[Codec, ...]:
    """Return the plans of the classes with short forms; a policy sees their calls."""
    from fory._known import KNOWN

    return _watched({i: form(reduction) for i, form in KNOWN.items()}, reduction)


def _watched(forms: dict[TypeId, Any], reduction: Reduction) -> tuple[Codec, ...]:
    """Return plans for compiled code, for serializer objects if a policy watches."""
    hook = reduction.policy.authorize_instantiation if reduction.watched else None
    return tuple(
        Codec(_KNOWN, type_id, trackable=True, serializer=form, authorize=hook)
        for type_id, form in forms.items()
    )


def _is_plain(cls: type) -> bool:
    """Tell whether attributes and slots are all that an instance holds."""
    plain = all(
        "__dict__" in base.__dict__
        or "__slots__" in base.__dict__
        or base.__basicsize__ == (base.__base__ or base).__basicsize__
        for base in cls.__mro__
    )
    has_args = hasattr(cls, "__getnewargs__") or hasattr(cls, "__getnewargs_ex__")
    return plain and not has_args
