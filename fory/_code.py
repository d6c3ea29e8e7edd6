"""What functions are made of: code, cells, and the globals they use."""

from __future__ import annotations

import builtins
import functools
import marshal
import opcode
import sys
import types
from binascii import crc32
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER
from typing import Any

from fory._marshal import is_whole
from fory.error import DecodeError
from fory.policy import DeserializationPolicy

__all__ = [
    "CellSerializer",
    "CodeSerializer",
    "dump_code",
    "load_code",
    "submodules_of",
    "used_globals",
]

_CELLS, _SCOPES = "fory.cells", "fory.scopes"
_LOAD_GLOBAL = opcode.opmap["LOAD_GLOBAL"]
_BY_GLOBAL_NAME = {
    opcode.opmap[name]
    for name in (
        "LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_NAME",
        "LOAD_FROM_DICT_OR_GLOBALS",
    )
    if name in opcode.opmap
}  # fmt: skip
_ABOUT_MODULE = ("__package__", "__file__", "__path__")


def dump_code(code: types.CodeType) -> bytes:
    """Return code as bytes that tell which Python made them."""
    data = marshal.dumps(code)
    return MAGIC_NUMBER + crc32(data).to_bytes(4, "little") + data


@functools.lru_cache(maxsize=512)
def load_code(data: bytes) -> types.CodeType:
    """Return the code of ``dump_code``; that of another Python is refused."""
    if data[:4] != MAGIC_NUMBER:
        raise DecodeError(
            "the code of a function is from another version of Python, whose byte "
            "code this one cannot run"
        )
    code = data[8:]
    if crc32(code) != int.from_bytes(data[4:8], "little"):
        raise DecodeError("the code of a function is damaged: its checksum differs")
    return unmarshal(code)


@functools.lru_cache(maxsize=512)
def unmarshal(data: bytes) -> types.CodeType:
    """Return code as marshal wrote it, if its sizes and instructions are possible.

    Code cannot be changed, so functions whose bytes were met before share it.
    """
    if not is_whole(data, _lengths_of_instructions()):
        raise DecodeError("the code of a function is damaged: it is not whole")
    try:
        code = marshal.loads(data)
    except (ValueError, EOFError, TypeError, SystemError, MemoryError) as error:
        raise DecodeError(f"the code of a function is not valid: {error}") from error
    if not isinstance(code, types.CodeType):
        raise DecodeError(f"a function has {type(code).__name__} instead of code")
    return code


@functools.cache
def _lengths_of_instructions() -> bytes:
    """Return the units of two bytes that each instruction and its caches take.

    Instructions that the interpreter only puts in place of others have length 0.
    """
    caches = opcode._inline_cache_entries  # type: ignore[attr-defined]
    lengths = bytearray(256)
    for name, op in opcode.opmap.items():
        if op < 256 and not name.startswith("INSTRUMENTED_"):
            n = caches.get(name, 0) if isinstance(caches, dict) else caches[op]
            lengths[op] = 1 + n
    return bytes(lengths)


class CodeSerializer:
    """Code objects on their own."""

    def __init__(self, policy: DeserializationPolicy) -> None:
        self.policy = policy

    def write(self, ctx: Any, value: types.CodeType) -> None:
        """Write the byte code and the version of Python."""
        ctx.write_bytes_and_size(dump_code(value))

    def read(self, ctx: Any) -> types.CodeType:
        """Return the code."""
        self.policy.authorize_instantiation(types.CodeType, args=(), kwargs={})
        return load_code(ctx.read_bytes_and_size())


class CellSerializer:
    """Cells of closures; functions of one message share those they shared."""

    def __init__(self, policy: DeserializationPolicy) -> None:
        self.policy = policy

    def write(self, ctx: Any, value: types.CellType) -> None:
        """Write the number of the cell, and what is in it the first time."""
        write_cells(ctx, (value,))()

    def read(self, ctx: Any) -> types.CellType:
        """Return the cell."""
        self.policy.authorize_instantiation(types.CellType, args=(), kwargs={})
        cells, fill = read_cells(ctx)
        if len(cells) != 1:
            raise DecodeError(f"{len(cells)} cells stand where one is expected")
        ctx.reference(cells[0])
        fill()
        return cells[0]


def write_cells(ctx: Any, cells: tuple[types.CellType, ...]) -> Any:
    """Write the numbers of cells; return what writes the content of new ones."""
    table = _table(ctx, _CELLS, dict)
    new = []
    ctx.write_var_uint32(len(cells))
    for cell in cells:
        known = table.get(id(cell))
        if known is None:
            known = table[id(cell)] = len(table), cell
            new.append(cell)
        ctx.write_var_uint32(known[0])

    def write_contents() -> None:
        for cell in new:
            try:
                content = cell.cell_contents
            except ValueError:
                ctx.write_bool(False)
                continue
            ctx.write_bool(True)
            ctx.write_ref(content)

    return write_contents


def read_cells(
    ctx: Any, there: tuple[types.CellType, ...] = ()
) -> tuple[tuple[types.CellType, ...], Any]:
    """Return cells, new ones empty, and what reads the content of those.

    Cells that are ``there`` already take the places of new ones.
    """
    table = _table(ctx, _CELLS, list)
    cells, new = [], []
    for i in range(ctx.checked_size(ctx.read_var_uint32())):
        number = ctx.read_var_uint32()
        if number > len(table):
            raise DecodeError(f"a closure has the unknown cell {number}")
        if number == len(table):
            cell = there[i] if i < len(there) else types.CellType()
            table.append(cell)
            new.append(cell)
        cells.append(table[number])

    def read_contents() -> None:
        for cell in new:
            if ctx.read_bool():
                cell.cell_contents = ctx.read_ref()

    return tuple(cells), read_contents


# ---- globals -------------------------------------------------------------------------


def _names_in(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names_in(constant)


@functools.lru_cache(maxsize=512)
def _globals_in(code: types.CodeType) -> frozenset[str]:
    """Return the names that code and what is in it look up as globals.

    Names of attributes stand among the names of code, too, and mean no global.
    """
    found = set()
    high = 0
    instructions = code.co_code
    for op, low in zip(instructions[::2], instructions[1::2], strict=True):
        argument = high | low
        high = argument << 8 if op == opcode.EXTENDED_ARG else 0
        if op in _BY_GLOBAL_NAME:
            found.add(code.co_names[argument >> (op == _LOAD_GLOBAL)])
    parts = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return frozenset(found.union(*map(_globals_in, parts)))


def used_globals(function: types.FunctionType) -> dict[str, Any]:
    """Return the globals that a function may use, by name in order."""
    scope = function.__globals__
    return {n: scope[n] for n in sorted(_globals_in(function.__code__)) if n in scope}


def submodules_of(code: types.CodeType, values: Any) -> list[str]:
    """Return the submodules that code reaches through packages among ``values``."""
    modules = [v for v in values if isinstance(v, types.ModuleType)]
    packages = [v for v in modules if "__path__" in vars(v)]
    if not packages:
        return []
    names = set(_names_in(code))
    found = []
    for package in packages:
        prefix = f"{getattr(package, '__name__', '')}."
        for name in list(sys.modules):
            if name.startswith(prefix) and names.issuperset(
                name[len(prefix) :].split(".")
            ):
                found.append(name)
    return sorted(found)


def write_scope(ctx: Any, function: types.FunctionType) -> None:
    """Write which namespace a function has: that of a module, or a number."""
    scope = function.__globals__
    name = scope.get("__name__")
    module = sys.modules.get(name) if isinstance(name, str) else None
    if module is not None and vars(module) is scope and name:
        ctx.write_string(name)
        return
    table = _table(ctx, _SCOPES, dict)
    number, _ = table.setdefault(id(scope), (len(table), scope))
    ctx.write_string("")
    ctx.write_var_uint32(number)


def number_scope(ctx: Any, scope: dict[str, Any]) -> int:
    """Return the number of a namespace that is part of a message."""
    table = _table(ctx, _SCOPES, dict)
    return table.setdefault(id(scope), (len(table), scope))[0]


def read_scope(ctx: Any) -> dict[str, Any]:
    """Return the namespace of a function; those of a message share theirs."""
    name = ctx.read_string()
    return scope_of(ctx, name or ctx.read_var_uint32())


def scope_of(
    ctx: Any, key: str | int, scope: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the namespace with a number or the name of a module."""
    table = _table(ctx, _SCOPES, dict)
    known: dict[str, Any] | None = table.get(key)
    if known is None:
        hooks = ctx.fory.config.hooks
        known = scope if hooks is None else hooks.scopes.get(key, scope)
        known = table[key] = new_scope(key) if known is None else known
    return known


def new_scope(key: str | int) -> dict[str, Any]:
    """Return an empty namespace; it knows of its module what imports need."""
    scope: dict[str, Any] = {"__builtins__": builtins}
    if isinstance(key, str):
        scope["__name__"] = key
        known = vars(sys.modules[key]) if key in sys.modules else {}
        scope.update({n: known[n] for n in _ABOUT_MODULE if n in known})
    return scope


def _table(ctx: Any, key: str, kind: type) -> Any:
    table = ctx.get_context_object(key)
    if table is None:
        table = kind()
        ctx.add_context_object(key, table)
    return table
