"""Arrow arrays under construction: growing buffers, one builder for each node."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from fory_row._arrow_c cimport ArrowArray
from fory_row._layout cimport Node


cdef struct Buffer:
    uint8_t* bytes
    int64_t size        # bytes in use
    uint64_t room       # bytes that may be written


# Entries 0 to n are complete; everything is exported with `export_root`.
cdef struct Builder:
    const Node* node
    int64_t n
    bint has_nulls      # validity is in use
    int64_t n_codes     # values of the dictionary
    Buffer validity
    Buffer data         # values or characters
    Buffer offsets      # offsets, or the views of a view type
    Builder* children


cdef class Builders:
    """The builders of all nodes of a plan, and the arrays of its dictionaries."""
    cdef Builder* builders      # the root first, then as the nodes of the plan
    cdef Py_ssize_t n_builders
    cdef list dictionaries      # pyarrow arrays or None, by builder

    cdef bint prepare(self, int64_t n)
    cdef void foresee(self, int64_t done, int64_t n) noexcept
    cdef object export(self)
    cdef _add_dictionary(self, Py_ssize_t i, const Node* node)
    cdef _export(self, Builder* b, ArrowArray* array)


cdef bint grow(Buffer* buffer, int64_t n_bytes) noexcept nogil


cdef inline bint reserve(Buffer* buffer, int64_t n_bytes) noexcept nogil:
    """Make room for more bytes, and eight beyond; False without memory."""
    return <int64_t> buffer.room - buffer.size >= n_bytes + 8 or grow(buffer, n_bytes + 8)


cdef bint append_nulls(Builder* b, uint64_t nulls, int n) noexcept nogil


cdef inline bint append_validity(Builder* b, uint64_t nulls, int n) noexcept nogil:
    """Append ``n`` <= 32 entries, of which the kernels appended the values.

    Required fields of a null struct are nulls to the kernels, and zeros to Arrow.
    There is no bitmap before the first null.
    """
    if nulls and b.node.nullable or b.has_nulls:
        return append_nulls(b, nulls, n)
    b.n += n
    return True
