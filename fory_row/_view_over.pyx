"""Views over any bytes-like object, which they keep alive."""

from libc.stdint cimport uint8_t

from fory_row._block cimport Held
from fory_row._plan cimport Plan
from fory_row._view cimport make_array, make_map, make_row

from fory.error import TruncatedError
from fory_row.views import outside


def row_view(Plan plan, buffer, offset=0, size=None):
    """Return a view of one record in ``size`` bytes from ``offset`` on."""
    cdef Held held = Held(buffer)
    cdef const uint8_t* start = <const uint8_t*> held.view.buf
    n_bytes = held.view.len - offset if size is None else size
    if offset < 0 or n_bytes < 0 or offset + n_bytes > held.view.len:
        raise TruncatedError(outside(offset, size, held.view.len))
    return make_row(plan, plan.root, start + <Py_ssize_t> offset, n_bytes, held)


def array_view(Plan plan, buffer):
    """Return a view of stand-alone array bytes; the plan has one field, the list."""
    cdef Held held = Held(buffer)
    return make_array(
        plan, plan.root.children, <const uint8_t*> held.view.buf, held.view.len, held
    )


def map_view(Plan plan, buffer):
    """Return a view of stand-alone map bytes; the plan has one field, the map."""
    cdef Held held = Held(buffer)
    return make_map(
        plan, plan.root.children, <const uint8_t*> held.view.buf, held.view.len, held
    )
