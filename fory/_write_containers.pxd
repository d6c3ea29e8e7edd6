"""Lists, tuples, sets and maps of a message being written."""

from cpython.object cimport PyObject, PyTypeObject

from fory._codec cimport Codec
from fory._writer cimport Writer


cdef struct Chunk:
    int header
    int size                # entries written so far
    bint single             # the types of its entries say too little to go on
    bint undeclared         # entries say their types
    bint bare               # both sides are bare leaves as long as classes repeat
    Py_ssize_t at           # where the size stands
    PyObject* key           # plans, kept alive by the registry; NULL if not needed
    PyObject* value
    PyTypeObject* key_class
    PyTypeObject* value_class


cdef struct Entry:
    Py_ssize_t place        # in the dict, behind the entry
    Py_ssize_t count        # of the entries up to here
    PyObject* key
    PyObject* value


cdef class ContainerWriter(Writer):
    cdef int write_any(self, object value) except -1
    cdef int write_value(self, object value) except -1
    cdef int write_payload(self, Codec codec, object value) except -1
    cdef int write_collection(self, Codec codec, object value) except -1
    cdef int write_declared(self, Codec codec, object items, bint lenient) except -1
    cdef int write_dynamic(
        self, Codec codec, object items, bint lenient
    ) except -1
    cdef int write_alike(
        self, object items, Codec item, int header, bint lenient
    ) except -1
    cdef int write_mixed(self, object items, int header, bint lenient) except -1
    cdef Codec plan_of_items(self, object items, object first)
    cdef bint write_bare_items(self, object items) except -1
    cdef Py_ssize_t write_run(
        self, object items, Codec item, PyTypeObject* only
    ) except -1
    cdef int write_map(self, Codec codec, object value) except -1
    cdef bint write_bare_entries(
        self, dict entries, Entry* entry, Chunk* chunk
    ) except -1
    cdef int write_entries(
        self, Codec codec, dict entries, Entry* entry, Chunk* chunk
    ) except -1
    cdef int write_entry(
        self, Codec codec, object key, object value, Chunk* chunk
    ) except -1
    cdef int write_entry_with_null(
        self, Codec codec, object key, object value
    ) except -1
    cdef int open_chunk(
        self, Codec codec, object key, object value, Chunk* chunk
    ) except -1
    cdef Codec common_plan(self, object value)
    cdef Codec side_codec(self, object value, Chunk* chunk)
    cdef int write_side_info(self, Codec codec) except -1
    cdef int write_side(self, Codec codec, object value, bint tracked) except -1
