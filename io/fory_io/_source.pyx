"""The chunks of a file as a source of blocks."""

from cpython.object cimport PyObject
from cpython.ref cimport Py_XDECREF
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport malloc

from fory_io._cache cimport Cache
from fory_io._cold cimport ColdRows
from fory_io._keys cimport bound_index
from fory_io._map cimport Mapping
from fory_io._pages cimport guard_pages
from fory_io._packed cimport PackedChunk
from fory_row._block cimport Block, Held, Source
from fory_row._layout cimport Span

from fory.error import DecodeError
from fory_io._chunk import check_block, load_chunk
from fory_io._fetch import fetch_chunk
from fory_io._live import row_ranges
from fory_io.codecs import decompressor
from fory_io.format import Codec
from fory_io.keys import open_index
from fory_io.narrowing import narrowed
from fory_io.ordered import open_order
from fory_io.prefetch import fetch_rows
from fory_io.statistics import candidates, chunk_statistics
from fory_io.trained import unpacker

cdef extern from *:
    void __builtin_prefetch(const void* p) noexcept nogil

cdef enum:
    CHUNK = 1
    ENTRY_BYTES = 32
    FEW_CHUNKS = 128        # a file of no more may become resident as a whole
    NEAR = 256              # bytes of a row that are loaded before they are asked for


cdef inline void prefetch_near(Block block, int64_t i) noexcept:
    """Begin to load row ``i`` from where it would be if all rows were equally long.

    Where it is, the row index tells; so the two misses of the caches overlap.
    """
    cdef const uint8_t* p
    cdef uint64_t at
    if block.units == NULL:
        return
    p = block.base + <uint64_t> i * block.size // <uint64_t> block.n
    for at in range(0, NEAR, 64):
        __builtin_prefetch(p + at)


cdef inline void prefetch_row(const Span* row) noexcept nogil:
    """Begin to load all of a small row: its fields are read one after another."""
    cdef uint64_t at
    cdef uint64_t end = min(row.size, <uint64_t> NEAR)
    for at in range(0, end, 64):
        __builtin_prefetch(row.ptr + at)


cdef class FileSource(Source):
    """The chunks of one snapshot of a file; each is loaded at its first use.

    Parameters
    ----------
    storage : Storage
        Where the bytes are.
    snapshot : Snapshot
        The commit to read.
    options : Options
        How the file was opened.

    Attributes
    ----------
    home : {"mapped", "file", "remote"}
        How the bytes are reached.
    label : str
        The path.
    """

    def __init__(self, storage, snapshot, options):
        self.file = storage
        self.snapshot = snapshot
        self.options = options
        self.home = storage.home
        self.label = storage.name
        self.verify = options.verify != "never"
        self.mapping = storage.mapping
        self.kept = self.mapping is not None
        if self.kept:  # what follows the commit may be cut off by the next writer
            storage.mapping.needed = snapshot.end
        self.compressed = snapshot.compressed
        self.cache = Cache(storage.cache_bytes)
        self.packed = {}
        self.statistics = None
        if self.kept and snapshot.n_chunks > FEW_CHUNKS:
            self.cold = ColdRows(storage.mapping.fd, self.verify)
        self.keys = None
        self.orders = {}
        self.unpacker = None
        self.directory = Held(snapshot.directory)
        self.entries = <const Entry*> self.directory.view.buf
        if self.verify and snapshot.page_sums is not None:
            self.hold_sums(snapshot)
        self.place_chunks(snapshot.n_chunks, snapshot.regular_shift, snapshot.n_rows)

    @property
    def storage(self):
        """Where the bytes are; an error when this is closed."""
        return self.opened()

    @property
    def nbytes(self):
        """Bytes of all rows, uncompressed."""
        return self.snapshot.rows_bytes

    def memory_usage(self):
        """Return the bytes of the map, and those that are kept decoded or fetched."""
        is_mapped = not self.closed and self.storage.mapping is not None
        return self.storage.size if is_mapped else 0, self.cache.n_bytes

    cdef int hold_sums(self, snapshot) except -1:
        cdef Held sums = Held(snapshot.page_sums)
        self.guard = guard_pages(
            <const uint8_t*> self.directory.view.buf, self.directory.view.len,
            <const uint32_t*> sums.view.buf,
            snapshot.page_shift, sums,
        )
        self.guard.what = f"the chunk directory of {self.storage.name}"
        self.guard.position = snapshot.directory_offset
        self.guard.mapping = self.mapping

    cdef int place_chunks(self, Py_ssize_t n, int shift, int64_t n_rows) except -1:
        """Say where the chunks start: by a shift, or by the first rows they name."""
        cdef Py_ssize_t k
        cdef int64_t* starts
        if shift >= 0 and (n_rows + (<int64_t> 1 << shift) - 1) >> shift != n:
            raise DecodeError(
                f"{self.storage.name}: {n_rows} rows in regular chunks are not {n} "
                f"chunks of {1 << shift} rows"
            )
        self.set_uniform(n, shift, n_rows)
        if shift >= 0:
            return 0
        starts = <int64_t*> malloc((n + 1) * sizeof(int64_t))
        if starts == NULL:
            raise MemoryError
        self.starts = starts
        starts[n] = n_rows
        for k in range(n):
            starts[k] = self.entry(k).first
        for k in range(n):
            if not 0 <= starts[k] <= starts[k + 1] or starts[0]:
                raise DecodeError(
                    f"{self.storage.name}: the directory says that chunk {k} starts "
                    f"at row {starts[k]} and the next at {starts[k + 1]}"
                )
        return 0

    cdef object opened(self):
        """Return the storage; whoever holds it is not disturbed by a `close` meanwhile."""
        if self.file is None:
            raise ValueError("the rows are closed; open the file again")
        return self.file

    cdef const Entry* entry(self, Py_ssize_t k) except NULL:
        """Point at the directory's line of chunk ``k``, valid until Python code runs."""
        if self.entries == NULL:
            self.opened()
        if self.guard is not None:
            self.guard.touch(k * ENTRY_BYTES, (k + 1) * ENTRY_BYTES)
        return &self.entries[k]

    cdef Block block(self, Py_ssize_t k):
        """Return all rows of chunk ``k``; what is not mapped is kept within a budget."""
        cdef Block made
        if self.closed or self.loaded[k] != NULL:
            return Source.block(self, k)
        if self.kept and not self.is_packed(k):
            return Source.block(self, k)
        made = self.cache.get(k)
        if made is None:
            made = self.load(k)
            self.cache.put(k, made, made.size)
        return made

    cdef Block locate(self, int64_t row, Span* out):
        """Point ``out`` at a row; of a chunk that is not in use, read little else."""
        cdef Py_ssize_t k = self.find(row)
        cdef Block block
        cdef int64_t i = row - self.first_row(k)
        if self.loaded[k] != NULL:  # none is when this is closed
            block = <Block> self.loaded[k]
            prefetch_near(block, i)
            block.span(i, out)
            prefetch_row(out)
            return block
        if self.closed:
            return Source.locate(self, row, out)
        if self.compressed:
            block = self.locate_packed(k, row, out)
            if block is not None:
                return block
        if self.cold is not None:
            block = self.locate_cold(k, row, out)
            if block is not None:
                return block
        return Source.locate(self, row, out)

    cdef Block locate_packed(self, Py_ssize_t k, int64_t row, Span* out):
        """Read a row of a compressed chunk; None if this one is none."""
        cdef PackedChunk chunk
        cdef Block block = self.last
        if block is not None and 0 <= row - self.last_first < block.n:
            block.span(row - self.last_first, out)
            return block
        if self.mapping is not None:
            self.mapping.check()  # of a file that was cut, touching would kill
        if not self.is_packed(k):
            return None
        chunk = self.packed_chunk(k)
        block = chunk.locate(row - self.first_row(k), out)
        if not self.closed:  # by another thread, meanwhile
            self.last_first = self.first_row(k) + chunk.found
            self.last = block
        return block

    cdef Block locate_cold(self, Py_ssize_t k, int64_t row, Span* out):
        """Read a row of a chunk that is not mapped; None for whoever walks through."""
        cdef ColdRows cold = self.cold
        cdef bint walks = row == cold.last + 1
        storage = self.opened()  # and with it the descriptor
        cold.last = row
        if walks:
            return None
        return cold.row(
            k, self.checked_entry(k), self.first_row(k + 1) - self.first_row(k),
            row - self.first_row(k), out,
        )

    cdef bint is_packed(self, Py_ssize_t k) except -1:
        return self.compressed and self.entry(k).codec != 0

    def chunk_of(self, int64_t row):
        """Return the number of the chunk of a row, and the row's place in it."""
        cdef Py_ssize_t k = self.find(row)
        return k, row - self.first_row(k)

    def chunk_rows(self, Py_ssize_t k):
        """Return the first row of chunk ``k`` and the row behind its last."""
        return self.first_row(k), self.first_row(k + 1)

    def is_compressed(self, Py_ssize_t k):
        """Whether chunk ``k`` is compressed."""
        return self.is_packed(k)

    def get_packed(self, Py_ssize_t k):
        """Return chunk ``k``, which is compressed."""
        return self.packed_chunk(k)

    cdef PackedChunk packed_chunk(self, Py_ssize_t k):
        found = self.packed.get(k)
        if found is None:
            e = self.checked_entry(k)
            found = PackedChunk(
                self.opened(), (k, *e), self.first_row(k + 1) - self.first_row(k),
                self.cache, self.unpack(e[3], k), self.verify,
            )
            self.packed[k] = found
        return found

    def unpack(self, int codec, Py_ssize_t k):
        """Return what decompresses the blocks of chunk ``k``."""
        if codec != Codec.ZSTD_DICT:
            return decompressor(codec, f"chunk {k} of {self.label}")
        if self.unpacker is None:
            self.unpacker = unpacker(self)
        return self.unpacker

    def load(self, Py_ssize_t k):
        """Return the block of chunk ``k``."""
        if self.is_packed(k):
            return self.packed_chunk(k).whole()
        storage = self.opened()
        offset, length, crc, _ = self.checked_entry(k)
        if self.home == "remote":
            return fetch_chunk(
                storage, offset, length, self.first_row(k + 1) - self.first_row(k),
                crc, self.name_of(k), verify=self.verify,
            )
        return load_chunk(
            storage.read(offset, length), self.first_row(k + 1) - self.first_row(k),
            crc, self.name_of(k), offset,
            mapping=storage.mapping, verify=self.verify,
        )

    cdef str name_of(self, Py_ssize_t k):
        """Return what messages call chunk ``k``."""
        return (
            f"chunk {k} (rows {self.first_row(k)} to {self.first_row(k + 1) - 1}) of "
            f"{self.label}"
        )

    def checked_entry(self, Py_ssize_t k):
        """Return position, length, checksum and codec of chunk ``k``."""
        self.opened()
        if self.mapping is not None:
            self.mapping.check()  # the directory lies in the map, too
        cdef Entry e = self.entry(k)[0]
        cdef int64_t n = self.first_row(k + 1) - self.first_row(k)
        cdef uint64_t length = <uint64_t> e.length << 3
        cdef uint64_t end = self.snapshot.end
        what = f"chunk {k} of {self.label}"
        if e.type != CHUNK or e.rows != n or e.first != <uint64_t> self.first_row(k):
            raise DecodeError(
                f"{what} should have rows {self.first_row(k)} to {self.first_row(k + 1)}"
                f", its directory entry says {e.rows} rows from {e.first}"
            )
        if e.offset & 7 or length > end or e.offset > end - length:
            raise DecodeError(
                f"{what} should lie at byte {e.offset} with {length} bytes, the file "
                f"has {end}"
            )
        return e.offset, length, e.crc, e.codec

    def prefetch(self, positions):
        """Fetch what the rows at ``positions`` need, in few round trips.

        Does nothing unless the file is remote.
        """
        if self.home == "remote":
            fetch_rows(self, positions)

    def candidates(self, schema, condition):
        """Return the ranges of rows that may meet a condition, by the statistics.

        Parameters
        ----------
        schema : Schema
            All fields of the rows.
        condition : pyarrow.compute.Expression
            What the rows must meet.

        Returns
        -------
        list of (int, int)
            First row and row behind the last.
        """
        return row_ranges(self, self.candidate_chunks(schema, condition))

    def candidate_chunks(self, schema, condition):
        """Return the numbers of the chunks that may have rows meeting a condition."""
        table = chunk_statistics(self, schema)
        if table is None:
            return range(self.n_blocks)
        return candidates(table, schema, condition)

    def key_index(self, plan):
        """Return what finds rows by their keys."""
        if self.keys is not None:  # closing forgets them
            return bound_index(self.keys[0], self.keys[1], self, None)
        return self.find_keys(plan, None)

    def find_keys(self, plan, live):
        """Return what finds rows by their keys, deleted ones left out."""
        if self.closed:
            raise ValueError("the rows are closed; open the file again")
        if self.keys is None:
            self.keys = open_index(self, plan)
        if self.keys is None:
            return open_order(self, plan, None, live, for_keys=True)
        return bound_index(self.keys[0], self.keys[1], self, live)

    def order_index(self, plan, names):
        """Return what finds rows by ranges of their values; see `open_order`."""
        return open_order(self, plan, names, None)

    def narrowed(self, plan, condition, schema=None):
        """Return what a sorted index says of a condition; see `narrowed`."""
        return narrowed(self, plan, condition, None, schema)

    def reopen(self):
        """Return a function and its arguments that open the same rows elsewhere."""
        return self.options.reopen(self.snapshot)

    def verify_block(self, Py_ssize_t k):
        """Compare every checksum of chunk ``k`` and its rows' places; return how many."""
        return check_block(self.load(k))

    def chunk_size(self, Py_ssize_t k):
        """Return the number of rows of chunk ``k`` and their bytes, uncompressed."""
        cdef Block block = self.block(k)
        return block.n, block.size

    def close(self):
        """Refuse further access and let go of the file; views in use stay valid."""
        cdef Py_ssize_t k
        cdef PyObject* block
        Source.close(self)
        for k in range(self.n_blocks):
            block = self.loaded[k]
            self.loaded[k] = NULL
            Py_XDECREF(block)
        self.snapshot = self.snapshot.detached()
        self.cache.clear()
        self.packed.clear()
        self.last = None
        self.cold = None
        self.keys = None
        self.orders.clear()
        self.directory = None
        self.guard = None
        self.entries = NULL
        self.mapping = None
        self.file = None
