"""Every exception of the packages, in one hierarchy.

Each class also derives from the builtin that a caller would expect, so
``except ValueError`` around a decode keeps working. Messages state the place,
what was expected, what was found, and a next step.
"""

from __future__ import annotations

from _pickle import PicklingError, UnpicklingError

__all__ = [
    "BufferStateError",
    "ChecksumError",
    "CompileError",
    "ContainerChangedError",
    "DecodeError",
    "DepthLimitError",
    "EncodeError",
    "FormatVersionError",
    "ForyBufferOutOfBoundError",
    "ForyDepthExceedError",
    "ForyEncodeError",
    "ForyEncodingError",
    "ForyError",
    "ForyIOError",
    "ForyInvalidDataError",
    "ForyInvalidError",
    "ForyInvalidRefError",
    "ForyKeyError",
    "ForyNotAllowedError",
    "ForyOutOfBoundError",
    "ForyOutOfMemoryError",
    "ForyStructVersionMismatchError",
    "ForyTypeError",
    "ForyTypeMismatchError",
    "ForyUnknownEnumError",
    "ForyUnknownError",
    "ForyUnsupportedError",
    "IntegerRangeError",
    "PolicyError",
    "SignatureError",
    "TruncatedError",
    "TypeNotCompatibleError",
    "TypeUnregisteredError",
    "UnsupportedObjectError",
    "ValueTypeError",
]

_LONGEST_PLACE = 200


class ForyError(Exception):
    """Base of every error that these packages raise on purpose.

    Attributes
    ----------
    path : str
        Where in the value the error lies, such as ``orders[3].price``; "" if at its
        root or not known.
    """

    path: str = ""


class EncodeError(ForyError, ValueError, PicklingError):
    """A value cannot be written without changing it."""


class ValueTypeError(EncodeError, TypeError):
    """A value is not of the type that its field, or the call, declares."""


class UnsupportedObjectError(EncodeError, TypeError):
    """An object belongs to its process: an open file, a lock, a generator."""


class DecodeError(ForyError, ValueError, UnpicklingError):
    """Bytes are damaged, incomplete, or not what the reader was told they are."""


class TruncatedError(DecodeError, EOFError):
    """The bytes end before the value does."""


class ChecksumError(DecodeError):
    """A stored checksum differs from that of the bytes read."""


class SignatureError(DecodeError, PermissionError):
    """A message is not signed with a key that its reader has."""


class FormatVersionError(DecodeError):
    """The bytes need a newer version or a feature that this reader lacks."""


class TypeUnregisteredError(ForyError, TypeError):
    """A class is used that was not registered with this serializer."""


class TypeNotCompatibleError(DecodeError, TypeError):
    """Two schemas of one type cannot be reconciled without loss."""


class PolicyError(ForyError, PermissionError):
    """A policy forbids what the bytes ask for."""


class DepthLimitError(ForyError, RecursionError):
    """Values are nested deeper than the configured limit."""


# Those that say where in a value they lie.
ENCODE_ERRORS = EncodeError, DepthLimitError, TypeUnregisteredError
DECODE_ERRORS = DecodeError, DepthLimitError, TypeUnregisteredError


class IntegerRangeError(EncodeError, OverflowError):
    """An integer does not fit into the width that its type has."""


class ContainerChangedError(EncodeError, RuntimeError):
    """A container was changed by an object that it holds, while it was written."""


class BufferStateError(ForyError, BufferError):
    """A buffer cannot grow or be written as asked."""


class CompileError(ForyError, TypeError):
    """The annotations of a class cannot be made into a plan."""


def too_deep(verb: str) -> DepthLimitError:
    """Return the error of values whose own code nests too deep for the interpreter."""
    return DepthLimitError(
        f"values are nested too deep to {verb} them: raise sys.setrecursionlimit, or "
        f"flatten them"
    )


def nested_too_deep(levels: int, tracked: bool) -> DepthLimitError:
    """Return the error of values that are nested deeper than an instance allows."""
    cycles = "" if tracked else "if they refer to themselves use Fory(ref=True), else "
    return DepthLimitError(
        f"values are nested deeper than {levels} levels; {cycles}raise max_depth or "
        f"flatten them"
    )


def located(error: ForyError, path: list[str]) -> ForyError:
    """Return ``error`` with the path to the value, whose parts come innermost first."""
    if not path:
        return error
    place = "".join(reversed(path)).removeprefix(".")
    half = _LONGEST_PLACE // 2
    short = len(place) <= _LONGEST_PLACE
    shown = place if short else f"{place[:half]} ... {place[-half:]}"
    result = type(error)(f"{error}; at {shown}")
    result.path = place
    return result


# The names under which users of other versions of the format know the errors.
ForyInvalidDataError = ForyUnknownEnumError = ForyStructVersionMismatchError = (
    DecodeError
)
ForyInvalidRefError = ForyTypeMismatchError = ForyEncodingError = DecodeError
ForyBufferOutOfBoundError = ForyOutOfBoundError = TruncatedError
ForyDepthExceedError = DepthLimitError
ForyNotAllowedError = PolicyError
ForyEncodeError = ForyInvalidError = EncodeError
ForyTypeError = ValueTypeError
ForyUnsupportedError = UnsupportedObjectError
ForyUnknownError = ForyError


# Streams, keys and memory fail with the errors of the interpreter; these names are
# for programs that mention them.
class ForyKeyError(ForyError, KeyError):
    """A key is not there."""


class ForyIOError(ForyError, OSError):
    """A stream failed."""


class ForyOutOfMemoryError(ForyError, MemoryError):
    """There is no memory for what was asked."""
