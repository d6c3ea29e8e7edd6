"""The decoder: values that contain other values, and whole messages."""

from fory._codec cimport Codec, Field
from fory._reader cimport Reader


cdef class Decoder(Reader):
    cdef list keys              # recent map keys, by a hash of their bytes

    cdef object decode(self, object buffers)
    cdef int check_bitmap(self, int bitmap, object buffers) except -1
    cdef object read_any(self)
    cdef object read_flagged(self, Codec codec, int flag)
    cdef object read_value(self)
    cdef object read_payload(self, Codec codec)
    cdef object read_ext(self, Codec codec)
    cdef object read_struct(self, Codec codec)
    cdef int check_schema(self, Codec codec) except -1
    cdef object read_field(self, Field field)
    cdef object read_union(self, Codec codec)
    cdef object read_collection(self, Codec codec)
    cdef Codec read_item_codec(self, Codec codec, int header)
    cdef int read_items(
        self, list items, Py_ssize_t n, Codec item, int header
    ) except -1
    cdef int read_run(self, list items, Py_ssize_t n, int kind) except -1
    cdef int check_unbacked(self, Py_ssize_t n, Codec item, bint flagged) except -1
    cdef object read_map(self, Codec codec)
    cdef int read_entry_with_null(
        self, Codec codec, dict result, int header
    ) except -1
    cdef object read_lone(self, Codec declared, bint is_declared, bint tracked)
    cdef Py_ssize_t read_chunk(
        self, Codec codec, dict result, int header, Py_ssize_t left
    ) except -1
    cdef Codec read_side_codec(self, Codec declared, bint is_declared)
    cdef object read_key(self)
