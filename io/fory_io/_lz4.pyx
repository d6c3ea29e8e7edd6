"""LZ4 blocks: decoded here, since a call to who else does costs as much as a block.

A block is a row of sequences: a token, whose high four bits count literals and whose
low four the bytes of a match beyond 4; a count of 15 goes on in the bytes behind it, up
to the first that is not 255. The literals follow, then two bytes that say how far back
in the output the match begins. It may reach into itself. The last sequence ends with
its literals.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t, uint64_t

from fory_row._block cimport Held

from fory.error import DecodeError

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    #define FORY_LZ4_STEP 32
    /* For a distance below 8: what a word's lowest bytes are multiplied by to fill it,
       and what the distance is, to be 8 or more. */
    static const uint64_t fory_lz4_ones[8] = {
        0, 0x0101010101010101, 0x0001000100010001, 0x0001000001000001,
        0x0000000100000001, 0x0000010000000001, 0x0001000000000001,
        0x0100000000000001,
    };
    static const uint8_t fory_lz4_times[8] = {0, 8, 4, 3, 2, 2, 2, 2};

    /* Continue a count of 15; the result is no larger than 255 times the input. */
    static inline const uint8_t* fory_lz4_count(
        const uint8_t* p, const uint8_t* end, uint64_t* count
    ) {
        uint8_t more = 255;
        while (more == 255) {
            if (p == end) return NULL;
            more = *p++;
            *count += more;
        }
        return p;
    }

    /* Copy n bytes, and up to a step more, from 16 or more bytes before. */
    static inline void fory_lz4_copy(uint8_t* to, const uint8_t* from, uint64_t n) {
        const uint8_t* end = to + n;
        do {
            memcpy(to, from, 16);
            memcpy(to + 16, from + 16, 16);
            to += FORY_LZ4_STEP;
            from += FORY_LZ4_STEP;
        } while (to < end);
    }

    /* Repeat the `back` < 16 bytes before for n bytes, and up to a step more. */
    static inline void fory_lz4_repeat(uint8_t* to, uint64_t back, uint64_t n) {
        const uint8_t* end = to + n;
        if (back < 8) {
            uint64_t word;
            memcpy(&word, to - back, 8);
            word &= ((uint64_t)1 << 8 * back) - 1;
            word *= fory_lz4_ones[back];
            memcpy(to, &word, 8);
            to += 8;
            back *= fory_lz4_times[back];
        }
        while (to < end) {
            memcpy(to, to - back, 8);
            to += 8;
        }
    }

    /* Return the bytes written, or -1 if the block cannot be. Nothing is read beyond
       the input, nothing written beyond `room` and a step behind it. */
    static int64_t fory_lz4_decode(
        const uint8_t* p, uint64_t size, uint8_t* out, uint64_t room
    ) {
        const uint8_t* end = p + size;
        uint8_t* to = out;
        uint64_t left = room;
        while (p < end) {
            uint8_t token = *p++;
            uint64_t n = token >> 4, back;
            if (n < 15 && left >= 48 && end - p >= 24) {
                /* Most sequences: few bytes of both, far from all ends. */
                memcpy(to, p, 16);
                p += n;
                to += n;
                left -= n;
                back = p[0] | (uint64_t)p[1] << 8;
                n = token & 15;
                if (n < 15 && back >= 8 && back <= (uint64_t)(to - out)) {
                    memcpy(to, to - back, 8);
                    memcpy(to + 8, to + 8 - back, 8);
                    memcpy(to + 16, to + 16 - back, 2);
                    p += 2;
                    to += n + 4;
                    left -= n + 4;
                    continue;
                }
            } else {
                if (n == 15 && !(p = fory_lz4_count(p, end, &n))) return -1;
                if (n > left || n > (uint64_t)(end - p)) return -1;
                if (n + FORY_LZ4_STEP <= (uint64_t)(end - p))
                    fory_lz4_copy(to, p, n);
                else
                    memcpy(to, p, n);
                p += n;
                to += n;
                left -= n;
                if (p == end) return to - out;
                if (end - p < 2) return -1;
                back = p[0] | (uint64_t)p[1] << 8;
                n = token & 15;
            }
            p += 2;
            if (n == 15 && !(p = fory_lz4_count(p, end, &n))) return -1;
            n += 4;
            if (n > left || back == 0 || back > (uint64_t)(to - out)) return -1;
            if (back >= 16)
                fory_lz4_copy(to, to - back, n);
            else
                fory_lz4_repeat(to, back, n);
            to += n;
            left -= n;
        }
        return -1;
    }
    """
    int64_t fory_lz4_decode(
        const uint8_t* p, uint64_t size, uint8_t* out, uint64_t room
    ) noexcept nogil


cdef int64_t lz4_decode(
    const uint8_t* data, uint64_t size, uint8_t* out, uint64_t room
) noexcept nogil:
    """Decode a block; return the bytes it has, or -1 if it is damaged or has more.

    ``out`` has room for `LZ4_SLACK` bytes more, which are written as well.
    """
    return fory_lz4_decode(data, size, out, room)


def decompress(data, uint64_t raw_bytes):
    """Return the bytes of an LZ4 block (copy).

    Parameters
    ----------
    data : bytes-like
        The block, without a frame around it.
    raw_bytes : int
        Its bytes when decompressed.

    Raises
    ------
    DecodeError
        If it is damaged, or has another number of bytes.
    """
    cdef Held held = Held(data)
    cdef const uint8_t* p = <const uint8_t*> held.view.buf
    cdef bytes out = PyBytes_FromStringAndSize(NULL, raw_bytes + LZ4_SLACK)
    cdef uint8_t* to = <uint8_t*> PyBytes_AS_STRING(out)
    cdef int64_t n
    with nogil:
        n = fory_lz4_decode(p, held.view.len, to, raw_bytes)
    if n != <int64_t> raw_bytes:
        raise DecodeError(
            "a block cannot be decompressed: its LZ4 sequences are damaged"
        )
    return out[:raw_bytes]
