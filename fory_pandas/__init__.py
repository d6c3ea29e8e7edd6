"""pandas and rows: the ``df.fory`` accessor and lossless conversion."""

from fory_pandas.accessor import register
from fory_pandas.convert import rows_from_pandas, rows_to_pandas
from fory_pandas.files import open_file, read_file

__all__ = ["open_file", "read_file", "rows_from_pandas", "rows_to_pandas"]

register()
