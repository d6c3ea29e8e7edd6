"""The few macros of the interpreter that Cython does not declare."""

from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_DECREF
from libc.stdint cimport int64_t


cdef extern from *:
    """
    /* The value of an int of one digit (before 3.12: two), without a call. */
    static inline int fory_small_int(PyObject *o, int64_t *out) {
    #if PY_VERSION_HEX >= 0x030C0000
        if (PyUnstable_Long_IsCompact((PyLongObject *)o)) {
            *out = PyUnstable_Long_CompactValue((PyLongObject *)o);
            return 1;
        }
    #else
        Py_ssize_t size = Py_SIZE(o);
        digit *digits = ((PyLongObject *)o)->ob_digit;
        if (size >= -1 && size <= 1) {
            *out = size == 0 ? 0 : size * (int64_t)digits[0];
            return 1;
        }
        if (size == 2 || size == -2) {
            *out = (int64_t)digits[0] | (int64_t)digits[1] << PyLong_SHIFT;
            if (size < 0) *out = -*out;
            return 1;
        }
    #endif
        return 0;
    }
    /* cls.__new__(cls): no __init__, but the base that lays out the memory. */
    static inline PyObject *fory_new_instance(PyObject *cls, PyObject *no_args) {
        PyTypeObject *type = (PyTypeObject *)cls;
        if (type->tp_new == NULL) {
            PyErr_Format(PyExc_TypeError, "cannot make a %s", type->tp_name);
            return NULL;
        }
        return type->tp_new(type, no_args, NULL);
    }
    /* getattr(o, name) of a name that is a str. */
    static inline PyObject *fory_get_attribute(PyObject *o, PyObject *name) {
        getattrofunc get = Py_TYPE(o)->tp_getattro;
        return get != NULL ? get(o, name) : PyObject_GetAttr(o, name);
    }
    #define FORY_TYPE(o) Py_TYPE((PyObject *)(o))
    #define FORY_FAILED() (-1)
    """
    bint small_int "fory_small_int"(PyObject* o, int64_t* out) noexcept
    object get_attribute "fory_get_attribute"(object o, object name)
    object new_instance "fory_new_instance"(object cls, tuple no_args)
    PyObject* made_instance "fory_new_instance"(object cls, tuple args)
    # Where a call was checked for NULL: raise what it raised.
    int failed "FORY_FAILED"() except -1
    PyTypeObject* type_of "FORY_TYPE"(PyObject* o) noexcept
    PyTypeObject* STR_TYPE "(&PyUnicode_Type)"
    PyTypeObject* INT_TYPE "(&PyLong_Type)"
    PyTypeObject* FLOAT_TYPE "(&PyFloat_Type)"
    PyTypeObject* BOOL_TYPE "(&PyBool_Type)"
    PyTypeObject* DICT_TYPE "(&PyDict_Type)"
    PyTypeObject* LIST_TYPE "(&PyList_Type)"
    PyTypeObject* TUPLE_TYPE "(&PyTuple_Type)"
    PyTypeObject* SET_TYPE "(&PySet_Type)"
    list new_list "PyList_New"(Py_ssize_t n)
    tuple new_tuple "PyTuple_New"(Py_ssize_t n)
    PyObject* float_new "PyFloat_FromDouble"(double v) except NULL
    PyObject* int_new "PyLong_FromLongLong"(long long v) except NULL
    double float_value "PyFloat_AS_DOUBLE"(PyObject* o) noexcept
    PyObject** items_of "PySequence_Fast_ITEMS"(object o) noexcept
    Py_ssize_t n_items "PySequence_Fast_GET_SIZE"(object o) noexcept
    bint has_buffer "PyObject_CheckBuffer"(object o) noexcept


cdef inline object owned(PyObject* value):
    """What a call returned that was checked for NULL."""
    cdef object result = <object> value
    Py_DECREF(result)
    return result
