"""The entry points of the engine: from an object to bytes and back."""

from cython cimport binding, embedsignature, final

from fory._buffer cimport Buffer, swap_memory
from fory._cpython cimport failed
from fory._decode cimport Decoder
from fory._encode cimport EncodeAttempt, Encoder, encode_message

from fory.error import ENCODE_ERRORS, EncodeError, located, too_deep


cdef enum:
    OUT_OF_BAND = 2          # in the first byte: some buffers are beside the message


cdef class Answers:
    """A buffer callback that is asked once about each buffer."""

    cdef object callback
    cdef list given
    cdef Py_ssize_t next

    def __init__(self, callback):
        self.callback = callback
        self.given = []
        self.next = 0

    def __call__(self, buffer):
        if self.next == len(self.given):
            self.given.append(bool(self.callback(buffer)))
        self.next += 1
        return self.given[self.next - 1]

    def rewind(self):
        """Begin to answer from the first buffer."""
        self.next = 0


cdef object needed(Decoder decoder, buffers):
    """Return the buffers if the message has some outside, else None."""
    if decoder.reader >= decoder.writer:
        return buffers
    if not decoder.base[decoder.reader] & OUT_OF_BAND:
        return None
    return () if buffers is None else buffers


cdef class Engine:
    """Encoders and decoders of one configuration.

    Each call takes an encoder or decoder off its shelf and puts it back at the end.
    A second call that starts before the first one ends, in a thread or from inside
    a custom serializer, finds the shelf empty and makes its own: calls never share
    state.
    """

    cdef object registry
    cdef dict options
    cdef dict read_options
    cdef Encoder encoder
    cdef Decoder decoder

    def _configure(self, registry, dict options, dict read_options):
        self.registry = registry
        self.options = options
        self.read_options = read_options
        self.encoder = None
        self.decoder = None

    @final
    cdef Encoder new_encoder(self):
        return Encoder(self, self.registry, **self.options)

    @final
    cdef Decoder new_decoder(self):
        return Decoder(self, self.registry, **self.read_options)

    @final
    cdef int encode(self, Encoder encoder, object obj, object callback) except -1:
        """Write a message, in another form if its first one does not fit."""
        cdef Py_ssize_t start = encoder.writer
        if (<EncodeAttempt> encode_message)(encoder, obj, callback) < 0:
            self.encode_otherwise(encoder, start, obj, callback)
        return 0

    @final
    cdef int encode_otherwise(
        self, Encoder encoder, Py_ssize_t start, object obj, object callback
    ) except -1:
        """Look at what was raised; if an instance is no struct, write it as none."""
        cdef bint begun = False
        try:
            while True:
                try:
                    if not begun:
                        failed()
                    return encode_message(encoder, obj, callback)
                except ENCODE_ERRORS as error:
                    if not isinstance(error, EncodeError) or not self.adapt(encoder):
                        raise located(error, encoder.path) from error.__cause__
                except RecursionError as error:
                    raise too_deep("write") from error
                begun = True
                encoder.writer = start
                if callback is not None:
                    callback.rewind()
        finally:
            if encoder.begun is not None:
                encoder.hooks = self.options["hooks"]
                encoder.begun = None

    @final
    cdef bint adapt(self, Encoder encoder) except -1:
        """Whether a message that could not be written may be in another form."""
        if encoder.in_cycle and not self.options["xlang"]:
            if encoder.begun is not None:
                return False
            from fory._cycles import CycleHooks

            encoder.hooks = CycleHooks(self.registry, encoder.hooks)
            encoder.begun = {}
            return True
        if encoder.begun is not None:
            encoder.begun = {}
        return encoder.misfit is not None and self.registry.loosen(encoder.misfit)

    @binding(False)
    @embedsignature(True)
    @embedsignature.format("clinic")
    def serialize(
        self, obj, Buffer buffer=None, buffer_callback=None, unsupported_callback=None
    ):
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
        cdef Encoder encoder = take_encoder(self)
        if buffer is not None or buffer_callback is not None:
            return self.append(encoder, obj, buffer, buffer_callback)
        try:
            self.encode(encoder, obj, None)
            return encoder.take_bytes()
        finally:
            encoder.writer = 0
            self.encoder = encoder

    @final
    cdef object append(self, Encoder encoder, obj, Buffer buffer, callback):
        """Write a message behind what is in ``buffer``, or parts of it elsewhere."""
        cdef Py_ssize_t start = 0
        cdef bint written = False
        if callback is not None:
            callback = Answers(callback)
        if buffer is not None:
            start = buffer.writer
            swap_memory(encoder, buffer)
        try:
            self.encode(encoder, obj, callback)
            written = True
            if buffer is None:
                return encoder.take_bytes()
        finally:
            if not written:
                encoder.writer = start
            if buffer is not None:
                swap_memory(encoder, buffer)
            self.encoder = encoder
        return buffer

    @binding(False)
    @embedsignature(True)
    @embedsignature.format("clinic")
    def deserialize(self, buffer, buffers=None, unsupported_objects=None):
        """Return the object that a message describes.

        Parameters
        ----------
        buffer : bytes-like or Buffer
            One message; what follows it is ignored. A ``Buffer`` is read from its
            reader index, which then stands behind the message.
        buffers : iterable of bytes-like or BufferObject, optional
            What ``buffer_callback`` took out of the message, in the same order.
        """
        return self.decode(buffer, buffers, False)

    @binding(False)
    def load_any(self, data, buffers):
        """Return the object of a message, which may have no use for ``buffers``."""
        return self.decode(data, buffers, True)

    @final
    cdef object decode(self, buffer, buffers, bint as_needed):
        cdef Decoder decoder = take_decoder(self)
        if type(buffer) is not bytes and isinstance(buffer, Buffer):
            return self.read_from(decoder, buffer, buffers, as_needed)
        try:
            decoder.wrap(buffer, 0, -1)
            return decoder.decode(needed(decoder, buffers) if as_needed else buffers)
        finally:
            decoder.release()
            self.decoder = decoder

    @final
    cdef object read_from(
        self, Decoder decoder, Buffer buffer, buffers, bint as_needed
    ):
        """Read a message at the reader index of ``buffer``."""
        swap_memory(decoder, buffer)
        try:
            return decoder.decode(needed(decoder, buffers) if as_needed else buffers)
        finally:
            swap_memory(decoder, buffer)
            self.decoder = decoder

    dumps = serialize
    loads = deserialize


cdef inline Encoder take_encoder(Engine engine):
    """An encoder that no other call uses."""
    cdef Encoder encoder = engine.encoder
    engine.encoder = None
    return engine.new_encoder() if encoder is None else encoder


cdef inline Decoder take_decoder(Engine engine):
    """A decoder that no other call uses."""
    cdef Decoder decoder = engine.decoder
    engine.decoder = None
    return engine.new_decoder() if decoder is None else decoder
