"""Leaf values that need arithmetic: dates, times, decimals, half floats."""

from libc.stdint cimport int64_t

from fory._buffer cimport Buffer


cdef struct Wall:           # what a clock on the wall shows
    int64_t seconds         # since 1970
    int micros
    int fold


cdef int put_long_int(Buffer b, object v) except -1
cdef object get_long_int(Buffer b)

cdef int put_date(Buffer b, object v, bint fixed) except -1
cdef object get_date(Buffer b, bint fixed)
cdef int put_timestamp(Buffer b, object v) except -1
cdef object get_timestamp(Buffer b)
cdef bint is_datetime(object v) noexcept
cdef bint put_moment(Buffer b, object v) except -1
cdef bint has_zone(Buffer b) except -1
cdef bint is_naive(object v) noexcept
cdef object zone_of(object v)
cdef int put_wall(Buffer b, object v) except -1
cdef bint get_wall(Buffer b, Wall* wall) except -1
cdef object datetime_on(Wall* wall, object zone, Buffer b)
cdef int put_duration(Buffer b, object v) except -1
cdef object get_duration(Buffer b)
cdef int put_decimal(Buffer b, object v, bint texts) except -1
cdef object get_decimal(Buffer b, bint texts)
cdef int put_float32(Buffer b, double v) except -1
cdef int put_float16(Buffer b, double v) except -1
cdef double get_float16(Buffer b) except? -1.0
cdef int put_bfloat16(Buffer b, double v) except -1
cdef double get_bfloat16(Buffer b) except? -1.0
