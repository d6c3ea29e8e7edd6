"""The encoder: values that contain other values, and whole messages."""

from cpython.object cimport PyObject, PyTypeObject

from fory._codec cimport Codec, Field
from fory._writer cimport Writer


cdef struct Chunk:
    int header
    int size                # entries written so far
    bint single             # the types of its entries say too little to go on
    Py_ssize_t at           # where the size stands
    PyObject* key           # plans, kept alive by the registry
    PyObject* value
    PyTypeObject* key_class
    PyTypeObject* value_class


cdef class Encoder(Writer):
    cdef int encode(self, object value, object buffer_callback) except -1
    cdef int write_any(self, object value) except -1
    cdef int write_value(self, object value) except -1
    cdef int write_payload(self, Codec codec, object value) except -1
    cdef int write_struct(self, Codec codec, object value) except -1
    cdef int write_field(self, Field field, object value) except -1
    cdef int write_union(self, Codec codec, object value) except -1
    cdef int write_collection(self, Codec codec, object value) except -1
    cdef int write_declared(self, Codec codec, object items, bint lenient) except -1
    cdef int write_dynamic(self, object items, bint lenient) except -1
    cdef int write_alike(
        self, object items, Codec item, int header, bint lenient
    ) except -1
    cdef int write_mixed(self, object items, int header, bint lenient) except -1
    cdef int write_run(self, object items, int kind) except -1
    cdef int write_map(self, Codec codec, object value) except -1
    cdef int write_entry_with_null(
        self, Codec codec, object key, object value
    ) except -1
    cdef int open_chunk(
        self, Codec codec, object key, object value, Chunk* chunk
    ) except -1
    cdef Codec side_codec(self, object value, Chunk* chunk)
    cdef bint is_tracked(self, Codec declaration, Codec actual, bint tracked)
    cdef int write_side(self, Codec codec, object value, bint tracked) except -1
