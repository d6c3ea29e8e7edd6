"""Structs whose class the reader does not have."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fory._typedef import TypeDef

__all__ = ["UnknownStruct"]


class UnknownStruct:
    """The fields of a struct of a class that is not registered.

    Nothing is imported to read it. Writing it again sends the definition with which
    it came, so records pass through a program that does not know them.

    Attributes
    ----------
    type_def : TypeDef
        Class and fields as the writer described them.
    """

    type_def: TypeDef

    def __getitem__(self, name: str) -> Any:
        """Return the value of a field."""
        return self.__dict__[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __len__(self) -> int:
        return len(self.__dict__)

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def items(self) -> ItemsView[str, Any]:
        """Return pairs of field name and value."""
        return self.__dict__.items()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UnknownStruct):
            return NotImplemented
        return self.type_def == other.type_def and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.items())
        return f"UnknownStruct({shown})"


def class_for(type_def: TypeDef) -> type[UnknownStruct]:
    """Return the class of the records of one definition."""
    return type("UnknownStruct", (UnknownStruct,), {"type_def": type_def})
