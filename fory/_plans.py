"""From registered classes to the plans that the engine walks."""

from __future__ import annotations

import array
import collections.abc as abc
import enum
import functools

from fory import _names
from fory._array_io import DENSE, ArraySerializer, array_id_of
from fory._impl import Attributes, Codec
from fory._native_plans import NativePlans, kind_of_payload
from fory._objects import is_dataclass, is_struct, slots_of
from fory._type_ids import TypeId
from fory.error import EncodeError
from fory.serializer import adapted
from fory.unknown import UnknownStruct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fory._struct_plans import StructPlans
    from fory.registry import Registration, Registry

__all__ = ["PlanBuilder"]

_INFO_USER_ID, _INFO_TYPEDEF, _INFO_NAMES, _INFO_CLASS = 1, 2, 3, 4
_VARIES = 255
_STRUCTS = range(TypeId.STRUCT, TypeId.NAMED_COMPATIBLE_STRUCT + 1)


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

    @functools.cached_property
    def structs(self) -> StructPlans:
        """What makes the plans of fields; loaded with the first struct."""
        from fory._struct_plans import StructPlans

        return StructPlans(self.registry)

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
        from fory._typedef import encode_named

        return {"info": _INFO_TYPEDEF, "typedef": encode_named(type_id, *names)}

    def _members(self, cls: type[enum.Enum]) -> dict[str, Any]:
        """Return members and numbers: values if all can be, else the order."""
        members = tuple(cls)
        numbers = tuple(member.value for member in members)
        if not self.config.xlang or not _are_numbers(numbers):
            numbers = tuple(range(len(members)))
        by_number = dict(zip(numbers, members, strict=True))
        return {"members": members, "numbers": numbers, "by_number": by_number}

    def prepare(self, registration: Registration, codec: Codec) -> None:
        """Fill the plan of a struct when it is first used."""
        self.structs.prepare(registration, codec)

    def codec_of(self, annotation: Any) -> Codec:
        """Return the plan of the type that an annotation describes."""
        return self.structs.codec_of(annotation)

    # ---- classes that are not registered ------------------------------------------

    def unregistered(self, cls: type) -> Codec | None:
        """Return the plan of a class without registration, None if it needs one."""
        if not self.config.xlang:
            return self.native.unregistered(cls)
        if cls is array.array or (cls.__module__, cls.__name__) == ("numpy", "ndarray"):
            return Codec(_VARIES, serializer=_ArrayChoice(), trackable=True)
        if issubclass(cls, UnknownStruct):
            return self.structs.unknown_struct(cls.type_def, cls)
        return _abstract(cls)

    def imported(self, type_id: TypeId, namespace: str, name: str) -> Codec | None:
        """Return the plan of a class that is known by its module only."""
        if self.config.xlang or self.config.strict:
            return None
        return self.native.imported(type_id, namespace, name)


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


def _are_numbers(values: tuple[Any, ...]) -> bool:
    return len(set(values)) == len(values) and all(
        isinstance(v, int) and not isinstance(v, bool) and 0 <= v < 1 << 32
        for v in values
    )
