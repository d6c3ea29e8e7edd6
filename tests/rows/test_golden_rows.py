"""Rows of the golden vectors, in both directions."""

from __future__ import annotations

import pytest
from rows.golden_rows import Golden, read_golden

from fory_row.encoder import encoder
from fory_row.views import freeze

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
    row = encoder(schema=golden.schema).to_row(golden.value)
    assert row.to_bytes().hex() == golden.row.hex()


@each_vector
def test_reads_the_golden_bytes(golden: Golden) -> None:
    read = encoder(schema=golden.schema).from_row(golden.row)
    assert freeze(read) == freeze(golden.value)
    again = encoder(schema=golden.schema).to_row(read)
    assert again.to_bytes() == golden.row


@each_vector
def test_many_rows_are_the_same_bytes(golden: Golden) -> None:
    rows = encoder(schema=golden.schema).to_rows([golden.value] * 3)
    assert [row.to_bytes() for row in rows] == [golden.row] * 3
