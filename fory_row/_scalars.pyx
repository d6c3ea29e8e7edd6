"""Slots and bodies of leaf types to Python objects.

Every function gets bytes whose extent has been checked. Dates are C arithmetic;
nanoseconds become pandas' types, the only ones that hold them.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.datetime cimport (
    date_new, datetime_new, import_datetime, time_new, timedelta_new,
)
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport (
    int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t,
)
from libc.stdlib cimport calloc
from libc.string cimport memcpy

from fory._bytes cimport (
    load_f32_le, load_f64_le, load_u16_le, load_u32_le, load_u64_le,
)
from fory._calendar cimport MAX_DAY, MIN_DAY, civil_from_days, floor_div, floor_mod
from fory_row._layout cimport (
    AS_BINARY, AS_BOOL, AS_DATE32, AS_DATE64, AS_DECIMAL, AS_DECIMAL_BINARY,
    AS_DICTIONARY, AS_DURATION, AS_FLOAT16, AS_FLOAT32, AS_FLOAT64, AS_INT8, AS_INT16,
    AS_INT32, AS_INT64, AS_NULL, AS_TIME, AS_TIMESTAMP, AS_UINT8, AS_UINT16, AS_UINT32,
    AS_UINT64, AS_UTF8, AS_UUID, INT32, Node,
)
from fory_row._plan cimport NodeInfo, info_of

import datetime as _dt
import decimal as _decimal
import uuid as _uuid

from fory.error import DecodeError
from fory_row.zones import zone as _zone

cdef extern from "Python.h":
    object PyUnicode_New(Py_ssize_t size, Py_UCS4 maxchar)
    void* PyUnicode_DATA(object text)
    double PyFloat_Unpack2(const char* p, int little_endian) except? -1.0

import_datetime()

kept_ints = <PyObject**> calloc(N_KEPT, sizeof(PyObject*))
if kept_ints == NULL:
    raise MemoryError("no memory for ints that are kept")

cdef object UTC = _dt.timezone.utc
cdef object EXACT = _decimal.Context(prec=100, traps=[_decimal.Inexact])
cdef int64_t DAY_US = 86_400_000_000


# -- slots -----------------------------------------------------------------------


cdef object slot_scalar(const Node* node, const uint8_t* slot):
    """Return the value of a non-null slot of a fixed-width type."""
    cdef int access = node.access
    if access == AS_TIMESTAMP:
        return _timestamp(node, <int64_t> load_u64_le(slot))
    if access == AS_DICTIONARY:
        code = _integer(node.index_access, slot)
        return info_of(node).value(code)
    if access == AS_FLOAT64:
        return load_f64_le(slot)
    if access == AS_FLOAT32:
        return load_f32_le(slot)
    if access == AS_BOOL:
        return slot[0] != 0
    if access == AS_DATE32:
        return _date(node, <int32_t> load_u32_le(slot))
    if access == AS_DATE64:
        return _date(node, floor_div(<int64_t> load_u64_le(slot), 86_400_000))
    if access == AS_TIME:
        return _time(node, slot)
    if access == AS_DURATION:
        return _duration(node, <int64_t> load_u64_le(slot))
    if access == AS_FLOAT16:
        return PyFloat_Unpack2(<const char*> slot, 1)
    if access == AS_NULL:
        return None
    return _integer(access, slot)


cdef object keep_int(int64_t v):
    """Make an int and keep it."""
    cdef object made = v
    Py_INCREF(made)
    kept_ints[v] = <PyObject*> made
    return made


cdef object _integer(int access, const uint8_t* slot):
    if access == AS_INT64:
        return int_of(<int64_t> load_u64_le(slot))
    if access == AS_INT32:
        return int_of(<int32_t> load_u32_le(slot))
    if access == AS_INT16:
        return int_of(<int16_t> load_u16_le(slot))
    if access == AS_INT8:
        return <int8_t> slot[0]
    if access == AS_UINT64:
        return load_u64_le(slot)
    if access == AS_UINT32:
        return load_u32_le(slot)
    if access == AS_UINT16:
        return load_u16_le(slot)
    return slot[0]


# -- bodies ----------------------------------------------------------------------


cdef object utf8_scalar(const Node* node, const uint8_t* ptr, uint64_t size):
    """Return the text of a utf8 body; ASCII is copied without decoding."""
    cdef uint64_t i = 0
    cdef uint64_t high = 0
    while i + 8 <= size:
        high |= load_u64_le(ptr + i)
        i += 8
    while i < size:
        high |= ptr[i]
        i += 1
    if not high & <uint64_t> 0x8080808080808080:
        text = PyUnicode_New(<Py_ssize_t> size, 127)
        memcpy(PyUnicode_DATA(text), ptr, size)
        return text
    try:
        return PyUnicode_DecodeUTF8(<const char*> ptr, <Py_ssize_t> size, NULL)
    except UnicodeDecodeError as e:
        raise DecodeError(
            f"field {info_of(node).path!r} is not UTF-8: {e.reason} at byte {e.start} "
            "of its text"
        ) from None


cdef object body_scalar(const Node* node, const uint8_t* ptr, uint64_t size):
    """Return the value of a leaf type that lies behind a pair."""
    cdef int access = node.access
    if access == AS_UTF8:
        return utf8_scalar(node, ptr, size)
    if node.fixed >= 0 and size != <uint64_t> node.fixed:
        raise DecodeError(
            f"field {info_of(node).path!r} has {size} bytes, its type has {node.fixed}"
        )
    if access == AS_DECIMAL and size != 32:
        raise DecodeError(
            f"decimal field {info_of(node).path!r} has {size} bytes, expected 32"
        )
    raw = PyBytes_FromStringAndSize(<const char*> ptr, <Py_ssize_t> size)
    if access == AS_BINARY:
        return raw
    if access == AS_UUID:
        return _uuid.UUID(bytes=raw)
    unscaled = _decimal.Decimal(int.from_bytes(raw, "little", signed=True))
    return unscaled.scaleb(-node.scale, EXACT)


# -- time ------------------------------------------------------------------------


cdef object _no_python_value(const Node* node, str what):
    return OverflowError(
        f"field {info_of(node).path!r}: Python has no {what}; "
        "read the column with to_arrow() or to_numpy()"
    )


cdef object _date(const Node* node, int64_t days):
    cdef int year, month, day
    if days < MIN_DAY or days > MAX_DAY:
        raise _no_python_value(node, f"date {days} days from 1970-01-01")
    civil_from_days(days, &year, &month, &day)
    return date_new(year, month, day)


cdef object _timestamp(const Node* node, int64_t value):
    cdef NodeInfo info
    if node.unit == 3:
        return _nanoseconds(node, value)
    zone = None
    if node.info != NULL:
        info = info_of(node)
        if info.zone is None and info.field is not None:
            info.zone = _zone_of(info.field.type)
        zone = info.zone
    if zone is None or zone is False:
        return _datetime(node, value, None)
    if zone is UTC:
        return _datetime(node, value, UTC)
    try:
        return _datetime(node, value, UTC).astimezone(zone)
    except OverflowError:
        raise _no_python_value(node, f"datetime of {value} in {zone}") from None


def _zone_of(type_):
    """Return the tzinfo of a timestamp type, or False when it has none."""
    logical = type_.logical
    if logical is None or not logical.args[1]:
        return False
    return _zone(logical.args[1])


cdef object _datetime(const Node* node, int64_t value, zone):
    cdef int year, month, day
    cdef int64_t per_day = DAY_US, days, rest, micros
    if node.unit == 0:
        per_day = 86_400
    elif node.unit == 1:
        per_day = 86_400_000
    days = floor_div(value, per_day)
    if days < MIN_DAY or days > MAX_DAY:
        raise _no_python_value(node, f"datetime {days} days from 1970-01-01")
    rest = floor_mod(value, per_day) * (DAY_US // per_day)
    civil_from_days(days, &year, &month, &day)
    micros = rest % 1_000_000
    rest //= 1_000_000
    return datetime_new(
        year, month, day, <int> (rest // 3600), <int> (rest // 60 % 60),
        <int> (rest % 60), <int> micros, zone,
    )


cdef object _nanoseconds(const Node* node, int64_t value):
    import pandas as pd

    logical = info_of(node).field.type.logical
    if logical.args[1]:
        return pd.Timestamp(value, unit="ns", tz=_zone(logical.args[1]))
    return pd.Timestamp(value, unit="ns")


cdef object _time(const Node* node, const uint8_t* slot):
    cdef int64_t value
    if node.kind == INT32:
        value = <int32_t> load_u32_le(slot)
    else:
        value = <int64_t> load_u64_le(slot)
    if node.unit == 3:
        if value % 1000:
            raise _no_python_value(node, f"time of day with {value % 1000} nanoseconds")
        value //= 1000
    elif node.unit < 2:
        value *= 1000 if node.unit == 1 else 1_000_000
    if value < 0 or value >= DAY_US:
        raise _no_python_value(node, f"time of day {value} microseconds")
    return time_new(
        <int> (value // 3_600_000_000), <int> (value // 60_000_000 % 60),
        <int> (value // 1_000_000 % 60), <int> (value % 1_000_000), None,
    )


cdef object _duration(const Node* node, int64_t value):
    cdef int64_t per_day = DAY_US, days, rest
    if node.unit == 3:
        import pandas as pd

        return pd.Timedelta(value, unit="ns")
    if node.unit == 0:
        per_day = 86_400
    elif node.unit == 1:
        per_day = 86_400_000
    days = floor_div(value, per_day)
    if days < -999_999_999 or days > 999_999_999:
        raise _no_python_value(node, f"timedelta of {days} days")
    rest = floor_mod(value, per_day) * (DAY_US // per_day)
    return timedelta_new(
        <int> days, <int> (rest // 1_000_000), <int> (rest % 1_000_000)
    )
