"""Short forms of classes of the standard library, written."""

from fory._codec cimport Codec
from fory._write_containers cimport ContainerWriter


cdef class KnownWriter(ContainerWriter):
    cdef int write_known(self, Codec codec, object value) except -1
    cdef int write_partial(self, object value) except -1
    cdef int write_untracked(self, object value) except -1
    cdef int write_extras(self, object value) except -1
