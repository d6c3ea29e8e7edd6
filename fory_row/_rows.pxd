"""The part of `Rows` that finds a row: a source of blocks and a selection over it."""

from libc.stdint cimport int64_t

from fory_row._block cimport Block, Source
from fory_row._layout cimport Span
from fory_row._path cimport Route
from fory_row._plan cimport Plan


cdef class RowsCore:
    """A selection of the rows of a source.

    Item ``i`` is row ``first + i * step`` of the source, or ``picks[i]`` when ``picks``
    is not NULL.
    """
    cdef readonly Plan plan
    cdef readonly Source source
    cdef int64_t n
    cdef int64_t first
    cdef int64_t step
    cdef const int64_t* picks
    cdef readonly object picked         # the int64 array that owns picks, or None
    cdef dict paths                     # Route of the cells read last, by their text

    cdef Block locate(self, int64_t i, Span* out)
    cdef list trees(self)
    cdef object cell(self, int64_t i, Py_ssize_t ordinal)
    cdef object deep_cell(self, int64_t i, Route path)
    cdef RowsCore _derived(self, Plan plan)
    cdef int _pick(self, positions) except -1


cdef inline int64_t place(RowsCore rows, int64_t i) noexcept nogil:
    """Return the row of the source that is item ``i``."""
    if rows.picks != NULL:
        return rows.picks[i]
    return rows.first + i * rows.step
