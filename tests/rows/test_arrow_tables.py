"""Whole tables come back identical from rows, whatever their layout in memory."""

from __future__ import annotations

import pyarrow as pa
import pytest
from arrow_equality import same_table
from generators import random_table
from tables_catalogue import refused, tables

from fory.error import EncodeError
from fory_row.arrow import from_arrow

TABLES = tables()
REFUSED = refused()


def assert_comes_back(table: pa.Table) -> None:
    rows = from_arrow(table)
    assert len(rows) == table.num_rows
    back = rows.to_arrow()
    back.validate(full=True)
    assert same_table(back, table)


@pytest.mark.parametrize("name", TABLES)
def test_catalogue_comes_back(name: str) -> None:
    assert_comes_back(TABLES[name])


@pytest.mark.parametrize("name", REFUSED)
def test_refused_tables_are_refused(name: str) -> None:
    with pytest.raises(EncodeError, match="field '"):
        from_arrow(REFUSED[name])


@pytest.mark.parametrize("seed", range(40))
def test_random_table_comes_back(seed: int) -> None:
    assert_comes_back(random_table(seed))
