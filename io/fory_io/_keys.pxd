"""Keys of rows: their bytes, their hashes, and the index that finds them."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from fory._bytes cimport load_u16_le, load_u32_le, load_u64_le
from fory_row._block cimport Block, Guard, Source
from fory_row._layout cimport AS_FLOAT32, AS_FLOAT64, Node, Span
from fory_row._plan cimport Plan


cdef enum:
    MAX_FIELDS = 16


# What stands first in an index; the ordinals of the key's fields follow.
cdef packed struct Head:
    uint64_t first_row
    uint64_t n_rows
    uint64_t n_buckets
    uint64_t n_entries
    uint64_t n_fields


cdef packed struct Entry:
    uint32_t fingerprint
    uint32_t row                        # counted from the first row of the index


cdef inline uint64_t float_bits(const Node* node, const uint8_t* p) noexcept nogil:
    """Return the bits of a float: one zero, one NaN."""
    cdef uint64_t v, sign, infinity
    if node.access == AS_FLOAT64:
        v = load_u64_le(p)
        sign = <uint64_t> 1 << 63
        infinity = <uint64_t> 0x7FF0 << 48
    elif node.access == AS_FLOAT32:
        v = load_u32_le(p)
        sign = <uint64_t> 1 << 31
        infinity = 0x7F800000
    else:
        v = load_u16_le(p)
        sign = 1 << 15
        infinity = 0x7C00
    if v == sign:
        return 0
    return infinity | infinity >> 1 if v & ~sign > infinity else v


cdef class KeyFields:
    """The fields of a key, and the bytes of their values."""
    cdef Plan plan
    cdef readonly tuple ordinals
    cdef int n
    cdef const Node* root
    cdef const Node* nodes[MAX_FIELDS]
    cdef list encoders                  # made when first needed; codes of dictionaries

    cdef bytes of_value(self, key)
    cdef bytes of_field(self, int k, value)
    cdef bytes code_of(self, int k, value)
    cdef int matches(self, const Span* row, const uint8_t* key, uint64_t n) except -1


cdef class KeyBuilder:
    """Gathers the hashes of keys, row after row."""
    cdef KeyFields fields
    cdef uint64_t* hashes
    cdef uint8_t* present               # 0 where a part of the key is null
    cdef uint64_t capacity
    cdef readonly uint64_t n_rows
    cdef uint8_t* key
    cdef uint64_t key_capacity

    cdef int reserve(self, uint64_t n) except -1
    cdef int64_t gather(self, const Span* row) except -2
    cdef bytes key_of(self, const Span* row)


cdef class IndexTable:
    """One index of a file, used where it lies; what follows its fields is another's."""
    cdef Block block
    cdef Guard guard
    cdef readonly uint64_t first_row
    cdef readonly uint64_t n_rows
    cdef readonly uint64_t n_entries
    cdef readonly tuple ordinals
    cdef str what

    cdef int read_head(self, Block block, str what, void* head, uint64_t n) except -1
    cdef uint64_t read_fields(self, uint64_t start, uint64_t n) except 0
    cdef int set_counts(
        self, uint64_t first_row, uint64_t n_rows, uint64_t n_entries
    ) except -1


cdef class KeyTable(IndexTable):
    """An index by the hashes of keys."""
    cdef uint64_t n_buckets
    cdef uint64_t starts_at             # bytes from the first word
    cdef uint64_t entries_at

    cdef const Entry* bucket(self, uint64_t hash, uint32_t* n) except? NULL


cdef class KeyIndex:
    """Finds rows of a file by their keys."""
    cdef readonly KeyFields fields
    cdef readonly list tables           # newest first
    cdef Source stored                  # all rows of the file
    cdef object live                    # LiveSource, None when no row is deleted

    cdef int64_t position(self, int64_t number) except -2
    cdef Block search(self, key, list out, int64_t* at, Span* row)


cdef KeyIndex bound_index(KeyFields fields, list tables, Source stored, live)
