"""The Arrow C data interface: structs that producers and consumers agree on.

https://arrow.apache.org/docs/format/CDataInterface.html defines names and order.
"""

from libc.stdint cimport int64_t

cdef extern from *:
    """
    #define FORY_ARROW_DICTIONARY_ORDERED 1
    #define FORY_ARROW_NULLABLE 2
    #define FORY_ARROW_MAP_KEYS_SORTED 4
    """
    enum:
        DICTIONARY_ORDERED "FORY_ARROW_DICTIONARY_ORDERED"
        NULLABLE "FORY_ARROW_NULLABLE"
        MAP_KEYS_SORTED "FORY_ARROW_MAP_KEYS_SORTED"


cdef struct ArrowSchema:
    const char* format
    const char* name
    const char* metadata
    int64_t flags
    int64_t n_children
    ArrowSchema** children
    ArrowSchema* dictionary
    void (*release)(ArrowSchema*) noexcept nogil
    void* private_data


cdef struct ArrowArray:
    int64_t length
    int64_t null_count
    int64_t offset
    int64_t n_buffers
    int64_t n_children
    const void** buffers
    ArrowArray** children
    ArrowArray* dictionary
    void (*release)(ArrowArray*) noexcept nogil
    void* private_data
