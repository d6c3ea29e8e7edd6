"""Dicts with the same keys, made by copying one of them."""

from cpython.dict cimport PyDict_Copy
from cpython.object cimport PyObject

from functools import lru_cache

cdef enum:
    MAX_SHARED = 29     # CPython lets objects share the keys of no more attributes


cdef dict template_of(tuple names):
    """Return ``{name: None}`` for different names, to be copied and never changed."""
    return _template(names)


@lru_cache(maxsize=256)
def _template(names):
    shared = len(names) <= MAX_SHARED and not any(n.startswith("__") for n in names)
    return (_shared(names) if shared else None) or dict.fromkeys(names)


def _shared(names):
    """Return a template whose values `shared_values` finds, or None."""
    cls = type("Record", (), {})
    _filled(cls, names)
    for _ in range(MAX_SHARED + 1):
        cls()       # each new object leaves less room for attributes that may come
    marks = _filled(cls, names)
    cdef dict made = PyDict_Copy(vars(marks))
    cdef PyObject** values = shared_values(made)
    # Where Python keeps them is its own affair, so what was found is looked at first.
    if values == NULL or list(made) != list(names):
        return None
    for i, mark in enumerate(vars(marks).values()):
        if values[i] != <PyObject*> mark:
            return None
    for name in names:
        made[name] = None
    return made


def _filled(cls, names):
    """Return an object with an attribute of every name, each of another value."""
    made = cls()
    for name in names:
        setattr(made, name, object())
    return made
