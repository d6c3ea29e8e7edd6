"""Row index of kind 2: a straight line per 64 rows, and how far each row is from it."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset


cdef bint fit(
    const uint32_t* units, uint32_t n, Line* line, uint32_t* residuals
) noexcept nogil:
    """Find the line of ``n`` rows, which end at ``units[n]``; False if there is none."""
    cdef uint64_t slope = (<uint64_t> (units[n] - units[0]) << 16) // n
    cdef int64_t d, low = 0, high = 0
    cdef uint32_t j
    cdef int64_t found[GROUP]
    if slope >> 32:
        return False
    for j in range(n):
        d = <int64_t> (units[j] - units[0]) - <int64_t> (j * slope >> 16)
        found[j] = d
        low = min(low, d)
        high = max(high, d)
    if low < -<int64_t> 0x7FFFFFFF or (high - low) >> 32:
        return False
    memset(line, 0, sizeof(Line))
    line.start, line.slope, line.low = units[0], <uint32_t> slope, <int32_t> low
    while (high - low) >> line.width:
        line.width += 1
    for j in range(n):
        residuals[j] = <uint32_t> (found[j] - low)
    return True


cdef uint64_t linear_bytes(const uint32_t* units, uint32_t n_rows) noexcept nogil:
    """Return the bytes of the index of rows with these starts; 0 if it cannot be."""
    cdef uint64_t total = LINE_BYTES * n_lines(n_rows)
    cdef uint32_t residuals[GROUP]
    cdef uint32_t i, g
    cdef Line line
    for g in range(<uint32_t> n_lines(n_rows) - 1):
        i = g << GROUP_SHIFT
        if not fit(units + i, min(n_rows - i, <uint32_t> GROUP), &line, residuals):
            return 0
        total += 8 * <uint64_t> line.width
    return total


cdef void put_linear(const uint32_t* units, uint32_t n_rows, uint8_t* out) noexcept nogil:
    """Write the index; there is room for what `linear_bytes` says."""
    cdef uint64_t lines = n_lines(n_rows), word, shift
    cdef uint8_t* words = out + LINE_BYTES * lines
    cdef uint32_t residuals[GROUP]
    cdef uint64_t packed[33]
    cdef uint32_t g, i, j, m, bit, total = 0
    cdef Line line
    for g in range(<uint32_t> lines - 1):
        i = g << GROUP_SHIFT
        m = min(n_rows - i, <uint32_t> GROUP)
        fit(units + i, m, &line, residuals)
        line.words = <uint16_t> total
        memcpy(out + LINE_BYTES * <size_t> g, &line, sizeof(Line))
        memset(packed, 0, sizeof(packed))
        for j in range(m):
            bit = j * line.width
            word, shift = bit >> 6, bit & 63
            packed[word] |= <uint64_t> residuals[j] << shift
            if shift + line.width > 64:
                packed[word + 1] |= <uint64_t> residuals[j] >> (64 - shift)
        memcpy(words + 8 * <uint64_t> total, packed, 8 * <size_t> line.width)
        total += line.width
    memset(&line, 0, sizeof(Line))
    line.start, line.words = units[n_rows], <uint16_t> total
    memcpy(out + LINE_BYTES * (lines - 1), &line, sizeof(Line))
