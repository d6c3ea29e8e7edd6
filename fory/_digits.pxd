"""Decimal digits of integers of many words, to and from words of 64 bits."""

from libc.stdint cimport uint64_t

cdef extern from *:
    """
    typedef unsigned __int128 fory_uint128;
    """
    ctypedef unsigned long long uint128 "fory_uint128"

cdef enum:
    CHUNK_DIGITS = 19        # so many fit into a word


cdef inline uint64_t chunk_base() noexcept nogil:
    return <uint64_t> 10_000_000_000_000_000_000


cdef inline Py_ssize_t multiply_add(
    uint64_t* words, Py_ssize_t n, uint64_t factor, uint64_t more
) noexcept nogil:
    """words = words * factor + more, lowest word first; return how many they are."""
    cdef Py_ssize_t i
    cdef uint128 product
    for i in range(n):
        product = <uint128> words[i] * factor + more
        words[i] = <uint64_t> product
        more = <uint64_t> (product >> 64)
    if more:
        words[n] = more
        n += 1
    return n


cdef inline Py_ssize_t words_from_digits(
    const char* text, Py_ssize_t n_chars, uint64_t* words
) noexcept nogil:
    """The digits of a text up to an exponent, whatever stands between them."""
    cdef Py_ssize_t i, n = 0
    cdef uint64_t chunk = 0, base = 1
    for i in range(n_chars):
        if text[i] == c"E":
            break
        if not c"0" <= text[i] <= c"9":
            continue
        chunk = chunk * 10 + <uint64_t> (text[i] - c"0")
        base *= 10
        if base == chunk_base():
            n = multiply_add(words, n, base, chunk)
            chunk = 0
            base = 1
    return multiply_add(words, n, base, chunk)


cdef inline char* digits_from_words(
    uint64_t* words, Py_ssize_t n, char* end
) noexcept nogil:
    """Print words, which become 0, so that the text ends there; return its start."""
    cdef Py_ssize_t i
    cdef uint64_t rest, quotient
    cdef int left
    while n > 0:
        rest = 0
        for i in range(n - 1, -1, -1):
            quotient = <uint64_t> ((<uint128> rest << 64 | words[i]) // chunk_base())
            rest = words[i] - quotient * chunk_base()
            words[i] = quotient
        while n > 0 and words[n - 1] == 0:
            n -= 1
        left = CHUNK_DIGITS if n > 0 else 0
        while rest or left > 0:
            end -= 1
            end[0] = <char> (48 + rest % 10)
            rest //= 10
            left -= 1
    return end
