"""Modules, bound methods and functions of the interpreter."""

from __future__ import annotations

import sys
import types
from typing import Any

from fory._code import number_scope, scope_of
from fory._envelopes import read_envelope, write_envelope
from fory._globals import (
    MAIN,
    ask_finder,
    bound_method,
    find_method,
    find_valid,
    import_module,
    module_with,
    travels_by_value,
)
from fory.error import DecodeError
from fory.policy import DeserializationPolicy

__all__ = ["BuiltinSerializer", "MethodSerializer", "ModuleSerializer"]

_WHOLE, _ENVELOPE = 0, 1
_NOT_SENT = {"__builtins__", "__loader__", "__spec__"}


class ModuleSerializer:
    """Modules by name; those that cannot be imported by value."""

    def __init__(self, policy: DeserializationPolicy) -> None:
        self.policy = policy

    def write(self, ctx: Any, value: types.ModuleType) -> None:
        """Write the name; behind an empty one stands the module itself."""
        name = value.__name__
        here = sys.modules.get(name) is value and name not in MAIN
        if here and not travels_by_value(name):
            ctx.write_string(name)
            return
        ctx.write_string("")
        if not ctx.track_ref:
            ctx.write_uint8(_ENVELOPE)
            write_envelope(ctx, value)
            return
        ctx.write_uint8(_WHOLE)
        ctx.write_string(name)
        scope = vars(value)
        ctx.write_var_uint32(number_scope(ctx, scope))
        ctx.write_ref({k: v for k, v in scope.items() if k not in _NOT_SENT})

    def read(self, ctx: Any) -> Any:
        """Return the module."""
        name = ctx.read_string()
        if name:
            ask_finder(self.policy, "importlib", "import_module")
            return import_module(name, self.policy)
        kind = ctx.read_uint8()
        if kind == _ENVELOPE:
            return read_envelope(ctx)
        if kind != _WHOLE:
            raise DecodeError(f"a module of the unknown kind {kind}")
        name = ctx.read_string()
        self.policy.validate_module(name, is_local=True)
        self.policy.authorize_instantiation(types.ModuleType, args=(name,), kwargs={})
        module = types.ModuleType(name)
        ctx.reference(module)
        scope = vars(module)
        scope["__builtins__"] = __builtins__
        scope_of(ctx, ctx.read_var_uint32(), scope)
        values = ctx.read_ref()
        if not isinstance(values, dict):
            raise DecodeError(f"the module {name!r:.60} has no dict of its names")
        scope.update(values)
        return module


class MethodSerializer:
    """Bound methods: the object and the name."""

    cls = types.MethodType
    needs_parts = False

    def __init__(self, policy: DeserializationPolicy) -> None:
        self.policy = policy

    def write(self, ctx: Any, value: types.MethodType) -> None:
        """Write object and name, or the function if that is not found by name."""
        owner, function = value.__self__, value.__func__
        ctx.write_ref(owner)
        name = getattr(function, "__name__", "")
        found: Any = getattr(owner, name, None) if isinstance(name, str) else None
        is_found = type(found) is types.MethodType and found == value
        ctx.write_string(name if is_found else "")
        if not is_found:
            ctx.write_ref(function)

    def read(self, ctx: Any) -> Any:
        """Return the method of the object that was read."""
        owner, name = ctx.read_ref(), ctx.read_string()
        if name:
            return find_method(owner, name, self.policy)
        self.policy.authorize_instantiation(types.MethodType, args=(), kwargs={})
        method = bound_method(ctx.read_ref(), owner)
        self.policy.validate_method(method, is_local=True)
        return method


class BuiltinSerializer:
    """Functions and methods of the interpreter: a name and where it belongs."""

    cls = types.BuiltinFunctionType
    needs_parts = False

    def __init__(self, policy: DeserializationPolicy) -> None:
        self.policy = policy

    def write(self, ctx: Any, value: types.BuiltinFunctionType) -> None:
        """Write the name, then the module or the object."""
        owner: Any = value.__self__
        by_module = owner is None or isinstance(owner, types.ModuleType)
        name = value.__name__ if owner is not None else value.__qualname__
        ctx.write_string(name)
        ctx.write_bool(by_module)
        if by_module:
            home = value.__module__ or getattr(owner, "__name__", None)
            ctx.write_string(home or module_with(value, name))
        else:
            ctx.write_ref(owner)

    def read(self, ctx: Any) -> Any:
        """Return the function or the bound method."""
        name = ctx.read_string()
        if ctx.read_bool():
            return find_valid(ctx.read_string(), name, self.policy)
        return find_method(ctx.read_ref(), name, self.policy)
