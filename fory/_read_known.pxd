"""Short forms of classes of the standard library, read."""

from fory._codec cimport Codec
from fory._read_arrays cimport ArrayReader


cdef class KnownReader(ArrayReader):
    cdef object read_known(self, Codec codec)
    cdef object read_plain(self, int form)
    cdef object read_value_of(self, int form, object cls)
    cdef object read_mapping(self, int form, object cls)
    cdef object read_deque(self, object cls)
    cdef object read_partial(self, object cls)
    cdef object read_fraction(self, object cls)
    cdef object read_uuid(self, object cls)
    cdef object read_bytearray(self)
