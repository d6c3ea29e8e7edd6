"""Dicts with the same keys, made by copying one of them.

The dicts of equal objects share their keys in CPython: a copy has an array of values and
nothing else. A record that is made this way takes half the memory, and its values are
put in place without looking for any key.
"""

from cpython.object cimport PyObject

cdef extern from *:
    """
    #if defined(Py_GIL_DISABLED) || PY_VERSION_HEX >= 0x030F0000
    #define fory_shared_values(d) ((PyObject**)NULL)
    #else
    #if PY_VERSION_HEX >= 0x030D0000
    #define FORY_VALUES_HEAD sizeof(PyObject*)  /* four small counts come first */
    #else
    #define FORY_VALUES_HEAD 0
    #endif
    static inline PyObject** fory_shared_values(PyObject* d) {
        PyDictValues* values = ((PyDictObject*)d)->ma_values;
        return values == NULL ? NULL : (PyObject**)((char*)values + FORY_VALUES_HEAD);
    }
    #endif
    static inline void fory_track(PyObject* d) {
        if (!PyObject_GC_IsTracked(d)) PyObject_GC_Track(d);
    }
    """
    # The values of a copy of a template, in the order of its names; NULL if they are
    # kept in another way.
    PyObject** shared_values "fory_shared_values"(dict made) noexcept
    # Have the collector look at a dict, as it must once a value may lead back to it.
    void track "fory_track"(dict made) noexcept


cdef dict template_of(tuple names)
