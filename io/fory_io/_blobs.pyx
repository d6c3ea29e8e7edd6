"""Rows whose large bodies stand last, so that all others share few pages."""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_Resize
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from fory._bytes cimport load_u64_le
from fory_row._block cimport Block
from fory_row._layout cimport Node, Span, make_pair, null_at, padded, take_pair
from fory_row._rows cimport RowsCore

from fory.error import DecodeError
from fory_row._block import block_from_buffer

cdef enum:
    LARGE = 512             # bytes of a body that goes behind the others


cdef int64_t arrange(const Node* root, const Span* row, uint8_t* out) noexcept:
    """Write a row with its large bodies last; return its bytes, or -1 if damaged.

    ``out`` has room for the row and 8 bytes for each of its fields.
    """
    cdef uint64_t at = root.fixed_bytes, pair, padding
    cdef const Node* node
    cdef Span body
    cdef uint32_t k
    cdef bint large
    memcpy(out, row.ptr, root.fixed_bytes)
    for large in range(2):
        for k in range(root.n_children):
            node = &root.children[k]
            if not node.variable or null_at(row.ptr, root, node):
                continue
            if load_u64_le(row.ptr + node.slot) == 0:
                continue
            if not take_pair(
                row.ptr + node.slot, row.ptr, row.size, root.fixed_bytes, &body
            ):
                return -1
            if (body.size > LARGE) != large:
                continue
            padding = padded(node, body.size) - body.size
            # Bodies that overlap would need more room than the row has.
            if at + body.size + padding > row.size + 8 * <uint64_t> root.n_children:
                return -1
            memcpy(out + at, body.ptr, body.size)
            memset(out + at + body.size, 0, padding)
            pair = make_pair(at, body.size)
            memcpy(out + node.slot, &pair, 8)
            at += body.size + padding
    return at


def blobs_last(RowsCore rows not None):
    """Return the rows as one block in which large bodies stand last (copy).

    Raises
    ------
    DecodeError
        If a body lies outside its row.
    """
    cdef const Node* root = rows.plan.root
    cdef bytearray data = bytearray()
    cdef bytearray offsets = bytearray(8 * (<size_t> rows.n + 1))
    cdef uint64_t* starts = <uint64_t*> PyByteArray_AS_STRING(offsets)
    cdef uint64_t at = 0
    cdef int64_t i, size
    cdef Span row
    cdef Block kept
    for i in range(rows.n):
        kept = rows.locate(i, &row)
        if row.size < root.fixed_bytes:
            raise DecodeError(f"row {i} is too short for its fields")
        PyByteArray_Resize(data, at + row.size + 8 * <uint64_t> root.n_children)
        size = arrange(root, &row, <uint8_t*> PyByteArray_AS_STRING(data) + at)
        if size < 0:
            raise DecodeError(f"row {i} has a body that lies outside of it")
        at += size
        starts[i + 1] = at
    PyByteArray_Resize(data, at)
    return block_from_buffer(data, rows.n, offsets)
