"""What notebooks show: bounded in time and size, escaped; errors that lead on."""

import html
import time

import pandas as pd
import pytest

import fory_pandas
import fory_row
from fory_pandas import RowArray

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def huge():
    """Rows with long texts, long lists, many fields and odd names."""
    fields = {f"f{i}": ["x" * 10_000] * 30 for i in range(200)}
    nested = [[{"a": EVIL}] * 1000] * 30
    return fory_row.from_arrow(
        fory_pandas.rows_from_pandas(
            pd.DataFrame({EVIL: [EVIL * 100] * 30, "nested": nested, **fields})
        ).to_arrow()
    )


def _seconds(show):
    return min(_timed(show) for _ in range(3))


def _timed(show):
    start = time.perf_counter()
    show()
    return time.perf_counter() - start


@pytest.mark.parametrize("name", ["__repr__", "_repr_html_"])
def test_rows_show_within_a_budget(huge, name):
    show = getattr(huge, name)
    assert _seconds(show) < 0.25
    assert len(show()) < 64 * 1024


def test_rows_are_escaped(huge):
    shown = huge._repr_html_()
    assert EVIL not in shown
    assert html.escape(EVIL) in shown


@pytest.mark.parametrize(
    "pick", [lambda r: r[0], lambda r: r.schema], ids=["row", "schema"]
)
@pytest.mark.parametrize("name", ["__repr__", "_repr_html_"])
def test_a_row_and_a_schema_show_within_a_budget(huge, pick, name):
    show = getattr(pick(huge), name)
    assert _seconds(show) < 0.25
    assert len(show()) < 64 * 1024


def test_a_row_and_a_schema_are_escaped():
    rows = fory_row.from_pylist([{EVIL: EVIL}])
    for shown in (rows[0]._repr_html_(), rows.schema._repr_html_()):
        assert EVIL not in shown
        assert html.escape(EVIL) in shown


def test_a_column_of_rows_shows_within_a_budget():
    series = pd.Series(RowArray([[EVIL * 50] * 1000] * 20))
    assert _seconds(lambda: repr(series)) < 0.5
    assert len(repr(series)) < 10_000
    assert EVIL not in series.to_frame()._repr_html_()


def test_closed_rows_show_their_schema(tmp_path):
    pd.DataFrame({"x": [1]}).fory.to_file(tmp_path / "f.fory")
    rows = fory_pandas.open_file(tmp_path / "f.fory")
    rows.close()
    assert "closed" in repr(rows)
    assert "x: int64" in rows._repr_html_()


@pytest.mark.parametrize(
    ("ask", "close"),
    [
        (lambda rows: rows["distence"], "distance"),
        (lambda rows: rows[0]["distence"], "distance"),
        (lambda rows: rows[["distence"]], "distance"),
        (lambda rows: rows[0, "distence"], "distance"),
        (lambda rows: rows.to_pandas(columns=["distence"]), "distance"),
        (lambda rows: rows[0, "flight.delya"], "delay"),
        (lambda rows: rows.sort_by("distence"), "distance"),
    ],
    ids=["column", "field", "fields", "cell", "to_pandas", "path", "sort"],
)
def test_a_name_that_is_nearly_right_gets_a_hint(ask, close):
    frame = pd.DataFrame({"distance": [1], "flight": [{"delay": 2}]})
    with pytest.raises(KeyError, match=f"did you mean '{close}'"):
        ask(frame.fory.to_rows())


def test_an_option_that_is_nearly_right_is_told(tmp_path):
    frame = pd.DataFrame({"x": [1]})
    with pytest.raises(ValueError, match=r"strict.*xlang.*registered"):
        frame.fory.to_rows(objects="xlnag")
    with pytest.raises(TypeError, match="progres"):
        frame.fory.to_file(tmp_path / "f.fory", progres=True)
