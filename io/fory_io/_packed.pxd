"""A compressed chunk: blocks of whole rows, each decoded when one of its rows is read."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from fory_io._cache cimport Cache
from fory_io._chunk cimport Tail
from fory_io._map cimport Mapping
from fory_row._block cimport Block, Held
from fory_row._layout cimport Span


# A line of the block table.
cdef packed struct Packed:
    uint32_t offset                     # in the body, in units of eight bytes
    uint32_t stored
    uint32_t raw
    uint32_t first
    uint32_t rows_bytes
    uint32_t crc


cdef class PackedChunk:
    cdef Tail tail
    cdef Held table
    cdef const Packed* blocks
    cdef Py_ssize_t n_blocks
    cdef object storage
    cdef Cache cache
    cdef object decompress              # of the codec; lz4 is decoded here
    cdef Mapping mapping                # or None
    cdef uint64_t offset                # of the body in the file
    cdef Py_ssize_t number              # of the chunk
    cdef int codec
    cdef bint verify
    cdef str what
    cdef int64_t found                  # the first row of the block found last

    cdef int check_tail(self, uint64_t size, int64_t n_rows) except -1
    cdef int check_table(self, uint64_t room) except -1
    cdef uint64_t n_rows_of(self, Py_ssize_t j) noexcept
    cdef Py_ssize_t find(self, int64_t row) noexcept
    cdef Block decoded(self, Py_ssize_t j)
    cdef Block decode(self, Py_ssize_t j)
    cdef int unpack_lz4(self, Py_ssize_t j, const uint8_t* stored, Block out) except -1
    cdef int decode_lz4(
        self, Py_ssize_t j, const uint8_t* stored, uint8_t* to
    ) except -1
    cdef damaged(self, Py_ssize_t j)
    cdef int unpack(self, Py_ssize_t j, data, Block out) except -1
    cdef int join(self, Py_ssize_t j, const uint8_t* planes, uint8_t* to) except -1
    cdef Block locate(self, int64_t row, Span* out)
