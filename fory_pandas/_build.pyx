"""Cells of one exact type into the buffers of an Arrow array, without other objects.

Each builder takes the cells and, per cell, the kind of null that it is (0 for none), as
`scan` returned them. It raises ValueError or OverflowError where Arrow's type cannot say
a cell exactly; what it returns needs no comparison with the cells.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.datetime cimport (
    PyDateTime_DATE_GET_FOLD,
    PyDateTime_DATE_GET_HOUR,
    PyDateTime_DATE_GET_MICROSECOND,
    PyDateTime_DATE_GET_MINUTE,
    PyDateTime_DATE_GET_SECOND,
    PyDateTime_DELTA_GET_DAYS,
    PyDateTime_DELTA_GET_MICROSECONDS,
    PyDateTime_DELTA_GET_SECONDS,
    PyDateTime_GET_DAY,
    PyDateTime_GET_MONTH,
    PyDateTime_GET_YEAR,
    PyDateTime_TIME_GET_FOLD,
    PyDateTime_TIME_GET_HOUR,
    PyDateTime_TIME_GET_MICROSECOND,
    PyDateTime_TIME_GET_MINUTE,
    PyDateTime_TIME_GET_SECOND,
    datetime_tzinfo,
    import_datetime,
    time_tzinfo,
)
from cpython.float cimport PyFloat_AS_DOUBLE
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from fory._calendar cimport days_from_civil

cdef extern from "Python.h":
    long long PyLong_AsLongLongAndOverflow(object number, int* overflow) except? -1
    unsigned long long PyLong_AsUnsignedLongLong(object number) except? 0xFFFFFFFFFFFFFFFF
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL

cdef extern from *:
    """
    typedef unsigned __int128 fory_uint128;
    """
    ctypedef unsigned long long uint128 "fory_uint128"

import_datetime()

cdef enum:
    MAX_DIGITS = 38

cdef int64_t DAY_MICROS = 86_400_000_000
cdef int64_t MAX_DURATION_DAYS = 106_751_990  # of 64-bit microseconds, whole days


@cython.final
cdef class _Cells:
    """Cells, which of them are values, and zeros in which the values go."""
    cdef list cells
    cdef const uint8_t* null
    cdef Py_ssize_t n
    cdef bytes data
    cdef void* out

    def __cinit__(self, list cells not None, bytearray kinds not None, int width):
        self.cells = cells
        self.n = PyList_GET_SIZE(cells)
        if len(kinds) != self.n:
            raise ValueError(f"{len(kinds)} kinds for {self.n} cells")
        self.null = <const uint8_t*> <char*> kinds
        self.data = _zeros(width * self.n)
        self.out = <void*> PyBytes_AS_STRING(self.data)

    cdef inline bint has(self, Py_ssize_t i) noexcept:
        return self.null[i] == 0

    cdef inline object at(self, Py_ssize_t i):
        return <object> PyList_GET_ITEM(self.cells, i)


cdef inline bytes _zeros(Py_ssize_t n):
    cdef bytes data = PyBytes_FromStringAndSize(NULL, n)
    memset(PyBytes_AS_STRING(data), 0, n)
    return data


def bitmap(bytearray kinds not None):
    """Return the validity bitmap of kinds of nulls: a bit for each value."""
    cdef Py_ssize_t i, n = len(kinds)
    cdef const uint8_t* kind = <const uint8_t*> <char*> kinds
    cdef bytes out = _zeros((n + 7) // 8)
    cdef uint8_t* bits = <uint8_t*> PyBytes_AS_STRING(out)
    for i in range(n):
        bits[i >> 3] |= (kind[i] == 0) << (i & 7)
    return out


def build_texts(list cells, bytearray kinds):
    """Return the 64-bit offsets and the UTF-8 of texts.

    Raises
    ------
    UnicodeEncodeError
        If a text has a lone surrogate, which UTF-8 cannot say.
    """
    cdef _Cells c = _Cells(cells, kinds, 0)
    cdef Py_ssize_t i, size
    cdef bytes offsets = _zeros(8 * (c.n + 1))
    cdef int64_t* ends = <int64_t*> PyBytes_AS_STRING(offsets)
    cdef const char* text
    for i in range(c.n):
        size = 0
        if c.has(i):
            PyUnicode_AsUTF8AndSize(c.at(i), &size)
        ends[i + 1] = ends[i] + size
    cdef bytes data = PyBytes_FromStringAndSize(NULL, ends[c.n])
    cdef char* out = PyBytes_AS_STRING(data)
    for i in range(c.n):
        if c.has(i):
            text = PyUnicode_AsUTF8AndSize(c.at(i), &size)
            memcpy(out + ends[i], text, size)
    return offsets, data


def build_blobs(list cells, bytearray kinds):
    """Return the 64-bit offsets and the bytes of ``bytes`` cells."""
    cdef _Cells c = _Cells(cells, kinds, 0)
    cdef Py_ssize_t i
    cdef bytes offsets = _zeros(8 * (c.n + 1))
    cdef int64_t* ends = <int64_t*> PyBytes_AS_STRING(offsets)
    for i in range(c.n):
        ends[i + 1] = ends[i] + (PyBytes_GET_SIZE(c.at(i)) if c.has(i) else 0)
    cdef bytes data = PyBytes_FromStringAndSize(NULL, ends[c.n])
    cdef char* out = PyBytes_AS_STRING(data)
    for i in range(c.n):
        if c.has(i):
            memcpy(out + ends[i], PyBytes_AS_STRING(c.at(i)), ends[i + 1] - ends[i])
    return offsets, data


def build_ints(list cells, bytearray kinds):
    """Return 64-bit integers and whether they are unsigned.

    Raises
    ------
    OverflowError
        If neither int64 nor uint64 holds all of them.
    """
    cdef _Cells c = _Cells(cells, kinds, 8)
    cdef Py_ssize_t i
    cdef int64_t* out = <int64_t*> c.out
    cdef bint has_negative = False, has_large = False
    cdef int overflow = 0
    cdef object cell
    for i in range(c.n):
        if not c.has(i):
            continue
        cell = c.at(i)
        out[i] = PyLong_AsLongLongAndOverflow(cell, &overflow)
        if overflow > 0:
            has_large = True
            (<uint64_t*> out)[i] = PyLong_AsUnsignedLongLong(cell)
        elif overflow < 0:
            raise OverflowError(f"{cell} does not fit in 64 bits")
        elif out[i] < 0:
            has_negative = True
        if has_large and has_negative:
            raise OverflowError(f"{cell} does not fit in the 64 bits of the others")
    return c.data, has_large


def build_floats(list cells, bytearray kinds):
    """Return doubles, NaN bit by bit."""
    cdef _Cells c = _Cells(cells, kinds, 8)
    cdef Py_ssize_t i
    cdef double* out = <double*> c.out
    for i in range(c.n):
        if c.has(i):
            out[i] = PyFloat_AS_DOUBLE(c.at(i))
    return c.data


def build_bools(list cells, bytearray kinds):
    """Return a bitmap."""
    cdef _Cells c = _Cells(cells, kinds, 0)
    cdef Py_ssize_t i
    cdef bytes data = _zeros((c.n + 7) // 8)
    cdef uint8_t* bits = <uint8_t*> PyBytes_AS_STRING(data)
    for i in range(c.n):
        bits[i >> 3] |= (c.at(i) is True) << (i & 7)
    return data


def build_dates(list cells, bytearray kinds):
    """Return days since 1970-01-01 as int32."""
    cdef _Cells c = _Cells(cells, kinds, 4)
    cdef Py_ssize_t i
    cdef int32_t* out = <int32_t*> c.out
    for i in range(c.n):
        if c.has(i):
            out[i] = <int32_t> _day(c.at(i))
    return c.data


cdef inline int64_t _day(object cell) noexcept:
    return days_from_civil(
        PyDateTime_GET_YEAR(cell), PyDateTime_GET_MONTH(cell), PyDateTime_GET_DAY(cell)
    )


def build_datetimes(list cells, bytearray kinds):
    """Return microseconds of wall clocks since 1970, or None if a cell has a zone.

    Raises
    ------
    ValueError
        If a cell is the second of two equal wall clocks (its ``fold`` is 1).
    """
    cdef _Cells c = _Cells(cells, kinds, 8)
    cdef Py_ssize_t i
    cdef int64_t* out = <int64_t*> c.out
    cdef object cell
    for i in range(c.n):
        if not c.has(i):
            continue
        cell = c.at(i)
        if datetime_tzinfo(cell) is not None:
            return None
        if PyDateTime_DATE_GET_FOLD(cell):
            raise ValueError("a fold without a zone")
        out[i] = _day(cell) * DAY_MICROS + _micros(
            PyDateTime_DATE_GET_HOUR(cell),
            PyDateTime_DATE_GET_MINUTE(cell),
            PyDateTime_DATE_GET_SECOND(cell),
            PyDateTime_DATE_GET_MICROSECOND(cell),
        )
    return c.data


cdef inline int64_t _micros(int hours, int minutes, int seconds, int micros) noexcept:
    return ((hours * 60 + minutes) * 60 + seconds) * <int64_t> 1_000_000 + micros


def build_times(list cells, bytearray kinds):
    """Return microseconds since midnight.

    Raises
    ------
    ValueError
        If a cell has a zone or a fold.
    """
    cdef _Cells c = _Cells(cells, kinds, 8)
    cdef Py_ssize_t i
    cdef int64_t* out = <int64_t*> c.out
    cdef object cell
    for i in range(c.n):
        if not c.has(i):
            continue
        cell = c.at(i)
        if time_tzinfo(cell) is not None or PyDateTime_TIME_GET_FOLD(cell):
            raise ValueError("a time with a zone or a fold")
        out[i] = _micros(
            PyDateTime_TIME_GET_HOUR(cell),
            PyDateTime_TIME_GET_MINUTE(cell),
            PyDateTime_TIME_GET_SECOND(cell),
            PyDateTime_TIME_GET_MICROSECOND(cell),
        )
    return c.data


def build_timedeltas(list cells, bytearray kinds):
    """Return microseconds.

    Raises
    ------
    OverflowError
        If a cell has more of them than 64 bits count.
    """
    cdef _Cells c = _Cells(cells, kinds, 8)
    cdef Py_ssize_t i
    cdef int64_t* out = <int64_t*> c.out
    cdef int64_t days
    cdef object cell
    for i in range(c.n):
        if not c.has(i):
            continue
        cell = c.at(i)
        days = PyDateTime_DELTA_GET_DAYS(cell)
        if not -MAX_DURATION_DAYS <= days <= MAX_DURATION_DAYS:
            raise OverflowError(f"{cell} has more microseconds than 64 bits count")
        out[i] = days * DAY_MICROS + _micros(
            0, 0, PyDateTime_DELTA_GET_SECONDS(cell), 0
        ) + PyDateTime_DELTA_GET_MICROSECONDS(cell)
    return c.data


def build_decimals(list cells, bytearray kinds):
    """Return 128-bit decimals and their scale, or None if they are not of one scale.

    Nor if one is negative zero, no finite number, or has over 38 digits, or the scale is
    none from 0 to 38.
    """
    cdef _Cells c = _Cells(cells, kinds, 16)
    cdef Py_ssize_t i, size
    cdef uint128* out = <uint128*> c.out
    cdef const char* text
    cdef int scale = -1, this = 0
    for i in range(c.n):
        if not c.has(i):
            continue
        spelled = str(c.at(i))
        text = PyUnicode_AsUTF8AndSize(spelled, &size)
        this = _decimal(text, size, &out[i])
        if this < 0 or (scale >= 0 and this != scale):
            return None
        scale = this
    return (c.data, scale) if scale >= 0 else None


cdef int _decimal(const char* text, Py_ssize_t size, uint128* out) noexcept:
    """Read a decimal's own text; return its scale, or -1 if it is not one for Arrow."""
    cdef Py_ssize_t i = 0
    cdef bint is_negative = size > 0 and text[0] == c"-"
    cdef bint has_point = False
    cdef int scale = 0, n_digits = 0, exponent = 0
    cdef uint128 value = 0
    i += is_negative
    while i < size and text[i] != c"E":
        if text[i] == c"." and not has_point:
            has_point = True
        elif c"0" <= text[i] <= c"9":
            value = value * 10 + <uint128> (text[i] - c"0")
            n_digits += value != 0
            scale += has_point
        else:
            return -1
        if n_digits > MAX_DIGITS:
            return -1
        i += 1
    if i < size:
        exponent = _exponent(text + i + 1, size - i - 1)
        if exponent > 0:
            return -1
        scale -= exponent
    if scale > MAX_DIGITS or (is_negative and value == 0):
        return -1
    out[0] = 0 - value if is_negative else value
    return scale


cdef int _exponent(const char* text, Py_ssize_t size) noexcept:
    """Return an exponent from -99 to 0, or 1 for any other."""
    cdef Py_ssize_t i
    cdef int value = 0
    if size < 2 or size > 3 or text[0] != c"-":
        return 1
    for i in range(1, size):
        value = value * 10 + text[i] - c"0"
    return -value
