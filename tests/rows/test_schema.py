"""Schema: official bytes and hash, comparison, lookup, pickling, hostile bytes."""

from __future__ import annotations

import pickle
import random

import pytest
from rows.vectors import load

import fory_row as fr
from fory.error import DecodeError, EncodeError
from fory_row import Field, Schema

STANDARD = load("row_standard.jsonl")
SAMPLE = Schema(
    [
        ("id", fr.uint64()),
        ("camelCase9", fr.list_(fr.struct([("x", fr.decimal(10, 2))]))),
        ("é", fr.map_(fr.utf8(), fr.timestamp("ns", "UTC"))),
        Field("c", fr.dictionary(fr.int8(), fr.utf8()), nullable=False),
    ],
    {b"k": b"v"},
)


@pytest.mark.parametrize("vector", STANDARD, ids=lambda v: v.id)
def test_bytes_are_the_official_ones(vector):
    schema = Schema(vector.fields)
    assert schema.to_bytes() == vector.schema_bytes
    assert Schema.from_bytes(vector.schema_bytes) == schema


def test_hash_ignores_names_and_nullability():
    one = Schema([Field("a", fr.int32()), ("b", fr.utf8())])
    two = Schema([Field("x", fr.int32(), nullable=False), ("y", fr.utf8())])
    assert one.type_hash == two.type_hash
    assert one.fingerprint != two.fingerprint


def test_hash_of_a_container_in_a_container():
    assert Schema([("a", fr.list_(fr.list_(fr.int8())))]).type_hash == (
        ((17 * 31 + 22) * 31 + 22) * 31 + 2
    )


def test_fingerprint_sees_logical_tags():
    assert (
        Schema([("a", fr.int64())]).fingerprint
        != Schema([("a", fr.uint64())]).fingerprint
    )


def test_pickle_keeps_everything():
    back = pickle.loads(pickle.dumps(SAMPLE))
    assert back.equals(SAMPLE, check_metadata=True)
    assert hash(back) == hash(SAMPLE)


def test_metadata_is_compared_on_request_only():
    plain = SAMPLE.with_metadata(None)
    assert plain == SAMPLE
    assert not plain.equals(SAMPLE, check_metadata=True)


def test_unknown_name_suggests_a_near_one():
    with pytest.raises(KeyError, match="did you mean 'camelCase9'"):
        SAMPLE.index("camelCase")


def test_repeated_name_is_reached_by_position_only():
    schema = Schema([("a", fr.int8()), ("a", fr.utf8())])
    with pytest.raises(KeyError, match="several"):
        schema.index("a")
    assert schema.field(1).type == fr.utf8()


def test_empty_name_has_no_official_bytes():
    with pytest.raises(EncodeError, match="empty field name"):
        Schema([("", fr.int8())]).to_bytes()


def test_too_deep_a_type_is_refused():
    deep = fr.int8()
    for _ in range(200):
        deep = fr.list_(deep)
    with pytest.raises(EncodeError, match="deeper than"):
        Schema([("a", deep)]).plan()


@pytest.mark.parametrize("length", range(len(SAMPLE.to_bytes())))
def test_truncated_bytes_are_refused(length):
    with pytest.raises(DecodeError):
        Schema.from_bytes(SAMPLE.to_bytes()[:length])


def test_mutated_bytes_are_refused_or_read():
    rng = random.Random(5)
    data = SAMPLE.to_bytes()
    for _ in range(3000):
        bad = bytearray(data)
        for _ in range(rng.randint(1, 3)):
            bad[rng.randrange(len(bad))] = rng.randrange(256)
        try:
            Schema.from_bytes(bytes(bad))
        except DecodeError:
            continue


def test_claimed_fields_must_be_there():
    with pytest.raises(DecodeError, match="do not fit"):
        Schema.from_bytes(b"\x01\xff\xff\xff\xff\x0f")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: fr.timestamp("m"), "unit"),
        (lambda: fr.decimal(39, 2), "precision"),
        (lambda: fr.decimal(3, 2, bits=100), "bits"),
        (lambda: fr.fixed_size_binary(-1), "fixed size"),
        (lambda: fr.time32("us"), "time32"),
    ],
)
def test_impossible_types_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_dictionary_codes_are_integers():
    with pytest.raises(TypeError, match="integers"):
        fr.dictionary(fr.utf8(), fr.utf8())
