"""Plans of everything that only Python messages hold (xlang_wire 17)."""

from __future__ import annotations

import array
import enum
import functools
import types
from typing import TYPE_CHECKING, Any

from fory import _native, _objects
from fory._globals import find, is_importable
from fory._impl import Codec
from fory.error import EncodeError
from fory.policy import DeserializationPolicy
from fory.schema import is_struct
from fory.types import TypeId

if TYPE_CHECKING:
    from fory._plans import PlanBuilder

__all__ = ["NativePlans", "kind_of_payload"]

# Payload forms of the engine beyond the type ids.
_OBJECT, _REDUCED = 200, 201
_LEAVES: dict[type, TypeId] = {
    slice: TypeId.SLICE,
    array.array: TypeId.PYARRAY,
    types.MappingProxyType: TypeId.MAPPING_PROXY,
}
# Classes that are not imported only to be recognised.
_BY_NAME = {
    ("numpy", "ndarray"): TypeId.NDARRAY,
    ("pickle", "PickleBuffer"): TypeId.PICKLE_BUFFER,
}
_CODE: dict[type, TypeId] = {
    types.ModuleType: TypeId.MODULE,
    types.FunctionType: TypeId.FUNCTION,
    types.MethodType: TypeId.METHOD,
    types.BuiltinFunctionType: TypeId.BUILTIN,
}


class NativePlans:
    """Makes the plans of classes that need no registration in Python messages."""

    def __init__(self, plans: PlanBuilder) -> None:
        self.plans = plans
        self.policy = plans.registry.policy

    def leaf_codecs(self) -> tuple[Codec, ...]:
        """Return the plans of the ids that only Python messages have."""
        if self.plans.config.strict:
            return _value_codecs()
        return _value_codecs() + _code_codecs(self.policy)

    def unregistered(self, cls: type) -> Codec | None:
        """Return the plan of a class without registration, None if it needs one."""
        by_type_id = self.plans.registry.by_type_id
        if (cls.__module__, cls.__name__) in _BY_NAME:
            return by_type_id[_BY_NAME[cls.__module__, cls.__name__]]
        if cls in _LEAVES:
            return by_type_id[_LEAVES[cls]]
        if self.plans.config.strict:
            return None
        if cls in _CODE:
            return by_type_id[_CODE[cls]]
        if issubclass(cls, type):
            return by_type_id[TypeId.CLASS]
        return self._by_module(cls)

    def _by_module(self, cls: type) -> Codec | None:
        """Return the plan of a class that travels under its module and name."""
        if issubclass(cls, enum.Enum):
            return self._registered(cls, TypeId.NAMED_ENUM, None)
        if is_struct(cls):
            return self._registered(cls, TypeId.NAMED_STRUCT, None)
        serializer = self.serializer_for(cls)
        if isinstance(serializer, _objects.Reduction):
            return self.plans.registry.by_type_id[TypeId.REDUCE]
        return self._registered(cls, TypeId.NAMED_EXT, serializer)

    def _registered(self, cls: type, type_id: TypeId, serializer: Any) -> Codec:
        from fory.registry import Registration

        if not is_importable(cls):
            raise EncodeError(
                f"{cls.__qualname__} is local or in __main__, so another process "
                f"cannot import it; register it on both sides"
            )
        registration = Registration(
            cls, type_id, None, cls.__module__, cls.__qualname__
        )
        return self.plans.registered(registration, serializer)

    def serializer_for(self, cls: type) -> Any:
        """Return what writes instances of a class that is not a dataclass."""
        container = issubclass(cls, (list, set, dict))
        if _objects.has_custom_reduce(cls):
            return _objects.Reduction(self.policy)
        if container:
            return _objects.SubclassSerializer(cls, self.policy)
        if _objects.has_state_methods(cls):
            return _objects.StateSerializer(cls, self.policy)
        if issubclass(cls, tuple) and hasattr(cls, "_fields"):
            return _objects.NamedTupleSerializer(cls, self.policy)
        if _is_plain(cls):
            return _objects.Attributes(cls)
        return _objects.Reduction(self.policy)

    def imported(self, type_id: TypeId, namespace: str, name: str) -> Codec | None:
        """Return the plan of a class that is found under its module and name."""
        cls = find(namespace, name, self.policy)
        if not isinstance(cls, type):
            return None
        self.policy.validate_class(cls, is_local=False)
        codec = self.plans.registry.codecs.get(cls)
        if codec is None or codec.type_id != type_id:
            codec = self._by_module(cls)
        return codec


def kind_of_payload(serializer: Any) -> int:
    """Return the payload form that a serializer object stands for."""
    if isinstance(serializer, _objects.Attributes):
        return _OBJECT
    if isinstance(serializer, _objects.Reduction):
        return _REDUCED
    return TypeId.EXT


def _codecs(serializers: dict[TypeId, Any]) -> tuple[Codec, ...]:
    return tuple(
        Codec(kind_of_payload(made), type_id, trackable=True, serializer=made)
        for type_id, made in serializers.items()
    )


@functools.cache
def _value_codecs() -> tuple[Codec, ...]:
    return _codecs(
        {
            TypeId.SLICE: _native.SliceSerializer(),
            TypeId.NDARRAY: _native.NDArraySerializer(),
            TypeId.PYARRAY: _native.PyArraySerializer(),
            TypeId.MAPPING_PROXY: _native.MappingProxySerializer(),
            TypeId.PICKLE_BUFFER: _native.PickleBufferSerializer(),
        }
    )


def _code_codecs(policy: DeserializationPolicy) -> tuple[Codec, ...]:
    from fory import _functions

    return _codecs(
        {
            TypeId.MODULE: _functions.ModuleSerializer(policy),
            TypeId.REDUCE: _objects.Reduction(policy),
            TypeId.CLASS: _functions.ClassSerializer(policy),
            TypeId.METHOD: _functions.MethodSerializer(policy),
            TypeId.FUNCTION: _functions.FunctionSerializer(policy),
            TypeId.BUILTIN: _functions.BuiltinSerializer(policy),
        }
    )


def _is_plain(cls: type) -> bool:
    """Tell whether attributes and slots are all that an instance holds."""
    plain = all(
        base is object
        or "__dict__" in base.__dict__
        or "__slots__" in base.__dict__
        or base.__basicsize__ == object.__basicsize__
        for base in cls.__mro__
    )
    return plain and not hasattr(cls, "__getnewargs__")
