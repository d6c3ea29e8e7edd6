"""Names that programs for earlier versions of the format's library use."""

from __future__ import annotations

import enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Language", "OlderNames", "modern"]

_OPTIONS = {"ref_tracking": "ref", "require_type_registration": "strict"}


class Language(enum.Enum):
    """What ``Fory(language=...)`` took; ``xlang=True`` says the same."""

    PYTHON = "python"
    XLANG = "xlang"


class OlderNames:
    """Names of ``Fory`` that serializers and programs may still use."""

    config: Any

    @property
    def language(self) -> Language:
        """Whether messages are for other languages."""
        return Language.XLANG if self.config.xlang else Language.PYTHON

    @property
    def ref_tracking(self) -> bool:
        """Whether shared references and cycles are kept."""
        return bool(self.config.ref)

    def reset(self) -> None:
        """Forget what the last message left; nothing is kept between two calls."""

    reset_read = reset_write = reset

    def write_ref(self, buffer: Any, obj: Any, serializer: Any = None) -> None:
        """Write a value of any type, inside of a serializer's ``write``."""
        buffer.write_ref(obj)

    def write_no_ref(self, buffer: Any, obj: Any, serializer: Any = None) -> None:
        """Write a value that is not None, inside of a serializer's ``write``."""
        buffer.write_no_ref(obj)

    def read_ref(self, buffer: Any, serializer: Any = None) -> Any:
        """Return the value that ``write_ref`` wrote, inside of ``read``."""
        return buffer.read_ref()

    def read_no_ref(self, buffer: Any, serializer: Any = None) -> Any:
        """Return the value that ``write_no_ref`` wrote, inside of ``read``."""
        return buffer.read_no_ref()

    xwrite_ref, xread_ref = write_ref, read_ref
    xwrite_no_ref, xread_no_ref = write_no_ref, read_no_ref


def modern(options: dict[str, Any]) -> dict[str, Any]:
    """Translate the option names of earlier versions."""
    result = {}
    for name, value in options.items():
        if name == "language":
            result["xlang"] = "XLANG" in str(value).upper()
        else:
            result[_OPTIONS.get(name, name)] = value
        if name in ("language", *_OPTIONS):
            import warnings

            warnings.warn(
                f"the option {name!r} has a new name, see Fory",
                DeprecationWarning,
                stacklevel=3,
            )
    return result
