"""Functions by name, or by value if no other process can import them."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

from fory import _identity
from fory._annotations import settled_annotations
from fory._code import (
    dump_code,
    load_code,
    read_cells,
    read_scope,
    scope_of,
    submodules_of,
    unmarshal,
    used_globals,
    write_cells,
    write_scope,
)
from fory._envelopes import read_envelope, write_envelope
from fory._globals import (
    find_method,
    find_valid,
    import_module,
    is_at_home,
    is_importable,
    place_of,
)
from fory.error import DecodeError
from fory.policy import DeserializationPolicy

__all__ = ["FunctionSerializer"]

# The first three are those of the format's other Python readers.
_OF_SELF, _IMPORTED, _PLAIN, _WHOLE, _ENVELOPE = range(5)
_HAS_DOCSTRING = 0x4000000
# What stays as it is where the state of a function does not say it.
_KEPT = {
    "annotations": "__annotations__",
    "doc": "__doc__",
    "type_params": "__type_params__",
}
_ATOMS = (str, bytes, int, float, bool, type(None))


class FunctionSerializer:
    """Functions: by name, or code, defaults, closure and the globals they use."""

    needs_parts = False

    def __init__(self, policy: DeserializationPolicy) -> None:
        self.policy = policy
        self.is_watched = type(policy) is not DeserializationPolicy

    def write(self, ctx: Any, value: types.FunctionType) -> None:
        """Write where the function is found, or what it is made of."""
        place = place_of(value)
        if place is not None:
            ctx.write_uint8(_IMPORTED)
            for text in place:
                ctx.write_string(text)
        elif _is_plain(value) and (ctx.track_ref or _is_alone(value)):
            ctx.write_uint8(_PLAIN)
            _write_plain(ctx, value)
        elif ctx.track_ref:
            ctx.write_uint8(_WHOLE)
            _write_whole(ctx, value)
        else:
            ctx.write_uint8(_ENVELOPE)
            write_envelope(ctx, value)

    def read(self, ctx: Any) -> Any:
        """Return the function."""
        kind = ctx.read_uint8()
        if kind == _IMPORTED:
            return find_valid(ctx.read_string(), ctx.read_string(), self.policy)
        if kind == _OF_SELF:
            return find_method(ctx.read_ref(), ctx.read_string(), self.policy)
        if kind == _PLAIN:
            return self._read_plain(ctx)
        if kind == _WHOLE:
            return self._read_whole(ctx)
        if kind == _ENVELOPE:
            return read_envelope(ctx)
        raise DecodeError(f"a function of the unknown kind {kind}")

    def _authorize(self, module: Any, qualname: str) -> None:
        if not self.is_watched:
            return
        self.policy.validate_module(module, is_local=True)
        self.policy.authorize_instantiation(
            types.FunctionType, args=(module, qualname), kwargs={}
        )

    def _read_plain(self, ctx: Any) -> types.FunctionType:
        module, qualname = ctx.read_string(), ctx.read_string()
        self._authorize(module, qualname)
        code = unmarshal(ctx.read_bytes_and_size())
        defaults = None
        if ctx.read_bool():
            n = ctx.checked_size(ctx.read_var_uint32())
            defaults = tuple(ctx.read_ref() for _ in range(n))
        has_closure = ctx.read_bool()
        n = ctx.checked_size(ctx.read_var_uint32())
        cells = tuple(types.CellType() for _ in range(n)) if has_closure else None
        scope = scope_of(ctx, module)
        function = _made(code, scope, code.co_name, cells or ())
        function.__defaults__ = defaults
        function.__qualname__, function.__module__ = qualname, module
        ctx.reference(function)
        for cell in cells or ():
            cell.cell_contents = ctx.read_ref()
        for _ in range(ctx.checked_size(ctx.read_var_uint32())):
            ctx.read_string()
        _update(scope, ctx.read_ref())
        _set_attributes(function, ctx.read_ref())
        self.policy.validate_function(function, is_local=True)
        return function

    def _read_whole(self, ctx: Any) -> types.FunctionType:
        identity = ctx.read_string()
        module, qualname, name = ctx.read_ref(), ctx.read_string(), ctx.read_string()
        self._authorize(module, qualname)
        code = load_code(ctx.read_bytes_and_size())
        function, is_ours = _identity.known(identity) or (None, False)
        if not isinstance(function, types.FunctionType):
            function = None
        scope = read_scope(ctx) if function is None else _same_scope(ctx, function)
        there = () if function is None or is_ours else function.__closure__ or ()
        cells, fill = read_cells(ctx, there)
        if function is None:
            function = _made(code, scope, name, cells)
            function.__qualname__, function.__module__ = qualname, module
            if identity:
                _identity.remember(function, identity)
        ctx.reference(function)
        fill()
        state = ctx.read_ref()
        if not isinstance(state, dict):
            raise DecodeError("the state of a function is no dict")
        if not is_ours:
            self._restore(function, state)
        if self.is_watched:
            self.policy.validate_function(function, is_local=True)
        return function

    def _restore(self, function: Any, state: dict[str, Any]) -> None:
        if "submodules" in state:
            self._import_all(state["submodules"])
        if "globals" in state:
            _update(function.__globals__, state["globals"])
        try:
            function.__defaults__ = state.get("defaults")
            function.__kwdefaults__ = state.get("kwdefaults")
            for name, attribute in _KEPT.items():
                if name in state:
                    setattr(function, attribute, state[name])
        except TypeError as error:
            raise DecodeError(f"the state of a function is wrong: {error}") from error
        if "attributes" in state:
            _set_attributes(function, state["attributes"])

    def _import_all(self, modules: Any) -> None:
        if not isinstance(modules, tuple | list):
            raise DecodeError("the modules of a function are no list")
        for module in modules:
            import_module(module, self.policy)


# ---- functions that other Python readers of the format understand --------------------


def _is_plain(function: types.FunctionType) -> bool:
    """Tell whether code, defaults, filled cells and attributes are all of it."""
    code = function.__code__
    if function.__kwdefaults__ or settled_annotations(function):
        return False
    if function.__name__ != code.co_name or function.__doc__ != _doc_of(code):
        return False
    if getattr(function, "__type_params__", ()) or not function.__module__:
        return False
    home = sys.modules.get(function.__module__)
    if home is None or vars(home) is not function.__globals__ or is_at_home(function):
        return False
    return all(_is_private(cell, function) for cell in function.__closure__ or ())


def _doc_of(code: types.CodeType) -> Any:
    """Return the docstring that a new function of this code has."""
    first = code.co_consts[0] if code.co_consts else None
    if sys.version_info >= (3, 13) and not code.co_flags & _HAS_DOCSTRING:
        return None
    return first if isinstance(first, str) else None


def _is_private(cell: types.CellType, function: Any) -> bool:
    """Tell whether a cell is filled and no other function or frame has it."""
    if sys.getrefcount(cell) > _PRIVATE_COUNT:
        return False
    try:
        content = cell.cell_contents
    except ValueError:
        return False
    return content is not function


def _probe() -> int:
    """Return the reference count of a cell that one closure holds."""
    seen: list[int] = []

    def look(cell: types.CellType, function: Any) -> bool:
        seen.append(sys.getrefcount(cell))
        return True

    def make() -> Callable[[], int]:
        content = 0
        return lambda: content

    function = make()
    all(look(cell, function) for cell in function.__closure__ or ())
    return seen[0]


_PRIVATE_COUNT = _probe()


def _is_alone(function: types.FunctionType) -> bool:
    """Tell whether nothing that a function uses may refer back to it."""
    values: list[Any] = [*used_globals(function).values(), *vars(function).values()]
    values += [cell.cell_contents for cell in function.__closure__ or ()]
    values += function.__defaults__ or ()
    return all(
        isinstance(v, (*_ATOMS, types.ModuleType))
        or (isinstance(v, (type, types.FunctionType)) and is_importable(v))
        for v in values
    ) and not submodules_of(function.__code__, values)


def _write_plain(ctx: Any, function: types.FunctionType) -> None:
    import marshal

    code = function.__code__
    ctx.write_string(function.__module__)
    ctx.write_string(function.__qualname__)
    ctx.write_bytes_and_size(marshal.dumps(code))
    _write_optional(ctx, function.__defaults__)
    cells = function.__closure__
    ctx.write_bool(cells is not None)
    ctx.write_var_uint32(len(code.co_freevars))
    for cell in cells or ():
        ctx.write_ref(cell.cell_contents)
    ctx.write_var_uint32(len(code.co_freevars))
    for name in code.co_freevars:
        ctx.write_string(name)
    ctx.write_ref(used_globals(function))
    ctx.write_ref(dict(vars(function)))


def _write_optional(ctx: Any, values: Iterable[Any] | None) -> None:
    ctx.write_bool(values is not None)
    if values is not None:
        items = list(values)
        ctx.write_var_uint32(len(items))
        for item in items:
            ctx.write_ref(item)


# ---- all others ----------------------------------------------------------------------


def _write_whole(ctx: Any, function: types.FunctionType) -> None:
    ctx.write_string(_identity.identity_of(function) if is_at_home(function) else "")
    ctx.write_ref(function.__module__)
    ctx.write_string(function.__qualname__)
    ctx.write_string(function.__name__)
    ctx.write_bytes_and_size(dump_code(function.__code__))
    write_scope(ctx, function)
    write_contents = write_cells(ctx, function.__closure__ or ())
    write_contents()
    ctx.write_ref(_state_of(function))


def _state_of(function: types.FunctionType) -> dict[str, Any]:
    """Return what a function has besides code and cells, without what is usual."""
    used = used_globals(function)
    cells = function.__closure__ or ()
    reached = [*used.values(), *(c.cell_contents for c in cells if _is_filled(c))]
    doc = function.__doc__
    state = {
        "globals": used,
        "submodules": submodules_of(function.__code__, reached),
        "defaults": function.__defaults__,
        "kwdefaults": function.__kwdefaults__,
        "annotations": settled_annotations(function),
        "type_params": getattr(function, "__type_params__", ()),
        "attributes": dict(vars(function)),
    }
    state = {name: part for name, part in state.items() if part}
    if doc != _doc_of(function.__code__):
        state["doc"] = doc
    return state


def _is_filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _made(
    code: types.CodeType,
    scope: dict[str, Any],
    name: str,
    cells: tuple[types.CellType, ...],
) -> types.FunctionType:
    try:
        return types.FunctionType(code, scope, name, None, cells or None)
    except (TypeError, ValueError) as error:
        raise DecodeError(f"the closure of a function is wrong: {error}") from error


def _same_scope(ctx: Any, function: Any) -> dict[str, Any]:
    """Read which namespace a function has that is here already."""
    name = ctx.read_string()
    key: str | int = name or ctx.read_var_uint32()
    return scope_of(ctx, key, function.__globals__)


def _update(scope: dict[str, Any], values: Any) -> None:
    if not isinstance(values, dict):
        raise DecodeError("the globals of a function are no dict")
    scope.update(values)


def _set_attributes(function: Any, attributes: Any) -> None:
    if not isinstance(attributes, dict):
        raise DecodeError("the attributes of a function are no dict")
    for name, value in attributes.items():
        setattr(function, name, value)
