"""The chunks of a file as a source of blocks."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from fory_io._cache cimport Cache
from fory_io._cold cimport ColdRows
from fory_io._pages cimport PageGuard
from fory_io._map cimport Mapping
from fory_io._packed cimport PackedChunk
from fory_row._block cimport Block, Held, Source
from fory_row._layout cimport Span


# A line of the directory, in place in the file.
cdef packed struct Entry:
    uint64_t offset
    uint64_t first
    uint32_t length                     # in units of eight bytes
    uint32_t rows
    uint32_t crc
    uint16_t schema
    uint8_t codec
    uint8_t type


cdef class FileSource(Source):
    cdef Held directory
    cdef PageGuard guard
    cdef const Entry* entries
    cdef object file                    # the storage, None when this is closed
    cdef readonly object snapshot       # the commit that was opened
    cdef readonly object options        # how it was opened
    cdef readonly Cache cache           # of what is not mapped: decoded, read, fetched
    cdef public object statistics       # of the chunks, once they were read
    cdef ColdRows cold                  # None when nothing is mapped
    cdef tuple keys                     # fields and indexes, once a key was looked up
    cdef readonly dict orders           # fields and sorted indexes that were opened
    cdef object unpacker                # of blocks that need the file's dictionaries
    cdef dict packed                    # compressed chunks in use, by number
    cdef Block last                     # the block decoded or found last, or None
    cdef int64_t last_first             # its first row
    cdef Mapping mapping                # None when nothing is mapped
    cdef bint kept                      # blocks are views of the map: keep them all
    cdef readonly str home
    cdef readonly str label
    cdef bint verify
    cdef public bint fixed              # the schema gives every row the same width
    cdef bint compressed                # some chunks may be

    cdef int hold_sums(self, snapshot) except -1
    cdef int place_chunks(self, Py_ssize_t n, int shift, int64_t n_rows) except -1
    cdef PackedChunk packed_chunk(self, Py_ssize_t k)
    cdef Block locate_packed(self, Py_ssize_t k, int64_t row, Span* out)
    cdef Block locate_cold(self, Py_ssize_t k, int64_t row, Span* out)
    cdef bint is_packed(self, Py_ssize_t k) except -1
    cdef str name_of(self, Py_ssize_t k)
    cdef object opened(self)
    cdef const Entry* entry(self, Py_ssize_t k) except NULL
