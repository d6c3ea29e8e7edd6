"""What a reader lets messages do, beyond reading values."""

from __future__ import annotations

from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["DeserializationPolicy"]


class DeserializationPolicy:
    """Hooks on every path from a message to code; override those that matter.

    A hook forbids by raising, best `PolicyError`. ``intercept_reduce_call`` and
    ``inspect_reduced_object`` may return a substitute instead of None.

    Examples
    --------
    >>> import collections, fory
    >>> class NoCounters(fory.DeserializationPolicy):
    ...     def validate_class(self, cls, *, is_local=False, **context):
    ...         if cls is collections.Counter:
    ...             raise fory.error.PolicyError("no counters here")
    >>> data = fory.Fory(strict=False).dumps(collections.Counter("aab"))
    >>> fory.Fory(strict=False, policy=NoCounters()).loads(data)
    Traceback (most recent call last):
    ...
    fory.error.PolicyError: no counters here
    """

    def validate_module(
        self, module_name: str, *, is_local: bool = False, **context: Any
    ) -> None:
        """See the name of a module before it is imported."""

    def validate_class(
        self, cls: type, *, is_local: bool = False, **context: Any
    ) -> None:
        """See a class before it is used."""

    def validate_function(
        self, func: Callable[..., Any], is_local: bool = False, **context: Any
    ) -> None:
        """See a function before it is used."""

    def validate_method(
        self, method: Callable[..., Any], is_local: bool = False, **context: Any
    ) -> None:
        """See a bound method before it is used."""

    def authorize_instantiation(self, cls: type, **context: Any) -> None:
        """See a class before an instance of it is made."""

    def intercept_reduce_call(
        self, callable_: Callable[..., Any], args: tuple[Any, ...]
    ) -> Any:
        """See a call before it is made; return None to let it be made."""
        return self.check_reduce_callable(callable_, args)

    def inspect_reduced_object(self, obj: Any) -> Any:
        """See the result of a call with its state; return None to keep it."""
        return self.check_restored_reduced_object(obj)

    def intercept_setstate(self, obj: Any, state: Any) -> None:
        """See a state before an object takes it; it may be changed in place."""
        self.check_setstate(obj, state)

    def check_reduce_callable(
        self, callable_: Callable[..., Any], args: tuple[Any, ...]
    ) -> Any:
        """See what `intercept_reduce_call` sees, under its other name."""
        return None

    def check_restored_reduced_object(self, obj: Any) -> Any:
        """See what `inspect_reduced_object` sees, under its other name."""
        return None

    def check_setstate(self, obj: Any, state: Any) -> None:
        """See what `intercept_setstate` sees, under its other name."""
