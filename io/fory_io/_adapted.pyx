"""Rows of several files, converted batch by batch as they are read."""

from libc.stdint cimport int64_t

from fory_row._block cimport Block, Source

from fory_io.cache import Cache
from fory_io.pruning import likely_parts, likely_ranges, narrowed_files

cdef enum:
    BATCH = 1024            # rows that are converted for one that is read


cdef class AdaptedSource(Source):
    """Rows of several files, converted batch by batch as they are read.

    Parameters
    ----------
    files : Parts
        The files.
    convert : callable
        Gets the number of a file and rows of it; returns rows of the data set.
    expressions : sequence of pyarrow.compute.Expression
        What is true of every row of each file.
    label : str
        What to call the files together.
    reopened : tuple
        A function and its arguments that open the same rows elsewhere.
    """
    cdef readonly object files
    cdef readonly str home
    cdef readonly str label
    cdef object convert
    cdef object expressions
    cdef object reopened
    cdef object cache
    cdef list places                    # of each block: file and first row in it
    cdef list first_rows                # of each file, and the number of all rows

    def __init__(self, files, convert, expressions, str label, tuple reopened):
        cdef list starts = []
        cdef int64_t at
        cdef Py_ssize_t i
        self.files = files
        self.convert = convert
        self.expressions = list(expressions)
        self.label = label
        self.home = files.rows(0).source.home
        self.reopened = reopened
        self.cache = Cache(64 << 20)
        self.places = []
        self.first_rows = list(files.first_rows)
        for i in range(len(files)):
            for at in range(0, self.first_rows[i + 1] - self.first_rows[i], BATCH):
                self.places.append((i, at))
                starts.append(self.first_rows[i] + at)
        starts.append(self.first_rows[-1])
        self.set_starts(starts)

    cdef Block block(self, Py_ssize_t k):
        cdef Block made
        if self.closed:
            raise ValueError("the rows are closed; open the files again")
        made = self.cache.get(k)
        if made is None:
            i, at = self.places[k]
            rows = self.convert(i, self.files.rows(i)[at : at + BATCH]).copy()
            made = rows.source.get_block(0)
            self.cache.put(k, made, made.size)
        return made

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
        """Convert as the rows are read; nothing is fetched before."""

    def reopen(self):
        """Return a function and its arguments that open the same rows elsewhere."""
        return self.reopened

    def close(self):
        """Refuse further access and close every file."""
        Source.close(self)
        self.cache.clear()
        self.files.close()
