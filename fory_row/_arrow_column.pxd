"""One Arrow array of a batch, bound to the node of the plan that it fills."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from fory._bytes cimport load_u32_le, load_u64_le
from fory_row._layout cimport AS_NULL, Node


cdef enum:
    BATCH = 32      # entries that kernels treat at once: their nulls fit one word


cdef enum Reason:
    """Why a kernel stopped."""
    NONE
    NULL_IN_REQUIRED
    BAD_OFFSETS
    BAD_CODE
    NO_MEMORY


cdef struct Failure:
    Reason reason
    const Node* node


# Pointers are at entry 0: the offsets of the array and of its parents are folded in.
# Entry i of a struct is entry i of its children; a null entry may have bytes beneath.
# The children of a struct come in the order in which they lie in its rows.
cdef struct Column:
    const Node* node
    int64_t length
    const uint8_t* validity     # NULL when nothing is null
    int64_t validity_bit        # of entry 0
    const uint8_t* data         # values, characters, or the views of a view type
    int64_t data_bit            # of entry 0, for bools
    const uint8_t* end          # nothing at or behind it is read
    const uint8_t* offsets
    const uint8_t* sizes        # of list views
    int64_t first_item          # of a fixed-size list
    const void** buffers        # of string views, behind the views
    const uint8_t* buffer_bytes
    const int64_t* remap        # code -> code of the common dictionary, or NULL
    int64_t n_remap
    uint32_t* body_bytes        # of entries first_measured and up
    uint32_t* array_bytes       # on an item: the same of the arrays of items
    int64_t first_measured
    int64_t room_measured
    Column* children


cdef class Columns:
    """The columns of one batch; every thread binds its own."""
    cdef object batch           # the capsule that keeps the arrays alive
    cdef list remaps            # arrays of int64, or None, by dictionary node
    cdef Column* columns        # the root first, then as the nodes of the plan
    cdef Py_ssize_t n_columns


cdef inline uint64_t bits_at(
    const uint8_t* bitmap, int64_t bit, int64_t n_bits, int n
) noexcept nogil:
    """Return ``n`` <= 32 bits from ``bit`` on, of a bitmap that has ``n_bits``."""
    cdef int64_t byte = bit >> 3
    cdef int64_t left = ((n_bits + 7) >> 3) - byte
    cdef uint64_t word = 0
    cdef int64_t k
    if left >= 8:
        word = load_u64_le(bitmap + byte)
    else:
        for k in range(left):
            word |= <uint64_t> bitmap[byte + k] << (8 * k)
    return (word >> (bit & 7)) & ((<uint64_t> 1 << n) - 1)


cdef inline uint64_t nulls_of(const Column* c, int64_t first, int n) noexcept nogil:
    """Return the entries from ``first`` on that are null, one bit each."""
    cdef uint64_t all_ = (<uint64_t> 1 << n) - 1
    if c.node.access == AS_NULL:
        return all_
    if c.validity == NULL:
        return 0
    return all_ & ~bits_at(
        c.validity, c.validity_bit + first, c.validity_bit + c.length, n
    )


cdef inline bint is_null(const Column* c, int64_t i) noexcept nogil:
    cdef int64_t bit = c.validity_bit + i
    return c.validity != NULL and not (c.validity[bit >> 3] >> (bit & 7)) & 1


cdef inline uint64_t keep(uint64_t nulls, int64_t k) noexcept nogil:
    """Return all ones, or zero when entry ``k`` is null."""
    return ((nulls >> k) & 1) - <uint64_t> 1


cdef inline int64_t load_i32(const uint8_t* p) noexcept nogil:
    return <int32_t> load_u32_le(p)


cdef inline int64_t load_i64(const uint8_t* p) noexcept nogil:
    return <int64_t> load_u64_le(p)


cdef void lengths(
    const Column* c, int64_t first, int n, uint64_t nulls, uint64_t* out
) noexcept nogil
cdef bint items_of(
    const Column* c, int64_t first, int n, uint64_t nulls, int64_t* starts,
    int64_t* stops,
) noexcept nogil
