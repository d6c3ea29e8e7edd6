"""What a message holds, told without importing or calling anything of it."""

from __future__ import annotations

import sys
from typing import Any, TextIO

from fory._code import read_cells, read_scope
from fory._core import Fory
from fory._cycles import ReductionInCycle
from fory._impl import Attributes, Codec, Reduction
from fory._native_plans import known_codecs
from fory._type_ids import TypeId
from fory.error import DecodeError, ForyError, PolicyError
from fory.policy import DeserializationPolicy

__all__ = ["Part", "describe", "inspect"]

_OBJECT, _REDUCED, _CALLED = 200, 201, 203
_SHOWN = 70


class Part:
    """Something in a message that is more than a value: what it is, and its parts."""

    def __init__(self, kind: str, name: str, parts: Any = ()) -> None:
        self.kind = kind
        self.name = name
        self.parts: dict[str, Any] = dict(parts)

    def __repr__(self) -> str:
        return f"{self.kind} {self.name}"

    def __call__(self) -> None:
        """Be callable, as what stands for a function must; it does nothing."""


class _Record:
    """An instance, with the attributes that the message gives it."""

    shown_as = ""


def inspect(data: Any, file: TextIO | None = None, *, fory: Fory | None = None) -> None:
    """Print what a message holds, without importing or calling anything of it.

    Parameters
    ----------
    data : bytes-like
        A message of Python's own; a signed one is told as such.
    file : text file, optional
        Where to print; by default standard output.
    fory : Fory, optional
        Whose options the message has; else those of ``fory.dumps``.

    Notes
    -----
    Classes that are imported already are looked at, not used: the fields of their
    instances are in no message. Where a class is not there, the rest is not told.
    """
    print(describe(data, fory=fory), file=file or sys.stdout)


def describe(data: Any, *, fory: Fory | None = None) -> str:
    """Return what `inspect` prints."""
    size = memoryview(data).nbytes
    lines = [f"message of {size} bytes"]
    reader = _reader(fory)
    try:
        value = reader.loads(data)
    except ForyError as error:
        return "\n".join([*lines, f"  cannot be told further: {error}"])
    _tell(value, "", 1, lines, set())
    return "\n".join(lines)


# ---- reading -------------------------------------------------------------------------


class _Looking(DeserializationPolicy):
    """Answers names with parts that stand for what they name."""

    def find_class(self, module: str, qualname: str) -> Any:
        """Return what stands for a global."""
        return Part("global", f"{module}.{qualname}")


class _Calls(Reduction):
    """Tells calls instead of making them."""

    def find(self, name: Any) -> Any:
        """Return what stands for a global."""
        return Part("global", str(name))

    def call(self, function: Any, args: Any) -> Any:
        """Return what stands for the result of a call."""
        return Part("call", getattr(function, "name", "?"), {"arguments": args})

    def finish(self, obj: Any, rest: list[Any]) -> Any:
        """Return the same with what follows the call."""
        names = ("state", "items", "entries", "setter")
        given = zip(names, rest, strict=False)
        obj.parts.update({n: v for n, v in given if v is not None})
        return obj


class _Module:
    def read(self, ctx: Any) -> Any:
        name = ctx.read_string()
        if name:
            return Part("module", name)
        if ctx.read_uint8():
            return _envelope(ctx)
        part = Part("module by value", ctx.read_string())
        ctx.reference(part)
        ctx.read_var_uint32()
        part.parts["names"] = ctx.read_ref()
        return part


class _Class:
    def read(self, ctx: Any) -> Any:
        kind = ctx.read_uint8()
        if kind == 0:
            return Part("class", f"{ctx.read_string()}.{ctx.read_string()}")
        if kind == 3:
            return _envelope(ctx)
        if kind != 2:
            raise DecodeError(f"a class of the unknown kind {kind}")
        ctx.read_string()
        module, qualname = ctx.read_ref(), ctx.read_string()
        part = Part("class by value", f"{module}.{qualname}")
        part.parts["metaclass"] = ctx.read_ref()
        n = ctx.checked_size(ctx.read_var_uint32())
        part.parts["bases"] = [ctx.read_ref() for _ in range(n)]
        part.parts["made with"] = ctx.read_ref()
        ctx.read_int64()
        ctx.reference(part)
        part.parts["attributes"] = ctx.read_ref()
        return part


class _Function:
    def read(self, ctx: Any) -> Any:
        kind = ctx.read_uint8()
        if kind == 1:
            return Part("function", f"{ctx.read_string()}.{ctx.read_string()}")
        if kind == 2:
            return _plain_function(ctx)
        if kind == 4:
            return _envelope(ctx)
        if kind != 3:
            raise DecodeError(f"a function of the unknown kind {kind}")
        ctx.read_string()
        module, qualname, _ = ctx.read_ref(), ctx.read_string(), ctx.read_string()
        part = Part("function by value", f"{module}.{qualname}")
        part.parts["code"] = f"{len(ctx.read_bytes_and_size())} bytes"
        read_scope(ctx)
        cells, fill = read_cells(ctx)
        ctx.reference(part)
        fill()
        part.parts["cells"] = [_content(cell) for cell in cells]
        part.parts.update(ctx.read_ref())
        return part


def _plain_function(ctx: Any) -> Part:
    part = Part("function by value", f"{ctx.read_string()}.{ctx.read_string()}")
    part.parts["code"] = f"{len(ctx.read_bytes_and_size())} bytes"
    ctx.reference(part)
    if ctx.read_bool():
        n = ctx.checked_size(ctx.read_var_uint32())
        part.parts["defaults"] = [ctx.read_ref() for _ in range(n)]
    has_closure = ctx.read_bool()
    n = ctx.checked_size(ctx.read_var_uint32())
    if has_closure:
        part.parts["cells"] = [ctx.read_ref() for _ in range(n)]
    for _ in range(ctx.checked_size(ctx.read_var_uint32())):
        ctx.read_string()
    part.parts["globals"] = ctx.read_ref()
    part.parts["attributes"] = ctx.read_ref()
    return part


class _Method:
    def read(self, ctx: Any) -> Any:
        owner, name = ctx.read_ref(), ctx.read_string()
        parts = {"of": owner} if name else {"of": owner, "function": ctx.read_ref()}
        return Part("method", name, parts)


class _Builtin:
    def read(self, ctx: Any) -> Any:
        name = ctx.read_string()
        if ctx.read_bool():
            return Part("function", f"{ctx.read_string()}.{name}")
        return Part("method", name, {"of": ctx.read_ref()})


class _Code:
    def read(self, ctx: Any) -> Any:
        return Part("code", f"{len(ctx.read_bytes_and_size())} bytes")


class _Cell:
    def read(self, ctx: Any) -> Any:
        part = Part("cell", "")
        ctx.reference(part)
        cells, fill = read_cells(ctx)
        fill()
        part.parts["content"] = [_content(cell) for cell in cells]
        return part


class _Persistent:
    def read(self, ctx: Any) -> Any:
        return Part("persistent", repr(ctx.read_ref()))


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return Part("nothing", "yet")


def _envelope(ctx: Any) -> Part:
    number = ctx.read_var_uint32()
    seen = ctx.get_context_object("envelopes") or []
    ctx.add_context_object("envelopes", seen)
    if number < len(seen):
        return seen[number]
    value = _reader(None).loads(ctx.read_bytes_and_size())
    seen.append(value)
    return value


class _Instances:
    """Finds out how the instances of a class are written; makes none of it."""

    def __init__(self, native: Any, registry: Any) -> None:
        self.native = native
        self.registry = registry

    def imported(self, type_id: TypeId, namespace: str, name: str) -> Codec | None:
        """Return a plan that reads an instance as a record."""
        cls: Any = sys.modules.get(namespace)
        for part in name.split("."):
            cls = getattr(cls, part, None)
        if not isinstance(cls, type):
            raise PolicyError(f"the class {namespace}.{name} is not imported here")
        codec = self.native.by_module(cls, type_id)
        return self._shown(codec, f"{namespace}.{name}")

    def by_value(self, cls: Any) -> Codec:
        """Return a plan for instances of a class that is in the message."""
        bases = cls.parts.get("bases", []) if isinstance(cls, Part) else []
        known = {"builtins.object"}
        own = cls.parts.get("attributes", {}) if isinstance(cls, Part) else {}
        if {"__reduce__", "__reduce_ex__"} & set(own):
            calls = _Calls(self.registry.policy)
            return Codec(_REDUCED, TypeId.LOCAL, trackable=True, serializer=calls)
        hidden = {"__getstate__", "__setstate__", "__slots__"}
        if hidden & set(own) or any(b.name not in known for b in bases):
            raise PolicyError(f"only {cls} itself knows how its instances are written")
        record = type("Record", (_Record,), {"shown_as": cls.name})
        return Codec(
            _OBJECT,
            TypeId.LOCAL,
            cls=record,
            trackable=True,
            serializer=Attributes([]),
        )

    def _shown(self, codec: Codec, name: str) -> Codec:
        if codec.kind == TypeId.ENUM:
            return Codec(TypeId.ENUM, codec.type_id)
        record = type("Record", (_Record,), {"shown_as": name})
        if codec.kind == _OBJECT:
            codec.update(cls=record)
        elif codec.kind == TypeId.STRUCT:
            codec.prepare(codec)
            for field in codec.fields or ():
                if field.slot:
                    raise PolicyError(f"instances of {name} have slots")
            codec.update(cls=record, missing=())
        else:
            raise PolicyError(f"only {name} itself knows how its instances are written")
        return codec


def _reader(fory: Fory | None) -> Fory:
    """Return a reader that makes parts and records instead of objects."""
    compatible = fory is not None and fory.compatible
    policy = _Looking()
    made = Fory(
        strict=False, ref=True, compatible=compatible, max_depth=1000, policy=policy
    )
    registry = made.type_resolver
    calls = _Calls(policy)
    told: dict[TypeId, Any] = {
        TypeId.MODULE: _Module(),
        TypeId.CLASS: _Class(),
        TypeId.FUNCTION: _Function(),
        TypeId.METHOD: _Method(),
        TypeId.BUILTIN: _Builtin(),
        TypeId.CODE: _Code(),
        TypeId.CELL: _Cell(),
        TypeId.PERSISTENT: _Persistent(),
        TypeId.REDUCE_IN_CYCLE: ReductionInCycle(calls, ()),
    }
    for type_id, serializer in told.items():
        registry.by_type_id[type_id] = Codec(
            TypeId.EXT, type_id, trackable=True, serializer=serializer
        )
    for type_id, kind in ((TypeId.REDUCE, _REDUCED), (TypeId.CALL, _CALLED)):
        registry.by_type_id[type_id] = Codec(
            kind, type_id, trackable=True, serializer=calls
        )
    for codec in known_codecs(calls):
        registry.by_type_id[codec.type_id] = codec
    instances: Any = _Instances(registry.plans.native, registry)
    registry.plans.native = instances
    registry.local_plan = instances.by_value  # type: ignore[method-assign]
    return made


# ---- telling -------------------------------------------------------------------------


def _tell(
    value: Any, label: str, depth: int, lines: list[str], above: set[int]
) -> None:
    head = "  " * depth + (f"{label}: " if label else "")
    children = _children(value)
    if children is None:
        shown = repr(value)
        lines.append(head + (shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "..."))
        return
    title, entries = children
    if id(value) in above:
        lines.append(f"{head}{title} (see above)")
        return
    lines.append(head + title)
    above = above | {id(value)}
    for name, child in entries:
        _tell(child, name, depth + 1, lines, above)


def _children(value: Any) -> tuple[str, list[tuple[str, Any]]] | None:
    """Return the title of what has parts and the parts, None for plain values."""
    if isinstance(value, Part):
        return repr(value), list(value.parts.items())
    if isinstance(value, _Record):
        return f"instance of {value.shown_as}", list(vars(value).items())
    if isinstance(value, dict):
        entries = [(repr(k)[:_SHOWN], v) for k, v in value.items()]
        return f"dict of {len(value)}", entries
    if isinstance(value, (list, tuple, set, frozenset)):
        title = f"{type(value).__name__} of {len(value)}"
        return title, [(str(i), item) for i, item in enumerate(value)]
    return None
