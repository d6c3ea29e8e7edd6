"""Tagged unions: one of several types, chosen by a number (xlang_wire 13)."""

from __future__ import annotations

from collections.abc import Mapping

from fory._impl import Codec
from fory._type_ids import TypeId
from fory.error import EncodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fory.registry import Registry

__all__ = ["Union", "UnionSerializer"]


class Union:
    """A value and the number of the case that it is.

    Subclass it once per union and register the subclass with `Fory.register_union`.

    Parameters
    ----------
    case_id : int
        Which of the alternatives.
    value : object
        A value of that alternative's type, or None.
    """

    __slots__ = ("_case_id", "_value")

    def __init__(self, case_id: int, value: Any) -> None:
        self._case_id = case_id
        self._value = value

    @classmethod
    def _from_case_id(cls, case_id: int, value: Any) -> Union:
        return cls(case_id, value)

    @property
    def case_id(self) -> int:
        """Which of the alternatives the value is."""
        return self._case_id

    @property
    def value(self) -> Any:
        """The value itself."""
        return self._value

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return (self._case_id, self._value) == (other._case_id, other._value)

    def __hash__(self) -> int:
        return hash((self._case_id, self._value))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._case_id}, {self._value!r})"


class UnionSerializer:
    """What the engine asks about one union.

    Parameters
    ----------
    type_resolver : Registry or Fory
        Where the classes of the alternatives are registered.
    cls : type
        The subclass of `Union`.
    alternatives : mapping of int to type
        The annotation of each case.
    """

    def __init__(
        self, type_resolver: Any, cls: type[Union], alternatives: Mapping[int, Any]
    ) -> None:
        self._registry: Registry = getattr(
            type_resolver, "type_resolver", type_resolver
        )
        self._cls = cls
        self._alternatives = dict(alternatives)
        self._codecs: dict[int, Codec] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._registry, self._cls, self._alternatives)

    def codec_of(self, case_id: int) -> Codec | None:
        """Return the plan of a case, None if it is not known here."""
        if case_id not in self._alternatives:
            return None
        if case_id not in self._codecs:
            codec = self._registry.plans.codec_of(self._alternatives[case_id])
            self._codecs[case_id] = Codec(TypeId.UNKNOWN, item=codec)
        return self._codecs[case_id]

    def case_of(self, value: Any) -> tuple[int, Codec, Any]:
        """Return the number, the plan and the content of a union."""
        if not isinstance(value, self._cls):
            raise EncodeError(
                f"expected {self._cls.__name__}, found {type(value).__name__}"
            )
        case_id = value._case_id
        codec = self.codec_of(case_id)
        if codec is None:
            raise EncodeError(f"{self._cls.__name__} has no case {case_id}")
        return case_id, codec.item, value._value

    def from_case(self, case_id: int, value: Any) -> Union:
        """Return the union that was read."""
        return self._cls._from_case_id(case_id, value)
