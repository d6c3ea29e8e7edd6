"""What compiled code writes instead of serializer objects."""

from fory._codec cimport Codec
from fory._write_arrays cimport ArrayWriter


cdef class KnownWriter(ArrayWriter):
    cdef int write_known(self, Codec codec, object value) except -1
    cdef int write_code(self, Codec codec, object value) except -1
    cdef int write_subclass(self, object form, object value) except -1
    cdef int write_zoned(self, object value) except -1
    cdef int write_partial(self, object value) except -1
    cdef int write_untracked(self, object value) except -1
    cdef int write_extras(self, object value) except -1
