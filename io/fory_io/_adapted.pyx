"""Rows of several files, converted as they are read."""

from libc.stdint cimport UINT64_MAX, int64_t

from fory_row._block cimport Block, Source
from fory_row._layout cimport Span
from fory_row._plan cimport Plan
from fory_row._relayout cimport Copier
from fory_row._rows cimport RowsCore

from fory_io._cache cimport Cache

from bisect import bisect_right

from fory_io.pruning import likely_parts, likely_ranges, narrowed_files

cdef enum:
    BATCH = 1024            # rows of a block, which kernels read whole


cdef class AdaptedSource(Source):
    """Rows of several files, converted as they are read.

    A row that is wanted by itself is copied by itself; blocks are for what reads all.

    Parameters
    ----------
    files : Parts
        The files.
    plan : Plan
        How the rows are read.
    copier : callable
        Gets the number of a file; returns what copies its rows by ``plan``.
    expressions : sequence of pyarrow.compute.Expression
        What is true of every row of each file.
    label : str
        What to call the files together.
    reopened : tuple
        A function and its arguments that open the same rows elsewhere.
    """
    cdef readonly object files
    cdef readonly Plan plan
    cdef readonly str home
    cdef readonly str label
    cdef object copier
    cdef object expressions
    cdef object reopened
    cdef Cache cache
    cdef list copiers                   # of each file, None before its first row
    cdef list first_rows                # of each file, and the number of all rows

    def __init__(self, files, Plan plan, copier, expressions, str label, tuple reopened):
        cdef list starts = []
        cdef Py_ssize_t i
        self.files = files
        self.plan = plan
        self.copier = copier
        self.expressions = list(expressions)
        self.label = label
        self.home = files.rows(0).source.home
        self.reopened = reopened
        self.cache = Cache(64 << 20)
        self.copiers = [None] * len(files)
        self.first_rows = list(files.first_rows)
        for i in range(len(files)):
            starts += range(self.first_rows[i], self.first_rows[i + 1], BATCH)
        starts.append(self.first_rows[-1])
        self.set_starts(starts)

    cdef Block copied(self, int64_t first, int64_t n):
        """Return rows of one file, from row ``first`` of all on."""
        cdef Py_ssize_t i = bisect_right(self.first_rows, first) - 1
        cdef Copier copier = self.copiers[i]
        if self.closed:
            raise ValueError("the rows are closed; open the files again")
        if copier is None:
            copier = self.copiers[i] = self.copier(i)
        first -= <int64_t> self.first_rows[i]
        return copier.copied(self.files.rows(i), first, first + n, UINT64_MAX)

    cdef Block block(self, Py_ssize_t k):
        cdef Block made = self.cache.get(k)
        if made is None:
            made = self.copied(self.starts[k], self.starts[k + 1] - self.starts[k])
            self.cache.put(k, made, made.size)
        return made

    cdef Block locate(self, int64_t row, Span* out):
        cdef Block made = self.copied(row, 1)
        made.span(0, out)
        return made

    def memory_usage(self):
        """Return the bytes of the converted rows that are kept."""
        return 0, self.cache.n_bytes

    def candidates(self, schema, condition):
        """Return the ranges of rows that may meet a condition, by all that is known."""
        cdef list out = []
        for i in likely_parts(self.files, self.expressions, schema, condition):
            first, known = self.first_rows[i], self.expressions[i]
            found = likely_ranges(self.files.rows(i), known, schema, condition)
            out += [(first + a, first + b) for a, b in found]
        return out

    def narrowed(self, plan, condition):
        """Return what sorted indexes say of a condition; see `narrowed_files`."""
        schema = (plan.base or plan).schema
        return narrowed_files(self.files, self.expressions, schema, condition)

    def prefetch(self, positions):
        """Fetch what the rows at ``positions`` need from each file."""
        cdef dict wanted = {}
        for row in sorted(map(int, positions)):
            i = bisect_right(self.first_rows, row) - 1
            wanted.setdefault(i, []).append(row - self.first_rows[i])
        for i, inside in wanted.items():
            self.files.rows(i).source.prefetch(inside)

    def reopen(self):
        """Return a function and its arguments that open the same rows elsewhere."""
        return self.reopened

    def close(self):
        """Refuse further access and close every file."""
        Source.close(self)
        self.cache.clear()
        self.files.close()
