"""The calls of the ``pickle`` module, so that ``fory`` fits where a pickler does."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from fory._core import Fory
from fory._impl import Codec, Reduction
from fory._outside import BufferObject
from fory._type_ids import TypeId
from fory.buffer import Buffer, write_all
from fory.error import DecodeError, EncodeError, ForyError
from fory.policy import DeserializationPolicy

__all__ = [
    "DEFAULT_PROTOCOL",
    "HIGHEST_PROTOCOL",
    "PickleError",
    "Pickler",
    "PicklingError",
    "Unpickler",
    "UnpicklingError",
    "copy",
    "deserialize",
    "dump",
    "dumps",
    "load",
    "loads",
    "serialize",
]

HIGHEST_PROTOCOL = DEFAULT_PROTOCOL = 5
PickleError, PicklingError, UnpicklingError = ForyError, EncodeError, DecodeError
MAX_DEPTH = 1000

_REDUCED = 201
# What pickle itself writes, before it looks for a reducer.
_LEAVES = type(None), bool, int, float, str, bytes, bytearray
_ATOMS = frozenset((*_LEAVES, tuple, list, dict, set, frozenset))
Callback = Callable[[Any], Any]


@functools.cache
def shared() -> Fory:
    """Return the instance of the calls below."""
    return Fory(strict=False, ref=True, max_depth=MAX_DEPTH, concise=True)


def dumps(
    obj: Any,
    protocol: int | None = None,
    *,
    fix_imports: bool = True,
    buffer_callback: Callback | None = None,
) -> bytes:
    """Return any object as bytes, as ``pickle.dumps`` does.

    Parameters
    ----------
    obj : object
        Anything but what belongs to its process: open files, locks, generators.
    protocol : int, optional
        Accepted for callers of pickle; there is one format.
    fix_imports : bool
        Without effect.
    buffer_callback : callable, optional
        Called with each ``PickleBuffer``; false keeps it out of the message.

    Examples
    --------
    >>> import fory
    >>> double = fory.loads(fory.dumps(lambda x: 2 * x))
    >>> double(21)
    42
    """
    if protocol is None and buffer_callback is None:
        return shared().serialize(obj)
    _check_protocol(protocol, buffer_callback)
    return shared().serialize(obj, None, _offer_to(buffer_callback))


def loads(
    data: Any,
    /,
    *,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    errors: str = "strict",
    buffers: Iterable[Any] | None = None,
) -> Any:
    """Return the object of a message; read only what you trust.

    Parameters
    ----------
    data : bytes-like
        What `dumps` returned.
    fix_imports, encoding, errors
        Without effect.
    buffers : iterable of bytes-like, optional
        What ``buffer_callback`` took out.
    """
    return shared().load_any(data, buffers)


def dump(
    obj: Any,
    file: BinaryIO,
    protocol: int | None = None,
    *,
    fix_imports: bool = True,
    buffer_callback: Callback | None = None,
) -> None:
    """Write any object to a binary file, see `dumps`."""
    Pickler(file, protocol, buffer_callback=buffer_callback).dump(obj)


def load(
    file: BinaryIO,
    *,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    errors: str = "strict",
    buffers: Iterable[Any] | None = None,
) -> Any:
    """Return the next object of a binary file, which then stands behind it."""
    return Unpickler(file, buffers=buffers).load()


# Other names of the two calls.
serialize, deserialize = dumps, loads


def copy(obj: Any) -> Any:
    """Return a deep copy of an object, made by writing and reading it.

    What can be imported is not copied. Large buffers are copied once.
    """
    return loads(dumps(obj))


def _check_protocol(protocol: int | None, callback: Callback | None) -> None:
    if protocol is not None and protocol > HIGHEST_PROTOCOL:
        raise ValueError(f"pickle protocol must be <= {HIGHEST_PROTOCOL}")
    if callback is not None and protocol is not None and 0 <= protocol < 5:
        raise ValueError("buffer_callback needs protocol >= 5")


def _offer_to(callback: Callback | None) -> Callback | None:
    """Return what offers only the buffers that an object asks to keep out."""
    if callback is None:
        return None
    from pickle import PickleBuffer

    def offer(buffer: BufferObject) -> Any:
        if isinstance(buffer.source, bytes):
            return True
        return callback(
            buffer.source
            if isinstance(buffer.source, PickleBuffer)
            else PickleBuffer(buffer.getbuffer())
        )

    return offer


def _no_reducer(value: Any) -> Any:
    return NotImplemented


class Hooks:
    """What a pickler wants to say about each object before its type does."""

    def __init__(self, pickler: Any = None, load: Callback | None = None) -> None:
        self.persistent_id = getattr(pickler, "persistent_id", None)
        self.reducer_override = getattr(pickler, "reducer_override", _no_reducer)
        self.table = getattr(pickler, "dispatch_table", None)
        self.persistent_load = load
        self.reduction = Reduction(DeserializationPolicy())
        self.chosen: list[Codec] = []
        self.scopes: dict[str | int, dict[str, Any]] = {}
        self.is_paused = False

    def choose(self, value: Any) -> Codec | None:
        """Return the plan for one value, None to let its type decide."""
        if self.is_paused:
            return None
        if self.persistent_id is not None:
            name = self.persistent_id(value)
            if name is not None:
                writer = PersistentWriter(name, self)
                return self._keep(TypeId.EXT, TypeId.PERSISTENT, writer)
        cls = type(value)
        if cls in _ATOMS:
            return None
        reduced = self.reducer_override(value)
        if reduced is NotImplemented and self.table is not None:
            reduced = self.table.get(cls, _no_reducer)(value)
        if reduced is NotImplemented:
            return None
        parts = self.reduction.checked(value, reduced)
        return self._keep(_REDUCED, TypeId.REDUCE, _Reduced(parts))

    def _keep(self, kind: int, type_id: int, serializer: Any) -> Codec:
        """Return a plan that lives as long as the message."""
        codec = Codec(kind, type_id, trackable=True, serializer=serializer)
        self.chosen.append(codec)
        return codec


class PersistentWriter:
    """Writes the name under which something outside of the message is known."""

    def __init__(self, name: Any, hooks: Hooks) -> None:
        self.name = name
        self.hooks = hooks

    def write(self, ctx: Any, value: Any) -> None:
        """Write the name, about which nobody is asked."""
        self.hooks.is_paused = True
        try:
            ctx.write_nullable(self.name)
        finally:
            self.hooks.is_paused = False


class _Reduced(Reduction):
    """A reduction that was made already."""

    def __init__(self, made: tuple[Any, ...]) -> None:
        super().__init__(None)
        self.made = made

    def parts(self, value: Any) -> tuple[Any, ...]:
        """Return what is written for an object."""
        return self.made


class Pickler:
    """Writes objects to a file, as ``pickle.Pickler`` does.

    Override ``persistent_id`` or ``reducer_override``, or set ``dispatch_table``.
    Each dump is a message of its own; nothing is remembered between two.

    Parameters
    ----------
    file : binary file
        What has ``write``.
    protocol, fix_imports
        Accepted for callers of pickle.
    buffer_callback : callable, optional
        Called with each ``PickleBuffer``; false keeps it out of the message.
    """

    def __init__(
        self,
        file: Any,
        protocol: int | None = None,
        *,
        fix_imports: bool = True,
        buffer_callback: Callback | None = None,
    ) -> None:
        _check_protocol(protocol, buffer_callback)
        self._write = getattr(file, "write", None)
        if not callable(self._write):
            raise TypeError("file must have a 'write' attribute")
        self._offer = _offer_to(buffer_callback)
        self.fast = False

    def persistent_id(self, obj: Any) -> Any:
        """Return the name of an object that stays outside, None for others."""
        return None

    def dump(self, obj: Any) -> None:
        """Write ``obj`` as one message; what cannot be written is a PicklingError."""
        if not hasattr(self, "_write"):
            raise PicklingError(f"Pickler.__init__() was not called by {type(self)}")
        fory = self._fory()
        try:
            write_all(self._write, fory.serialize(obj, None, self._offer))  # type: ignore[arg-type]
        finally:
            if fory.config.hooks is not None:
                fory.config.hooks.chosen.clear()

    def clear_memo(self) -> None:
        """Forget what was written; nothing is kept between two dumps."""

    def _fory(self) -> Fory:
        hooks = Hooks(self)
        if getattr(hooks.persistent_id, "__func__", None) is Pickler.persistent_id:
            hooks.persistent_id = None
        said = hooks.persistent_id, hooks.reducer_override, hooks.table
        if said == (None, _no_reducer, None):
            return shared()
        return Fory(
            strict=False, ref=True, max_depth=MAX_DEPTH, concise=True, hooks=hooks
        )


class Unpickler:
    """Reads objects from a file, as ``pickle.Unpickler`` does.

    Override ``find_class`` to restrict what messages reach, and ``persistent_load``.

    Parameters
    ----------
    file : binary file
        What has ``read``.
    fix_imports, encoding, errors
        Accepted for callers of pickle.
    buffers : iterable of bytes-like, optional
        What ``buffer_callback`` took out.
    policy : DeserializationPolicy, optional
        Hooks that see what the messages ask for.
    """

    def __init__(
        self,
        file: Any,
        *,
        fix_imports: bool = True,
        encoding: str = "ASCII",
        errors: str = "strict",
        buffers: Iterable[Any] | None = None,
        policy: DeserializationPolicy | None = None,
    ) -> None:
        found = [hasattr(file, name) for name in ("read", "readline")]
        if not all(found):
            raise TypeError("file must have 'read' and 'readline' attributes")
        self._file = file
        self._buffers = None if buffers is None else iter(buffers)
        self._policy = policy or DeserializationPolicy()

    def find_class(self, module: str, name: str) -> Any:
        """Return the global of this name; override it to refuse some."""
        from fory._globals import find

        return find(module, name, self._policy)

    def persistent_load(self, name: Any) -> Any:
        """Return what a pickler gave this name; override it to read such messages."""
        raise UnpicklingError(
            f"the message refers to {name!r:.60} outside of it, and this unpickler "
            f"does not override persistent_load"
        )

    def load(self) -> Any:
        """Return the object of the next message; at the end, that is an EOFError."""
        if not hasattr(self, "_file"):
            raise UnpicklingError(f"{type(self)} did not call Unpickler.__init__()")
        seekable = getattr(self._file, "seekable", None)
        ahead = bool(seekable is not None and seekable())
        buffer = Buffer.from_stream(self._file, read_ahead=ahead)
        try:
            return self._fory().deserialize(buffer, self._buffers)
        finally:
            if ahead:
                self._file.seek(buffer.reader_index - buffer.writer_index, 1)

    def _fory(self) -> Fory:
        cls = type(self)
        policy: DeserializationPolicy = self._policy
        if cls.find_class is not Unpickler.find_class or "find_class" in vars(self):
            policy = _FindingPolicy(policy, self.find_class)
        load = self.persistent_load
        plain = getattr(load, "__func__", None) is Unpickler.persistent_load
        if plain and type(policy) is DeserializationPolicy:
            return shared()
        hooks = Hooks(load=load)
        return Fory(
            strict=False, ref=True, max_depth=MAX_DEPTH, policy=policy, hooks=hooks
        )


_NAMES_OF_CODE: dict[type, str] = {
    getattr(types, name): name
    for name in ("FunctionType", "ModuleType", "CodeType", "CellType", "MethodType")
}


class _FindingPolicy(DeserializationPolicy):
    """A policy whose names are looked up by an unpickler."""

    def __init__(self, policy: DeserializationPolicy, find_class: Any) -> None:
        self.find_class = find_class
        self.policy = policy
        for name in vars(DeserializationPolicy):
            if not name.startswith("_") and name not in vars(_FindingPolicy):
                setattr(self, name, getattr(policy, name))

    def authorize_instantiation(self, cls: type, **context: Any) -> None:
        """Show code by value to ``find_class`` as well: pickle would need a name."""
        if cls in _NAMES_OF_CODE:
            self.find_class("types", _NAMES_OF_CODE[cls])
        elif issubclass(cls, type):
            self.find_class("builtins", "type")
        self.policy.authorize_instantiation(cls, **context)
