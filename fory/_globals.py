"""Modules, classes and functions by name, each past the policy."""

from __future__ import annotations

import sys
import types
from typing import Any

from fory.error import DecodeError, EncodeError
from fory.policy import DeserializationPolicy

__all__ = ["find", "global_name", "import_module", "is_importable", "name_of"]

LOCALS = "<locals>"


def import_module(name: str, policy: DeserializationPolicy) -> Any:
    """Return the module called ``name`` if the policy allows it."""
    policy.validate_module(name, is_local=False)
    known = sys.modules.get(name)
    if known is not None:
        return known
    import importlib

    try:
        return importlib.import_module(name)
    except (ImportError, ValueError, TypeError) as error:
        raise DecodeError(f"cannot import the module {name!r}: {error}") from error


def find(module: str, qualname: str, policy: DeserializationPolicy) -> Any:
    """Return what ``module.qualname`` is; the caller validates what it gets."""
    found = import_module(module, policy)
    for part in qualname.split("."):
        try:
            found = getattr(found, part)
        except AttributeError as error:
            raise DecodeError(f"{module} has no {qualname}: {error}") from error
    return found


def is_importable(value: Any) -> bool:
    """Tell whether another process finds ``value`` under its module and name."""
    return _place_of(value) is not None


def _place_of(value: Any) -> tuple[str, str] | None:
    """Return module and qualified name under which others find ``value``."""
    module, qualname = value.__module__, value.__qualname__
    if module is None or module == "__main__" or LOCALS in qualname:
        return None
    found = sys.modules.get(module)
    for part in qualname.split("."):
        found = getattr(found, part, None)
    if found is value:
        return module, qualname
    if module == "builtins":
        for name, known in vars(types).items():
            if known is value:
                return "types", name
    return None


def global_name(value: Any, name: str) -> str:
    """Return where an object that reduces to a name is found, as one text."""
    module = getattr(value, "__module__", None) or "builtins"
    return name if module == "builtins" else f"{module}:{name}"


def name_of(value: Any) -> tuple[str, str]:
    """Return module and qualified name of an importable value."""
    place = _place_of(value)
    if place is None:
        raise EncodeError(
            f"{value!r} cannot be imported as {value.__module__}.{value.__qualname__}"
        )
    return place
