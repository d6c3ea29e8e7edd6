"""Policies that are ready to use."""

from __future__ import annotations

import copyreg
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

from fory._globals import is_made_by_python
from fory.error import PolicyError
from fory.policy import DeserializationPolicy

__all__ = ["AllowList", "NoCode"]

# Classes and functions that make values and do nothing else, by module.
_MAKE_VALUES = {
    "builtins": "bool bytearray bytes complex dict float frozenset int iter list "
    "object range set str tuple",
    "collections": "ChainMap Counter OrderedDict UserDict UserList UserString deque",
    "copyreg": "__newobj__ __newobj_ex__ _reconstructor",
    "datetime": "date datetime time timedelta timezone",
    "decimal": "Decimal",
    "fory._rebuild": "make_memoryview",
    "fractions": "Fraction",
    "ipaddress": "IPv4Address IPv4Network IPv6Address IPv6Network",
    "pathlib": "Path PosixPath PurePosixPath PureWindowsPath WindowsPath",
    # Where Python 3.13 alone says that they are.
    "pathlib._local": "Path PosixPath PurePosixPath PureWindowsPath WindowsPath",
    "types": "NoneType SimpleNamespace",
    "uuid": "SafeUUID UUID",
    "zoneinfo": "ZoneInfo ZoneInfo._unpickle",
}
_SAFE = frozenset(
    f"{module}.{name}"
    for module, names in _MAKE_VALUES.items()
    for name in names.split()
)


# What their calls may take: values, of which no method of strangers is called and
# which are as large as the bytes they came from.
_PLAIN = frozenset(
    {type(None), bool, int, float, complex, str, bytes, bytearray, memoryview}
    | {list, tuple, dict, set, frozenset, type(...)}
)
_NEW, _NEW_EX, _RECONSTRUCT = (
    getattr(copyreg, name) for name in ("__newobj__", "__newobj_ex__", "_reconstructor")
)
_TAKE_SIZES = bytes, bytearray
_TELL_TRUE = type, types.FunctionType, types.MethodType


def name_of(value: Any) -> str:
    """Return module and qualified name of a class or function as one text.

    Instances of classes in Python may say anything about themselves.
    """
    if not isinstance(value, _TELL_TRUE) and is_made_by_python(type(value)):
        value = type(value)
    owner = getattr(value, "__self__", None)
    if isinstance(owner, type):
        return f"{name_of(owner)}.{value.__name__}"
    module = getattr(value, "__module__", None) or "builtins"
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", "?")
    return f"{module}.{name}"


class AllowList(DeserializationPolicy):
    """Lets messages reach what is listed, values of the standard library, no more.

    Code by value is refused.

    Parameters
    ----------
    modules : iterable of str
        Modules and packages all of whose classes and functions are allowed.
    classes : iterable of type, callable or str
        Single classes and functions, or their names such as ``"shop.Order"``.

    Examples
    --------
    >>> import collections, fory
    >>> f = fory.Fory(strict=False, policy=fory.AllowList(classes=["shop.Order"]))
    >>> f.loads(fory.Fory(strict=False).dumps(collections.Counter("aab")))
    Counter({'a': 2, 'b': 1})
    >>> f.loads(fory.Fory(strict=False).dumps(print))
    Traceback (most recent call last):
    ...
    fory.error.PolicyError: builtins.print is not on the list of what is allowed
    """

    def __init__(
        self, modules: Iterable[str] = (), classes: Iterable[type | Any] = ()
    ) -> None:
        if isinstance(modules, str) or isinstance(classes, str):
            raise TypeError("give lists of modules and classes, not one str")
        self.modules = frozenset(modules)
        self.names = frozenset(c if isinstance(c, str) else name_of(c) for c in classes)
        places = {name.rpartition(".")[0] for name in self.names | _SAFE}
        self.places = places | {"builtins", "zoneinfo"}

    def allows(self, value: Any) -> bool:
        """Tell whether a class or function is on the list."""
        name = name_of(value)
        return name in self.names or name in _SAFE or self._has_module(value)

    def _has_module(self, value: Any) -> bool:
        module = getattr(value, "__module__", None)
        return isinstance(module, str) and self._is_listed(module)

    def _is_listed(self, module: str) -> bool:
        parts = module.split(".")
        return any(".".join(parts[: i + 1]) in self.modules for i in range(len(parts)))

    def _check(self, value: Any, is_local: bool) -> None:
        if is_local:
            raise PolicyError(f"{name_of(value)} comes by value, which is not allowed")
        if not self.allows(value):
            raise PolicyError(f"{name_of(value)} is not on the list of what is allowed")

    def validate_module(
        self, module_name: str, *, is_local: bool = False, **context: Any
    ) -> None:
        """Refuse modules that have nothing on the list."""
        if is_local:
            raise PolicyError(f"code of {module_name} comes by value")
        if module_name not in self.places and not self._is_listed(module_name):
            raise PolicyError(f"the module {module_name} is not on the list")

    def validate_class(
        self, cls: type, *, is_local: bool = False, **context: Any
    ) -> None:
        """Refuse classes that are not on the list."""
        self._check(cls, is_local)

    def validate_function(
        self, func: Callable[..., Any], is_local: bool = False, **context: Any
    ) -> None:
        """Refuse functions that are not on the list."""
        self._check(func, is_local)

    def validate_method(
        self, method: Callable[..., Any], is_local: bool = False, **context: Any
    ) -> None:
        """Refuse methods of classes that are not on the list."""
        owner = getattr(method, "__self__", None)
        if not is_local and name_of(method) in _SAFE | self.names:
            return
        cls = owner if isinstance(owner, type) else type(owner)
        if is_local or not (name_of(cls) in self.names or self._has_module(cls)):
            raise PolicyError(f"the method {name_of(method)} is not on the list")

    def authorize_instantiation(self, cls: type, **context: Any) -> None:
        """Refuse instances of classes that are not on the list."""
        self._check(cls, False)

    def intercept_reduce_call(
        self, callable_: Callable[..., Any], args: tuple[Any, ...]
    ) -> Any:
        """Refuse calls of what is not on the list, or with more than values."""
        self._check(callable_, False)
        if name_of(callable_) in self.names or self._has_module(callable_):
            return None
        if callable_ in (_NEW, _NEW_EX, _RECONSTRUCT):
            self._check_instance(callable_, args)
        elif callable_ is iter:
            fits = len(args) == 1 and type(args[0]) in _PLAIN | {range}
            self._need(fits, callable_)
        else:
            sized = callable_ in _TAKE_SIZES and type(args[0] if args else b"") is int
            # A fraction of a text may have an exponent, and take all memory.
            texts = name_of(callable_) == "fractions.Fraction" and any(
                type(a) is str for a in args
            )
            fits = not sized and not texts and all(map(self._is_value, args))
            self._need(fits, callable_)
        return None

    def _check_instance(self, callable_: Callable[..., Any], args: Any) -> None:
        """Refuse what runs more than ``__new__`` of a class, or that on strangers."""
        parts = list(args[1:])
        if callable_ is _RECONSTRUCT and parts:
            self._need(name_of(parts.pop(0)) in _SAFE, callable_)
        elif callable_ is _NEW_EX and len(parts) == 2:
            self._need(isinstance(parts[1], dict), callable_)
            parts = [*parts[0], *parts[1].values()]
        self._need(all(map(self._is_value, parts)), callable_)

    def _is_value(self, value: Any) -> bool:
        cls = type(value)
        if cls in _PLAIN or isinstance(value, type):
            return True
        return cls is not range and self.allows(cls)

    def _need(self, fits: bool, callable_: Callable[..., Any]) -> None:
        if not fits:
            raise PolicyError(
                f"{name_of(callable_)} would be called with more than plain values"
            )


class NoCode(AllowList):
    """Lets messages hold values and plain objects, and call nothing of yours.

    Instances are made without their ``__init__``, and only of classes whose modules
    are imported already; functions, methods, modules, states that a class would take
    with code of its own, and code by value are refused.
    """

    def __init__(self) -> None:
        super().__init__()

    def validate_module(
        self, module_name: str, *, is_local: bool = False, **context: Any
    ) -> None:
        """Refuse imports."""
        if is_local or (
            module_name not in sys.modules and module_name not in self.places
        ):
            raise PolicyError(f"the module {module_name} would have to be imported")

    def validate_class(
        self, cls: type, *, is_local: bool = False, **context: Any
    ) -> None:
        """Refuse code by value."""
        if is_local:
            raise PolicyError(f"{name_of(cls)} comes by value, which is not allowed")

    def authorize_instantiation(self, cls: type, **context: Any) -> None:
        """Refuse what makes classes and functions."""
        if issubclass(cls, type) or cls.__module__ == "builtins":
            super().authorize_instantiation(cls)

    def intercept_setstate(self, obj: Any, state: Any) -> None:
        """Refuse to call ``__setstate__`` and setters of classes that are not known."""
        if hasattr(obj, "__setstate__") or _runs_setters(obj, state):
            self._check(type(obj), False)


def _runs_setters(obj: Any, state: Any) -> bool:
    """Tell whether more of an object than its dict and slots would take a state."""
    slots = state[1] if isinstance(state, tuple) and len(state) == 2 else None
    if not slots:
        return False
    cls = type(obj)
    found = [getattr(cls, str(name), None) for name in slots]
    setter: Any = cls.__setattr__
    return setter is not object.__setattr__ or not all(
        isinstance(entry, types.MemberDescriptorType) for entry in found
    )
