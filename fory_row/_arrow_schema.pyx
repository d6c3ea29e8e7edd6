"""Read and write the ArrowSchema struct; what the formats mean is arrow_types' task."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

from fory_row._arrow_c cimport (
    DICTIONARY_ORDERED, MAP_KEYS_SORTED, NULLABLE, ArrowSchema,
)

from fory.error import EncodeError
from fory_row.arrow_types import ArrowField

cdef int MAX_DEPTH = 200


def read_schema(capsule):
    """Return the `ArrowField` of an ``arrow_schema`` capsule; the capsule stays valid.

    Raises
    ------
    EncodeError
        If it was released already or nests too deep.
    """
    cdef ArrowSchema* schema = <ArrowSchema*> PyCapsule_GetPointer(
        capsule, "arrow_schema"
    )
    if schema.release == NULL:
        raise EncodeError("the Arrow schema was consumed already; ask for a new one")
    return _read(schema, 0)


cdef _read(const ArrowSchema* schema, int depth):
    if depth > MAX_DEPTH:
        raise EncodeError(f"the Arrow type nests deeper than {MAX_DEPTH} levels")
    return ArrowField(
        schema.format.decode(),
        schema.name.decode() if schema.name != NULL else "",
        _read_metadata(schema.metadata),
        (schema.flags & NULLABLE) != 0,
        (schema.flags & DICTIONARY_ORDERED) != 0,
        (schema.flags & MAP_KEYS_SORTED) != 0,
        tuple([
            _read(schema.children[i], depth + 1) for i in range(schema.n_children)
        ]),
        _read(schema.dictionary, depth + 1) if schema.dictionary != NULL else None,
    )


cdef _read_metadata(const char* p):
    """Return the pairs of ``int32 n, (int32 length, bytes) * 2n``, or None."""
    cdef int32_t n, length
    cdef list parts = []
    if p == NULL:
        return None
    memcpy(&n, p, 4)
    p += 4
    for _ in range(2 * n):
        memcpy(&length, p, 4)
        parts.append(PyBytes_FromStringAndSize(p + 4, length))
        p += 4 + length
    return dict(zip(parts[::2], parts[1::2])) or None


def write_schema(field):
    """Return an ``arrow_schema`` capsule of an `ArrowField`."""
    cdef ArrowSchema* schema = <ArrowSchema*> calloc(1, sizeof(ArrowSchema))
    if schema == NULL:
        raise MemoryError
    capsule = PyCapsule_New(schema, "arrow_schema", _free_capsule)
    _write(schema, field)
    return capsule


cdef void _free_capsule(object capsule) noexcept:
    cdef ArrowSchema* schema = <ArrowSchema*> PyCapsule_GetPointer(
        capsule, "arrow_schema"
    )
    if schema.release != NULL:
        schema.release(schema)
    free(schema)


cdef _write(ArrowSchema* schema, field):
    """Fill a zeroed struct; whatever was filled before an error is still released."""
    cdef int64_t i
    schema.release = _release
    schema.flags = (
        NULLABLE * field.nullable
        | DICTIONARY_ORDERED * field.ordered
        | MAP_KEYS_SORTED * field.keys_sorted
    )
    schema.format = _text(field.format.encode())
    schema.name = _text(field.name.encode())
    if field.metadata:
        schema.metadata = _text(_metadata_bytes(field.metadata))
    if field.children:
        schema.children = <ArrowSchema**> _zeros(
            len(field.children) * sizeof(ArrowSchema*)
        )
        for i, child in enumerate(field.children):
            schema.children[i] = <ArrowSchema*> _zeros(sizeof(ArrowSchema))
            schema.n_children = i + 1
            _write(schema.children[i], child)
    if field.dictionary is not None:
        schema.dictionary = <ArrowSchema*> _zeros(sizeof(ArrowSchema))
        _write(schema.dictionary, field.dictionary)


cdef bytes _metadata_bytes(metadata):
    cdef list parts = [len(metadata).to_bytes(4, "little")]
    for key, value in metadata.items():
        for part in (key, value):
            parts += (len(part).to_bytes(4, "little"), part)
    return b"".join(parts)


cdef const char* _text(bytes value) except NULL:
    """Copy bytes, and a zero behind them, into memory of their own."""
    cdef char* made = <char*> _zeros(len(value) + 1)
    memcpy(made, <const char*> value, len(value))
    return made


cdef void* _zeros(size_t n_bytes) except NULL:
    cdef void* made = calloc(1, n_bytes)
    if made == NULL:
        raise MemoryError
    return made


cdef void _release(ArrowSchema* schema) noexcept nogil:
    cdef int64_t i
    for i in range(schema.n_children):
        _release_child(schema.children[i])
    if schema.dictionary != NULL:
        _release_child(schema.dictionary)
    free(<void*> schema.children)
    free(<void*> schema.format)
    free(<void*> schema.name)
    free(<void*> schema.metadata)
    schema.release = NULL


cdef void _release_child(ArrowSchema* child) noexcept nogil:
    """Release a child unless its consumer moved it elsewhere, and free the struct."""
    if child.release != NULL:
        child.release(child)
    free(child)
