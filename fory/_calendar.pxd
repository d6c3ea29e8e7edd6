"""Days since 1970-01-01 to and from the proleptic Gregorian calendar, in C."""

from libc.stdint cimport int64_t, uint32_t

cdef enum:
    # Days of 0001-01-01 and 9999-12-31, the range of Python's datetime.
    MIN_DAY = -719162
    MAX_DAY = 2932896


cdef inline int64_t floor_div(int64_t a, int64_t b) noexcept nogil:
    """Divide rounding down; ``b`` is positive."""
    cdef int64_t q = a // b
    return q - (a - q * b < 0)


cdef inline int64_t floor_mod(int64_t a, int64_t b) noexcept nogil:
    """Return what ``floor_div`` leaves: 0 to ``b`` - 1."""
    cdef int64_t r = a % b
    return r + b if r < 0 else r


cdef inline void civil_from_days(int64_t days, int* year, int* month, int* day) noexcept nogil:
    """Split the number of a day that Python's datetime has.

    Years start in March so that leap days come last.
    """
    cdef uint32_t shifted = <uint32_t> (days + 719468)
    cdef uint32_t era = shifted // 146097
    cdef uint32_t day_of_era = shifted - era * 146097
    cdef uint32_t year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096
    ) // 365
    cdef uint32_t day_of_year = (
        day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    )
    cdef uint32_t march_month = (5 * day_of_year + 2) // 153
    day[0] = <int> (day_of_year - (153 * march_month + 2) // 5 + 1)
    month[0] = <int> (march_month + 3 if march_month < 10 else march_month - 9)
    year[0] = <int> (year_of_era + era * 400 + (march_month >= 10))


cdef inline int64_t days_from_civil(int year, int month, int day) noexcept nogil:
    """Return the number of a day that Python's datetime has."""
    cdef uint32_t y = year - (month <= 2)
    cdef uint32_t era = y // 400
    cdef uint32_t year_of_era = y - era * 400
    cdef uint32_t march_month = month - 3 if month > 2 else month + 9
    cdef uint32_t day_of_year = (153 * march_month + 2) // 5 + day - 1
    cdef uint32_t day_of_era = (
        year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    )
    return <int64_t> (era * 146097 + day_of_era) - 719468
