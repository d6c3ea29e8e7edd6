"""Whether a decimal has no more digits than its type."""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

cdef enum:
    MOST = 77                           # 10^77 exceeds every 32-byte magnitude

cdef uint64_t[MOST + 1][4] POWERS       # of ten, lowest limb first


cdef _fill_powers():
    cdef bytes limbs
    for n in range(MOST + 1):
        limbs = (10 ** n).to_bytes(32, "little")
        memcpy(POWERS[n], <const char*> limbs, 32)


_fill_powers()


cdef bint digits_fit(const uint8_t* body, int n_bytes, int precision) noexcept nogil:
    """Tell whether |value| < 10^precision.

    ``body`` has ``n_bytes`` (at most 32) of little-endian two's complement.
    """
    cdef uint64_t limbs[4]
    cdef const uint64_t* limit = POWERS[min(precision, <int> MOST)]
    cdef uint64_t sign = <uint64_t> -(<int64_t> (body[n_bytes - 1] >> 7))
    cdef uint64_t carry = sign & 1
    cdef int k
    memset(limbs, <int> (sign & 0xff), 32)
    memcpy(limbs, body, n_bytes)
    for k in range(4):
        limbs[k] = (limbs[k] ^ sign) + carry
        carry &= limbs[k] == 0
    for k in range(3, -1, -1):
        if limbs[k] != limit[k]:
            return limbs[k] < limit[k]
    return False
