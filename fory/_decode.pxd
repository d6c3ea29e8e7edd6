"""The decoder: one value of any kind, and whole messages."""

from fory._codec cimport Codec, Field, Step
from fory._protocol cimport StateSerializer
from fory._read_containers cimport ContainerReader


cdef class Decoder(ContainerReader):
    cdef object decode(self, object buffers)
    cdef int check_bitmap(self, int bitmap, object buffers) except -1
    cdef object read_any(self)
    cdef object read_shared(self, Codec codec)
    cdef object read_flagged(self, Codec codec, int flag)
    cdef object read_value(self)
    cdef object read_payload(self, Codec codec)
    cdef object read_rarer(self, Codec codec)
    cdef object read_ext(self, Codec codec)
    cdef object read_struct(self, Codec codec)
    cdef int read_step(self, Step* step, object instance) except -1
    cdef int check_schema(self, Codec codec) except -1
    cdef object read_field(self, Field field)
    cdef object read_object(self, Codec codec)
    cdef object read_reduced(self, Codec codec)
    cdef object read_state(self, StateSerializer serializer)
    cdef object read_union(self, Codec codec)
    cdef object read_declared(self, Codec declaration)
