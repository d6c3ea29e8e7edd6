"""The options that are promised, by name, in their order, with their defaults."""

import inspect

import pandas as pd
import pytest

import fory_pandas
from fory_row import Rows

PROMISED = {
    "to_rows": "(*, schema=None, index=None, objects='strict')",
    "to_file": (
        "(path=None, *, index=None, objects='strict', compression=None, "
        "chunk_rows=None, metadata=None, storage_options=None, progress=False)"
    ),
    "read_file": (
        "(path, *, columns=None, rows=None, filter=None, dtype_backend=None, "
        "mmap='auto', storage_options=None, progress=False"
    ),
    "open_file": "(path, *, mmap='auto', storage_options=None",
    "to_pandas": "(columns=None, dtype_backend=None",
}


def _plain(function):
    """Return the signature without annotations."""
    signature = inspect.signature(function)
    bare = [
        p.replace(annotation=inspect.Parameter.empty)
        for p in signature.parameters.values()
    ]
    return str(
        signature.replace(parameters=bare, return_annotation=inspect.Signature.empty)
    )


@pytest.mark.parametrize("kind", [pd.DataFrame, pd.Series])
@pytest.mark.parametrize("name", ["to_rows", "to_file"])
def test_accessor_has_the_options_promised(kind, name):
    assert _plain(getattr(kind({"a": [1]}).fory, name)) == PROMISED[name]


@pytest.mark.parametrize("name", ["read_file", "open_file"])
def test_readers_have_the_options_promised(name):
    assert _plain(getattr(fory_pandas, name)).startswith(PROMISED[name])


def test_rows_to_pandas_has_the_options_promised():
    plain = _plain(Rows.to_pandas).replace("self, ", "")
    assert plain.startswith(PROMISED["to_pandas"])


def test_columns_and_rows_of_a_series_file(tmp_path):
    series = pd.Series([3, 1, 2], name="n")
    path = tmp_path / "s.fory"
    series.fory.to_file(
        path, chunk_rows=2, compression="zstd", metadata={"by": "me"}, progress=False
    )
    pd.testing.assert_series_equal(fory_pandas.read_file(path), series)
    assert fory_pandas.read_file(path, rows=[2, 0]).tolist() == [2, 3]
    assert series.fory.describe()["field"].tolist() == ["n"]
    assert series.fory.schema().names == ["n"]
