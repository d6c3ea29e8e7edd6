"""Which class has which id or name, and the plans made from that."""

from __future__ import annotations

from operator import attrgetter

from fory import _names
from fory._globals import stays_here
from fory._impl import Codec
from fory._leaves import leaf_codecs, value_codecs
from fory._plans import PlanBuilder
from fory._type_ids import TypeId
from fory.error import DecodeError, TypeUnregisteredError
from fory.policy import DeserializationPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fory._core import Config
    from fory._typedef import TypeDef

__all__ = ["Configured", "Registration", "Registry", "TypeInfo"]

_MAX_USER_ID = 0xFFFF_FFFE
_FIRST_XLANG_ID = 65
_FIRST_NATIVE_ID = 71
_FIRST_NATIVE_ID_UNSTRICT = 77
_MAX_REMOTE_SCHEMAS = 4096
# Classes whose bytes the engine knows without asking the registry.
_BUILT_IN = (type(None), bool, int, float, str, list, dict)


class Registration:
    """How one class is known to this instance; a local one travels by value."""

    __slots__ = ("cls", "is_local", "name", "namespace", "type_id", "user_id")

    def __init__(
        self,
        cls: type,
        type_id: TypeId,
        user_id: int | None,
        namespace: str,
        name: str,
        is_local: bool = False,
    ) -> None:
        self.cls = cls
        self.type_id = type_id
        self.user_id = user_id
        self.namespace = namespace
        self.name = name
        self.is_local = is_local

    def __str__(self) -> str:
        if self.user_id is not None:
            return f"id {self.user_id}"
        return f"name {'.'.join(filter(None, (self.namespace, self.name)))!r}"


# Its name in the official package.
TypeInfo = Registration


class Configured:
    """What has the options of a ``Fory``: itself, and its registry."""

    config: Config

    @property
    def xlang(self) -> bool:
        """Whether messages are for other languages."""
        return self.config.xlang

    @property
    def track_ref(self) -> bool:
        """Whether shared references and cycles are kept."""
        return self.config.ref

    @property
    def strict(self) -> bool:
        """Whether classes that are not registered are refused."""
        return self.config.strict

    @property
    def compatible(self) -> bool:
        """Whether the fields of classes are sent with them."""
        return self.config.compatible


class Registry(Configured):
    """Classes of one ``Fory`` and the plans of their bytes.

    ``codecs`` is asked first and filled on a miss; everything else is reached when
    a class is registered or met for the first time.
    """

    def __init__(self, config: Config, owner: Any) -> None:
        self.config = config
        self.owner = owner
        self.codecs: dict[type, Codec] = {}
        self.by_type_id: list[Codec | None] = [None] * 256
        self.by_id: dict[int, Codec] = {}
        self.by_name: dict[tuple[str, str], Codec] = {}
        self.by_wire_name: dict[tuple[int, bytes, bytes], Codec] = {}
        self.by_typedef: dict[tuple[int, int], Codec] = {}
        self.versions: dict[tuple[Any, str, str], list[tuple[int, int]]] = {}
        self.registrations: dict[type, Registration] = {}
        # Serializers that also write subclasses of their class.
        self.inheritable: dict[type, Any] = {}
        self.policy = config.policy or DeserializationPolicy()
        self.plans = PlanBuilder(self)
        codecs = leaf_codecs(config.xlang)
        if not config.xlang:
            codecs += self.plans.native.leaf_codecs()
        for codec in codecs:
            self.by_type_id[codec.type_id] = codec
        self.codecs.update(value_codecs(self.by_type_id))

    def __reduce__(self) -> tuple[Any, ...]:
        """Go with the owner: serializers of a copied instance are bound to the copy."""
        return attrgetter("type_resolver"), (self.owner,)

    # ---- registration -------------------------------------------------------------

    def register(
        self,
        cls: type,
        *,
        type_id: int | None,
        namespace: str | None,
        name: str | None,
        serializer: Any,
        kind: TypeId | None = None,
    ) -> None:
        """Give a class its id or name; exactly one, or the next free id."""
        if not isinstance(cls, type):
            raise TypeError(f"expected a class to register, found {cls!r}")
        if type_id is not None and name is not None:
            raise TypeError("give a class an id or a name, not both")
        if name is None and namespace is not None:
            raise TypeError("a namespace alone names no class; give typename too")
        _check_name(namespace, name)
        if cls in _BUILT_IN:
            raise TypeError(f"the format writes {cls.__name__} itself; register others")
        known = self.registrations.get(cls)
        if known is not None:
            if type_id is None and name is None and serializer is None:
                return
            raise TypeError(f"{cls.__qualname__} is already registered with {known}")
        if type_id is None and name is None:
            type_id = self._next_id()
        if type_id is not None:
            self._check_id(type_id)
        elif (namespace or "", name) in self.by_name:
            taken = f"{namespace}.{name}" if namespace else name
            raise TypeError(f"the name {taken} is already taken")
        kind = kind or self.plans.kind_of_class(cls, serializer)
        registration = Registration(
            cls,
            _wire_id(kind, named=type_id is None),
            type_id,
            namespace or "",
            name or "",
        )
        self.add(registration, serializer)

    def _next_id(self) -> int:
        first = _FIRST_XLANG_ID
        if not self.config.xlang:
            strict = self.config.strict
            first = _FIRST_NATIVE_ID if strict else _FIRST_NATIVE_ID_UNSTRICT
        while first in self.by_id:
            first += 1
        return first

    def _check_id(self, type_id: int) -> None:
        is_int = isinstance(type_id, int) and not isinstance(type_id, bool)
        if not is_int or not 0 <= type_id <= _MAX_USER_ID:
            raise TypeError(f"type_id is {type_id!r}, expected 0 to {_MAX_USER_ID}")
        if type_id in self.by_id:
            taken = self.by_id[type_id].cls.__qualname__
            raise TypeError(f"type_id {type_id} is already taken by {taken}")

    def set_serializer(self, cls: type, serializer: Any) -> None:
        """Let a registered class travel as what a serializer writes."""
        known = self.registrations[cls]
        type_id = _wire_id(TypeId.EXT, named=known.user_id is None)
        changed = Registration(
            cls, type_id, known.user_id, known.namespace, known.name, known.is_local
        )
        self.add(changed, serializer)

    def get_type_info(self, cls: type) -> Registration:
        """Return the id or name under which a class was registered."""
        if cls not in self.registrations:
            raise TypeUnregisteredError(f"{cls.__qualname__} is not registered")
        return self.registrations[cls]

    def add(self, registration: Registration, serializer: Any) -> Codec:
        """Make a registration known, with the plan of its class."""
        self.registrations[registration.cls] = registration
        codec = self.plans.registered(registration, serializer)
        self.codecs[registration.cls] = codec
        inherited = getattr(serializer, "support_subclass", None)
        if inherited is not None and inherited():
            self.inheritable[registration.cls] = serializer
        if registration.user_id is not None:
            self.by_id[registration.user_id] = codec
        else:
            self.by_name[registration.namespace, registration.name] = codec
        return codec

    def kind_of(self, cls: type) -> TypeId | None:
        """Return the type id of a registered class, None for others."""
        known = self.registrations.get(cls)
        return None if known is None else known.type_id

    # ---- what the engine asks -----------------------------------------------------

    def resolve(self, cls: type) -> Codec:
        """Return the plan of a class that was not met before."""
        codec = self.plans.unregistered(cls)
        if codec is None:
            raise TypeUnregisteredError(
                f"{cls.__module__}.{cls.__qualname__} is not registered: call "
                f"register({cls.__name__}, typename=...)"
                + ("" if self.config.xlang else " or use Fory(strict=False)")
            )
        if self.config.xlang or stays_here(cls):
            self.codecs[cls] = codec
        return codec

    def local_plan(self, cls: Any) -> Codec:
        """Return the plan of a class that came by value, or of one from here."""
        codec = self.codecs.get(cls) if isinstance(cls, type) else None
        if codec is not None:
            return codec
        if not isinstance(cls, type) or self.config.xlang or self.config.strict:
            raise DecodeError(f"{cls!r:.60} stands where a class is expected")
        return self.plans.native.by_value(cls)

    def loosen(self, codec: Codec) -> bool:
        """Let a class travel as a plain object, if it does not yet."""
        if not codec.loose:
            return False
        self.codecs[codec.cls] = self.plans.native.plain(codec.cls)
        return True

    def add_typedef(self, key: tuple[int, int], body: bytes) -> Codec:
        """Return the plan for a definition that was not met before."""
        from fory._evolution import remote_codec
        from fory._typedef import parse

        definition = parse(
            key[0],
            body,
            max_fields=self.config.max_type_fields,
            max_bytes=self.config.max_type_meta_bytes,
        )
        codec = remote_codec(self, definition)
        is_new = key not in self.by_typedef
        self.by_typedef[key] = codec
        if is_new:
            self._forget_old_versions(definition, key)
        return codec

    def _forget_old_versions(self, definition: TypeDef, key: tuple[int, int]) -> None:
        """Keep as many remote schemas as the limits say; older ones are read anew."""
        who = definition.user_id, definition.namespace, definition.name
        versions = self.versions.setdefault(who, [])
        versions.append(key)
        if len(versions) > self.config.max_schema_versions_per_type:
            self.by_typedef.pop(versions.pop(0), None)
        average = self.config.max_average_schema_versions_per_type * len(self.versions)
        most = max(average, self.config.max_schema_versions_per_type)
        while len(self.by_typedef) > min(most, _MAX_REMOTE_SCHEMAS):
            del self.by_typedef[next(iter(self.by_typedef))]
        if len(self.versions) > _MAX_REMOTE_SCHEMAS:
            self.versions.clear()

    def local_codec(self, definition: TypeDef) -> Codec | None:
        """Return the plan of the class that a definition names, if there is one."""
        if definition.user_id is not None:
            return self.by_id.get(definition.user_id)
        codec = self.by_name.get((definition.namespace, definition.name))
        if codec is None:
            return self.plans.imported(
                definition.type_id, definition.namespace, definition.name
            )
        return codec

    def find_name(self, type_id: int, wire_namespace: bytes, wire_name: bytes) -> Codec:
        """Return the plan of a named class that was not met before."""
        namespace = _names.decode(wire_namespace[0], wire_namespace[1:], "._")
        name = _names.decode(wire_name[0], wire_name[1:], "$_")
        codec = self.by_name.get((namespace, name))
        if codec is None:
            codec = self.plans.imported(TypeId(type_id), namespace, name)
        if codec is None:
            raise TypeUnregisteredError(
                f"the bytes have a {TypeId(type_id).name.lower()} named "
                f"{namespace}.{name}, which is not registered here"
            )
        if codec.type_id != type_id:
            raise DecodeError(_other_kind(f"{namespace}.{name}", type_id, codec))
        if len(self.by_wire_name) >= _MAX_REMOTE_SCHEMAS:
            self.by_wire_name.clear()
        self.by_wire_name[type_id, wire_namespace, wire_name] = codec
        return codec

    def unknown_id(
        self, type_id: int, user_id: int, codec: Codec | None
    ) -> TypeUnregisteredError | DecodeError:
        """Return the error for a class id that fits no registration."""
        if codec is None:
            return TypeUnregisteredError(
                f"the bytes have a {TypeId(type_id).name.lower()} with id {user_id}, "
                f"which is not registered here"
            )
        return DecodeError(_other_kind(f"id {user_id}", type_id, codec))


def _check_name(namespace: str | None, name: str | None) -> None:
    for part in (namespace, name):
        if part is not None and not isinstance(part, str):
            raise TypeError(f"expected a name, found {part!r:.60}")
    if name == "":
        raise ValueError("the name is empty or ends with a dot")


def _other_kind(what: str, type_id: int, codec: Codec) -> str:
    return (
        f"{what} is a {TypeId(type_id).name.lower()} in the bytes, but registered as a "
        f"{TypeId(codec.type_id).name.lower()}; use the same `compatible` on both sides"
    )


_NAMED = {
    TypeId.ENUM: TypeId.NAMED_ENUM,
    TypeId.STRUCT: TypeId.NAMED_STRUCT,
    TypeId.COMPATIBLE_STRUCT: TypeId.NAMED_COMPATIBLE_STRUCT,
    TypeId.EXT: TypeId.NAMED_EXT,
    TypeId.TYPED_UNION: TypeId.NAMED_UNION,
}


def _wire_id(kind: TypeId, *, named: bool) -> TypeId:
    return _NAMED[kind] if named else kind
