"""Dictionary fields of encoders: values in, codes in the rows."""

from __future__ import annotations

import pickle
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest

import fory_row as fr
from fory.error import EncodeError

CODES = fr.dictionary(fr.int8(), fr.utf8())
SCHEMA = fr.schema([("n", fr.int64()), ("d", CODES)])
RECORDS = [{"n": 1, "d": "x"}, {"n": 2, "d": None}, {"n": 3, "d": "y"}, {"d": "x"}]


@pytest.fixture
def known():
    values = pa.array(["x", "y", "x"]).dictionary_encode()
    return fr.from_arrow(pa.table({"d": values}))


@pytest.mark.parametrize("layout", ["standard", "compact"])
def test_rows_collect_the_values(layout):
    rows = fr.encoder(schema=SCHEMA, layout=layout).to_rows(RECORDS)
    assert [row["d"] for row in rows] == ["x", None, "y", "x"]
    column = rows.to_arrow()["d"].combine_chunks()
    assert column.type == pa.dictionary(pa.int8(), pa.string())
    assert column.dictionary.to_pylist() == ["x", "y"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.list_(pa.dictionary(pa.int8(), pa.string())), [["x", "y"], ["y"], None]),
        (pa.map_(pa.string(), pa.dictionary(pa.int8(), pa.int64())), [[("k", 5)], []]),
        (pa.struct([("s", pa.dictionary(pa.uint8(), pa.float64()))]), [{"s": -0.0}]),
        (pa.dictionary(pa.int16(), pa.list_(pa.int8())), [[1, 2], [1, 2], [3]]),
    ],
    ids=["list", "map", "struct", "of lists"],
)
def test_dictionaries_inside(kind, values):
    records = [{"a": value} for value in values]
    rows = fr.from_pylist(records, pa.schema([("a", kind)]))
    table = rows.to_arrow()
    assert table.schema.field("a").type == kind
    assert repr(table["a"].to_pylist()) == repr(values)


def test_zeros_keep_their_sign():
    kind = pa.dictionary(pa.int8(), pa.float64())
    rows = fr.from_pylist([{"a": 0.0}, {"a": -0.0}], pa.schema([("a", kind)]))
    assert [str(row.a) for row in rows] == ["0.0", "-0.0"]


def test_a_class_with_a_dictionary():
    @dataclass
    class Flight:
        carrier: CODES

    made = fr.encoder(Flight).to_rows([Flight("AA"), Flight("UA"), Flight("AA")])
    assert made["carrier"].to_pylist() == ["AA", "UA", "AA"]


@pytest.mark.parametrize("value", [1, b"x", 1.5, ["x"]], ids=repr)
def test_values_of_another_type_are_refused(value):
    made = fr.encoder(schema=SCHEMA)
    with pytest.raises(EncodeError, match="dictionary: expected utf8, found"):
        made.to_rows([{"d": "x"}, {"d": value}])
    assert made.to_rows([{"d": "x"}])[0]["d"] == "x"


def test_more_values_than_codes_are_refused():
    with pytest.raises(EncodeError, match="row 128, d: int 128 does not fit"):
        fr.from_pylist(({"d": f"v{i}"} for i in range(200)), SCHEMA)


def test_rows_give_an_encoder_their_values(known):
    made = fr.encoder(known)
    row = made.to_row({"d": "y"})
    assert row["d"] == "y"
    assert made.from_row(row.to_bytes()) == {"d": "y"}
    assert made.decode(made.encode({"d": np.str_("x")})) == {"d": "x"}
    assert made.from_rows(made.to_rows([{"d": "y"}, {"d": None}])) == [
        {"d": "y"},
        {"d": None},
    ]
    assert pickle.loads(pickle.dumps(made)).to_row({"d": "y"})["d"] == "y"


def test_values_that_the_rows_lack_are_refused(known):
    with pytest.raises(EncodeError, match=r"d: str 'z' is none of the 2 values"):
        fr.encoder(known).to_row({"d": "z"})


def test_a_row_alone_takes_codes():
    made = fr.encoder(schema=SCHEMA)
    assert made.to_row({"d": 3})["d"] == 3
    with pytest.raises(EncodeError, match=r"d: expected a code of .*to_rows\(\)"):
        made.to_row({"d": "x"})
