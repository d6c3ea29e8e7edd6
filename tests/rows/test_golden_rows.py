"""Golden rows of both layouts: written bit for bit, and restored."""

from __future__ import annotations

import pytest
from rows.vectors import Vector, friendly, load

from fory_row import Schema
from fory_row.encoder import encoder

FILES = ("row_standard.jsonl", "row_standard_java.jsonl", "row_compact.jsonl")
VECTORS = [vector for name in FILES for vector in load(name)]
each_vector = pytest.mark.parametrize("golden", VECTORS, ids=[v.id for v in VECTORS])


def test_all_vectors_are_here() -> None:
    assert [len(load(name)) for name in FILES] == [194, 383, 387]


@each_vector
def test_schema_has_the_official_bytes_and_hash(golden: Vector) -> None:
    schema = Schema(golden.fields)
    assert schema.to_bytes() == golden.schema_bytes
    if golden.schema_hash is not None:
        assert schema.plan(golden.layout).type_hash == golden.schema_hash


@each_vector
def test_writes_the_golden_bytes_and_reads_them(golden: Vector) -> None:
    codec = encoder(schema=Schema(golden.fields), layout=golden.layout)
    value = {f.name: friendly(golden.value[f.name], f.type) for f in golden.fields}
    framed = codec.encode(value)
    assert framed[8:].hex() == golden.canonical.hex()
    assert int.from_bytes(framed[:8], "little") == codec.schema_hash
    assert codec.encode(codec.decode(framed)) == framed
    assert codec.encode(codec.from_row(golden.data)) == framed
