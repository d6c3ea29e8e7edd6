"""The kinds of classes that have fields, and how their instances are restored.

attrs and pydantic are recognised by what they leave on a class, never imported.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NotRequired, Required

from fory._annotations import declared_by
from fory.error import EncodeError
from fory_row.generics import has_variables
from fory_row.shape import Form

__all__ = ["Record", "record"]

Default = Callable[[], Any]
_KEPT_HASH = "_attrs_cached_hash"
"""Attribute of attrs classes that keep their hash; None until it is wanted."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a class says about its fields."""

    form: Form
    cls: type
    hints: Mapping[str, Any]
    absent: frozenset[str] = frozenset()
    defaults: Mapping[str, Default] = field(default_factory=dict)
    finish: Callable[[dict[str, Any]], Any] | None = None
    after: str | None = None


def record(cls: type, path: str) -> Record | None:
    """Return the fields of a class, or None when it has no annotated ones.

    Raises
    ------
    EncodeError
        If an annotation cannot be resolved or a field would not be stored.
    """
    if issubclass(cls, dict) and hasattr(cls, "__optional_keys__"):  # of any module
        return _typed_dict(cls, path)
    if issubclass(cls, tuple):
        return _named_tuple(cls, path) if hasattr(cls, "_fields") else None
    if dataclasses.is_dataclass(cls):
        return _dataclass(cls, path)
    if hasattr(cls, "__attrs_attrs__"):
        return _attrs(cls, path)
    if hasattr(cls, "model_fields") and hasattr(cls, "model_construct"):
        return _pydantic(cls, path)
    if hasattr(cls, "__fields__") and hasattr(cls, "construct"):
        return _pydantic_1(cls, path)
    if cls.__module__ == "builtins" or not _annotated(cls):
        return None
    return _plain(cls, path)


def _hints(cls: type, path: str) -> dict[str, Any]:
    """Return the resolved annotations of a class and its bases."""
    # A class inside a function may name itself; its module does not know it.
    own = {cls.__name__: cls}
    try:
        try:
            return typing.get_type_hints(cls, localns=own, include_extras=True)
        except NameError:
            own = {**_names_around(cls), **own}
            return typing.get_type_hints(cls, localns=own, include_extras=True)
    except Exception as e:  # annotations may be any text
        raise EncodeError(
            f"{path or cls.__qualname__}: annotations of {cls.__qualname__} cannot be "
            f"resolved: {e}; define the class it names at module level"
        ) from e


def _names_around(cls: type) -> Mapping[str, Any]:
    """Return the local names of the function that defines a class, while it runs."""
    function, inside, _ = cls.__qualname__.rpartition(".<locals>.")
    frame = sys._getframe() if inside else None
    while frame is not None:
        if frame.f_code.co_qualname == function and (
            frame.f_globals.get("__name__") == cls.__module__
        ):
            return frame.f_locals
        frame = frame.f_back
    return {}


def _picked(cls: type, names: typing.Iterable[str], path: str) -> dict[str, Any]:
    hints = _hints(cls, path)
    missing = [n for n in names if hints.get(n) is None]
    if missing:
        raise EncodeError(
            f"{path or cls.__qualname__}: field {missing[0]!r} of {cls.__qualname__} "
            "has no annotation"
        )
    return {n: hints[n] for n in names}


def _annotated(cls: type) -> bool:
    return any(declared_by(base) for base in cls.__mro__)


def _constant(value: Any) -> Default:
    return lambda: value


# -- one function for each kind ----------------------------------------------------


def _typed_dict(cls: Any, path: str) -> Record:
    hints = _hints(cls, path)
    # Annotations that were strings when the class was made are not counted there.
    optional = {
        n for n in cls.__optional_keys__ if typing.get_origin(hints[n]) is not Required
    }
    optional |= {
        n for n, hint in hints.items() if typing.get_origin(hint) is NotRequired
    }
    return Record(Form.MAPPING, cls, hints, frozenset(optional))


def _named_tuple(cls: Any, path: str) -> Record:
    hints = _picked(cls, cls._fields, path)
    defaults = {n: _constant(v) for n, v in cls._field_defaults.items()}
    return Record(Form.TUPLE, cls, hints, defaults=defaults)


def _dataclass(cls: Any, path: str) -> Record:
    for name, hint in _hints(cls, path).items():
        if isinstance(hint, dataclasses.InitVar):
            raise EncodeError(
                f"{path or cls.__qualname__}: {name!r} of {cls.__qualname__} is an "
                "InitVar, which instances do not keep; make it a field"
            )
    fields = dataclasses.fields(cls)
    defaults: dict[str, Default] = {}
    for f in fields:
        if f.default is not dataclasses.MISSING:
            defaults[f.name] = _constant(f.default)
        elif f.default_factory is not dataclasses.MISSING:
            defaults[f.name] = f.default_factory
    hints = _picked(cls, [f.name for f in fields], path)
    return _made_bare(cls, hints, defaults, _method(cls, "__post_init__"))


def _attrs(cls: Any, path: str) -> Record:
    hints = _hints(cls, path)
    found = {a.name: hints.get(a.name, a.type) for a in cls.__attrs_attrs__}
    untyped = [name for name, hint in found.items() if hint is None]
    if untyped:
        raise EncodeError(
            f"{path or cls.__qualname__}: field {untyped[0]!r} of {cls.__qualname__} "
            "has no annotation"
        )
    defaults: dict[str, Default] = {}
    for a in cls.__attrs_attrs__:
        if type(a.default).__name__ == "Factory":
            if not a.default.takes_self:
                defaults[a.name] = a.default.factory
        elif repr(a.default) != "NOTHING":
            defaults[a.name] = _constant(a.default)
    hash_code = getattr(cls.__hash__, "__code__", None)
    kept = hash_code is not None and _KEPT_HASH in hash_code.co_names
    after = _method(cls, "__attrs_post_init__")
    return _made_bare(cls, found, defaults, after, (_KEPT_HASH,) if kept else ())


def _pydantic(cls: Any, path: str) -> Record:
    if cls.model_config.get("extra") == "allow":
        raise _allows_extra(cls, path)
    fields = cls.model_fields
    hints = _picked(cls, fields, path)
    for name in fields:
        if has_variables(hints[name]):
            # Model[int] is a class of its own, whose fields know what it stands for.
            hints[name] = fields[name].annotation
    defaults = {
        n: lambda f=f: f.get_default(call_default_factory=True)
        for n, f in fields.items()
        if not f.is_required()
    }
    return Record(
        Form.OBJECT,
        cls,
        hints,
        defaults=defaults,
        finish=_model_maker(cls),
    )


def _pydantic_1(cls: Any, path: str) -> Record:
    """Return the record of a model of pydantic 1."""
    if getattr(getattr(cls, "__config__", None), "extra", None) == "allow":
        raise _allows_extra(cls, path)
    fields = cls.__fields__
    hints = _picked(cls, fields, path)
    defaults = {n: f.get_default for n, f in fields.items() if not f.required}
    return Record(
        Form.OBJECT, cls, hints, defaults=defaults, finish=lambda v: cls.construct(**v)
    )


def _allows_extra(cls: type, path: str) -> EncodeError:
    return EncodeError(
        f"{path or cls.__qualname__}: {cls.__qualname__} allows extra fields, which a "
        "row has no place for"
    )


def _model_maker(cls: Any) -> Callable[[dict[str, Any]], Any]:
    """Return what restores a model without validating it again."""
    names = {n: f.alias or n for n, f in cls.model_fields.items()}
    if all(name == alias for name, alias in names.items()):
        return lambda values: cls.model_construct(**values)
    # model_construct knows fields by their alias.
    return lambda values: cls.model_construct(
        **{names[name]: value for name, value in values.items()}
    )


def _plain(cls: type, path: str) -> Record:
    hints = {
        name: hint
        for name, hint in _hints(cls, path).items()
        if hint is not typing.ClassVar
        and typing.get_origin(hint) is not typing.ClassVar
    }
    return _made_bare(cls, hints, {}, None)


def _made_bare(
    cls: type,
    hints: Mapping[str, Any],
    defaults: dict[str, Default],
    after: str | None,
    unset: tuple[str, ...] = (),
) -> Record:
    """Return the record of a class whose instances are filled without ``__init__``.

    Attributes in ``unset`` are no fields; ``__init__`` would have set them to None.
    """
    if not unset and not _new_needs_arguments(cls):
        return Record(Form.OBJECT, cls, hints, defaults=defaults, after=after)

    def fill(made: Any, values: dict[str, Any]) -> None:
        for name, value in values.items():
            object.__setattr__(made, name, value)

    def finish(values: dict[str, Any]) -> Any:
        made: Any = object.__new__(cls)
        fill(made, dict.fromkeys(unset))
        fill(made, values)
        if after is not None:
            getattr(made, after)()
            fill(made, values)
        return made

    return Record(Form.OBJECT, cls, hints, defaults=defaults, finish=finish)


def _new_needs_arguments(cls: type) -> bool:
    new: Any = cls.__new__
    if new is object.__new__:
        return False
    try:
        inspect.signature(new).bind(cls)
    except TypeError:
        return True
    except ValueError:  # of a class without signature, written in C
        return False
    return False


def _method(cls: type, name: str) -> str | None:
    return name if hasattr(cls, name) else None
