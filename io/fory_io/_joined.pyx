"""The sources of several files, one after another, as one."""

from cpython.object cimport PyObject
from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc

from fory_row._block cimport Block, Source
from fory_row._layout cimport Span

from fory_io.keys import JoinedIndex


cdef class JoinedSource(Source):
    """Sources one after another; each part loads and keeps its own blocks.

    Parameters
    ----------
    parts : sequence of Source
        At least one.
    label : str
        What to call them together.
    reopened : tuple
        A function and its arguments that open the same rows elsewhere.
    """
    cdef readonly tuple parts
    cdef readonly str home
    cdef readonly str label
    cdef object reopened
    cdef object keys                    # JoinedIndex, once a key was looked up
    cdef Py_ssize_t* first_blocks       # n_parts + 1
    cdef int64_t* first_rows            # n_parts + 1

    def __init__(self, parts, str label, tuple reopened):
        cdef Source part
        cdef Py_ssize_t i, k, n
        cdef list starts = []
        self.parts = tuple(parts)
        self.label = label
        self.home = self.parts[0].home
        self.reopened = reopened
        n = len(self.parts)
        self.first_blocks = <Py_ssize_t*> malloc((n + 1) * sizeof(Py_ssize_t))
        self.first_rows = <int64_t*> malloc((n + 1) * sizeof(int64_t))
        if self.first_blocks == NULL or self.first_rows == NULL:
            raise MemoryError
        self.first_blocks[0] = self.first_rows[0] = 0
        for i in range(n):
            part = self.parts[i]
            self.first_blocks[i + 1] = self.first_blocks[i] + part.n_blocks
            self.first_rows[i + 1] = self.first_rows[i] + part.n_rows
            for k in range(part.n_blocks):
                starts.append(self.first_rows[i] + part.first_row(k))
        starts.append(self.first_rows[n])
        self.set_starts(starts)

    def __dealloc__(self):
        free(self.first_blocks)
        free(self.first_rows)

    @property
    def nbytes(self):
        """Bytes of all rows."""
        return sum([part.nbytes for part in self.parts])

    cdef Block block(self, Py_ssize_t k):
        cdef Py_ssize_t i = 0
        cdef Source part
        if self.closed:
            raise ValueError("the rows are closed; open the files again")
        while self.first_blocks[i + 1] <= k:
            i += 1
        part = self.parts[i]
        return part.block(k - self.first_blocks[i])

    cdef Block locate(self, int64_t row, Span* out):
        cdef Py_ssize_t low = 0, high = len(self.parts) - 1, middle
        cdef Source part
        if self.closed:
            raise ValueError("the rows are closed; open the files again")
        while low < high:
            middle = (low + high + 1) >> 1
            if self.first_rows[middle] <= row:
                low = middle
            else:
                high = middle - 1
        part = self.parts[low]
        return part.locate(row - self.first_rows[low], out)

    def candidates(self, schema, condition):
        """Return the ranges of rows that may meet a condition, by the statistics."""
        cdef Py_ssize_t i
        return [
            (start + self.first_rows[i], stop + self.first_rows[i])
            for i in range(len(self.parts))
            for start, stop in self.parts[i].candidates(schema, condition)
        ]

    def prefetch(self, positions):
        """Fetch what the rows at ``positions`` need from each part."""
        cdef Py_ssize_t i
        cdef list wanted = sorted(map(int, positions))
        for i in range(len(self.parts)):
            first, stop = self.first_rows[i], self.first_rows[i + 1]
            inside = [p - first for p in wanted if first <= p < stop]
            if inside:
                self.parts[i].prefetch(inside)

    def key_index(self, plan):
        """Return what finds rows by their keys; opened once."""
        cdef Py_ssize_t i
        if self.closed:
            raise ValueError("the rows are closed; open the files again")
        if self.keys is None:
            self.keys = JoinedIndex(
                [part.key_index(plan) for part in self.parts],
                [self.first_rows[i] for i in range(len(self.parts))],
            )
        return self.keys

    def reopen(self):
        """Return a function and its arguments that open the same rows elsewhere."""
        return self.reopened

    def close(self):
        """Refuse further access and close every part."""
        Source.close(self)
        for part in self.parts:
            part.close()
