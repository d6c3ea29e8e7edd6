"""The tables others are tested with are themselves valid and reproducible."""

from __future__ import annotations

import io

import pyarrow as pa
import pytest
from generators import random_table
from tables_catalogue import refused, tables

TABLES = tables()


def test_there_are_at_least_two_hundred():
    assert len(TABLES) >= 200


@pytest.mark.parametrize("name", TABLES)
def test_table_is_valid_arrow(name):
    TABLES[name].validate(full=True)


def test_refused_tables_are_valid_arrow():
    for table in refused().values():
        table.validate(full=True)


@pytest.mark.parametrize("seed", range(40))
def test_random_table_is_valid_and_named_by_its_seed(seed):
    table = random_table(seed)
    table.validate(full=True)
    again = random_table(seed)
    assert table.schema.equals(again.schema, check_metadata=True)
    assert str(table) == str(again)


@pytest.mark.parametrize("seed", range(40))
def test_random_table_survives_arrow_ipc(seed):
    table = random_table(seed)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    back = pa.ipc.open_stream(sink.getvalue()).read_all()
    assert table.schema.equals(back.schema, check_metadata=True)
