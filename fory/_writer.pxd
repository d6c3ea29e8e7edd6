"""What every part of the encoder needs: references, type info, leaf payloads."""

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
    cdef list open              # objects that readers know only when complete
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
    cdef int enter(self) except -1
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
