"""Messages that only holders of a key can make (HMAC-SHA256)."""

from __future__ import annotations

from typing import Any, BinaryIO

from fory._core import Fory
from fory.buffer import Buffer, write_all
from fory.error import SignatureError, TruncatedError
from fory.pickling import shared

__all__ = ["SignedFory", "sign"]

_MAGIC = b"FSG1"
_DIGEST_BYTES = 32
_MIN_KEY_BYTES = 16


def sign(key: bytes, *old_keys: bytes, fory: Fory | None = None) -> SignedFory:
    """Return what writes signed messages and reads no others.

    Parameters
    ----------
    key : bytes
        At least 16 bytes that both sides know and nobody else, such as
        ``secrets.token_bytes(32)``.
    *old_keys : bytes
        Keys that are still accepted when reading.
    fory : Fory, optional
        Writes and reads the messages; else as ``fory.dumps`` does.

    Examples
    --------
    >>> import fory
    >>> signed = fory.sign(b"0123456789abcdef")
    >>> message = signed.dumps({"a": 1})
    >>> signed.loads(message)
    {'a': 1}
    >>> signed.loads(message[:-1] + b"!")
    Traceback (most recent call last):
    ...
    fory.error.SignatureError: the signature of the message is not that of any key
    """
    return SignedFory((key, *old_keys), shared() if fory is None else fory)


class SignedFory:
    """Writes and reads messages behind a signature; see `sign`.

    Nothing of a message is decoded before its signature was compared, in constant
    time. The signature covers the message, not when or to whom it was sent: a copy
    of an old message is as good as the old one.
    """

    def __init__(self, keys: tuple[bytes, ...], fory: Fory) -> None:
        for key in keys:
            if not isinstance(key, (bytes, bytearray)):
                raise TypeError(f"a key is bytes, found {type(key).__name__}")
            if len(key) < _MIN_KEY_BYTES:
                raise ValueError(
                    f"a key has {len(key)} bytes, at least {_MIN_KEY_BYTES} are needed"
                )
        self._keys = tuple(bytes(key) for key in keys)
        self._fory = fory

    def __repr__(self) -> str:
        return f"SignedFory({self._fory!r})"

    def __reduce__(self) -> Any:
        raise TypeError("a signer has secret keys and is not written")

    def dumps(self, obj: Any) -> bytes:
        """Return ``obj`` as bytes with a signature before them."""
        message = self._fory.dumps(obj)
        return _MAGIC + _digest(self._keys[0], message) + message

    def loads(self, data: Any) -> Any:
        """Return the object of a message whose signature is right.

        Raises
        ------
        SignatureError
            Nothing was decoded: the bytes were changed, or made with another key.
        """
        view = memoryview(data).cast("B")
        start = len(_MAGIC) + _DIGEST_BYTES
        if len(view) < start or bytes(view[: len(_MAGIC)]) != _MAGIC:
            raise SignatureError("the bytes are no signed message")
        import hmac

        message, given = view[start:], bytes(view[len(_MAGIC) : start])
        matches = [
            hmac.compare_digest(_digest(key, message), given) for key in self._keys
        ]
        if not any(matches):
            raise SignatureError("the signature of the message is not that of any key")
        return self._fory.loads(message)

    serialize, deserialize = dumps, loads

    def dump(self, obj: Any, stream: BinaryIO) -> None:
        """Write one signed message, with its size before it."""
        data = self.dumps(obj)
        write_all(stream.write, len(data).to_bytes(8, "little") + data)

    def load(self, stream: BinaryIO) -> Any:
        """Return the object of the next signed message of a stream, see `loads`."""
        source = Buffer.from_stream(stream)
        try:
            data = source.read_bytes(source.read_uint64())
        except (TruncatedError, OverflowError) as error:
            raise SignatureError("the stream ends before a signed message") from error
        return self.loads(data)


def _digest(key: bytes, message: Any) -> bytes:
    import hmac

    return hmac.digest(key, _MAGIC + bytes(message), "sha256")
