"""The entry points of the engine: from an object to bytes and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from fory._outside import BufferObject
from fory._pure.buffer import Buffer
from fory._pure.decoder import Decoder
from fory._pure.encoder import Encoder
from fory._pure.memory import swap_memory
from fory.error import EncodeError

__all__ = ["Engine"]

_OUT_OF_BAND = 2  # in the first byte: some buffers are beside the message


class _Answers:
    """A buffer callback that is asked once about each buffer."""

    def __init__(self, callback: Callable[[BufferObject], Any]) -> None:
        self.callback = callback
        self.given: list[bool] = []
        self.next = 0

    def __call__(self, buffer: BufferObject) -> bool:
        if self.next == len(self.given):
            self.given.append(bool(self.callback(buffer)))
        self.next += 1
        return self.given[self.next - 1]

    def rewind(self) -> None:
        """Begin to answer from the first buffer."""
        self.next = 0


class Engine:
    """Encoders and decoders of one configuration; each call makes its own."""

    def _configure(
        self, registry: Any, options: dict[str, Any], read_options: dict[str, Any]
    ) -> None:
        self._registry = registry
        self._options = options
        self._read_options = read_options

    def serialize(
        self,
        obj: Any,
        buffer: Buffer | None = None,
        buffer_callback: Callable[[BufferObject], Any] | None = None,
        unsupported_callback: Callable[[Any], Any] | None = None,
    ) -> bytes | Buffer:
        """Return ``obj`` as bytes, or append them to ``buffer`` and return that.

        Parameters
        ----------
        obj : object
            None, a number, a str, bytes, a date, a container, or an instance of a
            registered class; with ``strict=False`` any Python object.
        buffer : Buffer, optional
            Where to append the message.
        buffer_callback : callable, optional
            Called with each large buffer; false keeps it out of the message.

        Returns
        -------
        bytes or Buffer
            The message, a copy of everything in ``obj``.
        """
        encoder = Encoder(self, self._registry, **self._options)
        callback = None if buffer_callback is None else _Answers(buffer_callback)
        if buffer is None:
            self._encode(encoder, obj, callback)
            return encoder.to_bytes()
        if not isinstance(buffer, Buffer):
            raise TypeError(f"expected a Buffer, found {type(buffer).__name__}")
        start = buffer.writer_index
        swap_memory(encoder, buffer)
        try:
            self._encode(encoder, obj, callback)
        except BaseException:
            encoder.writer_index = start
            raise
        finally:
            swap_memory(encoder, buffer)
        return buffer

    def _encode(self, encoder: Encoder, obj: Any, callback: _Answers | None) -> None:
        """Write a message; if an instance is no struct, again without its struct."""
        start = encoder.writer_index
        while True:
            try:
                return encoder.encode(obj, callback)
            except EncodeError:
                if not self._adapt(encoder):
                    raise
            encoder.writer_index = start
            if callback is not None:
                callback.rewind()

    def _adapt(self, encoder: Encoder) -> bool:
        """Tell whether a message that could not be written may be in another form."""
        if encoder.in_cycle and not encoder.xlang:
            if encoder.begun is not None:
                return False
            from fory._cycles import CycleHooks

            encoder.hooks = CycleHooks(self._registry, encoder.hooks)
            encoder.begun = {}
            return True
        if encoder.begun is not None:
            encoder.begun = {}
        return encoder.misfit is not None and self._registry.loosen(encoder.misfit)

    def deserialize(
        self,
        buffer: Any,
        buffers: Iterable[Any] | None = None,
        unsupported_objects: Iterable[Any] | None = None,
    ) -> Any:
        """Return the object that a message describes.

        Parameters
        ----------
        buffer : bytes-like or Buffer
            One message; what follows it is ignored. A ``Buffer`` is read from its
            reader index, which then stands behind the message.
        buffers : iterable of bytes-like, optional
            What ``buffer_callback`` took out of the message, in the same order.
        """
        decoder = Decoder(self, self._registry, **self._read_options)
        if not isinstance(buffer, Buffer):
            decoder._wrap(buffer)
            return decoder.decode(buffers)
        swap_memory(decoder, buffer)
        try:
            return decoder.decode(buffers)
        finally:
            swap_memory(decoder, buffer)

    def load_any(self, data: Any, buffers: Iterable[Any] | None) -> Any:
        """Return the object of a message, which may have no use for ``buffers``."""
        first = memoryview(data).cast("B")[:1]
        outside = bool(first) and bool(first[0] & _OUT_OF_BAND)
        return self.deserialize(data, (buffers or ()) if outside else None)

    dumps = serialize
    loads = deserialize
