"""How objects are rebuilt that Python's own protocol refuses or cuts short."""

from __future__ import annotations

import collections
import dataclasses
import functools
import sys
import types
import typing
import weakref
from collections.abc import Callable
from typing import Any

from fory import _identity, _rebuild
from fory._globals import lookup
from fory.error import UnsupportedObjectError

__all__ = ["TABLE", "reduce_exception"]

Reducer = Callable[[Any], Any]
_STREAMS = ("stdin", "stdout", "stderr")
_OPTIONS = ("bound", "covariant", "contravariant", "infer_variance")
_NO_DEFAULT = getattr(typing, "NoDefault", None)


def _property(value: property) -> Any:
    return property, (value.fget, value.fset, value.fdel, value.__doc__)


def _wrapped(value: Any) -> Any:
    return type(value), (value.__func__,)


def _cached_property(value: Any) -> Any:
    parts = value.func, value.attrname, value.__doc__
    return _rebuild.make_cached_property, parts


def _lru_cache(value: Any) -> Any:
    name = getattr(value, "__qualname__", "")
    if value.__module__ != "__main__" and lookup(value.__module__, name) is value:
        return name
    return _rebuild.make_lru_cache, (value.__wrapped__, value.cache_parameters())


def _partial_method(value: Any) -> Any:
    parts = value.func, value.args, value.keywords
    usual = vars(functools.partialmethod(len))
    extras = {name: part for name, part in vars(value).items() if name not in usual}
    return _rebuild.make_partial_method, parts, extras or None


def _weak_set(value: Any) -> Any:
    return type(value), (list(value),)


def _weak_dict(value: Any) -> Any:
    entries = list(value.items())
    return type(value), (), entries, None, None, _rebuild.fill_weak


def _weak_ref(value: Any) -> Any:
    return _rebuild.make_ref, (value(),)


def _weak_method(value: Any) -> Any:
    return _rebuild.make_weak_method, (value(),)


def _super(value: Any) -> Any:
    return super, (value.__thisclass__, value.__self__)


def _memoryview(value: memoryview) -> Any:
    parts = value.tobytes(), value.format, list(value.shape or ()), value.readonly
    return _rebuild.make_memoryview, parts


def _view(kind: str, source: Any) -> Reducer:
    def reduce(value: Any) -> Any:
        if kind == "keys":
            return _rebuild.make_view, (kind, source.fromkeys(value))
        entries = value if kind == "items" else enumerate(value)
        return _rebuild.make_view, (kind, source(entries))

    return reduce


def _type_variable(value: Any) -> Any:
    name, module = value.__name__, getattr(value, "__module__", "typing")
    if module != "__main__" and lookup(module, name) is value:
        return name
    options = {n: o for n in _OPTIONS if (o := getattr(value, f"__{n}__", None))}
    default = getattr(value, "__default__", _NO_DEFAULT)
    if default is not _NO_DEFAULT:
        options["default"] = default
    if getattr(value, "__constraints__", ()):
        options["constraints"] = value.__constraints__
    about = type(value).__name__, name, module, options
    return _rebuild.make_type_variable, (*about, _identity.identity_of(value))


def _type_alias(value: Any) -> Any:
    if value.__module__ != "__main__" and (
        lookup(value.__module__, value.__name__) is value
    ):
        return value.__name__
    parts = value.__name__, value.__value__, value.__type_params__, value.__module__
    return _rebuild.make_type_alias, parts


def _class_attribute(value: Any) -> Any:
    return _rebuild.class_attribute, (value.__objclass__, value.__name__)


def _new_type(value: Any) -> Any:
    if lookup(value.__module__, value.__qualname__) is value:
        return value.__qualname__
    parts = value.__name__, value.__supertype__, value.__module__
    return _rebuild.make_new_type, parts


def _stream(value: Any) -> Any:
    for name in _STREAMS:
        if value is getattr(sys, name) or value is getattr(sys, f"__{name}__"):
            return getattr, (sys, name)
    raise UnsupportedObjectError(
        f"an open file, {value!r:.80}, belongs to its process; send its path or content"
    )


def _singleton_of(module: Any) -> Reducer:
    """Return a reducer for objects that a module compares by identity."""

    def reduce(value: Any) -> Any:
        for name, known in vars(module).items():
            if known is value:
                return getattr, (module, name)
        return value.__reduce_ex__(5)

    return reduce


def reduce_exception(value: BaseException) -> Any:
    """Return how an exception is rebuilt, with its cause if it has one."""
    reduced = value.__reduce_ex__(5)
    if value.__cause__ is None or not isinstance(reduced, tuple) or len(reduced) > 3:
        return reduced
    state = reduced[2] if len(reduced) > 2 else None
    parts = (state, value.__cause__)
    return *reduced[:2], parts, None, None, _rebuild.set_exception


def _refuse(what: str) -> Reducer:
    def reduce(value: Any) -> Any:
        raise UnsupportedObjectError(
            f"{what}, {value!r:.80}, belongs to its process and cannot be written"
        )

    return reduce


def _table() -> dict[type, Reducer]:
    import io

    singleton = _singleton_of(dataclasses)
    table: dict[type, Reducer] = {
        property: _property,
        staticmethod: _wrapped,
        classmethod: _wrapped,
        functools.cached_property: _cached_property,
        type(functools.lru_cache(len)): _lru_cache,
        functools.partialmethod: _partial_method,
        weakref.WeakSet: _weak_set,
        weakref.WeakKeyDictionary: _weak_dict,
        weakref.WeakValueDictionary: _weak_dict,
        weakref.ref: _weak_ref,
        weakref.WeakMethod: _weak_method,
        super: _super,
        memoryview: _memoryview,
        types.GetSetDescriptorType: _class_attribute,
        types.MemberDescriptorType: _class_attribute,
        types.ClassMethodDescriptorType: _class_attribute,
        typing.NewType: _new_type,
        typing.TypeVar: _type_variable,
        typing.ParamSpec: _type_variable,
        typing.TypeVarTuple: _type_variable,
        **{
            type(getattr(source(), kind)()): _view(kind, source)
            for kind in ("keys", "values", "items")
            for source in (dict, collections.OrderedDict)
        },
        type(dataclasses.MISSING): singleton,
        type(dataclasses.KW_ONLY): singleton,
        type(dataclasses._FIELD): singleton,  # type: ignore[attr-defined]
        type(dataclasses._HAS_DEFAULT_FACTORY): singleton,  # type: ignore[attr-defined]
        types.GeneratorType: _refuse("a generator"),
        types.FrameType: _refuse("a frame"),
        types.TracebackType: _refuse("a traceback"),
        types.CoroutineType: _refuse("a coroutine"),
        types.AsyncGeneratorType: _refuse("an asynchronous generator"),
    }
    if sys.version_info >= (3, 12):
        table[typing.TypeAliasType] = _type_alias
    for cls in (io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.FileIO):
        table[cls] = _stream
    return table


TABLE: dict[type, Reducer] = _table()
