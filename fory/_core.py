"""``Fory``: the options of a serializer and the calls that use it."""

from __future__ import annotations

import dataclasses
from typing import Any, BinaryIO

from fory._buffer import Buffer
from fory._graph import Engine
from fory.registry import Registry

__all__ = ["Config", "Fory"]

_MAX_DEPTH = 10_000


@dataclasses.dataclass(frozen=True, slots=True)
class Config:
    """The options of one ``Fory``; see there."""

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

    def __post_init__(self) -> None:
        if not 1 <= self.max_depth <= _MAX_DEPTH:
            raise ValueError(f"max_depth is {self.max_depth}, not in 1 to {_MAX_DEPTH}")


class Fory(Engine):
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
        policy: Any = None,
        **limits: Any,
    ) -> None:
        self.config = Config(
            xlang, ref, strict, compatible, max_depth, policy, **limits
        )
        self.type_resolver = Registry(self.config, self)
        shared = {
            "xlang": xlang,
            "ref": ref,
            "compatible": compatible,
            "max_depth": max_depth,
        }
        unbacked = self.config.max_unbacked_container_items
        self._configure(
            self.type_resolver, shared, {**shared, "max_unbacked": unbacked}
        )

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
        """
        if typename is not None and name is not None:
            raise TypeError("typename and name are the same; give one of them")
        name = typename if name is None else name
        if name is not None and namespace is None:
            namespace, _, name = name.rpartition(".")
        self.type_resolver.register(
            cls, type_id=type_id, namespace=namespace, name=name, serializer=serializer
        )

    register_type = register

    def register_serializer(self, cls: type, serializer: Any) -> None:
        """Give a class a serializer and the next free id."""
        self.register(cls, serializer=serializer)

    def dump(self, obj: Any, stream: BinaryIO) -> None:
        """Write ``obj`` to a binary stream."""
        stream.write(self.serialize(obj))

    def load(self, stream: BinaryIO) -> Any:
        """Return the next object of a binary stream, which then stands behind it."""
        seekable = stream.seekable()
        buffer = Buffer.from_stream(stream, read_ahead=seekable)
        result = self.deserialize(buffer)
        if seekable:
            stream.seek(buffer.reader_index - buffer.writer_index, 1)
        return result
