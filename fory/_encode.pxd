"""The encoder: one value of any kind, and whole messages."""

from fory._codec cimport Codec, Field
from fory._protocol cimport StateSerializer
from fory._write_known cimport KnownWriter


cdef class Encoder(KnownWriter):
    cdef int write_any(self, object value) except -1
    cdef int write_value(self, object value) except -1
    cdef int write_payload(self, Codec codec, object value) except -1
    cdef int write_rarer(self, Codec codec, object value) except -1
    cdef int write_struct(self, Codec codec, object value) except -1
    cdef void notice(self, Codec codec) noexcept
    cdef int write_field(self, Field field, object value) except -1
    cdef int write_object(self, Codec codec, object value) except -1
    cdef tuple attribute_names(self, Codec codec, dict attributes)
    cdef int write_reduced(self, Codec codec, object value) except -1
    cdef int write_call(self, Codec codec, object value) except -1
    cdef int write_state(self, StateSerializer serializer, object value) except -1
    cdef int write_union(self, Codec codec, object value) except -1


cdef int encode_message(Encoder encoder, object value, object callback) except -1

# The same where the caller looks at the result; what was raised is still raised then.
ctypedef int (*EncodeAttempt)(Encoder, object, object) noexcept
