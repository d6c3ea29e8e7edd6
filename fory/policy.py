"""What a reader lets messages do, beyond reading values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fory.error import PolicyError

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
        return None

    def inspect_reduced_object(self, obj: Any) -> Any:
        """See the result of a call with its state; return None to keep it."""
        return None

    def intercept_setstate(self, obj: Any, state: Any) -> None:
        """See a state before an object takes it; it may be changed in place."""


def refuse(what: str) -> PolicyError:
    """Return the error of a strict reader that meets code."""
    return PolicyError(
        f"the message holds {what}, which a strict reader does not make; use "
        f"strict=False, and a policy, if you trust its writer"
    )
