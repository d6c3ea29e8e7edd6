"""CRC-32C (Castagnoli): by the processor's instruction where there is one."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uint8_t, uint32_t

cdef extern from "csrc/crc32c.h" nogil:
    void crc32c_setup()
    uint32_t crc32c_extend(uint32_t crc, const uint8_t* data, size_t size)
    uint32_t crc32c_portable(uint32_t crc, const uint8_t* data, size_t size)
    bint crc32c_is_hardware()

crc32c_setup()

hardware = crc32c_is_hardware()


cdef uint32_t crc32c(uint32_t crc, const uint8_t* data, size_t size) noexcept nogil:
    """Continue ``crc``, the checksum of the bytes before; 0 at the start."""
    return crc32c_extend(crc, data, size)


def checksum(data, uint32_t crc=0, *, bint portable=False):
    """Return the CRC-32C of any bytes-like object.

    Parameters
    ----------
    data : bytes-like
        Contiguous bytes.
    crc : int
        Checksum of the bytes before ``data``.
    portable : bool
        Use tables even where the processor has the instruction.
    """
    cdef Py_buffer view
    cdef const uint8_t* p
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    p = <const uint8_t*> view.buf
    with nogil:
        if portable:
            crc = crc32c_portable(crc, p, view.len)
        else:
            crc = crc32c_extend(crc, p, view.len)
    PyBuffer_Release(&view)
    return crc
