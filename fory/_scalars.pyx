"""Leaf values that need arithmetic: dates, times, decimals, half floats.

All of it is done on integers, so nothing is rounded that the format can hold.
"""

from cpython.datetime cimport (
    PyDateTime_Check, PyDateTime_DATE_GET_HOUR, PyDateTime_DATE_GET_MICROSECOND,
    PyDateTime_DATE_GET_FOLD, PyDateTime_DATE_GET_MINUTE, PyDateTime_DATE_GET_SECOND,
    PyDateTime_DELTA_GET_DAYS, PyDateTime_DELTA_GET_MICROSECONDS,
    PyDateTime_DELTA_GET_SECONDS, PyDateTime_GET_DAY, PyDateTime_GET_MONTH,
    PyDateTime_GET_YEAR, PyDate_Check, PyDelta_Check, date_new, datetime_new,
    datetime_tzinfo, get_utc, import_datetime, timedelta_new,
)
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.math cimport isnan
from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t, uint64_t, uint8_t
from libc.string cimport memcpy, memset

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal

from fory._buffer cimport (
    get_size, get_u16, get_u32, get_u64, get_varint, get_varuint, get_varuint32, need,
    put_u16, put_u32, put_u64, put_u8, put_varint, put_varuint, reserve,
)
from fory._bytes cimport load_u64_le, store_u32_le, store_u64_le
from fory._calendar cimport (
    MAX_DAY, MIN_DAY, civil_from_days, days_from_civil, floor_div,
)
from fory._digits cimport digits_from_words, words_from_digits
from fory._strings cimport PyUnicode_FromKindAndData, get_string, put_string
from fory._varint cimport unzigzag, zigzag

from fory.error import DecodeError, EncodeError

cdef extern from *:
    """
    /* Ints of any size as two's complement, lowest byte first. */
    static inline int fory_int_to_bytes(PyObject *v, uint8_t *out, Py_ssize_t n) {
    #if PY_VERSION_HEX >= 0x030D0000
        return PyLong_AsNativeBytes(v, out, n, Py_ASNATIVEBYTES_LITTLE_ENDIAN) < 0
            ? -1 : 0;
    #else
        return _PyLong_AsByteArray((PyLongObject *)v, out, n, 1, 1);
    #endif
    }
    static inline PyObject *fory_int_from_bytes(const uint8_t *p, Py_ssize_t n) {
    #if PY_VERSION_HEX >= 0x030D0000
        return PyLong_FromNativeBytes(p, n, Py_ASNATIVEBYTES_LITTLE_ENDIAN);
    #else
        return _PyLong_FromByteArray(p, n, 1, 1);
    #endif
    }
    """
    Py_ssize_t n_bits_of "_PyLong_NumBits"(object v) noexcept
    int int_to_bytes "fory_int_to_bytes"(object v, uint8_t* out, Py_ssize_t n) except -1
    object int_from_bytes "fory_int_from_bytes"(const uint8_t* p, Py_ssize_t n)

import_datetime()

cdef object UTC = get_utc()

cdef enum:
    NANOS = 1_000_000_000
    DAY_SECONDS = 86_400
    MAX_SCALE = 10_000
    MAX_FRACTION = 20        # digits that are printed behind a point
    MAX_MAGNITUDE_BYTES = 10_000
    TEXT_SCALE = 1 << 30     # no scale: the Decimal stands as text
    ZONED = 0x60             # highest byte of the seconds of a wall clock time
    FOLD_BIT = 30
    ZONE_BIT = 31
    MOST_DIGITS = 24_000     # that surely fit into MAX_MAGNITUDE_BYTES
    MAX_WORDS = 1264         # of 64 bits, for them and what surely does not fit
    DIGITS_OF_WORD = 20

# What announces an int beyond 64 bits: eight bytes of a zero that has nine.
cdef uint64_t LONG_INT = 0x8080808080808080

# Added to the seconds of a wall clock: no date has so many.
cdef int64_t WALL = (<int64_t> ZONED << 56) + (<int64_t> 1 << 55)

# Arithmetic that never rounds.
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
cdef object exact_decimal = EXACT.create_decimal    # half the cost of Decimal()

# ---- ints ----------------------------------------------------------------------------


cdef int put_long_int(Buffer b, object v) except -1:
    """An int beyond 64 bits (``fory._extras.write_long_int``)."""
    cdef Py_ssize_t n = n_bits_of(v) // 8 + 1
    put_u64(b, LONG_INT)
    put_u8(b, 0)
    put_varuint(b, <uint64_t> n)
    reserve(b, n)
    int_to_bytes(v, b.base + b.writer, n)
    b.writer += n
    return 0


cdef object get_long_int(Buffer b):
    """An int beyond 64 bits; what announces it was read."""
    cdef Py_ssize_t n = get_size(b)
    need(b, n)
    b.reader += n
    return int_from_bytes(b.base + b.reader - n, n)


# ---- calendar ------------------------------------------------------------------------


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
    if not MIN_DAY <= days <= MAX_DAY:
        raise DecodeError(
            f"day {days} is outside of the years 1 to 9999, before byte {b.reader}"
        )
    civil_from_days(days, &y, &m, &d)
    return date_new(y, m, d)


cdef int64_t wall_seconds(object v) noexcept:
    """Seconds since 1970 of what the clock on the wall shows."""
    return DAY_SECONDS * days_from_civil(
        PyDateTime_GET_YEAR(v), PyDateTime_GET_MONTH(v), PyDateTime_GET_DAY(v)
    ) + (
        3600 * PyDateTime_DATE_GET_HOUR(v) + 60 * PyDateTime_DATE_GET_MINUTE(v)
        + PyDateTime_DATE_GET_SECOND(v)
    )


cdef object datetime_at(int64_t seconds, int micros, object zone, int fold, Buffer b):
    """The datetime whose wall clock is so many seconds from 1970."""
    cdef int64_t days = floor_div(seconds, DAY_SECONDS)
    cdef uint32_t rest = <uint32_t> (seconds - days * DAY_SECONDS)
    cdef int y, m, d
    if not MIN_DAY <= days <= MAX_DAY:
        raise DecodeError(
            f"second {seconds} is outside of the years 1 to 9999, "
            f"before byte {b.reader}"
        )
    civil_from_days(days, &y, &m, &d)
    return datetime_new(
        y, m, d, rest // 3600, rest // 60 % 60, rest % 60, micros, zone, fold
    )


cdef bint is_naive(object v) noexcept:
    return datetime_tzinfo(v) is None


cdef object zone_of(object v):
    return datetime_tzinfo(v)


cdef int put_wall(Buffer b, object v) except -1:
    """A datetime as its wall clock and fold; its zone, if it has one, comes next."""
    cdef uint32_t rest = PyDateTime_DATE_GET_MICROSECOND(v) * 1000
    put_u64(b, <uint64_t> (WALL + wall_seconds(v)))
    rest |= <uint32_t> PyDateTime_DATE_GET_FOLD(v) << FOLD_BIT
    return put_u32(b, rest if is_naive(v) else rest | <uint32_t> 1 << ZONE_BIT)


cdef bint get_wall(Buffer b, Wall* wall) except -1:
    """What ``put_wall`` wrote; whether a zone comes next."""
    need(b, 12)
    wall.seconds = <int64_t> get_u64(b) - WALL
    cdef uint32_t rest = get_u32(b)
    cdef uint32_t nanos = rest & ((<uint32_t> 1 << FOLD_BIT) - 1)
    if nanos >= NANOS:
        raise DecodeError(f"{nanos} ns is a second or more, before byte {b.reader}")
    wall.micros = nanos // 1000
    wall.fold = rest >> FOLD_BIT & 1
    return rest >> ZONE_BIT


cdef object datetime_on(Wall* wall, object zone, Buffer b):
    """The datetime that a wall clock shows."""
    return datetime_at(wall.seconds, wall.micros, zone, wall.fold, b)


cdef bint put_moment(Buffer b, object v) except -1:
    """Write a datetime in UTC that its clock shows once; False for any other."""
    if not PyDateTime_Check(v) or datetime_tzinfo(v) is not UTC or (
        PyDateTime_DATE_GET_FOLD(v)
    ):
        return False
    reserve(b, 12)
    store_u64_le(b.base + b.writer, <uint64_t> wall_seconds(v))
    store_u32_le(
        b.base + b.writer + 8, <uint32_t> PyDateTime_DATE_GET_MICROSECOND(v) * 1000
    )
    b.writer += 12
    return True


cdef bint is_datetime(object v) noexcept:
    return PyDateTime_Check(v)


cdef int put_timestamp(Buffer b, object v) except -1:
    if not PyDateTime_Check(v):
        raise EncodeError(f"expected a datetime, found {type(v).__name__}")
    cdef object zone = datetime_tzinfo(v)
    cdef int64_t seconds
    cdef int micros = PyDateTime_DATE_GET_MICROSECOND(v)
    if zone is None:
        try:
            v = v.astimezone(get_utc())
        except (ValueError, OverflowError, OSError) as error:
            raise EncodeError(f"{v} has no time in UTC: {error}") from error
        zone = get_utc()
    seconds = wall_seconds(v)
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
    if nanos >= NANOS:
        raise DecodeError(f"{nanos} ns is a second or more, before byte {b.reader}")
    return datetime_at(seconds, nanos // 1000, get_utc(), 0, b)


cdef bint has_zone(Buffer b) except -1:
    """Whether the next timestamp was written by ``fory._pure.scalars.put_wall``."""
    need(b, 8)
    return b.base[b.reader + 7] == ZONED


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
    days = floor_div(seconds, DAY_SECONDS)
    rest = <int> (seconds - days * DAY_SECONDS)
    if not -999_999_999 <= days <= 999_999_999:
        raise DecodeError(
            f"{seconds} s is more than a timedelta holds, before byte {b.reader}"
        )
    return timedelta_new(<int> days, rest, nanos // 1000)


# ---- decimals ------------------------------------------------------------------------


cdef struct Digits:
    bint negative
    int n_digits             # 19 and more do not fit into unscaled
    uint64_t unscaled
    int64_t scale


cdef bint scan_decimal(const char* p, Py_ssize_t n, Digits* out) noexcept nogil:
    """Split the text of a Decimal; false for infinities and the like."""
    cdef int64_t exponent = 0, sign = 1
    cdef Py_ssize_t i = 0
    cdef bint fraction = False
    memset(out, 0, sizeof(Digits))
    if n and p[0] == c"-":
        out.negative = True
        i = 1
    while i < n and p[i] != c"E":
        if p[i] == c".":
            fraction = True
        elif c"0" <= p[i] <= c"9":
            out.unscaled = out.unscaled * 10 + (p[i] - c"0")
            out.n_digits += out.unscaled != 0
            out.scale += fraction
        else:
            return False
        i += 1
    i += 1
    if i < n and (p[i] == c"-" or p[i] == c"+"):
        sign = -1 if p[i] == c"-" else 1
        i += 1
    while i < n and exponent < 10 * MAX_SCALE:
        exponent = exponent * 10 + (p[i] - c"0")
        i += 1
    out.scale -= sign * exponent
    return True


cdef int put_decimal(Buffer b, object v, bint texts) except -1:
    """A Decimal; ``texts`` allows those that the format of other languages lacks."""
    cdef Digits digits
    cdef Py_ssize_t n
    cdef const char* text
    if not isinstance(v, Decimal):
        raise EncodeError(f"expected a Decimal, found {type(v).__name__}")
    printed = str(v)
    text = PyUnicode_AsUTF8AndSize(printed, &n)
    if texts and needs_text(text, n, &digits):
        put_varint(b, TEXT_SCALE)
        return put_string(b, printed)
    if not scan_decimal(text, n, &digits):
        raise EncodeError(f"the format has no {printed}; use a float or None")
    if not -MAX_SCALE <= digits.scale <= MAX_SCALE:
        raise EncodeError(f"the exponent {-digits.scale} is beyond {MAX_SCALE}")
    put_varint(b, digits.scale)
    if digits.n_digits <= 18:
        return put_varuint(
            b,
            zigzag(-<int64_t> digits.unscaled if digits.negative
                   else <int64_t> digits.unscaled) << 1,
        )
    if digits.n_digits > MOST_DIGITS:
        return put_magnitude(b, int(v.scaleb(digits.scale, EXACT)))
    return put_words(b, text, n, digits.negative)


cdef bint needs_text(const char* text, Py_ssize_t n, Digits* out) noexcept:
    """Whether scale and magnitude do not tell a Decimal."""
    if not scan_decimal(text, n, out):
        return True
    if out.negative and out.n_digits == 0:
        return True
    return n > 2 * MAX_MAGNITUDE_BYTES or not -MAX_SCALE <= out.scale <= MAX_SCALE


cdef object decimal_from(str text, Py_ssize_t place):
    """The Decimal that a text says, whatever the context of its reader."""
    try:
        return Decimal(text)
    except ArithmeticError as error:
        raise DecodeError(
            f"{text:.40} is no Decimal, before byte {place}"
        ) from error


cdef int put_words(Buffer b, const char* text, Py_ssize_t n, bint negative) except -1:
    """The digits of a text, more than fit into 62 bits or nearly so many."""
    cdef uint64_t words[MAX_WORDS]
    cdef Py_ssize_t i, n_words = words_from_digits(text, n, words)
    cdef Py_ssize_t size = 8 * n_words
    cdef uint64_t top = words[n_words - 1]
    cdef int64_t small
    if n_words == 1 and top < (<uint64_t> 1 << 62) + negative:
        small = -<int64_t> top if negative else <int64_t> top
        return put_varuint(b, zigzag(small) << 1)
    while not top >> 56:
        top <<= 8
        size -= 1
    put_varuint(b, <uint64_t> (size * 2 + negative) * 2 + 1)
    for i in range(n_words):
        store_u64_le(<uint8_t*> &words[i], words[i])
    return b.write_raw(words, size)


cdef int put_magnitude(Buffer b, object unscaled) except -1:
    """An unscaled value that may need more than 62 bits."""
    if -(1 << 62) <= unscaled < (1 << 62):
        return put_varuint(b, zigzag(unscaled) << 1)
    size = (unscaled.bit_length() + 7) // 8
    if size > MAX_MAGNITUDE_BYTES:
        raise EncodeError(f"a Decimal of {size} bytes is larger than the format holds")
    put_varuint(b, <uint64_t> (size * 2 + (unscaled < 0)) * 2 + 1)
    cdef bytes data = abs(unscaled).to_bytes(size, "little")
    return b.write_raw(<const char*> data, size)


cdef object get_decimal(Buffer b, bint texts):
    cdef int64_t scale = unzigzag(get_varuint32(b))
    cdef uint64_t header
    cdef uint64_t size
    if texts and scale == TEXT_SCALE:
        return decimal_from(get_string(b), b.reader)
    header = get_varuint(b)
    if not -MAX_SCALE <= scale <= MAX_SCALE:
        raise DecodeError(
            f"the scale {scale} is beyond {MAX_SCALE}, at byte {b.reader}"
        )
    if not header & 1:
        return small_decimal(unzigzag(header >> 1), scale)
    size = header >> 2
    if size == 0 or size > MAX_MAGNITUDE_BYTES:
        raise DecodeError(f"a Decimal has {size} bytes, at byte {b.reader}")
    need(b, size)
    b.reader += size
    if b.base[b.reader - 1] == 0:
        raise DecodeError(f"a Decimal has a zero top byte, before byte {b.reader}")
    return large_decimal(b.base + b.reader - size, size, header & 2, scale)


cdef object large_decimal(
    const uint8_t* p, Py_ssize_t size, bint negative, int64_t scale
):
    """A Decimal whose digits do not fit into 62 bits."""
    cdef uint64_t words[MAX_WORDS]
    cdef char text[DIGITS_OF_WORD * MAX_WORDS + 32]
    cdef Py_ssize_t i, n = (size + 7) // 8
    cdef char* end = text + sizeof(text)
    cdef char* start = print_backwards(end, -scale, 0) - 1
    start[0] = c"E"
    words[n - 1] = 0
    memcpy(words, p, size)
    for i in range(n):
        words[i] = load_u64_le(<uint8_t*> &words[i])
    start = digits_from_words(words, n, start)
    if negative:
        start -= 1
        start[0] = c"-"
    return exact_decimal(PyUnicode_FromKindAndData(1, start, end - start))


cdef char* print_backwards(char* end, int64_t v, int64_t n_fraction) noexcept nogil:
    """Print v so that it ends before ``end``; return where it begins.

    So many of its digits stand behind a point.
    """
    cdef uint64_t rest = -<uint64_t> v if v < 0 else <uint64_t> v
    while True:
        end -= 1
        end[0] = <char> (48 + rest % 10)
        rest //= 10
        n_fraction -= 1
        if n_fraction == 0:
            end -= 1
            end[0] = c"."
        elif rest == 0 and n_fraction < 0:
            break
    if v < 0:
        end -= 1
        end[0] = c"-"
    return end


cdef object small_decimal(int64_t unscaled, int64_t scale):
    """unscaled * 10**-scale with exactly that exponent, in any decimal context."""
    cdef char[64] text
    cdef char* end = text + sizeof(text)
    cdef char* start = end
    cdef bint plain = 0 <= scale <= MAX_FRACTION
    if not plain:
        start = print_backwards(start, -scale, 0) - 1
        start[0] = c"E"
    start = print_backwards(start, unscaled, scale if plain else 0)
    return exact_decimal(PyUnicode_FromKindAndData(1, start, end - start))


# ---- floats that are narrower than Python's ------------------------------------------


cdef int put_float32(Buffer b, double v) except -1:
    cdef float narrow = <float> v
    cdef uint32_t bits
    memcpy(&bits, &narrow, 4)
    return put_u32(b, bits)


cdef uint16_t half_from_float(float v) noexcept nogil:
    """Round to nearest even; too large is infinite, NaN keeps sign and payload."""
    cdef uint32_t bits, mantissa, half, rest, halfway
    cdef int exponent, shift
    memcpy(&bits, &v, 4)
    cdef uint16_t sign = (bits >> 16) & 0x8000
    if isnan(v):
        half = (bits >> 13) & 0x1FF
        return sign | 0x7E00 | <uint16_t> (half if half else 1)
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
