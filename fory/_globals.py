"""Modules, classes and functions by name, each past the policy."""

from __future__ import annotations

import sys
import types

from fory.error import DecodeError
from fory.policy import DeserializationPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "find",
    "global_name",
    "home_of",
    "import_module",
    "is_current",
    "is_importable",
    "place_of",
    "register_pickle_by_value",
    "unregister_pickle_by_value",
]

LOCALS = "<locals>"
# The script of a process; another process runs another one.
MAIN = ("__main__", "__mp_main__")
by_value: set[str] = set()
_IMMUTABLE, _HEAP_TYPE = 1 << 8, 1 << 9
# Modules that one version of Python writes, and where all versions have the same.
_EVERYWHERE = {"pathlib._local": "pathlib"}


def register_pickle_by_value(module: types.ModuleType) -> None:
    """Let classes and functions of a module travel by value.

    Parameters
    ----------
    module : module
        A module or package that the reader cannot import, or has in another version.

    Raises
    ------
    ValueError
        If it is no module, or not the one that is imported under its name.
    """
    if not isinstance(module, types.ModuleType):
        raise ValueError(f"expected a module, found {module!r:.60}")
    if sys.modules.get(module.__name__) is not module:
        raise ValueError(f"{module.__name__} is not imported, nothing to register")
    by_value.add(module.__name__)


def unregister_pickle_by_value(module: types.ModuleType) -> None:
    """Undo `register_pickle_by_value`; a ValueError if nothing was registered."""
    if not isinstance(module, types.ModuleType):
        raise ValueError(f"expected a module, found {module!r:.60}")
    if module.__name__ not in by_value:
        raise ValueError(f"{module.__name__} is not registered")
    by_value.discard(module.__name__)


def list_registry_pickle_by_value() -> set[str]:
    """Return the names of the modules that travel by value, a copy."""
    return set(by_value)


def travels_by_value(module: str) -> bool:
    """Tell whether a module or one of its packages was registered."""
    while by_value and module:
        if module in by_value:
            return True
        module = module.rpartition(".")[0]
    return False


def import_module(name: str, policy: DeserializationPolicy) -> Any:
    """Return the module called ``name`` if the policy allows it."""
    policy.validate_module(name, is_local=False)
    known = sys.modules.get(name)
    if known is not None:
        return known
    import importlib

    try:
        return importlib.import_module(_EVERYWHERE.get(name, name))
    except (ImportError, ValueError, TypeError) as error:
        raise DecodeError(f"cannot import the module {name!r}: {error}") from error


def ask_finder(policy: DeserializationPolicy, module: str, name: str) -> None:
    """Let an unpickler's ``find_class`` refuse what pickle would need a name for."""
    finder = getattr(policy, "find_class", None)
    if finder is not None:
        finder(module, name)


def find(module: str, qualname: str, policy: DeserializationPolicy) -> Any:
    """Return what ``module.qualname`` is; the caller validates what it gets."""
    finder = getattr(policy, "find_class", None)
    if finder is not None:
        return finder(module, qualname)
    found = import_module(module, policy)
    for part in qualname.split(".") if "." in qualname else (qualname,):
        try:
            found = getattr(found, part)
        except AttributeError as error:
            raise DecodeError(f"{module} has no {qualname}: {error}") from error
        if isinstance(found, types.ModuleType):
            policy.validate_module(found.__name__, is_local=False)
    return found


def home_of(module: str, qualname: str, policy: DeserializationPolicy) -> Any:
    """Return what tells later whether a name still stands for the same class."""
    if getattr(policy, "find_class", None) is not None:
        return None
    name = qualname.partition(".")[0]
    known = sys.modules.get(module)
    return None if known is None else (module, name, vars(known).get(name))


def is_current(home: tuple[str, str, object] | None) -> bool:
    """Tell whether a module was neither reloaded nor replaced since."""
    if home is None:
        return True
    module = sys.modules.get(home[0])
    return module is not None and vars(module).get(home[1]) is home[2]


def validate(value: Any, policy: DeserializationPolicy, *, is_local: bool) -> None:
    """Show something callable to the hook for its kind."""
    owner = getattr(value, "__self__", None)
    if isinstance(value, type):
        policy.validate_class(value, is_local=is_local)
    elif owner is None or isinstance(owner, types.ModuleType):
        policy.validate_function(value, is_local=is_local)
    else:
        policy.validate_method(value, is_local=is_local)


def validate_fillers(
    obj: Any, items: Any, entries: Any, policy: DeserializationPolicy
) -> None:
    """Show the methods in Python that would take items and entries of an object."""
    cls = type(obj)
    names = []
    if items is not None:
        names.append("extend" if hasattr(cls, "extend") else "append")
    if entries is not None:
        names.append("__setitem__")
    for name in names:
        method = getattr(cls, name, None)
        if isinstance(method, types.FunctionType):
            policy.validate_method(types.MethodType(method, obj), is_local=False)


def find_method(owner: Any, name: str, policy: DeserializationPolicy) -> Any:
    """Return what an object has under a name, past the hook for its kind."""
    ask_finder(policy, "builtins", "getattr")
    method = method_of(owner, name)
    validate(method, policy, is_local=False)
    return method


def method_of(owner: Any, name: str) -> Any:
    """Return what an object has under a name; it must be callable."""
    try:
        method = getattr(owner, name, None)
    except Exception as error:
        raise DecodeError(f"{name!r} cannot be looked up: {error}") from error
    if not callable(method):
        raise DecodeError(f"{type(owner).__qualname__} has no method {name!r}")
    return method


def bound_method(function: Any, owner: Any) -> types.MethodType:
    """Return a function as a method of an object."""
    if not callable(function) or owner is None:
        raise DecodeError(
            f"a method of a {type(owner).__qualname__} cannot be a "
            f"{type(function).__qualname__}"
        )
    return types.MethodType(function, owner)


def find_valid(module: str, qualname: str, policy: DeserializationPolicy) -> Any:
    """Return what ``module.qualname`` is, past the hook for its kind."""
    found = find(module, qualname, policy)
    if callable(found):
        validate(found, policy, is_local=False)
    return found


def is_importable(value: Any) -> bool:
    """Tell whether another process finds ``value`` under its module and name."""
    return place_of(value) is not None


def stays_here(cls: type) -> bool:
    """Tell whether a class is never sent by value: importable, or no Python code."""
    return is_importable(cls) or not is_made_by_python(cls)


def is_made_by_python(cls: type) -> bool:
    """Tell whether a class statement, or a call of its metaclass, made a class."""
    flags = cls.__flags__
    return bool(flags & _HEAP_TYPE) and not flags & _IMMUTABLE


def is_at_home(value: Any) -> bool:
    """Tell whether ``value`` is what its own module, importable or not, names so."""
    module, qualname = value.__module__, value.__qualname__
    return isinstance(qualname, str) and lookup(module, qualname) is value


def lookup(module: Any, qualname: str) -> Any:
    """Return what a loaded module has under a qualified name, or None."""
    if not isinstance(module, str) or LOCALS in qualname:
        return None
    found: Any = sys.modules.get(module)
    try:
        for part in qualname.split("."):
            found = getattr(found, part, None)
    except Exception:  # what a module's own __getattr__ may raise
        return None
    return found


def place_of(value: Any) -> tuple[str, str] | None:
    """Return module and qualified name under which others find ``value``."""
    module = getattr(value, "__module__", None)
    qualname = getattr(value, "__qualname__", None) or getattr(value, "__name__", "")
    if module is None or not isinstance(qualname, str):
        return None
    if module in MAIN or LOCALS in qualname or travels_by_value(module):
        return None
    if lookup(module, qualname) is value:
        return module, qualname
    if module == "builtins":
        for name, known in vars(types).items():
            if known is value:
                return "types", name
    return None


def global_name(value: Any, name: str) -> str:
    """Return where an object that reduces to a name is found, as one text."""
    module = getattr(value, "__module__", None) or module_with(value, name)
    return name if module == "builtins" else f"{module}:{name}"


def module_with(value: Any, name: str) -> str:
    """Return the name of the module that has ``value``, which does not tell."""
    if lookup("builtins", name) is value:
        return "builtins"
    for module in list(sys.modules):
        if module not in MAIN and lookup(module, name) is value:
            return module
    return "builtins"
