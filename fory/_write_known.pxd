"""Short forms of classes of the standard library, written."""

from fory._codec cimport Codec
from fory._write_arrays cimport ArrayWriter


cdef class KnownWriter(ArrayWriter):
    cdef int write_known(self, Codec codec, object value) except -1
    cdef int write_partial(self, object value) except -1
    cdef int write_untracked(self, object value) except -1
    cdef int write_extras(self, object value) except -1
