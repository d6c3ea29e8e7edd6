"""Row index of kind 2: a straight line per 64 rows, and how far each row is from it."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from fory._bytes cimport load_u64_le


cdef enum:
    GROUP = 64
    GROUP_SHIFT = 6
    LINE_BYTES = 16


# Where the rows of one group lie, in units of eight bytes: row j of it starts at
# ``start + (j * slope >> 16) + low``, and as much later as its residual says.
cdef packed struct Line:
    uint32_t start
    uint16_t words                      # of residuals before those of this group
    uint8_t width                       # bits of a residual
    uint8_t unused
    int32_t low
    uint32_t slope


cdef inline uint64_t n_lines(uint64_t n_rows) noexcept nogil:
    """Lines of so many rows; the last has the end of all rows."""
    return ((n_rows + GROUP - 1) >> GROUP_SHIFT) + 1


cdef inline uint64_t residual(
    const uint8_t* words, uint32_t j, uint32_t width
) noexcept nogil:
    """Return residual ``j`` of a group whose words these are."""
    cdef uint32_t bit = j * width, shift = bit & 63
    cdef const uint8_t* p = words + ((bit >> 6) << 3)
    cdef uint64_t v = load_u64_le(p) >> shift
    if shift + width > 64:
        v |= load_u64_le(p + 8) << (64 - shift)
    return v & ((<uint64_t> 1 << width) - 1)


cdef inline uint64_t place(
    const Line* line, const uint8_t* words, uint32_t j
) noexcept nogil:
    """Return where row ``j`` of a group starts, in units of eight bytes."""
    cdef uint64_t at = line.start + (j * <uint64_t> line.slope >> 16)
    at += <uint64_t> <int64_t> line.low
    return at + residual(words, j, line.width) if line.width else at


cdef inline bint is_sound(const Line* line, uint64_t n_words) noexcept nogil:
    """Whether the residuals of a line lie inside those of the chunk."""
    return line.width <= 32 and <uint64_t> line.words + line.width <= n_words


cdef uint64_t linear_bytes(const uint32_t* units, uint32_t n_rows) noexcept nogil
cdef void put_linear(const uint32_t* units, uint32_t n_rows, uint8_t* out) noexcept nogil
