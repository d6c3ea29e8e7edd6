"""The decoder: one value of any kind, and whole messages."""

from libc.stdint cimport uint64_t

from fory._codec cimport Codec, Field, Step
from fory._protocol cimport Reduction, StateSerializer
from fory._read_known cimport KnownReader


cdef class Decoder(KnownReader):
    cdef object decode(self, object buffers)
    cdef int explain(self) except -1
    cdef int check_bitmap(self, int bitmap, object buffers) except -1
    cdef object read_any(self)
    cdef object read_shared(self, Codec codec)
    cdef object read_flagged(self, Codec codec, int flag)
    cdef object read_value(self)
    cdef object read_payload(self, Codec codec)
    cdef object read_python(self, Codec codec)
    cdef object read_rarer(self, Codec codec)
    cdef object read_struct(self, Codec codec)
    cdef int read_step(self, Step* step, object instance) except -1
    cdef int check_schema(self, Codec codec) except -1
    cdef object read_field(self, Field field)
    cdef object read_object(self, Codec codec)
    cdef str read_name_of(self, list names, uint64_t i)
    cdef object read_args(self)
    cdef object read_dict(self)
    cdef object read_reduced(self, Codec codec)
    cdef object read_call(self, Codec codec)
    cdef object read_made(self, object function)
    cdef object finish_call(
        self, Reduction reduction, object made, Py_ssize_t slot, Py_ssize_t n
    )
    cdef object read_state(self, StateSerializer serializer)
    cdef object read_union(self, Codec codec)
    cdef object read_declared(self, Codec declaration)
