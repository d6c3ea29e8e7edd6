"""Python scalars into slots and bodies, exactly or not at all."""

from cpython.bool cimport PyBool_Check
from cpython.bytes cimport PyBytes_Check, PyBytes_CheckExact
from cpython.datetime cimport (
    PyDate_Check, PyDateTime_Check, PyDateTime_CheckExact, PyDelta_Check,
    PyDelta_CheckExact, PyTime_Check, date_day, date_month, date_year, datetime_day,
    datetime_hour, datetime_microsecond, datetime_minute, datetime_month,
    datetime_second, datetime_tzinfo, datetime_year, import_datetime, time_hour,
    time_microsecond, time_minute, time_second, time_tzinfo, timedelta_days,
    timedelta_microseconds, timedelta_seconds,
)
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_Check
from cpython.long cimport (
    PyLong_AsLongLongAndOverflow, PyLong_AsUnsignedLongLong, PyLong_Check,
)
from cpython.number cimport PyIndex_Check, PyNumber_Index
from libc.stdint cimport (
    int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t,
)

from fory._bytes cimport (
    store_f32_le, store_f64_le, store_u16_le, store_u32_le, store_u64_le,
)
from fory._calendar cimport MAX_DAY, MIN_DAY, days_from_civil
from fory_row._binding cimport Binding
from fory_row._layout cimport (
    AS_BOOL, AS_DATE32, AS_DATE64, AS_DECIMAL, AS_DECIMAL_BINARY,
    AS_DICTIONARY, AS_DURATION, AS_FLOAT16, AS_FLOAT32, AS_FLOAT64, AS_INT8, AS_INT16,
    AS_INT32, AS_INT64, AS_TIME, AS_TIMESTAMP, AS_UINT8, AS_UINT16, AS_UINT32,
    AS_UINT64, AS_UUID, INT32,
)
from fory_row._plan cimport info_of

import datetime as _dt
import decimal as _decimal
import numbers as _numbers
import uuid as _uuid

from fory.error import EncodeError
from fory_row.numpy_values import exact_time as _exact_time
from fory_row.shown import shown, type_name
from fory_row.data_type import UNITS

cdef extern from "Python.h":
    int PyFloat_Pack2(double x, char* p, int little_endian) except -1
    double PyFloat_Unpack2(const char* p, int little_endian) except? -1.0

import_datetime()

cdef object UTC = _dt.timezone.utc
cdef object EXACT = _decimal.Context(
    prec=200, Emax=_decimal.MAX_EMAX, Emin=_decimal.MIN_EMIN,
    traps=[_decimal.Inexact, _decimal.InvalidOperation],
)
cdef tuple POWERS = tuple(10 ** i for i in range(78))
cdef int64_t[4] PER_SECOND = [1, 1_000, 1_000_000, 1_000_000_000]


# -- what to say -----------------------------------------------------------------


cdef object _type_of(Binding place):
    field = info_of(place.node).field
    return "record" if field is None else field.type


cdef object wrong_type(Binding place, value):
    """Return the error for a value of a type that the node cannot hold."""
    return EncodeError(f"expected {_type_of(place)}, found {shown(value)}")


cdef object _no_fit(Binding place, value, str why):
    return EncodeError(f"{shown(value)} does not fit into {_type_of(place)}: {why}")


# -- fixed width -----------------------------------------------------------------


cdef int put_other(uint8_t* slot, Binding place, value) except -1:
    """Store a value that `put_fixed` has no short way for."""
    cdef int access = place.node.access
    if access == AS_DICTIONARY:
        return _put_code(slot, place, value)
    if access in (AS_FLOAT64, AS_FLOAT32, AS_FLOAT16):
        return _put_float(slot, place, _as_double(place, value), value)
    if access == AS_BOOL:
        slot[0] = _as_bool(place, value)
        return 0
    if access in (AS_DATE32, AS_DATE64):
        return _put_date(slot, place, value)
    if access == AS_TIMESTAMP:
        store_u64_le(slot, <uint64_t> _timestamp(place, value))
        return 0
    if access == AS_DURATION:
        store_u64_le(slot, <uint64_t> _duration(place, value))
        return 0
    if access == AS_TIME:
        return _put_time(slot, place, value)
    if AS_INT8 <= access <= AS_UINT64:
        return _put_integer(slot, place, access, value)
    raise wrong_type(place, value)


cdef int _put_code(uint8_t* slot, Binding place, value) except -1:
    """Store the code of a dictionary's value, or a code where no values are known."""
    if place.codes is not None:
        value = place.codes(value)
    elif not _is_integer(value):
        raise EncodeError(
            f"expected a code of {_type_of(place)}, found {shown(value)}; a row alone "
            "has no place for values of a dictionary, to_rows() and encoders of Rows do"
        )
    return _put_integer(slot, place, place.node.index_access, value)


cdef bint _is_integer(value) except -1:
    """Tell whether a value is an integer, also of numpy, whose bool once was an index."""
    return (
        PyIndex_Check(value)
        and not PyBool_Check(value)
        and type(value).__name__ not in ("bool", "bool_")
    )


cdef int _put_integer(uint8_t* slot, Binding place, int access, value) except -1:
    cdef int64_t v
    cdef int overflow = 0
    if PyBool_Check(value):
        raise wrong_type(place, value)
    if not PyLong_Check(value):
        if not _is_integer(value):
            raise wrong_type(place, value)
        value = PyNumber_Index(value)
    if access == AS_UINT64:
        return _put_uint64(slot, place, value)
    v = PyLong_AsLongLongAndOverflow(value, &overflow)
    if overflow:
        raise _out_of_range(place, access, value)
    if access == AS_INT64:
        store_u64_le(slot, <uint64_t> v)
    elif access == AS_INT32 and v == <int32_t> v or (
        access == AS_UINT32 and v == <uint32_t> v
    ):
        store_u32_le(slot, <uint32_t> v)
    elif access == AS_INT16 and v == <int16_t> v or (
        access == AS_UINT16 and v == <uint16_t> v
    ):
        store_u16_le(slot, <uint16_t> v)
    elif access == AS_INT8 and v == <int8_t> v or (
        access == AS_UINT8 and v == <uint8_t> v
    ):
        slot[0] = <uint8_t> v
    else:
        raise _out_of_range(place, access, value)
    return 0


cdef int _put_uint64(uint8_t* slot, Binding place, value) except -1:
    try:
        store_u64_le(slot, PyLong_AsUnsignedLongLong(value))
    except OverflowError:
        raise _out_of_range(place, AS_UINT64, value) from None
    return 0


cdef object _out_of_range(Binding place, int access, value):
    bits = 8 << (access - (AS_UINT8 if access >= AS_UINT8 else AS_INT8))
    low = 0 if access >= AS_UINT8 else -(1 << (bits - 1))
    return _no_fit(place, value, f"the range is {low} to {low + (1 << bits) - 1}")


cdef double _as_double(Binding place, value) except? -1.0:
    cdef double number
    if PyFloat_Check(value):
        return PyFloat_AS_DOUBLE(value)
    if PyBool_Check(value) or not isinstance(value, _numbers.Real):
        raise wrong_type(place, value)
    if PyIndex_Check(value):
        # Integers of numpy say that they equal the nearest float.
        value = PyNumber_Index(value)
    try:
        number = float(value)
    except OverflowError:
        raise _no_fit(place, value, "it is too large") from None
    if number != value and number == number:
        raise _no_fit(place, value, f"the nearest is {number!r}")
    return number


cdef int _put_float(uint8_t* slot, Binding place, double number, value) except -1:
    cdef float single
    cdef double stored
    cdef int access = place.node.access
    if access == AS_FLOAT64:
        store_f64_le(slot, number)
        return 0
    if access == AS_FLOAT32:
        single = <float> number
        stored = single
        store_f32_le(slot, single)
    else:
        try:
            PyFloat_Pack2(number, <char*> slot, 1)
        except OverflowError:
            raise _no_fit(place, value, "it is too large") from None
        stored = PyFloat_Unpack2(<char*> slot, 1)
    if stored != number and number == number:
        raise _no_fit(place, value, f"the nearest is {stored!r}; round it first")
    return 0


cdef bint _as_bool(Binding place, value) except -1:
    if type_name(value) not in ("numpy.bool", "numpy.bool_", "bool"):
        raise wrong_type(place, value)
    return bool(value)


# -- time ------------------------------------------------------------------------


cdef int64_t _in_unit(
    Binding place, int64_t seconds, int64_t nanos, value
) except? -1:
    """Count units of ``seconds`` and ``nanos`` (0 to 10**9 - 1)."""
    cdef int64_t per_second = PER_SECOND[place.node.unit]
    cdef int64_t nanos_per_unit = 1_000_000_000 // per_second
    cdef int overflow = 0
    cdef int64_t counted
    if nanos % nanos_per_unit:
        unit = UNITS[place.node.unit]
        raise _no_fit(place, value, f"it is finer than its unit {unit}")
    nanos //= nanos_per_unit
    # Below 2**63 nanoseconds no product of C integers overflows.
    if -9_000_000_000 < seconds < 9_000_000_000:
        return seconds * per_second + nanos
    exact = <object> seconds * <object> per_second + <object> nanos
    counted = PyLong_AsLongLongAndOverflow(exact, &overflow)
    if overflow:
        raise _no_fit(place, value, f"64 bits of {UNITS[place.node.unit]} end before")
    return counted


cdef int64_t _timestamp(Binding place, value) except? -1:
    cdef int64_t seconds, nanos
    if not PyDateTime_Check(value):
        return _numpy_time(place, value, "M")
    if not PyDateTime_CheckExact(value) and value != value:
        raise EncodeError(f"found {shown(value)}; a missing time is None")
    seconds = 86_400 * days_from_civil(
        datetime_year(value), datetime_month(value), datetime_day(value)
    )
    seconds += (
        3600 * datetime_hour(value) + 60 * datetime_minute(value)
        + datetime_second(value)
    )
    nanos = 1000 * datetime_microsecond(value)
    if not PyDateTime_CheckExact(value):
        # pandas.Timestamp is a datetime with three more digits.
        nanos += getattr(value, "nanosecond", 0)
    tz = datetime_tzinfo(value)
    if tz is None:
        if place.zoned:
            raise EncodeError(
                f"expected {_type_of(place)}, found a datetime without zone: "
                f"{value}; attach tzinfo"
            )
    elif tz is not UTC:
        seconds, nanos = _to_utc(place, seconds, nanos, value)
    return _in_unit(place, seconds, nanos, value)


cdef int64_t _numpy_time(Binding place, value, str kind) except? -1:
    """Count units of a datetime64, which is an instant, or a timedelta64."""
    exact = _exact_time(value, kind)
    if exact is None:
        raise wrong_type(place, value)
    if not -(1 << 62) < exact[0] < 1 << 62:
        raise _no_fit(place, value, f"64 bits of {UNITS[place.node.unit]} end before")
    return _in_unit(place, exact[0], exact[1], value)


cdef tuple _to_utc(Binding place, int64_t seconds, int64_t nanos, value):
    """Take the offset of an aware datetime off its wall clock."""
    offset = value.utcoffset()
    if offset is None:
        raise EncodeError(f"the zone of {shown(value)} has no offset there")
    seconds -= timedelta_days(offset) * <int64_t> 86_400 + timedelta_seconds(offset)
    nanos -= timedelta_microseconds(offset) * 1000
    if nanos < 0:
        nanos += 1_000_000_000
        seconds -= 1
    return seconds, nanos


cdef int64_t _duration(Binding place, value) except? -1:
    cdef int64_t seconds, nanos
    if not PyDelta_Check(value):
        return _numpy_time(place, value, "m")
    if not PyDelta_CheckExact(value) and value != value:
        raise EncodeError(f"found {shown(value)}; a missing duration is None")
    seconds = timedelta_days(value) * <int64_t> 86_400 + timedelta_seconds(value)
    nanos = 1000 * timedelta_microseconds(value)
    if not PyDelta_CheckExact(value):
        nanos += getattr(value, "nanoseconds", 0)
    return _in_unit(place, seconds, nanos, value)


cdef int _put_date(uint8_t* slot, Binding place, value) except -1:
    cdef int64_t days
    if not PyDate_Check(value) or PyDateTime_Check(value):
        exact = _exact_time(value, "M")
        if exact is None:
            raise wrong_type(place, value)
        if exact[0] % 86_400 or exact[1]:
            raise _no_fit(place, value, "it has a time of day")
        if not MIN_DAY <= exact[0] // 86_400 <= MAX_DAY:
            raise _no_fit(place, value, "Python's calendar ends before")
        days = exact[0] // 86_400
    else:
        days = days_from_civil(date_year(value), date_month(value), date_day(value))
    if place.node.access == AS_DATE32:
        store_u32_le(slot, <uint32_t> days)
    else:
        store_u64_le(slot, <uint64_t> (days * 86_400_000))
    return 0


cdef int _put_time(uint8_t* slot, Binding place, value) except -1:
    cdef int64_t counted
    if not PyTime_Check(value):
        raise wrong_type(place, value)
    if time_tzinfo(value) is not None:
        raise EncodeError(
            f"expected {_type_of(place)}, found a time with zone: {value}; a time of "
            "day has none"
        )
    counted = _in_unit(
        place,
        3600 * time_hour(value) + 60 * time_minute(value) + time_second(value),
        1000 * time_microsecond(value),
        value,
    )
    if place.node.kind == INT32:
        store_u32_le(slot, <uint32_t> counted)
    else:
        store_u64_le(slot, <uint64_t> counted)
    return 0


# -- bodies ----------------------------------------------------------------------


cdef bytes body_bytes(Binding place, value):
    """Return the body of a leaf type other than utf8."""
    cdef int access = place.node.access
    cdef bytes raw
    if access == AS_DECIMAL or access == AS_DECIMAL_BINARY:
        return _decimal_bytes(place, value)
    if access == AS_UUID:
        if not isinstance(value, _uuid.UUID):
            raise wrong_type(place, value)
        return value.bytes
    if PyBytes_CheckExact(value):
        raw = value
    elif PyBytes_Check(value) or isinstance(value, (bytearray, memoryview)):
        raw = bytes(memoryview(value))
    else:
        raise wrong_type(place, value)
    if place.node.fixed >= 0 and len(raw) != place.node.fixed:
        raise _no_fit(place, value, f"it has {len(raw)} bytes")
    return raw


cdef bytes _decimal_bytes(Binding place, value):
    cdef Py_ssize_t size = 32
    if not isinstance(value, _decimal.Decimal):
        if not _is_integer(value):
            raise wrong_type(place, value)
        value = PyNumber_Index(value)
        if abs(value) > POWERS[77]:
            raise _no_fit(place, value, f"it exceeds {place.node.precision} digits")
        value = _decimal.Decimal(value)
    elif not value.is_finite():
        raise _no_fit(place, value, "it is no number")
    try:
        unscaled = value.scaleb(place.node.scale, EXACT)
        whole = unscaled.to_integral_exact(context=EXACT)
    except (_decimal.Inexact, _decimal.InvalidOperation):
        raise _no_fit(place, value, "it would have to be rounded") from None
    if whole.adjusted() >= place.node.precision and whole:
        raise _no_fit(place, value, f"it exceeds {place.node.precision} digits")
    if place.node.access == AS_DECIMAL_BINARY:
        size = place.node.fixed
    return int(whole).to_bytes(size, "little", signed=True)
