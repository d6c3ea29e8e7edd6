"""What every part of the encoder needs: references, type info, leaf payloads."""

from cpython.object cimport PyObject

from fory._buffer cimport Buffer
from fory._codec cimport Codec
from fory._refs cimport RefTable


cdef class Writer(Buffer):
    cdef readonly object fory
    cdef readonly object type_resolver
    cdef readonly bint xlang
    cdef readonly bint track_ref
    cdef readonly bint compatible
    cdef int depth
    cdef int max_depth
    cdef dict codecs            # class -> Codec; the registry fills it on a miss
    cdef dict local_codecs      # the same for classes that travel by value
    cdef PyObject** open        # objects that readers know only when complete
    cdef Py_ssize_t n_open
    cdef Py_ssize_t room_for_open
    cdef bint in_cycle          # one of them holds itself
    cdef dict begun             # in a message for cycles: address -> numbers of those
    cdef object hooks           # chooses plans before the types do, or None
    cdef readonly Codec misfit  # struct whose instance is not what its class declares
    cdef RefTable refs
    cdef dict type_indexes      # Codec -> number of its TypeDef in this message
    cdef Codec first_named      # the only one with names so far, not in the dicts yet
    cdef dict name_ids          # name -> what repeats it in this message
    cdef dict name_pairs        # Codec -> what repeats both of its names
    cdef object buffer_callback
    cdef dict context           # what custom serializers keep for the message
    cdef list path              # where an error happened, innermost first

    cdef int reset(self) except -1
    cdef int refuse_depth(self) except -1
    cdef int look_at_stack(self) except -1
    cdef int enlarge_open(self) except -1
    cdef Codec plan_of(self, object value)
    cdef Codec new_plan(self, object cls)
    cdef Codec codec_of(self, object value)
    cdef bint write_flag(self, object value) except -1
    cdef bint is_open(self, object value) except -1
    cdef int write_info(self, Codec codec) except -1
    cdef int write_names(self, Codec codec) except -1
    cdef bytes name_pair(self, Codec codec)
    cdef int put_bytes(self, bytes data) except -1
    cdef int write_number(self, int kind, object value) except -1
    cdef int write_int(self, int kind, object value) except -1
    cdef int write_unsigned(self, int kind, object value) except -1
    cdef int write_float(self, int kind, object value) except -1
    cdef int write_binary(self, object value) except -1
    cdef int write_enum(self, Codec codec, object value) except -1


cdef inline int enter(Writer w) except -1:
    """Go one level deeper; whoever enters takes the level off again."""
    w.depth += 1
    if w.depth > w.max_depth:
        return w.refuse_depth()
    if not w.depth & 15:  # far fewer levels than the reserve has room for
        return w.look_at_stack()
    return 0


cdef inline int begin_open(Writer w, object value) except -1:
    """Note that references to ``value`` must wait; the caller keeps it alive."""
    if w.n_open == w.room_for_open:
        w.enlarge_open()
    w.open[w.n_open] = <PyObject*> value
    w.n_open += 1
    return 0
