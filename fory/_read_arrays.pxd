"""numpy arrays of a message being read."""

from libc.stdint cimport uint64_t

from fory._codec cimport Codec
from fory._read_containers cimport ContainerReader


cdef class Announced:
    cdef object dtype
    cdef uint64_t width         # bytes of an element
    cdef bint objects
    cdef bint fortran
    cdef bint fixed


cdef class Carrier:
    cdef object cls
    cdef Py_ssize_t width
    cdef str storage


cdef class ArrayReader(ContainerReader):
    cdef object read_any(self)
    cdef object read_ndarray(self)
    cdef object read_numbers(self, Announced about)
    cdef object read_dense(self, Codec codec)
    cdef object read_wrapper(self, Carrier carrier)
    cdef object read_pyarray(self, Carrier carrier)
    cdef object read_pyarray_of(self)
    cdef object read_shaped(self, Announced about)
    cdef object read_elements(self, Announced about, tuple shape, uint64_t n_bytes)
    cdef object read_beside(self, Announced about, tuple shape, uint64_t n_bytes)
    cdef object read_objects(self, Announced about, tuple shape, uint64_t n_objects)
    cdef object copied(self, object result, Py_ssize_t n_bytes)
    cdef bint is_outside(self) except -1
    cdef object read_pickle_buffer(self, bint writable)
