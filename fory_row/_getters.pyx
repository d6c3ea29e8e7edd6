"""The getters of the official views, by position: `row.get_int32(0)` and the like.

Unlike the official ones they look at what is there: null is None, and a value of
another type is an error instead of other bits.
"""

import datetime as _dt

import fory_row._view as _view
import fory_row.getters as _rules


cdef class Getters:
    """What rows and arrays share: items by position, of a type that the caller knows.

    Notes
    -----
    A field may have any of these names: it is the attribute then.
    """

    def get_boolean(self, i):
        """Return a bool, or None."""
        return _rules.typed(self, i, bool)

    def get_int8(self, i):
        """Return an integer from -2**7 to 2**7 - 1, or None."""
        return _rules.integer(self, i, 8)

    def get_int16(self, i):
        """Return an integer from -2**15 to 2**15 - 1, or None."""
        return _rules.integer(self, i, 16)

    def get_int32(self, i):
        """Return an integer from -2**31 to 2**31 - 1, or None."""
        return _rules.integer(self, i, 32)

    def get_int64(self, i):
        """Return an integer from -2**63 to 2**63 - 1, or None."""
        return _rules.integer(self, i, 64)

    def get_float(self, i):
        """Return a float, or None."""
        return _rules.typed(self, i, float)

    def get_double(self, i):
        """Return a float, or None."""
        return _rules.typed(self, i, float)

    def get_str(self, i):
        """Return a str, or None."""
        return _rules.typed(self, i, str)

    def get_binary(self, i):
        """Return bytes (copy), or None."""
        return _rules.typed(self, i, bytes)

    def get_date(self, i):
        """Return a `datetime.date`, or None."""
        return _rules.typed(self, i, _dt.date)

    def get_datetime(self, i):
        """Return a `datetime.datetime`, or None."""
        return _rules.typed(self, i, _dt.datetime)

    def get_struct(self, i):
        """Return a `Row` (view), or None."""
        return _rules.typed(self, i, _view.Row)

    def get_array_data(self, i):
        """Return an `Array` (view), or None."""
        return _rules.typed(self, i, _view.Array)

    def get_map_data(self, i):
        """Return a `Map` (view), or None."""
        return _rules.typed(self, i, _view.Map)

    @property
    def num_fields(self):
        """Number of fields of a row."""
        return _rules.num_fields(self)

    @property
    def schema(self):
        """The `Schema` of a row."""
        return _rules.schema_of(self)

    def buffer(self):
        """Return the bytes as a memoryview: of a row in place, else of a copy."""
        return _rules.buffer_of(self)

    def base_offset(self):
        """Return where the bytes start in ``buffer()``: at 0."""
        return 0

    def size_bytes(self):
        """Return the number of bytes."""
        return _rules.buffer_of(self).nbytes


GETTERS = frozenset(name for name in vars(Getters) if not name.startswith("_"))
