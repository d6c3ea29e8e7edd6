"""Classes, functions, methods and modules as values (xlang_wire 17, strict=False)."""

from __future__ import annotations

import builtins
import marshal
import sys
import types
from collections.abc import Iterable
from typing import Any

from fory._globals import find, import_module, is_importable, name_of
from fory.error import DecodeError, EncodeError
from fory.policy import DeserializationPolicy

__all__ = [
    "BuiltinSerializer",
    "ClassSerializer",
    "FunctionSerializer",
    "MethodSerializer",
    "ModuleSerializer",
]

_BY_NAME, _BY_VALUE = 0, 1
_OF_SELF, _IMPORTED, _MADE_HERE = 0, 1, 2
# Entries of a class that a new class makes for itself.
_OWN_ENTRIES = {"__dict__", "__weakref__", "__module__", "__qualname__"}


class ModuleSerializer:
    """Modules by name."""

    def __init__(self, policy: DeserializationPolicy) -> None:
        self.policy = policy

    def write(self, ctx: Any, value: types.ModuleType) -> None:
        """Write the name."""
        if sys.modules.get(value.__name__) is not value:
            raise EncodeError(f"the module {value.__name__!r} cannot be imported")
        ctx.write_string(value.__name__)

    def read(self, ctx: Any) -> Any:
        """Return the module."""
        return import_module(ctx.read_string(), self.policy)


class ClassSerializer:
    """Classes: by name, or by value if no other process can import them."""

    def __init__(self, policy: DeserializationPolicy) -> None:
        self.policy = policy

    def write(self, ctx: Any, value: type) -> None:
        """Write where the class is found, or what it is made of."""
        if is_importable(value):
            ctx.write_uint8(_BY_NAME)
            for text in name_of(value):
                ctx.write_string(text)
            return
        if not ctx.track_ref:
            raise EncodeError(
                f"{value!r} is local or in __main__; its methods refer back to it, so "
                f"it needs Fory(ref=True)"
            )
        ctx.write_uint8(_BY_VALUE)
        ctx.write_string(value.__module__)
        ctx.write_string(value.__qualname__)
        ctx.write_var_uint32(len(value.__bases__))
        for base in value.__bases__:
            ctx.write_ref(base)
        entries = {k: v for k, v in vars(value).items() if k not in _OWN_ENTRIES}
        bound = {k: v for k, v in entries.items() if isinstance(v, classmethod)}
        ctx.write_var_uint32(len(bound))
        for name, method in bound.items():
            ctx.write_string(name)
            ctx.write_ref(method.__func__)
        slots = set(entries.get("__slots__", ()))
        ctx.write_ref(
            {k: v for k, v in entries.items() if k not in bound and k not in slots}
        )

    def read(self, ctx: Any) -> Any:
        """Return the class."""
        if ctx.read_uint8() == _BY_NAME:
            cls = find(ctx.read_string(), ctx.read_string(), self.policy)
            if not isinstance(cls, type):
                raise DecodeError(f"{cls!r:.60} is not a class")
            self.policy.validate_class(cls, is_local=False)
            return cls
        return self._read_local(ctx)

    def _read_local(self, ctx: Any) -> type:
        module, qualname = ctx.read_string(), ctx.read_string()
        self.policy.validate_module(module, is_local=True)
        n = ctx.checked_size(ctx.read_var_uint32())
        bases = tuple(ctx.read_ref() for _ in range(n))
        names = {"__module__": module, "__qualname__": qualname}
        self.policy.authorize_instantiation(type, args=(qualname, bases), kwargs={})
        cls = types.new_class(
            qualname.rpartition(".")[2], bases, exec_body=lambda ns: ns.update(names)
        )
        ctx.reference(cls)
        for _ in range(ctx.checked_size(ctx.read_var_uint32())):
            name = ctx.read_string()
            setattr(cls, name, classmethod(ctx.read_ref()))
        for name, value in ctx.read_ref().items():
            if name != "__slots__":
                setattr(cls, name, value)
        self.policy.validate_class(cls, is_local=True)
        return cls


class MethodSerializer:
    """Bound methods: the object and the name."""

    def __init__(self, policy: DeserializationPolicy) -> None:
        self.policy = policy

    def write(self, ctx: Any, value: types.MethodType) -> None:
        """Write the object and the name of the method."""
        ctx.write_ref(value.__self__)
        ctx.write_string(value.__func__.__name__)

    def read(self, ctx: Any) -> Any:
        """Return the method of the object that was read."""
        owner, name = ctx.read_ref(), ctx.read_string()
        method = getattr(owner, name, None)
        if not callable(method):
            raise DecodeError(f"{type(owner).__qualname__} has no method {name!r}")
        self.policy.validate_method(method, is_local=False)
        return method


class BuiltinSerializer:
    """Functions and methods of the interpreter: a name and where it belongs."""

    def __init__(self, policy: DeserializationPolicy) -> None:
        self.policy = policy

    def write(self, ctx: Any, value: types.BuiltinFunctionType) -> None:
        """Write the name, then the module or the object."""
        owner: Any = value.__self__
        by_module = owner is None or isinstance(owner, types.ModuleType)
        ctx.write_string(value.__name__)
        ctx.write_bool(by_module)
        if by_module:
            ctx.write_string(value.__module__ or owner.__name__)
        else:
            ctx.write_ref(owner)

    def read(self, ctx: Any) -> Any:
        """Return the function or the bound method."""
        name = ctx.read_string()
        if ctx.read_bool():
            function = find(ctx.read_string(), name, self.policy)
            self.policy.validate_function(function, is_local=False)
            return function
        owner = ctx.read_ref()
        method = getattr(owner, name, None)
        if not callable(method):
            raise DecodeError(f"{type(owner).__qualname__} has no method {name!r}")
        self.policy.validate_method(method, is_local=False)
        return method


class FunctionSerializer:
    """Functions: by name, or code, defaults, closure and the globals they use."""

    def __init__(self, policy: DeserializationPolicy) -> None:
        self.policy = policy

    def write(self, ctx: Any, value: types.FunctionType) -> None:
        """Write where the function is found, or what it is made of."""
        if is_importable(value):
            ctx.write_uint8(_IMPORTED)
            for text in name_of(value):
                ctx.write_string(text)
            return
        code = value.__code__
        ctx.write_uint8(_MADE_HERE)
        ctx.write_string(value.__module__ or "__main__")
        ctx.write_string(value.__qualname__)
        ctx.write_bytes_and_size(marshal.dumps(code))
        _write_optional(ctx, value.__defaults__)
        cells = value.__closure__
        ctx.write_bool(cells is not None)
        ctx.write_var_uint32(len(code.co_freevars))
        for cell in cells or ():
            ctx.write_ref(_content(cell))
        ctx.write_var_uint32(len(code.co_freevars))
        for name in code.co_freevars:
            ctx.write_string(name)
        ctx.write_ref(_used_globals(value))
        ctx.write_ref(_attributes(value))

    def read(self, ctx: Any) -> Any:
        """Return the function."""
        kind = ctx.read_uint8()
        if kind == _IMPORTED:
            function = find(ctx.read_string(), ctx.read_string(), self.policy)
            self.policy.validate_function(function, is_local=False)
            return function
        if kind == _OF_SELF:
            owner, name = ctx.read_ref(), ctx.read_string()
            method = getattr(owner, name)
            self.policy.validate_method(method, is_local=False)
            return method
        if kind != _MADE_HERE:
            raise DecodeError(f"a function of the unknown kind {kind}")
        return self._read_local(ctx)

    def _read_local(self, ctx: Any) -> types.FunctionType:
        module, qualname = ctx.read_string(), ctx.read_string()
        self.policy.validate_module(module, is_local=True)
        self.policy.authorize_instantiation(
            types.FunctionType, args=(module, qualname), kwargs={}
        )
        code = _load_code(ctx.read_bytes_and_size())
        defaults = None
        if ctx.read_bool():
            n = ctx.checked_size(ctx.read_var_uint32())
            defaults = tuple(ctx.read_ref() for _ in range(n))
        has_closure = ctx.read_bool()
        n = ctx.checked_size(ctx.read_var_uint32())
        cells = tuple(types.CellType() for _ in range(n)) if has_closure else None
        scope = _scope_of(module)
        function = types.FunctionType(code, scope, code.co_name, defaults, cells)
        function.__qualname__ = qualname
        function.__module__ = module
        ctx.reference(function)
        for cell in cells or ():
            cell.cell_contents = ctx.read_ref()
        for _ in range(ctx.checked_size(ctx.read_var_uint32())):
            ctx.read_string()
        for name, value in ctx.read_ref().items():
            scope.setdefault(name, value)
        attributes = ctx.read_ref()
        for name, value in attributes.items():
            setattr(function, name, value)
        self.policy.validate_function(function, is_local=True)
        return function


def _write_optional(ctx: Any, values: Iterable[Any] | None) -> None:
    ctx.write_bool(values is not None)
    if values is not None:
        items = list(values)
        ctx.write_var_uint32(len(items))
        for item in items:
            ctx.write_ref(item)


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError as error:
        raise EncodeError("a closure has a cell that is not filled yet") from error


def _load_code(data: bytes) -> types.CodeType:
    try:
        code = marshal.loads(data)
    except (ValueError, EOFError, TypeError) as error:
        raise DecodeError(f"the code of a function is not valid: {error}") from error
    if not isinstance(code, types.CodeType):
        raise DecodeError(f"a function has {type(code).__name__} instead of code")
    return code


def _scope_of(module: str) -> dict[str, Any]:
    """Return the globals of a function that was made elsewhere."""
    known = sys.modules.get(module)
    scope = dict(vars(known)) if known is not None and module != "__main__" else {}
    scope.setdefault("__builtins__", builtins)
    scope["__name__"] = module
    return scope


def _names_in(code: types.CodeType) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names_in(constant)
    return names


def _used_globals(function: types.FunctionType) -> dict[str, Any]:
    scope = function.__globals__
    return {n: scope[n] for n in sorted(_names_in(function.__code__)) if n in scope}


def _attributes(function: types.FunctionType) -> dict[str, Any]:
    attributes = dict(vars(function))
    if function.__kwdefaults__:
        attributes["__kwdefaults__"] = function.__kwdefaults__
    return attributes
