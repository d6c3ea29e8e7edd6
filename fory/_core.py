"""``Fory``: the options of a serializer and the calls that use it."""

from __future__ import annotations

import os

from fory._impl import Buffer, Engine
from fory._older import OlderNames, modern
from fory._type_ids import TypeId
from fory.policy import DeserializationPolicy
from fory.registry import Configured, Registry
from fory.union import Union

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

__all__ = ["Config", "Fory", "ThreadSafeFory"]

_MAX_DEPTH = 10_000


class Config:
    """The options of one ``Fory``, which do not change; see there."""

    xlang: bool = False
    ref: bool = False
    strict: bool = True
    compatible: bool = False
    max_depth: int = 50
    policy: Any = None
    field_nullable: bool = False
    max_type_fields: int = 512
    max_type_meta_bytes: int = 4096
    max_schema_versions_per_type: int = 10
    max_average_schema_versions_per_type: int = 3
    max_graph_memory_bytes: int | None = None
    max_unbacked_container_items: int = 8192
    meta_compressor: Any = None
    concise: bool = False  # short forms in Python messages, for this package only
    hooks: Any = None

    def __init__(self, **options: Any) -> None:
        for name in options:
            if name not in Config.__annotations__:
                raise TypeError(f"Fory has no option {name!r}")
        self.__dict__.update(options)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"make another Fory with {name}={value!r:.60}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Config) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"Config({given})"


class Fory(OlderNames, Configured, Engine):
    """Serializes object graphs to Apache Fory messages and back.

    One instance may be used by several threads once its classes are registered.

    Parameters
    ----------
    xlang : bool
        Write the format that other languages read; else Python's own, which keeps
        tuples apart from lists and may hold any object.
    ref : bool
        Keep shared references and cycles; else shared objects are written twice and
        a cycle is an error.
    strict : bool
        Refuse classes that are not registered, on both sides.
    compatible : bool
        Send the fields with each class, so that both sides may change it.
    max_depth : int
        How many containers and structs may be nested in each other.
    policy : DeserializationPolicy, optional
        Hooks that see every class, function and call of a message being read.
    **limits
        ``field_nullable``, ``max_type_fields``, ``max_type_meta_bytes``,
        ``max_unbacked_container_items`` and others, see `Config`.

    Examples
    --------
    >>> import fory
    >>> f = fory.Fory(xlang=True)
    >>> f.loads(f.dumps({"name": "Ada", "born": 1815}))
    {'name': 'Ada', 'born': 1815}
    """

    def __init__(
        self,
        xlang: bool = False,
        ref: bool = False,
        strict: bool = True,
        compatible: bool = False,
        max_depth: int = 50,
        policy: DeserializationPolicy | None = None,
        **limits: Any,
    ) -> None:
        if policy is not None and not isinstance(policy, DeserializationPolicy):
            raise TypeError(f"expected a DeserializationPolicy, found {policy!r:.60}")
        options = modern(limits)
        xlang = options.pop("xlang", xlang)
        ref = options.pop("ref", ref)
        strict = options.pop("strict", strict) or _strict_by_force()
        self.config = Config(
            xlang=xlang,
            ref=ref,
            strict=strict,
            compatible=bool(compatible),
            max_depth=max_depth,
            policy=policy,
            **options,
        )
        if not 1 <= max_depth <= _MAX_DEPTH:
            raise ValueError(f"max_depth is {max_depth}, not in 1 to {_MAX_DEPTH}")
        if self.config.meta_compressor is not None:
            raise ValueError(
                "meta_compressor is not supported: type definitions are small, leave "
                "it None"
            )
        self.type_resolver = Registry(self.config, self)
        self._registrations: list[tuple[str, type, dict[str, Any]]] = []
        compatible = self.config.compatible
        shared = {
            "xlang": xlang,
            "ref": ref,
            "compatible": compatible,
            "max_depth": max_depth,
        }
        limits = {
            "max_unbacked": self.config.max_unbacked_container_items,
            "max_memory": self.config.max_graph_memory_bytes or -1,
        }
        writing = {**shared, "hooks": self.config.hooks}
        self._configure(self.type_resolver, writing, {**shared, **limits})
        self._twin: tuple[int, Fory] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), vars(self.config)), self._registrations

    def tracking_twin(self) -> Fory:
        """Return this instance with references, for code that travels by value."""
        n = len(self._registrations)
        if self._twin is None or self._twin[0] != n:
            twin = _restore(type(self), {**vars(self.config), "ref": True})
            twin.__setstate__(self._registrations)
            self._twin = n, twin
        return self._twin[1]

    def __setstate__(self, registrations: list[tuple[str, type, Any]]) -> None:
        for method, cls, options in registrations:
            getattr(self, method)(cls, **options)

    def __repr__(self) -> str:
        c = self.config
        return (
            f"Fory(xlang={c.xlang}, ref={c.ref}, strict={c.strict}, "
            f"compatible={c.compatible}, max_depth={c.max_depth})"
        )

    @property
    def max_depth(self) -> int:
        """How many containers and structs may be nested in each other."""
        return self.config.max_depth

    @property
    def policy(self) -> DeserializationPolicy:
        """The hooks that see what messages ask for."""
        return self.type_resolver.policy

    def register(
        self,
        cls: type,
        *,
        type_id: int | None = None,
        typename: str | None = None,
        name: str | None = None,
        namespace: str | None = None,
        serializer: Any = None,
    ) -> None:
        """Give a class the id or name under which it travels.

        Parameters
        ----------
        cls : type
            A dataclass, an enum, or any class if it has a serializer.
        type_id : int, optional
            A number that both sides agree on.
        typename, name : str, optional
            A dotted name that both sides agree on; the two spellings are one.
        namespace : str, optional
            What stands before the last dot, if not in the name itself.
        serializer : Serializer or type, optional
            Writes and reads instances of ``cls``.

        Raises
        ------
        TypeError
            If the class, the id or the name is taken, or options disagree. What its
            fields lack is said when the class is first used.
        """
        if typename is not None and name is not None:
            raise TypeError("typename and name are the same; give one of them")
        name = typename if name is None else name
        self._register("register", cls, type_id, namespace, name, serializer)

    register_type = register

    def register_union(
        self,
        cls: type[Union],
        *,
        type_id: int | None = None,
        typename: str | None = None,
        name: str | None = None,
        namespace: str | None = None,
        serializer: Any = None,
    ) -> None:
        """Give a subclass of `Union` its id or name.

        Parameters
        ----------
        cls : type
            The subclass.
        type_id, typename, name, namespace
            As for `register`.
        serializer : UnionSerializer
            The types of its cases.

        Raises
        ------
        TypeError
            As for `register`, and without a serializer.
        """
        if serializer is None:
            raise TypeError("a union needs a UnionSerializer with its cases")
        name = typename if name is None else name
        self._register("register_union", cls, type_id, namespace, name, serializer)

    def _register(
        self,
        method: str,
        cls: type,
        type_id: int | None,
        namespace: str | None,
        name: str | None,
        serializer: Any,
    ) -> None:
        options = {"type_id": type_id, "namespace": namespace, "name": name}
        if isinstance(name, str) and namespace is None:
            namespace, _, name = name.rpartition(".")
        self.type_resolver.register(
            cls,
            type_id=type_id,
            namespace=namespace,
            name=name,
            serializer=serializer,
            kind=TypeId.TYPED_UNION if method == "register_union" else None,
        )
        call = (method, cls, {**options, "serializer": serializer})
        self._registrations.append(call)

    def register_serializer(self, cls: type, serializer: Any) -> None:
        """Give a class a serializer.

        Parameters
        ----------
        cls : type
            It keeps its id or name if it was registered. Else it travels under its
            module and name if the instance takes any class, under the next free id
            if not.
        serializer : Serializer or type
            Writes and reads instances of ``cls``.
        """
        if cls not in self.type_resolver.registrations:
            place: dict[str, Any] = {}
            if not self.config.xlang and not self.config.strict:
                place = {"namespace": cls.__module__, "name": cls.__qualname__}
            return self.register(cls, serializer=serializer, **place)
        self.type_resolver.set_serializer(cls, serializer)
        call = ("register_serializer", cls, {"serializer": serializer})
        self._registrations.append(call)

    def dump(self, obj: Any, stream: BinaryIO) -> None:
        """Write ``obj`` to a binary stream, as one message; see `serialize`."""
        from fory.buffer import write_all

        write_all(stream.write, self.serialize(obj))

    def load(self, stream: BinaryIO) -> Any:
        """Return the next object of a binary stream, which then stands behind it."""
        if not hasattr(stream, "read"):
            raise TypeError(f"expected a binary stream, found {type(stream).__name__}")
        can_seek = getattr(stream, "seekable", None)
        seekable = can_seek is not None and can_seek()
        buffer = Buffer.from_stream(stream, read_ahead=seekable)
        try:
            return self.deserialize(buffer)
        finally:
            if seekable:
                stream.seek(buffer.reader_index - buffer.writer_index, 1)


class ThreadSafeFory:
    """A `Fory` that refuses registrations once it is in use.

    Parameters
    ----------
    fory_factory : callable, optional
        Makes the instance; else ``Fory(**options)`` does.
    **options
        Those of `Fory`.
    """

    def __init__(self, fory_factory: Any = None, **options: Any) -> None:
        if fory_factory is not None and options:
            raise TypeError("give a factory or options, not both")
        self._fory: Fory = Fory(**options) if fory_factory is None else fory_factory()
        self._used = False

    @property
    def config(self) -> Config:
        """The options."""
        return self._fory.config

    def _register(self, method: str, cls: type, options: dict[str, Any]) -> None:
        if self._used:
            raise RuntimeError(
                f"register {cls.__qualname__} before the first message: threads may be "
                f"using this instance already"
            )
        getattr(self._fory, method)(cls, **options)

    def register(self, cls: type, **options: Any) -> None:
        """Register a class, see `Fory.register`."""
        self._register("register", cls, options)

    register_type = register

    def register_union(self, cls: type, **options: Any) -> None:
        """Register a union, see `Fory.register_union`."""
        self._register("register_union", cls, options)

    def register_serializer(self, cls: type, serializer: Any) -> None:
        """Give a class a serializer, see `Fory.register_serializer`."""
        self._register("register_serializer", cls, {"serializer": serializer})

    def serialize(self, obj: Any, *args: Any, **options: Any) -> Any:
        """Return ``obj`` as bytes, see `Fory.serialize`."""
        self._used = True
        return self._fory.serialize(obj, *args, **options)

    def deserialize(self, buffer: Any, *args: Any, **options: Any) -> Any:
        """Return the object of a message, see `Fory.deserialize`."""
        self._used = True
        return self._fory.deserialize(buffer, *args, **options)

    dumps, loads = serialize, deserialize

    def dump(self, obj: Any, stream: BinaryIO) -> None:
        """Write ``obj`` to a binary stream."""
        self._used = True
        self._fory.dump(obj, stream)

    def load(self, stream: BinaryIO) -> Any:
        """Return the next object of a binary stream."""
        self._used = True
        return self._fory.load(stream)


def _restore(cls: type[Fory], options: dict[str, Any]) -> Fory:
    return cls(**options)


def _strict_by_force() -> bool:
    """Tell whether the environment forbids strict=False."""
    value = os.environ.get("ENABLE_TYPE_REGISTRATION_FORCIBLY", "0")
    return value.lower() in ("1", "true")
