"""What compiled code reads instead of serializer objects."""

from fory._codec cimport Codec
from fory._read_arrays cimport ArrayReader


cdef class KnownReader(ArrayReader):
    cdef object read_ext(self, Codec codec)
    cdef object read_known(self, Codec codec)
    cdef object read_plain(self, int form)
    cdef object read_place(self, Codec codec)
    cdef object read_method(self)
    cdef object read_builtin(self)
    cdef object read_named_tuple(self, Codec codec)
    cdef object read_subclass(self, Codec codec)
    cdef object read_zoned(self)
    cdef object read_zone(self)
    cdef object read_value_of(self, int form, object cls)
    cdef object read_mapping(self, int form, object cls)
    cdef object read_deque(self, object cls)
    cdef object read_partial(self, object cls)
    cdef object read_fraction(self, object cls)
    cdef object read_uuid(self, object cls)
    cdef object read_bytearray(self)
