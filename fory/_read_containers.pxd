"""Lists, tuples, sets and maps of a message being read."""

from fory._codec cimport Codec
from fory._reader cimport Reader
from fory._texts cimport TextTable


cdef class ContainerReader(Reader):
    cdef list keys              # recent map keys, by a hash of their bytes
    cdef TextTable texts        # strings of a message that tracks references

    cdef object read_flagged(self, Codec codec, int flag)
    cdef object read_value(self)
    cdef object read_payload(self, Codec codec)
    cdef object read_collection(self, Codec codec)
    cdef object read_all_items(self, Codec codec, Py_ssize_t n, list known)
    cdef Codec read_item_codec(self, Codec codec, int header)
    cdef list read_list(self, Py_ssize_t n, Codec item, int header)
    cdef object read_tuple(self, Py_ssize_t n, Codec item, int header)
    cdef object read_run(self, Py_ssize_t n, int kind, bint whole)
    cdef int check_unbacked(self, Py_ssize_t n, Codec item, bint flagged) except -1
    cdef object read_map(self, Codec codec)
    cdef int fill_map(self, Codec codec, dict result, Py_ssize_t left) except -1
    cdef int read_entry_with_null(
        self, Codec codec, dict result, int header
    ) except -1
    cdef object read_lone(self, Codec declared, bint is_declared, bint tracked)
    cdef Py_ssize_t read_chunk(
        self, Codec codec, dict result, int header, Py_ssize_t left
    ) except -1
    cdef Codec read_side_codec(self, Codec declared, bint is_declared)
    cdef object read_key(self)
    cdef object read_text(self)
