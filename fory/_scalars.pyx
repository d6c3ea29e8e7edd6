"""Leaf values that need arithmetic: dates, times, decimals, half floats.

All of it is done on integers, so nothing is rounded that the format can hold.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.datetime cimport (
    PyDateTime_Check, PyDateTime_DATE_GET_HOUR, PyDateTime_DATE_GET_MICROSECOND,
    PyDateTime_DATE_GET_MINUTE, PyDateTime_DATE_GET_SECOND,
    PyDateTime_DELTA_GET_DAYS, PyDateTime_DELTA_GET_MICROSECONDS,
    PyDateTime_DELTA_GET_SECONDS, PyDateTime_GET_DAY, PyDateTime_GET_MONTH,
    PyDateTime_GET_YEAR, PyDate_Check, PyDelta_Check, date_new, datetime_new,
    datetime_tzinfo, get_utc, import_datetime, timedelta_new,
)
from libc.math cimport isnan
from libc.stdint cimport (
    INT32_MAX, INT32_MIN, int32_t, int64_t, uint16_t, uint32_t, uint64_t,
)
from libc.string cimport memcpy

from decimal import Decimal

from fory._buffer cimport (
    get_size, get_u16, get_u32, get_u64, get_varint, get_varuint, get_varuint32, need,
    put_u16, put_u32, put_u64, put_varint, put_varuint,
)
from fory._varint cimport unzigzag, zigzag

from fory.error import DecodeError, EncodeError

import_datetime()

cdef enum:
    NANOS = 1_000_000_000
    DAY_SECONDS = 86_400
    FIRST_DAY = -719_162          # 0001-01-01, in days since 1970-01-01
    LAST_DAY = 2_932_896          # 9999-12-31
    MAX_SCALE = 10_000
    MAX_MAGNITUDE_BYTES = 10_000


# ---- calendar -------------------------------------------------------------------------


cdef int64_t days_from_civil(int64_t y, int64_t m, int64_t d) noexcept nogil:
    """Days since 1970-01-01; a year is taken to begin in March."""
    y -= m <= 2
    cdef int64_t era = (y if y >= 0 else y - 399) // 400
    cdef int64_t year_of_era = y - era * 400
    cdef int64_t day_of_year = (153 * (m + (-3 if m > 2 else 9)) + 2) // 5 + d - 1
    cdef int64_t day = (
        year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    )
    return era * 146_097 + day - 719_468


cdef void civil_from_days(int64_t days, int* y, int* m, int* d) noexcept nogil:
    days += 719_468
    cdef int64_t era = (days if days >= 0 else days - 146_096) // 146_097
    cdef int64_t day = days - era * 146_097
    cdef int64_t year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    cdef int64_t day_of_year = day - (365 * year + year // 4 - year // 100)
    cdef int64_t month = (5 * day_of_year + 2) // 153
    d[0] = <int> (day_of_year - (153 * month + 2) // 5 + 1)
    m[0] = <int> (month + 3 if month < 10 else month - 9)
    y[0] = <int> (year + era * 400 + (m[0] <= 2))


cdef int put_date(Buffer b, object v, bint fixed) except -1:
    if not PyDate_Check(v) or PyDateTime_Check(v):
        raise EncodeError(f"expected a date, found {type(v).__name__}")
    cdef int64_t days = days_from_civil(
        PyDateTime_GET_YEAR(v), PyDateTime_GET_MONTH(v), PyDateTime_GET_DAY(v)
    )
    if fixed:
        return put_u32(b, <uint32_t> days)
    return put_varint(b, days)


cdef object get_date(Buffer b, bint fixed):
    cdef int64_t days = <int32_t> get_u32(b) if fixed else get_varint(b)
    cdef int y, m, d
    if not FIRST_DAY <= days <= LAST_DAY:
        raise DecodeError(
            f"day {days} is outside of the years 1 to 9999, before byte {b.reader}"
        )
    civil_from_days(days, &y, &m, &d)
    return date_new(y, m, d)


cdef int put_timestamp(Buffer b, object v) except -1:
    if not PyDateTime_Check(v):
        raise EncodeError(f"expected a datetime, found {type(v).__name__}")
    cdef object zone = datetime_tzinfo(v)
    cdef int64_t seconds
    cdef int micros = PyDateTime_DATE_GET_MICROSECOND(v)
    if zone is None:
        v = v.astimezone(get_utc())
        zone = get_utc()
    seconds = DAY_SECONDS * days_from_civil(
        PyDateTime_GET_YEAR(v), PyDateTime_GET_MONTH(v), PyDateTime_GET_DAY(v)
    )
    seconds += (
        3600 * PyDateTime_DATE_GET_HOUR(v) + 60 * PyDateTime_DATE_GET_MINUTE(v)
        + PyDateTime_DATE_GET_SECOND(v)
    )
    if zone is not get_utc():
        offset = v.utcoffset()
        if offset is None:
            raise EncodeError(f"the time zone of {v!r} gives no offset from UTC")
        seconds -= (
            <int64_t> DAY_SECONDS * PyDateTime_DELTA_GET_DAYS(offset)
            + PyDateTime_DELTA_GET_SECONDS(offset)
        )
        micros -= PyDateTime_DELTA_GET_MICROSECONDS(offset)
        if micros < 0:
            micros += 1_000_000
            seconds -= 1
    put_u64(b, <uint64_t> seconds)
    return put_u32(b, micros * 1000)


cdef object get_timestamp(Buffer b):
    cdef int64_t seconds = <int64_t> get_u64(b)
    cdef uint32_t nanos = get_u32(b)
    cdef int64_t days
    cdef int y, m, d, rest
    if nanos >= NANOS:
        raise DecodeError(f"{nanos} ns is a second or more, before byte {b.reader}")
    days = seconds // DAY_SECONDS
    rest = <int> (seconds - days * DAY_SECONDS)
    if rest < 0:
        rest += DAY_SECONDS
        days -= 1
    if not FIRST_DAY <= days <= LAST_DAY:
        raise DecodeError(
            f"second {seconds} is outside of the years 1 to 9999, "
            f"before byte {b.reader}"
        )
    civil_from_days(days, &y, &m, &d)
    return datetime_new(
        y, m, d, rest // 3600, rest // 60 % 60, rest % 60, nanos // 1000, get_utc(), 0
    )


cdef int put_duration(Buffer b, object v) except -1:
    if not PyDelta_Check(v):
        raise EncodeError(f"expected a timedelta, found {type(v).__name__}")
    put_varint(
        b,
        <int64_t> DAY_SECONDS * PyDateTime_DELTA_GET_DAYS(v)
        + PyDateTime_DELTA_GET_SECONDS(v),
    )
    return put_u32(b, PyDateTime_DELTA_GET_MICROSECONDS(v) * 1000)


cdef object get_duration(Buffer b):
    cdef int64_t seconds = get_varint(b)
    cdef int32_t nanos = <int32_t> get_u32(b)
    cdef int64_t days
    cdef int rest
    if not 0 <= nanos < NANOS:
        raise DecodeError(
            f"{nanos} ns is not between 0 and a second, before byte {b.reader}"
        )
    days = seconds // DAY_SECONDS
    rest = <int> (seconds - days * DAY_SECONDS)
    if rest < 0:
        rest += DAY_SECONDS
        days -= 1
    if not -999_999_999 <= days <= 999_999_999:
        raise DecodeError(
            f"{seconds} s is more than a timedelta holds, before byte {b.reader}"
        )
    return timedelta_new(<int> days, rest, nanos // 1000)


# ---- decimals -------------------------------------------------------------------------


cdef int put_decimal(Buffer b, object v) except -1:
    if not isinstance(v, Decimal):
        raise EncodeError(f"expected a Decimal, found {type(v).__name__}")
    sign, digits, exponent = v.as_tuple()
    if not isinstance(exponent, int):
        raise EncodeError(f"the format has no {v}; use a float or None")
    if not -MAX_SCALE <= exponent <= MAX_SCALE:
        raise EncodeError(f"the exponent {exponent} is beyond {MAX_SCALE}")
    unscaled = int(Decimal((sign, digits, 0)))
    put_varint(b, -exponent)
    if -(1 << 62) <= unscaled < (1 << 62):
        return put_varuint(b, zigzag(unscaled) << 1)
    size = (unscaled.bit_length() + 7) // 8
    if size > MAX_MAGNITUDE_BYTES:
        raise EncodeError(f"a Decimal of {size} bytes is larger than the format holds")
    put_varuint(b, <uint64_t> (size * 2 + sign) * 2 + 1)
    data = abs(unscaled).to_bytes(size, "little")
    return b.write_raw(<const char*> (<bytes> data), len(data))


cdef object get_decimal(Buffer b):
    cdef int64_t scale = unzigzag(get_varuint32(b))
    cdef uint64_t header = get_varuint(b)
    cdef uint64_t size
    if not -MAX_SCALE <= scale <= MAX_SCALE:
        raise DecodeError(f"the scale {scale} is beyond {MAX_SCALE}, at byte {b.reader}")
    if not header & 1:
        return scaled(unzigzag(header >> 1), scale)
    size = header >> 2
    if size == 0 or size > MAX_MAGNITUDE_BYTES:
        raise DecodeError(f"a Decimal has {size} bytes, at byte {b.reader}")
    need(b, size)
    b.reader += size
    if b.base[b.reader - 1] == 0:
        raise DecodeError(f"a Decimal has a zero top byte, before byte {b.reader}")
    magnitude = int.from_bytes(
        PyBytes_FromStringAndSize(<char*> b.base + b.reader - size, size), "little"
    )
    return scaled(-magnitude if header & 2 else magnitude, scale)


cdef object scaled(object unscaled, int64_t scale):
    """unscaled * 10**-scale with exactly that exponent, in any decimal context."""
    if scale == 0:
        return Decimal(unscaled)
    if -(1 << 63) <= unscaled < (1 << 63):
        return Decimal(f"{unscaled}E{-scale}")
    whole = Decimal(unscaled)          # no limit on its digits, unlike str(int)
    return Decimal((whole.is_signed(), whole.as_tuple().digits, -scale))


# ---- floats that are narrower than Python's -------------------------------------------


cdef int put_float32(Buffer b, double v) except -1:
    cdef float narrow = <float> v
    cdef uint32_t bits
    memcpy(&bits, &narrow, 4)
    return put_u32(b, bits)


cdef uint16_t half_from_float(float v) noexcept nogil:
    """Round to nearest even; too large becomes infinite, tiny becomes subnormal."""
    cdef uint32_t bits, mantissa, half, rest, halfway
    cdef int exponent, shift
    memcpy(&bits, &v, 4)
    cdef uint16_t sign = (bits >> 16) & 0x8000
    if isnan(v):
        return 0x7E01
    exponent = <int> ((bits >> 23) & 0xFF) - 112
    mantissa = bits & 0x7FFFFF
    if exponent >= 31:
        return sign | 0x7C00
    if exponent < -10:
        return sign
    shift = 13
    if exponent <= 0:
        mantissa |= 0x800000
        shift = 14 - exponent
        exponent = 0
    half = (<uint32_t> exponent << 10) + (mantissa >> shift)
    rest = mantissa & ((<uint32_t> 1 << shift) - 1)
    halfway = <uint32_t> 1 << (shift - 1)
    if rest > halfway or (rest == halfway and half & 1):
        half += 1
    return sign | <uint16_t> half


cdef int put_float16(Buffer b, double v) except -1:
    return put_u16(b, half_from_float(<float> v))


cdef double get_float16(Buffer b) except? -1.0:
    cdef uint16_t half = get_u16(b)
    cdef uint32_t exponent = (half >> 10) & 31
    cdef uint32_t bits
    cdef float v
    if exponent == 0:
        v = <float> (half & 0x3FF) / <float> (1 << 24)
        return -v if half & 0x8000 else v
    bits = (<uint32_t> half & 0x8000) << 16 | (<uint32_t> half & 0x3FF) << 13
    bits |= (<uint32_t> 255 if exponent == 31 else exponent + 112) << 23
    memcpy(&v, &bits, 4)
    return v


cdef int put_bfloat16(Buffer b, double v) except -1:
    cdef float narrow = <float> v
    cdef uint32_t bits
    if isnan(narrow):
        return put_u16(b, 0x7FC0)
    memcpy(&bits, &narrow, 4)
    return put_u16(b, (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16)


cdef double get_bfloat16(Buffer b) except? -1.0:
    cdef uint32_t bits = <uint32_t> get_u16(b) << 16
    cdef float v
    memcpy(&v, &bits, 4)
    return v
