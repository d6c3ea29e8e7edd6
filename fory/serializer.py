"""Serializers that users write for their own classes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fory.registry import Registry

__all__ = ["Serializer", "adapted"]


class Serializer:
    """Base of serializers for classes that are not dataclasses.

    Override ``write`` and ``read``; both receive the message being written or read,
    a ``Buffer`` that also has ``write_ref`` and ``read_ref`` for values of any type.
    Override ``xwrite`` and ``xread`` too if xlang messages differ.

    Parameters
    ----------
    fory : Fory or registry
        The instance that uses the serializer; ``type_resolver=`` says the same.
    cls : type
        The class it serializes.

    Attributes
    ----------
    need_to_write_ref : bool
        Whether instances that are shared are written once, if ``Fory(ref=True)``.

    Examples
    --------
    >>> import fory
    >>> class Celsius:
    ...     def __init__(self, degrees):
    ...         self.degrees = degrees
    >>> class CelsiusSerializer(fory.Serializer):
    ...     def write(self, buffer, value):
    ...         buffer.write_float64(value.degrees)
    ...     def read(self, buffer):
    ...         return Celsius(buffer.read_float64())
    >>> f = fory.Fory(xlang=True)
    >>> f.register(Celsius, typename="demo.Celsius", serializer=CelsiusSerializer)
    >>> f.loads(f.dumps(Celsius(21.5))).degrees
    21.5
    """

    need_to_write_ref = True

    def __init__(
        self, fory: Any = None, cls: type | None = None, *, type_resolver: Any = None
    ) -> None:
        owner = type_resolver if fory is None else fory
        self.fory = getattr(owner, "owner", owner)
        self.type_resolver = getattr(owner, "type_resolver", owner)
        self.type_ = cls

    def write(self, buffer: Any, value: Any) -> None:
        """Write ``value``, an instance of the class, to ``buffer``."""
        raise NotImplementedError(f"{type(self).__name__} does not override write")

    def read(self, buffer: Any) -> Any:
        """Return the value that ``write`` wrote; ``buffer`` then stands behind it."""
        raise NotImplementedError(f"{type(self).__name__} does not override read")

    def xwrite(self, buffer: Any, value: Any) -> None:
        """Write ``value`` into an xlang message."""
        self.write(buffer, value)

    def xread(self, buffer: Any) -> Any:
        """Return the value that ``xwrite`` wrote."""
        return self.read(buffer)

    @classmethod
    def support_subclass(cls) -> bool:
        """Tell whether subclasses that are not registered use this serializer, too.

        Each gets one of its own, made with the subclass, in Python messages with
        ``strict=False``.
        """
        return False


class _XlangAdapter:
    """Calls the pair of methods that a serializer has for xlang messages."""

    def __init__(self, serializer: Any) -> None:
        self.write = serializer.xwrite
        self.read = serializer.xread
        self.need_to_write_ref = getattr(serializer, "need_to_write_ref", True)


def adapted(serializer: Any, registry: Registry, cls: type) -> Any:
    """Return a serializer, made if a class was given, for the mode of a registry."""
    if isinstance(serializer, type):
        serializer = serializer(registry.owner, cls)
    if registry.config.xlang and hasattr(serializer, "xwrite"):
        return _XlangAdapter(serializer)
    return serializer
