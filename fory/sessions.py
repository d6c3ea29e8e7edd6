"""The names of a script or notebook, written to a file and brought back."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import types
from typing import Any, NamedTuple

from fory._core import Fory
from fory.buffer import write_all
from fory.error import DecodeError
from fory.pickling import MAX_DEPTH, Hooks, dumps, load

__all__ = ["SessionReport", "dump_session", "load_session"]

_MAGIC = b"FSS1"
# What objects raise when they are asked to be written.
_REASONS = (Exception,)
# What belongs to the interpreter and the shell, not to the work.
_NOT_WORK = frozenset(
    (
        "__annotate__",
        "__annotations__",
        "__builtin__",
        "__builtins__",
        "__cached__",
        "__conditional_annotations__",
        "__doc__",
        "__file__",
        "__loader__",
        "__name__",
        "__package__",
        "__spec__",
        "In",
        "Out",
        "exit",
        "get_ipython",
        "quit",
        "open",
    )
)


class SessionReport(NamedTuple):
    """What happened to the names of a session.

    Attributes
    ----------
    kept : tuple of str
        Names that were written or restored.
    left_out : dict of str to str
        Names that were not, and why.
    """

    kept: tuple[str, ...]
    left_out: dict[str, str]

    def __str__(self) -> str:
        lines = [f"{len(self.kept)} names kept, {len(self.left_out)} left out"]
        return "\n".join(
            [*lines, *(f"  {name}: {why}" for name, why in self.left_out.items())]
        )


def dump_session(
    file: Any, module: types.ModuleType | str = "__main__"
) -> SessionReport:
    """Write the names of a module, as far as they can be written.

    Parameters
    ----------
    file : path or binary file
        Where to write; a path is replaced only when all was written.
    module : module or str
        Whose names; by default those of the script or notebook.

    Returns
    -------
    SessionReport
        Which names were left out, and why: open files, locks, generators.

    Notes
    -----
    Objects that several names share stay shared. Modules are noted by their names,
    functions and classes of the session go by value.
    """
    source = _module(module)
    names = {n: v for n, v in vars(source).items() if _is_work(n)}
    left_out: dict[str, str] = {}
    while True:
        try:
            message = dumps(names)
            break
        except _REASONS:
            culprits = _culprits(names)
            if not culprits:
                raise
            left_out |= culprits
            names = {n: v for n, v in names.items() if n not in culprits}
    _write(file, _MAGIC + dumps((source.__name__, left_out)) + message)
    return SessionReport(tuple(names), left_out)


def load_session(
    file: Any, module: types.ModuleType | str | None = None
) -> SessionReport:
    """Bring the names of a session back; read only what you trust.

    Parameters
    ----------
    file : path or binary file
        What `dump_session` wrote.
    module : module or str, optional
        Who gets the names; by default the module that had them.

    Returns
    -------
    SessionReport
        The names that are there again, and those that were left out when writing.

    Raises
    ------
    DecodeError
        If the file is no session; nothing has changed then.
    """
    with _opened(file, "rb") as stream:
        if stream.read(len(_MAGIC)) != _MAGIC:
            raise DecodeError("the file is no session")
        name, left_out = load(stream)
        target = _module(name if module is None else module)
        hooks = Hooks()
        hooks.scopes[name] = vars(target)
        reader = Fory(strict=False, ref=True, max_depth=MAX_DEPTH, hooks=hooks)
        values = reader.loads(stream.read())
    vars(target).update(values)
    return SessionReport(tuple(values), left_out)


def _is_work(name: str) -> bool:
    return name not in _NOT_WORK and not name.startswith(("_i", "_oh", "_dh"))


def _module(module: types.ModuleType | str) -> types.ModuleType:
    if isinstance(module, types.ModuleType):
        return module
    return sys.modules.get(module) or importlib.import_module(module)


def _culprits(names: dict[str, Any]) -> dict[str, str]:
    """Return the names that cannot be written, each with the reason."""
    reasons = {}
    for name, value in names.items():
        try:
            dumps(value)
        except _REASONS as error:
            reasons[name] = f"{type(error).__name__}: {error}"
    return reasons


def _opened(file: Any, mode: str) -> Any:
    if isinstance(file, (str, os.PathLike)):
        return open(file, mode)
    return contextlib.nullcontext(file)


def _write(file: Any, data: bytes) -> None:
    """Write all of a session, or leave what was there before."""
    if not isinstance(file, (str, os.PathLike)):
        write_all(file.write, data)
        return
    beside = f"{os.fspath(file)}.{os.getpid()}.part"
    try:
        with open(beside, "wb") as stream:
            stream.write(data)
        os.replace(beside, file)
    except BaseException:
        with contextlib.suppress(OSError):
            os.remove(beside)
        raise
