"""Lists, tuples, sets and maps of a message being read."""

from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF
from libc.stdint cimport uint64_t

from fory._buffer cimport get_f64, get_u8
from fory._codec cimport FLOAT64, STRING, VARINT64, Codec
from fory._reader cimport Reader, get_int
from fory._strings cimport get_string
from fory._texts cimport TextTable


cdef struct Key:
    uint64_t first              # what load_ends finds
    uint64_t last
    Py_ssize_t n
    PyObject* text              # NULL in a place that is free


cdef class ContainerReader(Reader):
    cdef Key* keys              # recent map keys, by a hash of their bytes
    cdef TextTable texts           # strings of a message that tracks references

    cdef object read_flagged(self, Codec codec, int flag)
    cdef object read_value(self)
    cdef object read_payload(self, Codec codec)
    cdef object read_collection(self, Codec codec)
    cdef list read_all_items(self, Codec codec, Py_ssize_t n, list known)
    cdef list read_list(self, Py_ssize_t n, Codec item, int header)
    cdef object read_tuple(self, Codec codec, Py_ssize_t n)
    cdef int fill(self, PyObject** places, Py_ssize_t n, Codec codec) except -1
    cdef int read_run(self, PyObject** places, Py_ssize_t n, int kind) except -1
    cdef Py_ssize_t backed(self, Py_ssize_t n, Codec item) except -1
    cdef int check_unbacked(self, Py_ssize_t n, Codec item, bint flagged) except -1
    cdef object read_map(self, Codec codec)
    cdef int fill_map(self, Codec codec, dict result, Py_ssize_t left) except -1
    cdef int read_entry_with_null(
        self, Codec codec, dict result, int header
    ) except -1
    cdef object read_lone(self, Codec declared, bint is_declared, bint tracked)
    cdef int read_entries(self, Codec codec, dict result, Py_ssize_t left) except -1
    cdef int read_chunk(
        self, Codec codec, dict result, int header, Py_ssize_t n, bint repeats
    ) except -1
    cdef object read_key(self)


cdef inline void set_place(PyObject** place, object value) noexcept:
    """Fill a place, which is NULL, of a container or call that is still being made."""
    Py_INCREF(value)
    place[0] = <PyObject*> value


cdef inline object read_text(ContainerReader r):
    """A string; with references, equal ones of a message are one object."""
    return r.texts.read(r) if r.track_ref else get_string(r)


cdef inline object get_bare(ContainerReader r, int kind):
    """A bare leaf of a kind for which ``is_bare`` is true."""
    if kind == STRING:
        return read_text(r)
    if kind == VARINT64:
        return get_int(r)
    if kind == FLOAT64:
        return get_f64(r)
    return get_u8(r) != 0
