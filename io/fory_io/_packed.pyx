"""A compressed chunk: blocks of whole rows, each decoded when one of its rows is read."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.memoryview cimport PyMemoryView_FromMemory
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from fory._bytes cimport up8
from fory._crc cimport crc32c
from fory_io._cache cimport Cache
from fory_io._chunk cimport STRIDE, UNITS
from fory_io._lz4 cimport LZ4_SLACK, lz4_decode, lz4_most
from fory_io._map cimport Mapping
from fory_io._planes cimport from_planes, sum_lengths
from fory_row._block cimport Block, Held
from fory_row._layout cimport Span
from fory_row._stream cimport fetch

from fory.error import ChecksumError, DecodeError, TruncatedError
from fory_io.codecs import MAX_RAW_BYTES as _MAX_RAW_BYTES
from fory_row._block import block_from_buffer

cdef extern from "Python.h":
    int PyBUF_READ

cdef enum:
    TAIL_BYTES = 32
    ENTRY_BYTES = 24
    TABLE_BYTES = 8192
    LZ4 = 1
    SCRATCH_BYTES = 64 << 10

# Planes on their way to rows; whoever holds the interpreter's lock may use it.
cdef uint8_t scratch[SCRATCH_BYTES + LZ4_SLACK]


cdef class PackedChunk:
    """A compressed chunk of a file.

    Parameters
    ----------
    storage : Storage
        Where the chunk is.
    entry : tuple of (int, int, int, int, int)
        Number of the chunk, position and length of its body, checksum, codec.
    n_rows : int
        Rows that the directory says.
    cache : Cache
        Holds decoded blocks.
    decompress : callable
        Gives raw bytes for stored bytes and the size of the raw ones.
    verify : bool
        Whether checksums are compared.
    """

    def __init__(
        self, storage, tuple entry, int64_t n_rows, Cache cache not None, decompress,
        bint verify,
    ):
        cdef uint64_t length, table
        cdef uint32_t crc
        cdef Held tail
        self.number, self.offset, length, crc, self.codec = entry
        self.storage = storage
        self.cache = cache
        self.verify = verify
        self.mapping = storage.mapping
        self.what = f"chunk {self.number} of {storage.name}"
        self.decompress = decompress
        if length < TAIL_BYTES:
            raise TruncatedError(f"{self.what} has {length} bytes only")
        near = min(length, TABLE_BYTES)  # one request for tail and table, as a rule
        storage.fetch([(self.offset + length - near, self.offset + length)])
        tail = Held(storage.read(self.offset + length - TAIL_BYTES, TAIL_BYTES))
        memcpy(&self.tail, tail.view.buf, TAIL_BYTES)
        self.check_tail(length, n_rows)
        table = self.tail.index_bytes
        self.table = Held(
            storage.read(self.offset + length - TAIL_BYTES - table, table + TAIL_BYTES)
        )
        self.blocks = <const Packed*> self.table.view.buf
        if verify and crc32c(
            0, <const uint8_t*> self.table.view.buf, table + TAIL_BYTES
        ) != crc:
            raise ChecksumError(
                f"{self.what} is damaged: the checksum of its block table differs; "
                f"read an intact copy"
            )
        self.check_table(length - TAIL_BYTES - table)

    def __len__(self):
        return self.n_blocks

    cdef int check_tail(self, uint64_t size, int64_t n_rows) except -1:
        cdef Tail* tail = &self.tail
        self.n_blocks = tail.index_bytes // ENTRY_BYTES
        if (
            tail.tail_bytes != TAIL_BYTES or tail.n_rows != n_rows
            or tail.index_bytes != <uint64_t> self.n_blocks * ENTRY_BYTES
            or tail.index_bytes > size - TAIL_BYTES
            or tail.index_kind > UNITS
            or (tail.index_kind == STRIDE) != (tail.stride > 0)
            or tail.n_planes & 7 or (tail.stride and tail.n_planes > tail.stride)
            or (n_rows > 0) != (self.n_blocks > 0)
        ):
            raise DecodeError(
                f"{self.what} is damaged: its tail does not describe its {n_rows} rows "
                f"in {size} bytes; read an intact copy"
            )
        return 0

    cdef int check_table(self, uint64_t room) except -1:
        """Raise unless every block lies in the body and the rows follow each other."""
        cdef Py_ssize_t j
        cdef const Packed* b
        cdef uint64_t n, index, rows_bytes = 0
        for j in range(self.n_blocks):
            b = &self.blocks[j]
            n = self.n_rows_of(j)
            index = 0 if self.tail.stride else 4 * (n + 1)
            if (
                (<uint64_t> b.offset << 3) + b.stored > room
                or (j == 0 and b.first) or n == 0 or n > self.tail.n_rows
                or b.rows_bytes & 7
                or b.rows_bytes + index != b.raw
                or (self.tail.stride and n * self.tail.stride != b.rows_bytes)
                or b.stored > b.raw or b.raw > <uint64_t> _MAX_RAW_BYTES
            ):
                raise DecodeError(
                    f"{self.what} is damaged: block {j} of its table cannot be; read an "
                    f"intact copy"
                )
            rows_bytes += b.rows_bytes
        if rows_bytes != self.tail.rows_bytes:
            raise DecodeError(
                f"{self.what} is damaged: its blocks have {rows_bytes} bytes of rows "
                f"instead of {self.tail.rows_bytes}"
            )
        return 0

    def extent(self, int64_t row):
        """Return where the stored block of a row lies in the file."""
        cdef const Packed* b = &self.blocks[self.find(row)]
        start = self.offset + (<uint64_t> b.offset << 3)
        return start, start + b.stored

    cdef uint64_t n_rows_of(self, Py_ssize_t j) noexcept:
        """Return the rows of block ``j``."""
        cdef uint32_t stop = self.tail.n_rows
        if j + 1 < self.n_blocks:
            stop = self.blocks[j + 1].first
        return stop - self.blocks[j].first if stop > self.blocks[j].first else 0

    cdef Block decode(self, Py_ssize_t j):
        cdef const Packed* b = &self.blocks[j]
        cdef Held held
        cdef Block block = Block.__new__(Block)
        cdef uint64_t at = self.offset + (<uint64_t> b.offset << 3)
        cdef const uint8_t* p
        data = None
        if self.mapping is not None and at + b.stored <= self.mapping.size:
            p = self.mapping.base + at
        else:
            data = self.storage.read(at, b.stored)
            held = Held(data)
            p = <const uint8_t*> held.view.buf
        if self.verify and crc32c(0, p, b.stored) != b.crc:
            raise ChecksumError(
                f"{self.what} is damaged: the checksum of bytes {at} to "
                f"{at + b.stored} differs; read an intact copy"
            )
        if b.stored == b.raw:
            held = Held(self.storage.read(at, b.stored))  # which keeps the map
            block.owner = held
            block.base = <const uint8_t*> held.view.buf
        else:
            if data is None and self.codec != LZ4:
                data = PyMemoryView_FromMemory(<char*> p, b.stored, PyBUF_READ)
            try:
                if self.codec == LZ4:
                    self.unpack_lz4(j, p, block)
                else:
                    self.unpack(j, data, block)
            except MemoryError as e:
                raise DecodeError(
                    f"{self.what} says that its block {j} has {b.raw} bytes, more than "
                    f"there is memory for"
                ) from e
        block.size = b.rows_bytes
        block.n = self.n_rows_of(j)
        block.stride = self.tail.stride
        if not block.stride:
            block.units = <const uint32_t*> (block.base + b.rows_bytes)
        return block

    cdef int unpack_lz4(
        self, Py_ssize_t j, const uint8_t* stored, Block out
    ) except -1:
        """Decompress a block, its planes by way of memory that is near."""
        cdef const Packed* b = &self.blocks[j]
        cdef bytes made, planes
        cdef uint8_t* to
        if lz4_most(b.stored) < b.raw:  # before so much is allocated
            raise self.damaged(j)
        made = PyBytes_FromStringAndSize(NULL, b.raw + LZ4_SLACK)
        to = <uint8_t*> PyBytes_AS_STRING(made)
        out.owner = made
        out.base = to
        if not self.tail.n_planes:
            return self.decode_lz4(j, stored, to)
        if b.raw > SCRATCH_BYTES:
            planes = PyBytes_FromStringAndSize(NULL, b.raw + LZ4_SLACK)
            self.decode_lz4(j, stored, <uint8_t*> PyBytes_AS_STRING(planes))
            return self.join(j, <uint8_t*> PyBytes_AS_STRING(planes), to)
        fetch(to, b.raw)  # what was freed long ago; it comes while planes are made
        self.decode_lz4(j, stored, scratch)
        return self.join(j, scratch, to)

    cdef int decode_lz4(
        self, Py_ssize_t j, const uint8_t* stored, uint8_t* to
    ) except -1:
        cdef const Packed* b = &self.blocks[j]
        if lz4_decode(stored, b.stored, to, b.raw) != b.raw:
            raise self.damaged(j)
        return 0

    cdef damaged(self, Py_ssize_t j):
        return DecodeError(
            f"{self.what}: block {j} cannot be decompressed: its LZ4 sequences are "
            f"damaged; read an intact copy"
        )

    cdef int unpack(self, Py_ssize_t j, data, Block out) except -1:
        """Decompress a block by what is installed."""
        cdef const Packed* b = &self.blocks[j]
        cdef bytes made
        cdef Held held
        data = self.decompress(data, b.raw)
        if len(data) != b.raw:
            raise DecodeError(f"{self.what}: a block is shorter than declared")
        held = Held(data)
        out.owner = held
        out.base = <const uint8_t*> held.view.buf
        if self.tail.n_planes:
            made = PyBytes_FromStringAndSize(NULL, b.raw)
            self.join(j, out.base, <uint8_t*> PyBytes_AS_STRING(made))
            out.owner = made
            out.base = <const uint8_t*> PyBytes_AS_STRING(made)
        return 0

    cdef int join(self, Py_ssize_t j, const uint8_t* planes, uint8_t* to) except -1:
        """Store block ``j`` as whole rows, whose first bytes lie in planes."""
        cdef const Packed* b = &self.blocks[j]
        cdef uint64_t n = self.n_rows_of(j)
        cdef uint32_t* units = NULL
        cdef const uint32_t* lengths
        if not self.tail.stride:
            units = <uint32_t*> (to + b.rows_bytes)
            lengths = <const uint32_t*> (planes + b.rows_bytes)
            if not sum_lengths(lengths, n, self.tail.n_planes, b.rows_bytes, units):
                raise DecodeError(f"{self.what}: the rows of block {j} cannot be")
        from_planes(planes, units, self.tail.stride, n, self.tail.n_planes, to)
        return 0

    cdef Block decoded(self, Py_ssize_t j):
        """Return block ``j``, decoded or from the cache."""
        key = ~(<int64_t> self.number << 32 | j)  # chunks are kept by their numbers
        found = self.cache.get(key)
        if found is None:
            found = self.decode(j)
            self.cache.put(key, found, self.blocks[j].raw)
        return found

    cdef Py_ssize_t find(self, int64_t row) noexcept:
        cdef Py_ssize_t low = 0, high = self.n_blocks - 1, middle
        while low < high:
            middle = (low + high + 1) >> 1
            if self.blocks[middle].first <= row:
                low = middle
            else:
                high = middle - 1
        return low

    cdef Block locate(self, int64_t row, Span* out):
        """Point ``out`` at a row of the chunk and return the block that owns it.

        The caller has looked whether a mapped file was cut.
        """
        cdef Py_ssize_t j = self.find(row)
        cdef Block block = self.decoded(j)
        self.found = self.blocks[j].first
        block.span(row - self.found, out)
        return block

    def whole(self):
        """Return one block with all rows of the chunk, decoded."""
        cdef Py_ssize_t j
        cdef int64_t i, n = 0
        cdef Block part
        cdef Span row
        cdef bytearray rows, offsets
        cdef uint8_t* out
        cdef uint64_t* at
        try:
            rows = bytearray(self.tail.rows_bytes)
            offsets = bytearray(8 * (<size_t> self.tail.n_rows + 1))
        except MemoryError as e:
            raise DecodeError(
                f"{self.what} says that its rows have {self.tail.rows_bytes} bytes, "
                f"more than there is memory for"
            ) from e
        out = rows
        at = <uint64_t*> <char*> offsets
        for j in range(self.n_blocks):
            if self.mapping is not None:
                self.mapping.check()  # of a file that was cut, touching would kill
            part = self.decode(j)
            for i in range(part.n):
                part.span(i, &row)
                memcpy(out + at[n], row.ptr, row.size)
                at[n + 1] = at[n] + row.size
                n += 1
        if self.tail.stride:
            return block_from_buffer(rows, n, None, self.tail.stride)
        return block_from_buffer(rows, n, offsets)
