"""Classes by name, or by value if no other process can import them."""

from __future__ import annotations

import enum
import types
import typing
from typing import Any

from fory import _identity
from fory._annotations import settled_annotations
from fory._envelopes import read_envelope, write_envelope
from fory._globals import find, is_made_by_python, place_of
from fory.error import DecodeError, EncodeError, ForyError
from fory.policy import DeserializationPolicy

__all__ = ["ClassSerializer"]

# The first two are those of the format's other Python readers.
_BY_NAME, _PLAIN, _WHOLE, _ENVELOPE = range(4)
# Entries of a class that a new class makes for itself.
_OWN = {
    "__dict__",
    "__weakref__",
    "__module__",
    "__qualname__",
    "__slots__",
    "_abc_impl",
    "__abstractmethods__",
}
# How Python 3.14 keeps annotations, which go as values.
_LATE = {"__annotate__", "__annotate_func__", "__annotations_cache__"}
_OF_ENUM = {
    "__new__",
    "_generate_next_value_",
    "_member_names_",
    "_member_map_",
    "_member_type_",
    "_value2member_map_",
    "_unhashable_values_",
    "_unhashable_values_map_",
    "_hashable_values_",
    "_use_args_",
    "_value_repr_",
    "_new_member_",
    "_flag_mask_",
    "_singles_mask_",
    "_all_bits_",
    "_boundary_",
    "_inverted_",
}


class ClassSerializer:
    """Classes: by name, or by value if no other process can import them."""

    needs_parts = False

    def __init__(self, policy: DeserializationPolicy) -> None:
        self.policy = policy
        self.is_watched = type(policy) is not DeserializationPolicy

    def write(self, ctx: Any, value: type) -> None:
        """Write where the class is found, or what it is made of."""
        place = place_of(value)
        if place is not None:
            ctx.write_uint8(_BY_NAME)
            for text in place:
                ctx.write_string(text)
        elif not is_made_by_python(value):
            raise EncodeError(f"{value!r} is part of the interpreter, but has no name")
        elif ctx.track_ref:
            ctx.write_uint8(_WHOLE)
            _write_whole(ctx, value)
        else:
            ctx.write_uint8(_ENVELOPE)
            write_envelope(ctx, value)

    def read(self, ctx: Any) -> Any:
        """Return the class."""
        kind = ctx.read_uint8()
        if kind == _BY_NAME:
            cls = find(ctx.read_string(), ctx.read_string(), self.policy)
            if not isinstance(cls, type):
                raise DecodeError(f"{cls!r:.60} is not a class")
            if self.is_watched:
                self.policy.validate_class(cls, is_local=False)
            return cls
        if kind == _PLAIN:
            return self._read_plain(ctx)
        if kind == _WHOLE:
            return self._read_whole(ctx)
        if kind == _ENVELOPE:
            return read_envelope(ctx)
        raise DecodeError(f"a class of the unknown kind {kind}")

    def _read_plain(self, ctx: Any) -> type:
        """Return a class as other Python writers of the format send it."""
        module, qualname = ctx.read_string(), ctx.read_string()
        n = ctx.checked_size(ctx.read_var_uint32())
        bases = tuple(ctx.read_ref() for _ in range(n))
        cls = self._make(module, qualname, bases, type, {})
        ctx.reference(cls)
        for _ in range(ctx.checked_size(ctx.read_var_uint32())):
            name = ctx.read_string()
            setattr(cls, name, classmethod(ctx.read_ref()))
        for name, value in ctx.read_ref().items():
            if name != "__slots__":
                setattr(cls, name, value)
        self.policy.validate_class(cls, is_local=True)
        return cls

    def _read_whole(self, ctx: Any) -> type:
        identity = ctx.read_string()
        module, qualname = ctx.read_ref(), ctx.read_string()
        meta = ctx.read_ref()
        n = ctx.checked_size(ctx.read_var_uint32())
        bases = tuple([ctx.read_ref() for _ in range(n)])
        namespace = ctx.read_ref()
        version = ctx.read_int64()
        cls, is_ours = _identity.known(identity) or (None, False)
        if not isinstance(cls, type):
            cls = self._make(module, qualname, bases, meta, namespace)
            _identity.remember(cls, identity)
        ctx.reference(cls)
        state = ctx.read_ref()
        if not isinstance(state, dict):
            raise DecodeError("the state of a class is no dict")
        if not is_ours and _identity.is_new_version(identity, version):
            _restore(cls, state)
        if self.is_watched:
            self.policy.validate_class(cls, is_local=True)
        return cls

    def _make(
        self, module: Any, qualname: str, bases: Any, meta: Any, namespace: Any
    ) -> Any:
        self.policy.validate_module(module, is_local=True)
        self.policy.authorize_instantiation(meta, args=(qualname, bases), kwargs={})
        if not isinstance(meta, type) or not isinstance(namespace, dict):
            raise DecodeError(f"the class {qualname:.60} is not well formed")
        about = {"__module__": module, "__qualname__": qualname}
        name = qualname.rpartition(".")[2]
        name = namespace.pop("__name__", name)
        try:
            if issubclass(meta, enum.EnumMeta):
                return _make_enum(meta, name, bases, about, namespace)
            return types.new_class(
                name,
                bases,
                {"metaclass": meta},
                lambda ns: ns.update(about | namespace),
            )
        except ForyError:
            raise
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            raise DecodeError(
                f"the class {qualname:.60} cannot be made: {error}"
            ) from error


def _write_whole(ctx: Any, cls: type) -> None:
    ctx.write_string(_identity.identity_of(cls))
    ctx.write_ref(cls.__module__)
    ctx.write_string(cls.__qualname__)
    # What its bases use may be the class itself, which cannot be made before them.
    number = ctx.begin(cls)
    ctx.write_ref(type(cls))
    bases = _bases_of(cls)
    ctx.write_var_uint32(len(bases))
    for base in bases:
        ctx.write_ref(base)
    namespace, state = _parts(cls)
    ctx.write_ref(namespace)
    if ctx.end(cls, number):
        state = {}  # was written with the class, which has the same identity
    version = hash(tuple((name, id(part)) for name, part in vars(cls).items()))
    ctx.write_int64(version)
    ctx.write_ref(state)


def _bases_of(cls: Any) -> tuple[Any, ...]:
    """Return the bases as the class statement had them."""
    if issubclass(cls, tuple) and "_fields" in vars(cls):
        return cls.__bases__
    plain = (typing.TypedDict,) if typing.is_typeddict(cls) else cls.__bases__
    return vars(cls).get("__orig_bases__", plain)


def _parts(cls: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a class needs to be made, and what it gets afterwards."""
    entries = dict(vars(cls))
    namespace: dict[str, Any] = {}
    if cls.__name__ != cls.__qualname__.rpartition(".")[2]:
        namespace["__name__"] = cls.__name__
    own = _OWN | _LATE
    if "__slots__" in entries:
        namespace["__slots__"] = entries["__slots__"]
        own.update(_slot_names(cls, entries["__slots__"]))
    if isinstance(cls, enum.EnumMeta):
        namespace["members"] = {n: m.value for n, m in _members(cls)}
        if "_boundary_" in entries:
            namespace["boundary"] = entries["_boundary_"]
        own |= _OF_ENUM | set(cls.__members__)
        if "__new_member__" in entries:
            namespace["__new__"] = entries["__new_member__"]
            own.add("__new_member__")
    state = {k: v for k, v in entries.items() if k not in own}
    if not _LATE.isdisjoint(entries):
        state["__annotations__"] = settled_annotations(cls)
    if "_abc_impl" in entries:
        state["__abstractmethods__"] = cls.__abstractmethods__
        state["_abc_impl"] = _registered_with(cls)
    return namespace, state


def _members(cls: Any) -> list[tuple[str, Any]]:
    return list(cls.__members__.items())


def _slot_names(cls: type, slots: Any) -> list[str]:
    names = [slots] if isinstance(slots, str) else list(slots)
    hidden = f"_{cls.__name__.lstrip('_')}"
    return names + [hidden + n for n in names if n.startswith("__")]


def _registered_with(cls: type) -> list[type]:
    """Return the virtual subclasses of an abstract class."""
    from _abc import _get_dump  # type: ignore[import-not-found]

    return [found for ref in _get_dump(cls)[0] if (found := ref()) is not None]


def _make_enum(
    meta: Any, name: str, bases: Any, about: dict[str, Any], parts: dict[str, Any]
) -> Any:
    """Return an enum with its members; the rest of it comes later."""
    members = parts.pop("members", {})
    options = {"boundary": parts.pop("boundary")} if "boundary" in parts else {}
    namespace = meta.__prepare__(name, bases, **options)
    for key, value in (parts | about | members).items():
        namespace[key] = value
    return meta.__new__(meta, name, bases, namespace, **options)


def _restore(cls: Any, state: dict[str, Any]) -> None:
    """Give a class its attributes."""
    registered = state.pop("_abc_impl", ())
    for name, value in state.items():
        try:
            type.__setattr__(cls, name, value)
        except (AttributeError, TypeError) as error:
            raise DecodeError(
                f"{cls.__qualname__} takes no attribute {name!r}: {error}"
            ) from error
    for subclass in registered:
        cls.register(subclass)
