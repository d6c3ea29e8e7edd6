"""The growable memory under every encoder and decoder, and its public methods.

Writing appends at ``writer_index``, reading consumes at ``reader_index`` and never
passes ``writer_index``. Every number method exists in the two spellings that users
of the format know (``write_var_uint32`` and ``write_varuint32``).
"""

from cpython.buffer cimport (
    PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_FillInfo, PyBuffer_Release,
    PyObject_GetBuffer,
)
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.number cimport PyNumber_Index
from cpython.ref cimport Py_XDECREF
from libc.stdint cimport INT32_MAX, UINT32_MAX, int16_t, int32_t, int8_t
from libc.string cimport memset

from fory._strings cimport get_string, put_string
from fory._tagged cimport (
    get_tagged_int64, get_tagged_uint64, put_tagged_int64, put_tagged_uint64,
)

from fory.error import BufferStateError, DecodeError, TruncatedError


cdef extern from "Python.h":
    int _PyBytes_Resize(PyObject** obj, Py_ssize_t size) except -1
    PyObject* bytes_new "PyBytes_FromStringAndSize"(
        const char* data, Py_ssize_t size
    ) except NULL
    char* bytes_data "PyBytes_AS_STRING"(PyObject* obj)

cdef enum:
    FIRST_CAPACITY = 1024
    KEPT_CAPACITY = 64 * 1024     # a larger result is handed over, not copied
    LARGE = 1024 * 1024           # from where memory is not doubled
    STREAM_CHUNK = 64 * 1024


cdef class Buffer:
    """Bytes that can be appended to and read from.

    Parameters
    ----------
    data : bytes-like, optional
        Memory to read. It is not copied and stays alive as long as the buffer does.
    offset, length : int, optional
        The part of ``data`` to use.

    Examples
    --------
    >>> buffer = Buffer.allocate(16)
    >>> buffer.write_varint32(-3)
    >>> buffer.write_string("ab")
    >>> Buffer(buffer.to_bytes()).read_varint32()
    -3
    """

    def __cinit__(self, *args, **kwargs):
        self.base = NULL
        self.store = NULL

    def __init__(self, data=None, Py_ssize_t offset=0, length=None):
        self.release()
        if data is not None:
            self.wrap(data, offset, -1 if length is None else length)

    def __dealloc__(self):
        self.release()

    @classmethod
    def allocate(cls, Py_ssize_t capacity):
        """Return an empty buffer that holds ``capacity`` bytes before it grows."""
        cdef Buffer buffer = cls()
        if capacity < 0:
            raise ValueError(f"capacity is {capacity}, expected 0 or more")
        buffer.allocate_store(capacity)
        return buffer

    @classmethod
    def from_stream(cls, stream, *, bint read_ahead=False):
        """Return a buffer that reads from ``stream`` what it needs.

        With ``read_ahead`` it takes more at once, which is faster; what is behind
        the reader index has then left the stream, too.
        """
        cdef Buffer buffer = cls()
        buffer.stream = stream
        buffer.read_ahead = read_ahead
        return buffer

    # ---- memory ---------------------------------------------------------------------

    cdef int allocate_store(self, Py_ssize_t capacity) except -1:
        self.store = bytes_new(NULL, max(capacity, 1))
        self.base = <uint8_t*> bytes_data(self.store)
        self.capacity = capacity
        return 0

    cdef int wrap(self, data, Py_ssize_t offset, Py_ssize_t length) except -1:
        """Read from the memory of ``data`` instead of from memory of our own."""
        if self.foreign or self.store != NULL:
            self.release()
        PyObject_GetBuffer(data, &self.view, PyBUF_SIMPLE)
        self.foreign = True
        if offset < 0 or offset > self.view.len:
            raise ValueError(f"offset {offset} is outside of {self.view.len} bytes")
        if length < 0:
            length = self.view.len - offset
        if length > self.view.len - offset:
            raise ValueError(
                f"{length} bytes from {offset} are more than the {self.view.len} there"
            )
        self.base = <uint8_t*> self.view.buf + offset
        self.capacity = self.writer = length
        return 0

    cdef void release(self) noexcept:
        if self.foreign:
            PyBuffer_Release(&self.view)
            self.foreign = False
        Py_XDECREF(self.store)
        self.store = NULL
        self.base = NULL
        self.capacity = self.writer = self.reader = self.filled = 0

    cdef int enlarge(self, Py_ssize_t n) except -1:
        """Make room for n more bytes: double, or exactly when one leaf needs more.

        Large memory grows by an eighth: that is moved by the system, not copied, and
        what is never written should not count.
        """
        cdef Py_ssize_t wanted = self.writer + n
        if self.foreign:
            raise BufferStateError(
                f"cannot write {n} bytes at {self.writer}: the buffer wraps memory of "
                f"{self.capacity} bytes that is not its own; use Buffer.allocate()"
            )
        if self.exports:
            raise BufferStateError("cannot grow while a memoryview of it exists")
        if wanted < 0:
            raise OverflowError("the buffer would be larger than the address space")
        if self.store == NULL:
            return self.allocate_store(max(wanted, FIRST_CAPACITY))
        if n > self.capacity:
            wanted += 256
        elif self.capacity < LARGE:
            wanted = max(wanted, 2 * self.capacity)
        else:
            wanted = max(wanted, self.capacity + self.capacity // 8)
        try:
            _PyBytes_Resize(&self.store, wanted)
        except MemoryError:
            self.release()
            raise
        self.base = <uint8_t*> bytes_data(self.store)
        self.capacity = wanted
        return 0

    cdef int refill(self, Py_ssize_t n) except -1:
        """Fetch bytes from the stream until n can be read, or raise."""
        cdef Py_ssize_t there = self.writer - self.reader
        cdef bytes data
        if n < 0:
            raise DecodeError(f"a size is negative, at byte {self.reader}")
        while self.stream is not None and there < n:
            wanted = STREAM_CHUNK if self.read_ahead else min(n - there, STREAM_CHUNK)
            data = bytes(self.stream.read(wanted))
            if not data:
                break
            self.write_raw(PyBytes_AS_STRING(data), len(data))
            there = self.writer - self.reader
        if there < n:
            raise TruncatedError(
                f"the bytes end early: {n} are needed at byte {self.reader}, "
                f"{there} are left"
            )
        return 0

    cdef bytes take_bytes(self):
        """Return what was written and start anew; large memory changes hands."""
        cdef bytes result
        cdef Py_ssize_t size = self.writer
        if self.exports or self.store == NULL or self.capacity <= KEPT_CAPACITY:
            result = PyBytes_FromStringAndSize(<char*> self.base, size)
        else:
            _PyBytes_Resize(&self.store, size)
            result = <bytes> self.store
            Py_XDECREF(self.store)
            self.store = NULL
            self.base = NULL
            self.capacity = 0
        self.writer = self.reader = self.filled = 0
        return result

    cdef int write_raw(self, const void* data, Py_ssize_t n) except -1:
        reserve(self, n)
        if n:
            memcpy(self.base + self.writer, data, n)
        self.writer += n
        return 0

    cdef object read_view(self, Py_ssize_t n):
        """A read-only view on the next n bytes; copies them out of a stream."""
        need(self, n)
        self.reader += n
        if not self.foreign:
            return memoryview(
                PyBytes_FromStringAndSize(<char*> self.base + self.reader - n, n)
            )
        view = memoryview(<object> self.view.obj)
        if type(<object> self.view.obj) is not bytes:
            view = view.cast("B").toreadonly()
        start = self.base - <uint8_t*> self.view.buf + self.reader - n
        return view[start:start + n]

    def __getbuffer__(self, Py_buffer* view, int flags):
        if flags & PyBUF_WRITABLE and self.foreign and self.view.readonly:
            raise BufferError("the wrapped memory is read-only")
        PyBuffer_FillInfo(
            view, self, self.base, self.writer, self.foreign and self.view.readonly,
            flags,
        )
        self.exports += 1

    def __releasebuffer__(self, Py_buffer* view):
        self.exports -= 1

    # ---- positions and whole contents -----------------------------------------------

    @property
    def reader_index(self):
        """Next byte to read."""
        return self.reader

    @reader_index.setter
    def reader_index(self, Py_ssize_t value):
        if not 0 <= value <= self.writer:
            raise IndexError(f"reader index {value} is outside of {self.writer} bytes")
        self.reader = value

    @property
    def writer_index(self):
        """Next byte to write; reading stops here.

        Bytes that are passed over without having been written are zero.
        """
        return self.writer

    @writer_index.setter
    def writer_index(self, Py_ssize_t value):
        if self.foreign and self.view.readonly and value != self.writer:
            raise BufferStateError("the wrapped memory is read-only")
        if not 0 <= value <= self.capacity:
            raise IndexError(
                f"writer index {value} is outside of {self.capacity} bytes"
            )
        self.filled = max(self.filled, self.writer)
        if value > self.filled and not self.foreign:
            memset(self.base + self.filled, 0, value - self.filled)
        self.writer = value
        self.reader = min(self.reader, value)

    def get_reader_index(self):
        """Return the next byte to read."""
        return self.reader

    def set_reader_index(self, value):
        """Continue reading at ``value``."""
        self.reader_index = value

    def get_writer_index(self):
        """Return the next byte to write."""
        return self.writer

    def set_writer_index(self, value):
        """Continue writing at ``value``."""
        self.writer_index = value

    def size(self):
        """Return how many bytes the memory holds, written or not."""
        return self.capacity

    def __len__(self):
        return self.writer

    def __getitem__(self, index):
        return self.to_bytes()[index]

    def to_bytes(self, Py_ssize_t offset=0, length=None):
        """Return a copy of the written bytes, or of a part of them."""
        cdef Py_ssize_t n = self.writer - offset if length is None else length
        if offset < 0 or n < 0 or n > self.writer - offset:
            raise IndexError(
                f"{n} bytes from {offset} are outside of {self.writer} bytes"
            )
        return PyBytes_FromStringAndSize(<char*> self.base + offset, n)

    def to_pybytes(self):
        """Return a copy of the written bytes."""
        return self.to_bytes()

    def hex(self):
        """Return the written bytes in hexadecimal."""
        return self.to_bytes().hex()

    def slice(self, Py_ssize_t offset=0, length=None):
        """Return a new buffer that holds a part of the written bytes."""
        return Buffer(self.to_bytes(offset, length))

    def reserve(self, Py_ssize_t n):
        """Make room for n more bytes."""
        if n < 0:
            raise ValueError(f"cannot reserve {n} bytes")
        reserve(self, n)

    def ensure(self, Py_ssize_t size):
        """Make the memory hold at least ``size`` bytes."""
        if size > self.writer:
            reserve(self, size - self.writer)

    def check_bound(self, Py_ssize_t offset, Py_ssize_t length):
        """Raise unless ``length`` bytes from ``offset`` have been written."""
        if offset < 0 or length < 0 or length > self.writer - offset:
            raise TruncatedError(
                f"{length} bytes from {offset} are outside of {self.writer} bytes"
            )

    def skip(self, Py_ssize_t n):
        """Pass over the next n bytes."""
        need(self, n)
        self.reader += n

    # ---- numbers --------------------------------------------------------------------

    def write_bool(self, value):
        put_u8(self, 1 if value else 0)

    def write_int8(self, value):
        cdef int8_t v = PyNumber_Index(value)
        put_u8(self, <uint8_t> v)

    def write_uint8(self, value):
        cdef uint8_t v = PyNumber_Index(value)
        put_u8(self, v)

    def write_int16(self, value):
        cdef int16_t v = PyNumber_Index(value)
        put_u16(self, <uint16_t> v)

    def write_uint16(self, value):
        cdef uint16_t v = PyNumber_Index(value)
        put_u16(self, v)

    def write_int24(self, value):
        cdef int32_t v = PyNumber_Index(value)
        if not -0x800000 <= v < 0x800000:
            raise OverflowError(f"{v} does not fit into 24 bits")
        put_u16(self, <uint16_t> v)
        put_u8(self, <uint8_t> (v >> 16))

    def write_int32(self, value):
        cdef int32_t v = PyNumber_Index(value)
        put_u32(self, <uint32_t> v)

    def write_uint32(self, value):
        cdef uint32_t v = PyNumber_Index(value)
        put_u32(self, v)

    def write_int64(self, value):
        cdef int64_t v = PyNumber_Index(value)
        put_u64(self, <uint64_t> v)

    def write_uint64(self, value):
        cdef uint64_t v = PyNumber_Index(value)
        put_u64(self, v)

    def write_float32(self, float value):
        cdef uint32_t bits
        memcpy(&bits, &value, 4)
        put_u32(self, bits)

    def write_float64(self, double value):
        put_f64(self, value)

    def write_var_int32(self, value):
        cdef int32_t v = PyNumber_Index(value)
        put_varuint(self, <uint32_t> ((<uint32_t> v << 1) ^ (v >> 31)))

    def write_var_uint32(self, value):
        cdef uint32_t v = PyNumber_Index(value)
        put_varuint(self, v)

    def write_var_int64(self, value):
        cdef int64_t v = PyNumber_Index(value)
        put_varint(self, v)

    def write_var_uint64(self, value):
        cdef uint64_t v = PyNumber_Index(value)
        put_varuint(self, v)

    def write_tagged_int64(self, value):
        cdef int64_t v = PyNumber_Index(value)
        put_tagged_int64(self, v)

    def write_tagged_uint64(self, value):
        cdef uint64_t v = PyNumber_Index(value)
        put_tagged_uint64(self, v)

    def read_bool(self):
        return get_u8(self) != 0

    def read_int8(self):
        return <int8_t> get_u8(self)

    def read_uint8(self):
        return get_u8(self)

    def read_int16(self):
        return <int16_t> get_u16(self)

    def read_uint16(self):
        return get_u16(self)

    def read_int24(self):
        cdef uint32_t low = get_u16(self)
        return <int32_t> ((low | (<uint32_t> get_u8(self) << 16)) << 8) >> 8

    def read_int32(self):
        return <int32_t> get_u32(self)

    def read_uint32(self):
        return get_u32(self)

    def read_int64(self):
        return <int64_t> get_u64(self)

    def read_uint64(self):
        return get_u64(self)

    def read_float32(self):
        return get_f32(self)

    def read_float64(self):
        return get_f64(self)

    def read_var_int32(self):
        return <int32_t> unzigzag(get_varuint32(self))

    def read_var_uint32(self):
        return get_varuint32(self)

    def read_var_int64(self):
        return get_varint(self)

    def read_var_uint64(self):
        return get_varuint(self)

    def read_tagged_int64(self):
        return get_tagged_int64(self)

    def read_tagged_uint64(self):
        return get_tagged_uint64(self)

    # ---- bytes and strings ----------------------------------------------------------

    def write_bytes(self, data):
        """Append the bytes of ``data`` without their size."""
        cdef Py_buffer view
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        try:
            self.write_raw(view.buf, view.len)
        finally:
            PyBuffer_Release(&view)

    def write_bytes_and_size(self, data):
        """Append the size of ``data`` and its bytes."""
        cdef Py_buffer view
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        try:
            put_varuint(self, view.len)
            self.write_raw(view.buf, view.len)
        finally:
            PyBuffer_Release(&view)

    def read_bytes(self, Py_ssize_t n):
        """Return a copy of the next n bytes."""
        need(self, n)
        self.reader += n
        return PyBytes_FromStringAndSize(<char*> self.base + self.reader - n, n)

    def read_into(self, target):
        """Fill the writable bytes-like ``target`` with the next bytes."""
        cdef Py_buffer view
        PyObject_GetBuffer(target, &view, PyBUF_WRITABLE)
        try:
            need(self, view.len)
            if view.len:
                memcpy(view.buf, self.base + self.reader, view.len)
            self.reader += view.len
        finally:
            PyBuffer_Release(&view)

    def read_bytes_and_size(self):
        """Return a copy of the bytes that follow their size."""
        return self.read_bytes(get_size(self))

    def write_string(self, value):
        """Append a string with its size and encoding."""
        if not isinstance(value, str):
            raise TypeError(f"expected a str, found {type(value).__name__}")
        put_string(self, <str> value)

    def read_string(self):
        """Return the next string."""
        return get_string(self)

    def read(self, Py_ssize_t n=-1):
        """Return the next n bytes, or what is left, as a file does."""
        cdef Py_ssize_t left = self.writer - self.reader
        return self.read_bytes(left if n < 0 or n > left else n)

    def readline(self, Py_ssize_t n=-1):
        """Return the bytes up to and with the next line feed."""
        rest = self.to_bytes(self.reader)
        end = rest.find(b"\n") + 1 or len(rest)
        return self.read(end if n < 0 else min(end, n))

    def write(self, data):
        """Append the bytes of ``data`` and return how many they are."""
        self.write_bytes(data)
        return memoryview(data).nbytes

    def __reduce__(self):
        return type(self), (self.to_bytes(),)

    grow = reserve
    write_buffer = write_bytes_and_size
    read_buffer = read_bytes_and_size
    write_float = write_float32
    read_float = read_float32
    write_double = write_float64
    read_double = read_float64
    write_varint32 = write_var_int32
    read_varint32 = read_var_int32
    write_varint64 = write_var_int64
    read_varint64 = read_var_int64
    write_varuint32 = write_var_uint32
    read_varuint32 = read_var_uint32
    write_varuint64 = write_var_uint64
    read_varuint64 = read_var_uint64


cdef int swap_memory(Buffer a, Buffer b) except -1:
    """Let two buffers exchange what they hold, with all positions."""
    a.base, b.base = b.base, a.base
    a.capacity, b.capacity = b.capacity, a.capacity
    a.writer, b.writer = b.writer, a.writer
    a.reader, b.reader = b.reader, a.reader
    a.filled, b.filled = b.filled, a.filled
    a.store, b.store = b.store, a.store
    a.view, b.view = b.view, a.view
    a.foreign, b.foreign = b.foreign, a.foreign
    a.exports, b.exports = b.exports, a.exports
    a.stream, b.stream = b.stream, a.stream
    a.read_ahead, b.read_ahead = b.read_ahead, a.read_ahead
    return 0


cdef uint64_t get_long_varuint32(Buffer b) except? 0xFFFFFFFFFFFFFFFF:
    cdef uint64_t v = get_varuint(b)
    if v > UINT32_MAX:
        raise DecodeError(f"{v} does not fit into 32 bits, before byte {b.reader}")
    return v


cdef Py_ssize_t get_long_size(Buffer b) except -1:
    cdef uint64_t v = get_varuint(b)
    if v > INT32_MAX:
        raise DecodeError(f"a size of {v} is too large, before byte {b.reader}")
    return <Py_ssize_t> v
