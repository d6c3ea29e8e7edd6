"""The part of `Rows` that finds a row: a source of blocks and a selection over it."""

from cpython.long cimport PyLong_CheckExact
from cpython.object cimport PyObject
from cpython.tuple cimport PyTuple_CheckExact, PyTuple_GET_SIZE
from cpython.unicode cimport PyUnicode_CheckExact
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcmp, memcpy

from fory._hash cimport murmur64
from fory_row._block cimport Block, Held, Source
from fory_row._index cimport index_of
from fory_row._layout cimport Node, Span, null_at
from fory_row._path cimport ALL, PathCore, Route
from fory_row._plan cimport Plan, info_of
from fory_row._tree cimport check_struct, tree_struct
from fory_row._view cimport make_row, read_field

from fory_row.lookup import items_of as _items_of

cdef extern from "Python.h":
    int PyGC_Disable()
    int PyGC_Enable()

cdef enum:
    WINDOW = 16         # rows that are looked up before the first of them is read
    MAX_PATHS = 64      # paths of cells that are kept compiled


cdef class RowsCore:
    """A selection of the rows of a source; `Rows` adds everything that is not hot.

    Parameters
    ----------
    plan : Plan
        How the rows lie.
    source : Source
        Where the blocks come from.
    """

    def __init__(self, Plan plan not None, Source source not None):
        self.plan = plan
        self.source = source
        self.step = 1
        self.n = source.n_rows
        self.paths = {}

    @property
    def schema(self):
        """The schema of the rows."""
        return self.plan.schema

    def __len__(self):
        return self.n

    cdef Block locate(self, int64_t i, Span* out):
        """Point ``out`` at item ``i`` (in range) and return the block that owns it."""
        return self.source.locate(place(self, i), out)

    def __getitem__(self, key):
        cdef int64_t i
        cdef Span span
        cdef Block block
        if PyLong_CheckExact(key):
            i = index_of(key, self.n, "row")
            block = self.locate(i, &span)
            return make_row(self.plan, self.plan.root, span.ptr, span.size, block)
        if PyTuple_CheckExact(key) and PyTuple_GET_SIZE(key) == 2:
            item, name = <tuple> key
            if PyLong_CheckExact(item) and PyUnicode_CheckExact(name):
                found = info_of(self.plan.root).positions.get(name)
                if found is not None:
                    return self.cell(index_of(item, self.n, "row"), found)
                found = self.paths.get(name)
                if found is not None:
                    return self.deep_cell(index_of(item, self.n, "row"), found)
        return self._select(key)

    cdef object cell(self, int64_t i, Py_ssize_t ordinal):
        """Return one field of item ``i`` (in range) without making a row view."""
        cdef Span span
        cdef Block block
        block = self.locate(i, &span)
        check_struct(self.plan.root, span.size)
        return read_field(
            <PyObject*> self.plan, self.plan.root, &self.plan.root.children[ordinal],
            span.ptr, span.size, <PyObject*> block,
        )

    def lookup(self, key):
        """Return the row with a key: the last one if several have it (view).

        Parameters
        ----------
        key : object, or tuple of them
            The value of the key field, or those of all key fields in their order. The
            file must have been written with ``keys=``.

        Raises
        ------
        KeyError
            If no row of this selection has the key.
        TypeError
            If there is no key index.
        """
        found = self.source.key_index(self.plan).row(self, key)
        if found is None:
            # A selection in another order, or without the last of several rows.
            found = self[_items_of(self, key)[-1]]
        return found

    cdef object deep_cell(self, int64_t i, Route path):
        """Return the value under a path in item ``i`` (in range)."""
        cdef Span span
        cdef Block block
        block = self.locate(i, &span)
        return path.read(span.ptr, span.size, block)

    def _keep_path(self, str text, PathCore path not None):
        """Compile the path of a cell and keep it: such cells are read again."""
        cdef Py_ssize_t k
        cdef Route route = path.compile(self.plan, self.plan.root)
        for k in range(route.n):
            if route.steps[k].op == ALL:
                return
        if len(self.paths) >= MAX_PATHS:
            self.paths.clear()
        self.paths[text] = route

    def __iter__(self):
        cdef int64_t i
        cdef Span span
        cdef Block block
        for i in range(self.n):
            block = self.locate(i, &span)
            yield make_row(self.plan, self.plan.root, span.ptr, span.size, block)

    def to_pylist(self):
        """Return every row as a dict, nested values as dicts and lists (copy).

        The cyclic collector rests meanwhile: nothing that is made here is a cycle.
        """
        cdef int collecting = PyGC_Disable()
        try:
            return self.trees()
        finally:
            if collecting:
                PyGC_Enable()

    cdef list trees(self):
        cdef list out = []
        cdef list kept
        cdef int64_t i, n
        cdef Py_ssize_t k
        cdef Span spans[WINDOW]
        for i in range(0, self.n, WINDOW):
            n = min(self.n - i, <int64_t> WINDOW)
            # Rows here and there are missed by the caches: their misses overlap.
            kept = [self.locate(i + k, &spans[k]) for k in range(n)]
            for k in range(n):
                out.append(tree_struct(self.plan.root, spans[k].ptr, spans[k].size))
        return out

    def _ranged(self, int64_t start, int64_t step, int64_t n):
        """Return items ``start``, ``start + step``, ... (n of them) of this selection."""
        cdef RowsCore made = self._derived(self.plan)
        if self.picks != NULL:
            stop = start + step * n
            made._pick(self.picked[start:stop if stop >= 0 else None:step])
            return made
        made.first = self.first + start * self.step
        made.step = self.step * step
        made.n = n
        return made

    def _taken(self, positions):
        """Return the items at ``positions``, an int64 array in range."""
        cdef RowsCore made = self._derived(self.plan)
        if self.picks != NULL:
            made._pick(self.picked[positions])
        else:
            made._pick(self.first + positions * self.step)
        return made

    def _projected(self, Plan plan not None):
        """Return the same rows through a plan that was projected from this one."""
        cdef RowsCore made = self._derived(plan)
        made.first = self.first
        made.step = self.step
        made.n = self.n
        made.picked = self.picked
        made.picks = self.picks
        return made

    cdef RowsCore _derived(self, Plan plan):
        cdef RowsCore made = type(self).__new__(type(self))
        RowsCore.__init__(made, plan, self.source)
        return made

    cdef int _pick(self, positions) except -1:
        """Select rows of the source by an int64 array in range, which is kept."""
        import numpy as np

        positions = np.ascontiguousarray(positions, dtype=np.int64)
        cdef Held held = Held(positions)
        positions.flags.writeable = False
        self.picked = positions
        self.picks = <const int64_t*> held.view.buf
        self.n = len(positions)
        return 0

    def _nbytes(self):
        """Return the bytes of the rows selected."""
        cdef int64_t i
        cdef uint64_t total = 0
        cdef Span span
        if self.picks == NULL and self.step == 1 and self.n == self.source.n_rows:
            return self.source.nbytes
        for i in range(self.n):
            self.locate(i, &span)
            total += span.size
        return total

    def _hashes(self):
        """Return the hash of every row's bytes as a uint64 array."""
        import numpy as np

        cdef int64_t i
        cdef Span span
        out = np.empty(self.n, dtype=np.uint64)
        cdef Held held = Held(out)
        for i in range(self.n):
            self.locate(i, &span)
            (<uint64_t*> held.view.buf)[i] = murmur64(span.ptr, <Py_ssize_t> span.size)
        return out

    def _same_bytes(self, places):
        """Tell whether every row has the bytes of the row at its entry of ``places``."""
        cdef int64_t i, j
        cdef Span one, other
        cdef Block kept
        for i in range(self.n):
            j = places[i]
            if i == j:
                continue
            kept = self.locate(i, &one)
            self.locate(j, &other)
            if one.size != other.size or memcmp(one.ptr, other.ptr, one.size):
                return False
        return True

    def _gather(self):
        """Return the bytes of the selected rows back to back, and their n + 1 offsets."""
        import numpy as np

        cdef int64_t i
        cdef uint64_t at = 0
        cdef Span span
        offsets = np.zeros(self.n + 1, dtype=np.uint64)
        data = np.empty(self._nbytes(), dtype=np.uint8)
        cdef Held index = Held(offsets)
        cdef Held bytes_ = Held(data)
        for i in range(self.n):
            self.locate(i, &span)
            memcpy(<uint8_t*> bytes_.view.buf + at, span.ptr, span.size)
            at += span.size
            (<uint64_t*> index.view.buf)[i + 1] = at
        return data, offsets

    def _strided_view(self, Py_ssize_t ordinal, str code):
        """Return the slots of a field as a numpy view, or None where that cannot be."""
        import numpy as np

        cdef const Node* root = self.plan.root
        cdef const Node* child = &root.children[ordinal]
        cdef int64_t i
        cdef Block block
        if self.source.n_blocks != 1 or self.picks != NULL:
            return None
        block = self.source.block(0)
        if not block.stride:
            return None
        block.touch_all()
        for i in range(block.n):
            if null_at(block.base + i * block.stride, root, child):
                return None
        slots = np.ndarray(block.n, code, block, child.slot, (block.stride,))
        stop = self.first + self.step * self.n
        return slots[self.first:stop if stop >= 0 else None:self.step]

    def _places(self):
        """Return the selection as ``range`` or as the array of source rows."""
        if self.picks != NULL:
            return self.picked
        if self.n == 0:
            return range(0)
        return range(self.first, self.first + self.step * self.n, self.step)

    def _item_of(self, int64_t row):
        """Return the last item that is row ``row`` of the source, -1 when none is."""
        cdef int64_t i = row - self.first
        if self.picks == NULL:
            if row < 0 or i % self.step:
                return -1
            i //= self.step
            return i if 0 <= i < self.n else -1
        for i in range(self.n - 1, -1, -1):
            if self.picks[i] == row:
                return i
        return -1
