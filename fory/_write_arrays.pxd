"""numpy arrays of a message being written."""

from fory._codec cimport Codec
from fory._write_containers cimport ContainerWriter


cdef class Kind:
    cdef object dtype           # keeps its address from being another's
    cdef int form
    cdef int type_id
    cdef bint exports
    cdef str text


cdef class ArrayWriter(ContainerWriter):
    cdef int write_ndarray(self, object value) except -1
    cdef int write_dense(self, Codec codec, object value) except -1
    cdef int write_pyarray(self, object value) except -1
    cdef bint write_numbers(self, object value) except -1
    cdef int write_shaped(
        self, Kind kind, object value, Py_buffer* view, bint fortran
    ) except -1
    cdef int put_elements(self, object value, Py_buffer* view, bint dense) except -1
    cdef int write_objects(self, object value) except -1
