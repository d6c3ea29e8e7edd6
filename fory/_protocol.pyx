"""Objects by Python's own protocol: attributes, state, reduction (xlang_wire 17)."""

import copyreg

from cpython.dict cimport PyDict_GetItem, PyDict_Next, PyDict_SetItem
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE

from fory._cpython cimport failed, made_instance, owned

from fory._globals import find_valid, global_name, lookup, validate_fillers
from fory._values import with_lists
from fory.error import DecodeError, EncodeError, ForyError, UnsupportedObjectError
from fory.policy import DeserializationPolicy


cdef extern from *:
    """
    /* callable(*args), where args[-1] is free. What most objects are made by needs fewer
       steps: a class of type with object's __new__ and an __init__ in Python, and
       copyreg.__newobj__, which calls a __new__. */
    static PyObject *fory_call(
        PyObject *callable, PyObject **args, Py_ssize_t n, PyObject *init_name,
        PyObject *no_args, PyObject *newobj
    ) {
        PyTypeObject *cls = (PyTypeObject *)callable;
        PyObject *init, *rest, *result;
        Py_ssize_t i;
        if (callable == newobj && n > 0 && PyType_Check(args[0])) {
            cls = (PyTypeObject *)args[0];
            if (cls->tp_new == NULL)
                return PyErr_Format(PyExc_TypeError, "cannot make a %s", cls->tp_name);
            if (n == 1) return cls->tp_new(cls, no_args, NULL);
            rest = PyTuple_New(n - 1);
            if (rest == NULL) return NULL;
            for (i = 1; i < n; i++) {
                Py_INCREF(args[i]);
                PyTuple_SET_ITEM(rest, i - 1, args[i]);
            }
            result = cls->tp_new(cls, rest, NULL);
            Py_DECREF(rest);
            return result;
        }
        if (!Py_IS_TYPE(callable, &PyType_Type)
            || cls->tp_new != PyBaseObject_Type.tp_new
            || (cls->tp_flags & Py_TPFLAGS_IS_ABSTRACT)
            || (init = _PyType_Lookup(cls, init_name)) == NULL
            || !PyFunction_Check(init))
            return PyObject_Vectorcall(
                callable, args, n | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL
            );
        args[-1] = cls->tp_new(cls, no_args, NULL);
        if (args[-1] == NULL) return NULL;
        Py_INCREF(init);
        result = PyObject_Vectorcall(init, args - 1, n + 1, NULL);
        Py_DECREF(init);
        if (result == Py_None) {
            Py_DECREF(result);
            return args[-1];
        }
        if (result != NULL)
            PyErr_Format(PyExc_TypeError,
                         "__init__() should return None, not '%.200s'",
                         Py_TYPE(result)->tp_name);
        Py_XDECREF(result);
        Py_DECREF(args[-1]);
        return NULL;
    }
    """
    PyObject* call_with "fory_call"(
        object function, PyObject** args, Py_ssize_t n, object init_name,
        object no_args, object newobj
    )


cdef extern from "Python.h":
    bint PyExceptionInstance_Check(object value)
    PyObject* call_method "PyObject_CallMethodOneArg"(
        object value, object name, object argument
    )
    void PyUnicode_InternInPlace(PyObject** text) noexcept
    tuple new_tuple "PyTuple_New"(Py_ssize_t n)
    void set_tuple_item "PyTuple_SET_ITEM"(
        object items, Py_ssize_t i, object value
    ) noexcept

cdef enum:
    SHORT = 32               # bytes of a string whose size is one byte
    MOST_NAMES = 256         # attributes of a class whose names are remembered

cdef tuple NO_ARGS = ()
cdef object CALL = 1         # what announces the parts of a call
cdef object NEW = copyreg.__newobj__
cdef str INIT = "__init__"
cdef str SETSTATE = "__setstate__"
cdef dict PRIVATE = copyreg.dispatch_table
cdef dict REDUCERS = {}
cdef object REDUCE_EXCEPTION = None
cdef tuple MAKERS = (
    copyreg.__newobj__, copyreg.__newobj_ex__, copyreg._reconstructor,
)
# How the interpreter begins to say that an object cannot leave its process.
cdef tuple REFUSALS = ("cannot pickle", "cannot serialize", "can't pickle")


cdef class Attributes:
    """What the engine asks about the instances of a plain class."""

    def __init__(self, list slots not None, hidden=()):
        self.slots = slots
        self.hidden = frozenset(hidden)

    cpdef dict of(self, object value):
        """Return all attributes that ``value`` has, its slots included."""
        cdef dict attributes = getattr(value, "__dict__", None) or {}
        if not self.slots:
            return attributes
        filled = {n: getattr(value, n) for n in self.slots if hasattr(value, n)}
        return attributes | filled


def guarded(function, *args, **kwargs):
    """Call what a class brings; what it raises is an error about the bytes."""
    try:
        return function(*args, **kwargs)
    except (ForyError, MemoryError, RecursionError):
        raise
    except Exception as error:
        raise refused(function, error) from error


cdef int blame(object function, str method=None) except -1:
    """Raise what a call into a class raised, as an error about the bytes.

    A method comes by its name: nothing may be looked up before ``failed``.
    """
    try:
        failed()
    except (ForyError, MemoryError, RecursionError):
        raise
    except Exception as error:
        if method is not None:
            function = getattr(function, method, function)
        raise refused(function, error) from error
    return 0


cdef object refused(object function, object error):
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return DecodeError(f"{name} refuses what the bytes hold: {error}")


cdef class StateSerializer:
    """What the engine asks about objects with ``__getstate__``, ``__setstate__``.

    The bytes have the arguments of ``__new__``, by place and by name, and the state;
    concise ones have None for no arguments.
    """

    def __init__(self, cls, policy, bint concise=False):
        self.cls = cls
        self.concise = concise
        self.policy = policy
        self.watched = type(policy) is not DeserializationPolicy
        self.has_kwargs = hasattr(cls, "__getnewargs_ex__")
        self.has_args = hasattr(cls, "__getnewargs__")

    cdef tuple arguments(self, object value):
        """What ``__new__`` wants for a copy of ``value``, by place and by name."""
        if self.has_kwargs:
            args, kwargs = value.__getnewargs_ex__()
            return args, kwargs
        if self.has_args:
            return value.__getnewargs__(), {}
        return (None, None) if self.concise else (NO_ARGS, {})

    cdef object make(self, object args, object kwargs):
        """Return a new object without its state."""
        if self.watched:
            self.policy.authorize_instantiation(self.cls, args=args, kwargs=kwargs)
        cdef PyObject* made
        if args is None and kwargs is None or not args and not kwargs:
            made = made_instance(self.cls, NO_ARGS)
            if made == NULL:
                blame(self.cls)
            return owned(made)
        try:
            return self.cls.__new__(self.cls, *args or (), **kwargs or {})
        except (ForyError, MemoryError, RecursionError):
            raise
        except Exception as error:
            raise refused(self.cls, error) from error

    cdef int give(self, object obj, object state) except -1:
        """Let an object take its state."""
        if self.watched:
            self.policy.intercept_setstate(obj, state)
        cdef PyObject* result = call_method(obj, SETSTATE, state)
        if result == NULL:
            blame(self.cls, SETSTATE)
        owned(result)
        return 0


cdef class Reduction:
    """What the engine asks about objects that are rebuilt by a call.

    The bytes have a count, then 0 and the name of a global, or 1, a callable, its
    arguments, and what else ``__reduce__`` returned.
    """

    def __init__(self, policy):
        self.policy = policy
        self.watched = type(policy) is not DeserializationPolicy

    cpdef tuple parts(self, object value):
        """Return what is written for an object."""
        return self.checked(value, reduced_of(value))

    cpdef tuple checked(self, object value, object reduced):
        """Return what is written for what a reduction of ``value`` gave."""
        if isinstance(reduced, str):
            return 0, name_of_global(value, reduced)
        if not isinstance(reduced, tuple) or not 2 <= len(reduced) <= 6:
            raise EncodeError(
                f"{type(value).__qualname__}.__reduce__ returned {reduced!r:.60}, "
                f"expected a str or a tuple of 2 to 6 items"
            )
        if not callable(reduced[0]) or not isinstance(reduced[1], tuple):
            raise EncodeError(
                f"{type(value).__qualname__}.__reduce__ returned {reduced!r:.60}, "
                f"which is no call: a callable and a tuple are needed"
            )
        has_items = len(reduced) > 3 and reduced[3] is not None
        if has_items or len(reduced) > 4 and reduced[4] is not None:
            reduced = with_lists(value, reduced)
        return call_of(tuple(reduced))

    cdef int deny(self, object function, object args) except -1:
        raise DecodeError(f"a reduced object calls {function!r:.60} with {args!r:.60}")

    cpdef object find(self, object name):
        """Return the global of this name."""
        module, _, qualname = str(name).rpartition(":")
        if not module:
            module, _, qualname = qualname.rpartition(".")
        return find_valid(module or "builtins", qualname, self.policy)

    cpdef object call(self, object function, object args):
        """Return the object that a call makes."""
        if not callable(function) or not isinstance(args, tuple):
            self.deny(function, args)
        if self.watched:
            substitute = self.policy.intercept_reduce_call(function, args)
            if substitute is not None:
                return substitute
            cls = made_by(function, args)
            if cls is not None:
                self.policy.authorize_instantiation(cls, args=args, kwargs={})
        return made_by_call(function, args)

    cpdef object finish(self, object obj, list rest):
        """Give an object its state, items and entries; return it or a substitute."""
        cdef Py_ssize_t n = len(rest)
        if n:
            state = rest[0]
            items = rest[1] if n > 1 else None
            entries = rest[2] if n > 2 else None
            setter = rest[3] if n > 3 else None
            if state is not None and self.watched:
                self.policy.intercept_setstate(obj, state)
                if setter is not None:
                    call = self.policy.intercept_reduce_call(setter, (obj, state))
                    setter = setter if call is None else leave
            if self.watched:
                validate_fillers(obj, items, entries, self.policy)
            try:
                rebuild(obj, state, items, entries, setter)
            except (ForyError, MemoryError, RecursionError):
                raise
            except Exception as error:
                raise refused(type(obj), error) from error
        if not self.watched:
            return obj
        substitute = self.policy.inspect_reduced_object(obj)
        return obj if substitute is None else substitute


cdef object made_by_call(object function, tuple args):
    """The result of a call."""
    cdef PyObject* places[MOST_ARGS + 1]
    cdef Py_ssize_t i, n = PyTuple_GET_SIZE(args)
    if n > MOST_ARGS:
        return guarded(function, *args)
    for i in range(n):
        places[i + 1] = PyTuple_GET_ITEM(args, i)
    return made_from(function, places + 1, n)


cdef object made_from(object function, PyObject** args, Py_ssize_t n):
    """The result of a call with n arguments; the place before them is free."""
    cdef PyObject* made = call_with(function, args, n, INIT, NO_ARGS, NEW)
    if made == NULL:
        blame(function)
    return owned(made)


cdef tuple call_of(tuple reduced):
    """The parts of a call behind the number that announces one."""
    cdef Py_ssize_t i, n = PyTuple_GET_SIZE(reduced)
    cdef tuple parts = new_tuple(n + 1)
    cdef object part = CALL
    Py_INCREF(part)
    set_tuple_item(parts, 0, part)
    for i in range(n):
        part = <object> PyTuple_GET_ITEM(reduced, i)
        Py_INCREF(part)
        set_tuple_item(parts, i + 1, part)
    return parts


cdef str name_of_global(object value, str name):
    """Where an object is found that reduces to a name; it must be there."""
    cdef str found = global_name(value, name)
    module, _, qualname = found.rpartition(":")
    if lookup(module or "builtins", qualname) is not value:
        raise EncodeError(
            f"{value!r:.60} reduces to the name {found!r}, under which something else, "
            f"or nothing, is found"
        )
    return found


cdef object reduced_of(object value):
    """What an object, or whoever speaks for its class, says about rebuilding it."""
    cdef PyObject* reducer = PyDict_GetItem(PRIVATE, type(value))
    if not REDUCERS:
        load_reducers()
    if reducer == NULL:
        reducer = PyDict_GetItem(REDUCERS, type(value))
    try:
        if reducer != NULL:
            return (<object> reducer)(value)
        if PyExceptionInstance_Check(value) and value.__cause__ is not None:
            return REDUCE_EXCEPTION(value)
        return value.__reduce_ex__(5)
    except TypeError as error:
        if not str(error).startswith(REFUSALS):
            raise
        raise UnsupportedObjectError(
            f"{error}: a {type(value).__qualname__} belongs to its process, or does "
            f"not say how it is rebuilt"
        ) from error


cdef int load_reducers() except -1:
    """Fetch the table that few programs need, on first use."""
    global REDUCE_EXCEPTION
    from fory._reducers import TABLE, reduce_exception

    REDUCERS.update(TABLE)
    REDUCE_EXCEPTION = reduce_exception
    return 0


cdef object made_by(object function, tuple args):
    """The class of which a call makes an instance, None if it cannot be told."""
    for maker in MAKERS:
        if function is maker and args and isinstance(args[0], type):
            return args[0]
    return function if isinstance(function, type) else None


def leave(obj, state):
    """Stand for a call that a policy has made itself."""


cdef int rebuild(object obj, object state, object items, object entries,
                 object setter) except -1:
    """Do what pickle does after the call of a reduced object."""
    if items is not None:
        extend = getattr(obj, "extend", None)
        if extend is not None:
            extend(items)
        else:
            for item in items:
                obj.append(item)
    if entries is not None:
        for key, value in entries.items() if isinstance(entries, dict) else entries:
            obj[key] = value
    if state is not None:
        if setter is not None:
            setter(obj, state)
        else:
            set_state(obj, state)
    return 0


cdef int update(object attributes, object state) except -1:
    """Store a state; instances of a class share the names of their attributes."""
    cdef Py_ssize_t place = 0
    cdef PyObject* key
    cdef PyObject* value
    cdef PyObject* name
    if type(state) is not dict or type(attributes) is not dict:
        attributes.update(state)
        return 0
    while PyDict_Next(<dict> state, &place, &key, &value):
        name = key
        Py_INCREF(<object> name)
        if type(<object> name) is str:
            PyUnicode_InternInPlace(&name)
        PyDict_SetItem(attributes, owned(name), <object> value)
    return 0


cdef int restore(object obj, object state) except -1:
    """Give an object its state, where no policy watches."""
    try:
        return set_state(obj, state)
    except (ForyError, MemoryError, RecursionError):
        raise
    except Exception as error:
        raise refused(type(obj), error) from error


cdef int set_state(object obj, object state) except -1:
    take = getattr(obj, "__setstate__", None)
    if take is not None:
        take(state)
        return 0
    slots = None
    if isinstance(state, tuple) and len(state) == 2:
        state, slots = state
    if state:
        update(obj.__dict__, state)
    if slots:
        for name, value in slots.items():
            if name == "__class__":
                raise TypeError("a state may not change the class of an object")
            setattr(obj, name, value)
    return 0


cdef str keep_name(list names, Py_ssize_t i, str name):
    """Intern the name of an attribute; remember one whose bytes are easy to compare."""
    cdef PyObject* interned = <PyObject*> name
    cdef object known = None
    Py_INCREF(name)
    PyUnicode_InternInPlace(&interned)
    name = owned(interned)
    if name.isascii() and len(name) < SHORT:
        known = name
    if i < len(names):
        names[i] = known
    elif i < MOST_NAMES:
        names.append(known)
    return name


cdef int hide_attribute(object instance, object name, object value) except -1:
    """Set what a descriptor stands before: the class of an instance never changes."""
    try:
        instance.__dict__[name] = value
    except (AttributeError, TypeError) as error:
        raise no_attribute(instance, name, error) from error
    return 0


cdef int refuse_attribute(object instance, object name) except -1:
    try:
        failed()
    except (AttributeError, TypeError) as error:
        raise no_attribute(instance, name, error) from error
    return 0


cdef object no_attribute(object instance, object name, object error):
    return DecodeError(
        f"{type(instance).__qualname__} takes no attribute {name!r}: {error}"
    )
