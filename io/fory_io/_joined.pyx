"""The sources of several files, one after another, as one."""

from cpython.object cimport PyObject
from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc

from fory_row._block cimport Block, Source
from fory_row._layout cimport Span

from fory.error import DecodeError
from fory_io.keys import JoinedIndex
from fory_io.ordered import JoinedOrder
from fory_io.pruning import likely_parts, narrowed_files


cdef list starts_of(Source source):
    """Return the first row of every block, and the number of rows."""
    cdef Py_ssize_t k
    return [source.first_row(k) for k in range(source.n_blocks)] + [source.n_rows]


cdef class JoinedSource(Source):
    """Sources one after another; each part loads and keeps its own blocks.

    Parameters
    ----------
    files : Parts
        At least one file.
    label : str
        What to call them together.
    reopened : tuple
        A function and its arguments that open the same rows elsewhere.
    """
    cdef readonly object files
    cdef readonly str home
    cdef readonly str label
    cdef object reopened
    cdef list sources                   # of the files that are open, else None
    cdef Py_ssize_t n_parts
    cdef Py_ssize_t* first_blocks       # n_parts + 1
    cdef int64_t* first_rows            # n_parts + 1

    def __init__(self, files, str label, tuple reopened):
        cdef Source part
        cdef Py_ssize_t i, k, n
        cdef list starts = []
        self.files = files
        self.label = label
        self.reopened = reopened
        self.n_parts = len(files)
        self.sources = [None] * self.n_parts
        self.home = files.rows(0).source.home
        n = self.n_parts + 1
        self.first_blocks = <Py_ssize_t*> malloc(n * sizeof(Py_ssize_t))
        self.first_rows = <int64_t*> malloc(n * sizeof(int64_t))
        if self.first_blocks == NULL or self.first_rows == NULL:
            raise MemoryError
        self.first_blocks[0] = self.first_rows[0] = 0
        for i in range(self.n_parts):
            known = self.known_starts(i)
            self.first_blocks[i + 1] = self.first_blocks[i] + len(known) - 1
            self.first_rows[i + 1] = self.first_rows[i] + <int64_t> known[-1]
            for k in range(len(known) - 1):
                starts.append(self.first_rows[i] + <int64_t> known[k])
        starts.append(self.first_rows[self.n_parts])
        self.set_starts(starts)

    def __dealloc__(self):
        free(self.first_blocks)
        free(self.first_rows)

    cdef list known_starts(self, Py_ssize_t i):
        """Return where the blocks of file ``i`` start, as a manifest or it says."""
        known = self.files.starts(i)
        return starts_of(self.part(i)) if known is None else known

    cdef Source part(self, Py_ssize_t i):
        """Return the source of file ``i``, opened if need be."""
        cdef object found = self.sources[i]
        if found is None:
            if self.closed:
                raise ValueError("the rows are closed; open the files again")
            found = self.files.rows(i).source
            known = self.files.starts(i)
            if known is not None and starts_of(found) != known:
                raise DecodeError(
                    f"{self.files.names[i]} has other chunks than the manifest says; "
                    f"refresh it"
                )
            self.sources[i] = found
            # Views of its rows keep what they need.
            if self.files.dropped is not None:
                self.sources[<Py_ssize_t> self.files.dropped] = None
        return <Source> found

    @property
    def parts(self):
        """The source of every file."""
        cdef Py_ssize_t i
        return [self.part(i) for i in range(self.n_parts)]

    @property
    def nbytes(self):
        """Bytes of all rows."""
        cdef Py_ssize_t i
        return sum([self.part(i).nbytes for i in range(self.n_parts)])

    def memory_usage(self):
        """Return the sums of the files that are open."""
        known = [part.memory_usage() for part in self.sources if part is not None]
        return sum([m for m, _ in known]), sum([o for _, o in known])

    cdef Block block(self, Py_ssize_t k):
        cdef Py_ssize_t low = 0, high = self.n_parts - 1, middle
        if self.closed:
            raise ValueError("the rows are closed; open the files again")
        while low < high:
            middle = (low + high + 1) >> 1
            if self.first_blocks[middle] <= k:
                low = middle
            else:
                high = middle - 1
        return self.part(low).block(k - self.first_blocks[low])

    cdef Block locate(self, int64_t row, Span* out):
        cdef Py_ssize_t low = 0, high = self.n_parts - 1, middle
        if self.closed:
            raise ValueError("the rows are closed; open the files again")
        while low < high:
            middle = (low + high + 1) >> 1
            if self.first_rows[middle] <= row:
                low = middle
            else:
                high = middle - 1
        return self.part(low).locate(row - self.first_rows[low], out)

    def candidates(self, schema, condition):
        """Return the ranges of rows that may meet a condition, by the statistics."""
        return [
            (start + self.first_rows[i], stop + self.first_rows[i])
            for i in likely_parts(self.files, None, schema, condition)
            for start, stop in self.part(i).candidates(schema, condition)
        ]

    def narrowed(self, plan, condition):
        """Return what sorted indexes say of a condition; see `narrowed_files`."""
        return narrowed_files(self.files, None, (plan.base or plan).schema, condition)

    def prefetch(self, positions):
        """Fetch what the rows at ``positions`` need from each part."""
        cdef Py_ssize_t i
        cdef list wanted = sorted(map(int, positions))
        for i in range(self.n_parts):
            first, stop = self.first_rows[i], self.first_rows[i + 1]
            inside = [p - first for p in wanted if first <= p < stop]
            if inside:
                self.part(i).prefetch(inside)

    def key_index(self, plan):
        """Return what finds rows by their keys."""
        cdef Py_ssize_t i
        if self.closed:
            raise ValueError("the rows are closed; open the files again")
        return JoinedIndex(
            lambda i: self.part(i).key_index(plan),
            [self.first_rows[i] for i in range(self.n_parts)],
        )

    def order_index(self, plan, names):
        """Return what finds rows by ranges of their values."""
        cdef Py_ssize_t i
        return JoinedOrder(
            [self.part(i).order_index(plan, names) for i in range(self.n_parts)],
            [self.first_rows[i] for i in range(self.n_parts)],
        )

    def reopen(self):
        """Return a function and its arguments that open the same rows elsewhere."""
        return self.reopened

    def close(self):
        """Refuse further access and close every part."""
        Source.close(self)
        self.files.close()
