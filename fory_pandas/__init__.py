"""pandas and rows: ``df.fory``, lossless conversion, and columns of rows."""

from fory_pandas.accessor import register
from fory_pandas.convert import rows_from_pandas, rows_to_pandas
from fory_pandas.files import open_file, read_file
from fory_pandas.registered import register_type
from fory_pandas.row_array import RowArray
from fory_pandas.row_cell import Cell
from fory_pandas.row_dtype import RowDtype

__all__ = [
    "Cell",
    "RowArray",
    "RowDtype",
    "open_file",
    "read_file",
    "register_type",
    "rows_from_pandas",
    "rows_to_pandas",
]

register()
