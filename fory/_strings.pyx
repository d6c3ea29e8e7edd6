"""The strings that are not Latin-1, out of the way of those that are."""

from cpython.unicode cimport PyUnicode_DecodeUTF8, PyUnicode_DecodeUTF16
from libc.stdint cimport uint16_t, uint64_t
from libc.string cimport memcpy

from fory.error import DecodeError, EncodeError


cdef bint is_long_ascii(const uint8_t* p, Py_ssize_t n) noexcept nogil:
    """Whether all of at least 32 bytes are ASCII; the last look overlaps."""
    cdef uint64_t bits = 0
    cdef const uint8_t* last = p + n - 32
    while p < last:
        bits |= bits_of(p)
        p += 32
    return (bits | bits_of(last)) & <uint64_t> 0x8080808080808080 == 0


cdef inline uint64_t bits_of(const uint8_t* p) noexcept nogil:
    """The bits that any of four words has."""
    cdef uint64_t words[4]
    memcpy(words, p, 32)
    return words[0] | words[1] | words[2] | words[3]


cdef bint has_surrogate(const uint16_t* p, Py_ssize_t n) noexcept nogil:
    """Whether a unit is half of a pair; four are looked at together."""
    cdef uint64_t word
    cdef const uint16_t* end = p + n
    while end - p >= 4:
        memcpy(&word, p, 8)
        # Zero where a unit begins like a surrogate; a borrow tells of one just as well.
        word = (word & <uint64_t> 0xF800F800F800F800) ^ <uint64_t> 0xD800D800D800D800
        if (word - <uint64_t> 0x0001000100010001) & ~word & (
            <uint64_t> 0x8000800080008000
        ):
            return True
        p += 4
    while p < end:
        if p[0] & 0xF800 == 0xD800:
            return True
        p += 1
    return False


cdef int put_surrogates(Buffer b, str s) except -1:
    """A string that no encoding can hold; Python's own messages have one more."""
    cdef bytes data
    if getattr(b, "xlang", True):
        raise EncodeError("a string has a surrogate, which no encoding can hold")
    data = s.encode("utf-8", "surrogatepass")
    put_varuint(b, <uint64_t> len(data) << 2 | WITH_SURROGATES)
    return b.write_raw(<const char*> data, len(data))


cdef int put_wide_string(Buffer b, str s) except -1:
    cdef Py_ssize_t n
    cdef bytes data
    if PyUnicode_KIND(s) == 2:
        n = 2 * PyUnicode_GET_LENGTH(s)
        if has_surrogate(<const uint16_t*> PyUnicode_DATA(s), n // 2):
            return put_surrogates(b, s)
        put_varuint(b, <uint64_t> n << 2 | UTF16)
        return b.write_raw(PyUnicode_DATA(s), n)
    try:
        data = s.encode("utf-8")
    except UnicodeEncodeError:
        return put_surrogates(b, s)
    put_varuint(b, <uint64_t> len(data) << 2 | UTF8)
    return b.write_raw(<const char*> data, len(data))


cdef str decode_wide(Buffer b, const char* data, Py_ssize_t size, int encoding):
    cdef int little_endian = -1
    try:
        if encoding == UTF8:
            return PyUnicode_DecodeUTF8(data, size, "strict")
        if encoding == UTF16 and size % 2 == 0:
            return PyUnicode_DecodeUTF16(data, size, "strict", &little_endian)
        if encoding == WITH_SURROGATES and not getattr(b, "xlang", True):
            return PyUnicode_DecodeUTF8(data, size, "surrogatepass")
    except UnicodeDecodeError as error:
        raise DecodeError(
            f"a string that ends at byte {b.reader} is not valid: {error}"
        ) from error
    if encoding == UTF16:
        raise DecodeError(
            f"a UTF-16 string has {size} bytes, an odd number, at byte {b.reader}"
        )
    raise DecodeError(f"string encoding {encoding} is unknown, at byte {b.reader}")
