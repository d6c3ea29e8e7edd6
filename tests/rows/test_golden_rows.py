"""Rows of the golden vectors, in both directions."""

from __future__ import annotations

import pytest

from fory_row._write import RowWriter
from fory_row.shape import record_of
from rows.golden_rows import Golden, read_golden

VECTORS = read_golden()
each_vector = pytest.mark.parametrize("golden", VECTORS, ids=[g.id for g in VECTORS])


def test_all_vectors_are_here() -> None:
    assert len(VECTORS) == 194


@each_vector
def test_schema_has_the_official_bytes_and_hash(golden: Golden) -> None:
    assert golden.schema.to_bytes() == golden.schema_bytes
    if golden.schema_hash is not None:
        assert golden.schema.type_hash == golden.schema_hash


@each_vector
def test_writes_the_golden_bytes(golden: Golden) -> None:
    writer = RowWriter(golden.schema.plan(), record_of(golden.schema.fields))
    assert writer.write(golden.value).hex() == golden.row.hex()
