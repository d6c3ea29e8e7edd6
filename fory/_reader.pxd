"""What every part of the decoder needs: references, type info, leaf payloads."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF, Py_XDECREF

from fory._buffer cimport Buffer, get_varint
from fory._codec cimport Codec


cdef extern from "Python.h":
    PyObject* PyList_GET_ITEM(object items, Py_ssize_t i) noexcept
    Py_ssize_t PyList_GET_SIZE(object items) noexcept


cdef class Reader(Buffer):
    cdef readonly object fory
    cdef readonly object type_resolver
    cdef readonly bint xlang
    cdef readonly bint track_ref
    cdef readonly bint compatible
    cdef int depth
    cdef int max_depth
    cdef Py_ssize_t max_unbacked
    cdef int64_t max_memory     # that the values of a message may take, -1 for any
    cdef int64_t memory         # what of it is left
    cdef PyObject** refs        # objects by reference id, NULL while being read
    cdef Py_ssize_t n_refs
    cdef Py_ssize_t room_for_refs
    cdef Py_ssize_t slot        # reference id that the value being read has to fill
    cdef Py_ssize_t ext_slot    # the same for the custom serializer that runs
    cdef Codec first_type       # plan of the first TypeDef of this message
    cdef list types             # those of the others
    cdef uint64_t last_header   # of the TypeDef that came first in the last message
    cdef uint64_t last_size
    cdef Codec last_type
    cdef list names             # encoding and bytes of the names of this message
    cdef Py_ssize_t names_at    # where the first two stand if not in the list yet
    cdef bytes usual_names      # as the last message brought its first two
    cdef Codec usual_named      # the plan they stand for
    cdef uint32_t usual_info
    cdef uint32_t last_info     # type id and both name references met last, 0 if none
    cdef Codec last_named
    cdef dict name_pairs        # places of two names and type id -> plan
    cdef dict by_typedef        # TypeDef header -> plan, shared by all messages
    cdef list by_type_id        # plans of the ids that need nothing else
    cdef dict by_id
    cdef dict by_wire_name      # type id and wire names -> plan
    cdef object buffers         # iterator over out-of-band buffers
    cdef dict context
    cdef dict local_codecs      # plans of classes that came by value
    cdef list path

    cdef int reset(self) except -1
    cdef int refuse_depth(self) except -1
    cdef int look_at_stack(self) except -1
    cdef int take_memory(self, int64_t n_bytes) except -1
    cdef int enlarge_refs(self) except -1
    cdef int forget_refs(self) except -1
    cdef object reference_at(self)
    cdef Codec read_info(self)
    cdef Codec read_class(self)
    cdef object read_zero(self, Py_ssize_t size)
    cdef Codec read_typedef(self)
    cdef Codec find_typedef(self, uint64_t header, uint64_t size)
    cdef Codec read_named(self, int type_id)
    cdef Codec find_named(self, int type_id)
    cdef Py_ssize_t read_n_bytes(self, Py_ssize_t width) except -1
    cdef bint expects_names(self, int type_id) except -1
    cdef int list_names(self) except -1
    cdef Codec remember(
        self, int type_id, uint64_t namespace, uint64_t name, Codec codec
    )
    cdef uint64_t read_name(self) except? 0xFFFFFFFF
    cdef object read_number(self, int kind)
    cdef object read_binary(self)
    cdef object read_enum(self, Codec codec)


cdef inline int enter(Reader r) except -1:
    """Go one level deeper; whoever enters takes the level off again."""
    r.depth += 1
    if r.depth > r.max_depth:
        return r.refuse_depth()
    if not r.depth & 15:  # far fewer levels than the reserve has room for
        return r.look_at_stack()
    return 0


cdef inline int charge(Reader r, int64_t n_bytes) except -1:
    """Take memory from what the values of the message may have."""
    if r.max_memory >= 0:
        return r.take_memory(n_bytes)
    return 0


cdef inline Py_ssize_t new_ref(Reader r) except -1:
    """The reference id of a value that comes next."""
    if r.n_refs == r.room_for_refs:
        r.enlarge_refs()
    r.refs[r.n_refs] = NULL
    r.n_refs += 1
    return r.n_refs - 1


cdef inline void set_ref(Reader r, Py_ssize_t number, object value) noexcept:
    """Let later references find ``value``."""
    cdef PyObject* old = r.refs[number]
    Py_INCREF(value)
    r.refs[number] = <PyObject*> value
    Py_XDECREF(old)


cdef inline void publish(Reader r, object value) noexcept:
    """Let the children of ``value`` refer to it while it is being read."""
    if r.slot >= 0:
        set_ref(r, r.slot, value)
        r.slot = -1


cdef inline object referred(Reader r):
    """The object that a reference names whose flag was read."""
    cdef Py_ssize_t number
    cdef PyObject* value
    if r.track_ref and r.reader < r.writer:
        number = r.base[r.reader]
        if number < 0x80 and number < r.n_refs:
            value = r.refs[number]
            if value != NULL:
                r.reader += 1
                return <object> value
    return r.reference_at()


cdef inline Codec info_at(Reader r):
    """The plan that type info names; most types have no more than an id."""
    cdef PyObject* known
    if r.reader < r.writer:
        known = PyList_GET_ITEM(r.by_type_id, r.base[r.reader])
        if known != <PyObject*> None:
            r.reader += 1
            return <Codec> known
    return r.read_info()


cdef inline object get_int(Reader r):
    """An int of any size; those beyond 64 bits stand behind an overlong zero."""
    cdef Py_ssize_t start = r.reader
    cdef int64_t v = get_varint(r)
    if v == 0 and r.reader - start > 1 and not r.xlang:
        return r.read_zero(r.reader - start)
    return v
