"""``field`` and ``dataclass``: what a class says about its bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from fory.schema import FieldOptions

__all__ = ["dataclass", "field"]

T = TypeVar("T")


def field(
    id: int | None = None,
    *,
    nullable: bool | None = None,
    ref: bool = False,
    ignore: bool = False,
    dynamic: bool | None = None,
    metadata: dict[str, Any] | None = None,
    **options: Any,
) -> Any:
    """Return a dataclass field with options for its bytes.

    Parameters
    ----------
    id : int, optional
        A number by which both sides know the field instead of its name.
    nullable : bool, optional
        Whether the field may be None.
    ref : bool
        Keep references to shared values, if ``Fory(ref=True)``.
    ignore : bool
        Leave the field out of the bytes.
    dynamic : bool, optional
        Write the class of the value with it (``compatible=False`` only).
    metadata, **options
        As in `dataclasses.field`.
    """
    import dataclasses

    mine = FieldOptions(id, nullable, ref, dynamic, ignore)
    return dataclasses.field(metadata={**(metadata or {}), "fory": mine}, **options)


@overload
def dataclass(cls: type[T], /) -> type[T]: ...


@overload
def dataclass(
    *, evolving: bool = True, **options: Any
) -> Callable[[type[T]], type[T]]: ...


def dataclass(cls: Any = None, /, *, evolving: bool = True, **options: Any) -> Any:
    """Make a dataclass; with ``evolving=False`` its fields are never sent.

    Other options are those of `dataclasses.dataclass`.
    """

    import dataclasses

    def make(cls: type[T]) -> type[T]:
        made = dataclasses.dataclass(**options)(cls)
        made.__fory_evolving__ = evolving  # type: ignore[attr-defined]
        return made

    return make if cls is None else make(cls)
