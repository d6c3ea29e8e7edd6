"""Keys in their order: bytes that compare as values do, and the index sorted by them."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from fory_io._keys cimport MAX_FIELDS, IndexTable, KeyFields
from fory_row._layout cimport Node, Span


cdef enum Sort:
    SIGNED
    UNSIGNED
    FLOATS
    BYTES
    DECIMALS


cdef enum:
    STEP = 512          # entries of which the first is in the samples


# What stands first in an index; the ordinals of the key's fields follow.
cdef packed struct Head:
    uint64_t first_row
    uint64_t n_rows
    uint64_t n_entries
    uint64_t n_fields


cdef class Bytes:
    """Bytes that grow."""
    cdef uint8_t* data
    cdef uint64_t size
    cdef uint64_t capacity

    cdef int reserve(self, uint64_t more) except -1
    cdef int put(self, const uint8_t* p, uint64_t n) except -1
    cdef int put_escaped(self, const uint8_t* p, uint64_t n) except -1


cdef class OrderFields:
    """The fields of a sorted index, and bytes that have the order of their values."""
    cdef KeyFields keys
    cdef const Node* root
    cdef const Node* nodes[MAX_FIELDS]
    cdef int sorts[MAX_FIELDS]
    cdef int n
    cdef readonly tuple ordinals
    cdef readonly uint64_t exact        # bytes of every key if eight hold it, else 0

    cdef int gather(self, const Span* row, Bytes out) except -1
    cdef int put_value(self, int k, const Span* value, Bytes out) except -1


cdef class OrderBuilder:
    """Gathers keys, row after row, and sorts them."""
    cdef readonly OrderFields fields
    cdef readonly uint64_t n_rows
    cdef uint64_t n_entries
    cdef Bytes entries                  # Entry, one after another
    cdef Bytes keys                     # whole keys, unless eight bytes hold them
    cdef Bytes scratch


cdef class OrderTable(IndexTable):
    """An index sorted by keys."""
    cdef readonly OrderFields fields
    cdef uint64_t samples_at            # bytes from the first word
    cdef uint64_t prefixes_at
    cdef uint64_t rows_at

    cdef uint64_t word(self, uint64_t at) except? 0
    cdef uint64_t bound(self, uint64_t prefix, bint above) except? 0
    cdef uint64_t row_of(self, uint64_t i) except? 0
