"""The fixtures that pandas' suite for extension arrays asks for, in pandas 2 and 3."""

import operator

import pandas as pd
import pytest
from pandas.tests.extension.conftest import *  # noqa: F403

IS_PANDAS_2 = pd.__version__.startswith("2.")


def _params(values, ids=None):
    @pytest.fixture(params=values, ids=ids)
    def fixture(request):
        return request.param

    return fixture


if IS_PANDAS_2:  # which keeps these in a file that cannot be imported from outside
    _arithmetic = ["add", "sub", "mul", "floordiv", "truediv", "pow", "mod"]
    _reductions = [
        *("count", "sum", "max", "min", "mean", "prod", "std", "var"),
        *("median", "kurt", "skew", "sem"),
    ]
    all_arithmetic_operators = _params(
        [f"__{sign}{name}__" for sign in ("", "r") for name in _arithmetic]
    )
    all_boolean_reductions = _params(["all", "any"])
    all_numeric_accumulations = _params(["cumsum", "cumprod", "cummin", "cummax"])
    all_numeric_reductions = _params(_reductions)
    comparison_op = _params(
        [getattr(operator, name) for name in ("eq", "ne", "gt", "ge", "lt", "le")]
    )
    sort_by_key = _params([None, lambda x: x], ids=["none", "identity"])
    using_array_manager = _params([False])
    using_copy_on_write = _params([False])
    using_infer_string = _params([False])
    warn_copy_on_write = _params([False])
