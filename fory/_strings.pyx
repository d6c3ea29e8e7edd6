"""The strings that are not Latin-1, out of the way of those that are."""

from cpython.unicode cimport PyUnicode_DecodeUTF8, PyUnicode_DecodeUTF16
from libc.stdint cimport uint16_t

from fory.error import DecodeError, EncodeError


cdef bint has_surrogate(const uint16_t* p, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        if p[i] & 0xF800 == 0xD800:
            return True
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
