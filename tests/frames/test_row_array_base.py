"""pandas' own suite for extension arrays, run over cells of every kind."""

import pandas as pd
import pytest
from pandas.tests.extension import base
from pandas_fixtures import *  # noqa: F403
from pandas_fixtures import IS_PANDAS_2

import fory_pandas  # noqa: F401 - registers the dtype

# pandas 2 itself asks to match the empty text, which new versions of pytest mind.
pytestmark = pytest.mark.filterwarnings("ignore:matching against an empty string")

KINDS = {
    "struct": (
        "fory[struct<a: int64, b: list<string>>]",
        lambda i: {"a": i, "b": ["x"] * (i % 3)},
    ),
    "list": ("fory[list<int64>]", lambda i: [i, i + 1]),
    "map": ("fory[map<string, float64>]", lambda i: {"k": float(i), "nan": 0.5}),
}


@pytest.fixture(params=["struct", "list", pytest.param("map", marks=pytest.mark.slow)])
def kind(request):
    return KINDS[request.param]


def _array(kind, *numbers):
    dtype, cell = kind
    cells = [None if n is None else cell(n) for n in numbers]
    return pd.array(cells, dtype=dtype)


@pytest.fixture
def dtype(kind):
    return pd.api.types.pandas_dtype(kind[0])


@pytest.fixture
def data(kind, n_data):
    return _array(kind, *range(n_data))


@pytest.fixture
def n_data():
    """How many cells ``data`` has: the suites of pandas 2 and 3 differ."""
    return 100 if IS_PANDAS_2 else 10


@pytest.fixture
def data_missing(kind):
    return _array(kind, None, 1)


@pytest.fixture
def data_for_sorting(kind):
    return _array(kind, 2, 3, 1)


@pytest.fixture
def data_missing_for_sorting(kind):
    return _array(kind, 2, None, 1)


@pytest.fixture
def data_for_grouping(kind):
    return _array(kind, 2, 2, None, None, 1, 1, 2, 3)


LIST_IN_JSON = "to_json takes dicts of a cell and no lists: places become keys"


class TestRowArray(base.ExtensionTests):
    def _cast_pointwise_result(self, op_name, obj, other, pointwise_result):
        if op_name in ("eq", "ne", "lt", "le", "gt", "ge"):
            return pointwise_result.astype("boolean")
        return pointwise_result

    @pytest.mark.skipif(IS_PANDAS_2, reason="pandas 2 does not test it")
    def test_json_roundtrip(self, data, request):
        if data.dtype.name.startswith("fory[list"):
            request.applymarker(pytest.mark.xfail(reason=LIST_IN_JSON, strict=True))
        super().test_json_roundtrip(data)
