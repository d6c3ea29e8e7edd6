"""Filter, sort, unique, group and concatenate rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import fory_row as fr
from fory_row import query

RNG = np.random.default_rng(3)
N = 1000
TABLE = pa.table(
    {
        "a": pa.array(RNG.integers(0, 50, N), mask=RNG.random(N) < 0.1),
        "s": pa.array([None if i % 7 == 0 else f"t{i % 13}" for i in range(N)]),
        "d": pa.array([f"v{i % 3}" for i in range(N)]).dictionary_encode(),
        "nested": [[{"p": i}] * (i % 3) for i in range(N)],
    }
)


@pytest.fixture
def rows():
    return fr.from_arrow(TABLE)


@pytest.mark.parametrize(
    "condition",
    [
        pc.field("a") > 25,
        (pc.field("a") < 10) & (pc.field("s") == "t3"),
        pc.field("a").is_null(),
        pc.scalar(True),
        pc.field("a") > 1000,
    ],
    ids=str,
)
def test_filter_agrees_with_arrow(rows, condition):
    assert rows.filter(condition).to_arrow().equals(TABLE.filter(condition))


def test_filter_by_function(rows):
    kept = rows.filter(lambda row: row.a is not None and row.a % 2 == 0)
    assert kept.to_arrow()["a"].to_pylist() == [
        a for a in TABLE["a"].to_pylist() if a is not None and a % 2 == 0
    ]


def test_filter_in_many_batches_reports_progress(rows, monkeypatch):
    monkeypatch.setattr(query, "BATCH_ROWS", 300)
    seen = []
    kept = rows.filter(pc.field("a") > 25, progress=lambda *done: seen.append(done))
    assert kept.to_arrow().equals(TABLE.filter(pc.field("a") > 25))
    assert seen == [(300, N), (600, N), (900, N), (N, N)]


def test_filter_of_a_selection(rows):
    part = rows[::-3].filter(pc.field("a") > 25)
    expected = TABLE.take(list(range(N))[::-3]).filter(pc.field("a") > 25)
    assert part.to_arrow()["a"].to_pylist() == expected["a"].to_pylist()


@pytest.mark.parametrize("part", [slice(None), slice(0, 0)], ids=["rows", "no rows"])
def test_filter_names_an_unknown_field(rows, part):
    with pytest.raises(KeyError, match="no field 'nothing'"):
        rows[part].filter(pc.field("nothing") > 1)


def test_filter_names_a_field_that_a_struct_lacks():
    nested = fr.from_arrow(pa.table({"a": [{"price": 1}]}))
    with pytest.raises(KeyError, match="no field 'prize'; did you mean 'price'"):
        nested.filter(pc.field("a", "prize") > 1)


def test_filter_names_a_repeated_field():
    columns = [pa.array([1]), pa.array([2])]
    twice = fr.from_arrow(pa.Table.from_arrays(columns, names=["x", "x"]))
    with pytest.raises(KeyError, match="several fields are named 'x'"):
        twice.filter(pc.field("x") > 1)


def test_filter_wants_types_that_compare(rows):
    with pytest.raises(TypeError, match="cannot be evaluated"):
        rows.filter(pc.field("a") > "text")


def test_filter_wants_names_of_fields(rows):
    with pytest.raises(ValueError, match=r"pc.field\('x'\), not"):
        rows.filter(pc.field(0) > 1)
    assert len(rows.filter(pc.field("d") == "FieldPath(0)")) == 0


def test_group_refuses_an_unknown_field_at_once(rows):
    with pytest.raises(KeyError, match="no field"):
        rows.group("nothing")


def test_sort(rows):
    a = rows.sort_by("a").to_arrow()["a"].to_pylist()
    assert a[-1] is None
    known = [x for x in a if x is not None]
    assert known == sorted(known)
    both = rows.sort_by([("d", "descending"), "a"]).to_arrow()
    expected = TABLE.set_column(2, "d", TABLE["d"].cast("string")).sort_by(
        [("d", "descending"), ("a", "ascending")]
    )
    assert both["a"].to_pylist() == expected["a"].to_pylist()


def test_sort_by_a_path():
    table = pa.table({"a": [{"b": 2}, None, {"b": 1}, {"b": None}]})
    made = fr.from_arrow(table).sort_by([("a.b", "descending")])
    assert made["a.b"].to_pylist() == [2, 1, None, None]


def test_sort_by_nested_values():
    table = pa.table({"a": [[2], None, [1, None], [1, 5], [1]]})
    made = fr.from_arrow(table).sort_by("a")
    assert made.to_arrow()["a"].to_pylist() == [[1], [1, 5], [1, None], [2], None]
    made = fr.from_arrow(table).sort_by([("a", "descending")])
    assert made.to_arrow()["a"].to_pylist() == [[2], [1, None], [1, 5], [1], None]


def test_sort_by_half_floats():
    values = np.array([1.5, -1, np.nan, 0.25], np.float16)
    made = fr.from_arrow(pa.table({"a": values})).sort_by("a")
    assert made.to_numpy("a")[:3].tolist() == [-1, 0.25, 1.5]


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        ([], ValueError),
        ([("a", "down")], ValueError),
        ([("a",)], TypeError),
        ([0], TypeError),
        ("nothing", KeyError),
    ],
    ids=["none", "order", "short", "position", "unknown"],
)
def test_sort_keys_are_fields_and_orders(rows, keys, kind):
    with pytest.raises(kind):
        rows.sort_by(keys)


def test_unique(rows):
    distinct = rows.select(["s", "d"]).unique()
    pairs = list(zip(TABLE["s"].to_pylist(), TABLE["d"].to_pylist(), strict=True))
    assert [tuple(r.values()) for r in distinct] == list(dict.fromkeys(pairs))


def test_group(rows):
    groups = {key.s: part for key, part in rows.group("s")}
    texts = TABLE["s"].to_pylist()
    assert list(groups) == list(dict.fromkeys(texts))
    assert {k: len(p) for k, p in groups.items()} == {k: texts.count(k) for k in groups}
    assert all(r.s == "t3" for r in groups["t3"])


def test_hash_is_of_the_values(rows):
    assert len(set(rows.hash64().tolist())) == len(rows.unique())
    assert rows[["a"]].hash64()[5] == rows[5:6][["a"]].hash64()[0]


def test_copy_owns_its_bytes(rows):
    copied = rows[::2][["s", "a"]].copy()
    assert copied.schema.names == ["s", "a"]
    assert copied.nbytes < rows.nbytes / 2
    assert copied == rows[::2][["s", "a"]]


def test_concat(rows):
    twice = fr.concat([rows, rows[10:20], rows[["a", "s", "d", "nested"]]])
    expected = pa.concat_tables([TABLE, TABLE[10:20], TABLE])
    assert twice.to_pylist() == expected.to_pylist()


def test_concat_of_other_dictionaries():
    one = fr.from_arrow(pa.table({"d": pa.array(["x", "y"]).dictionary_encode()}))
    two = fr.from_arrow(pa.table({"d": pa.array(["y", "z"]).dictionary_encode()}))
    assert [r.d for r in fr.concat([one, two])] == ["x", "y", "y", "z"]


def test_concat_refuses_other_schemas(rows):
    with pytest.raises(ValueError, match="part 1 has another schema"):
        fr.concat([rows, rows[["a"]]])
    with pytest.raises(ValueError, match="at least one"):
        fr.concat([])


@pytest.mark.parametrize(
    "positions",
    [[1.0], [True, False], ["1"], [2**70], pa.array([1, None]), None, 5, [[1]]],
    ids=["float", "mask", "text", "long", "null", "None", "one", "table"],
)
def test_take_wants_integers(rows, positions):
    with pytest.raises(TypeError):
        rows.take(positions)


def test_take_of_a_large_unsigned_position(rows):
    with pytest.raises(IndexError, match="row 9223372036854775808"):
        rows.take(np.array([2**63], np.uint64))


@pytest.mark.parametrize("condition", ["a > 1", np.ones(N, bool), None], ids=type)
def test_filter_wants_an_expression_or_a_function(rows, condition):
    with pytest.raises(TypeError, match=r"filter\(\) wants .* rows\[mask\]"):
        rows.filter(condition)


def test_select_by_position(rows):
    assert rows.select([0, -1]).schema.names == ["a", "nested"]
    assert rows.select("a").schema.names == ["a"]
    with pytest.raises(IndexError, match="field 4 of 4"):
        rows.select([4])


def test_nulls_of_a_dictionary_in_numpy():
    table = pa.table({"d": pa.array(["x", None, "y"]).dictionary_encode()})
    assert fr.from_arrow(table).to_numpy("d").tolist() == ["x", None, "y"]


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64()], ids=str)
def test_nulls_beside_integers_that_no_float_holds(kind):
    column = fr.from_arrow(pa.table({"a": pa.array([2**53 + 1, None], kind)}))["a"]
    with pytest.raises(ValueError, match="'a' has nulls beside integers"):
        column.to_numpy()
    assert column[:1].to_numpy().tolist() == [2**53 + 1]


def test_integers_inside_structs_stay_integers_in_numpy():
    table = pa.table({"a": [{"x": 2**53 + 1}, None, {"x": None}]})
    cells = fr.from_arrow(table).to_numpy("a").tolist()
    assert cells == [{"x": 2**53 + 1}, None, {"x": None}]


def test_lists_of_numbers_are_arrays_in_numpy():
    cells = fr.from_arrow(pa.table({"a": [[1, 2], [3]]})).to_numpy("a")
    assert [cell.tolist() for cell in cells] == [[1, 2], [3]]
    assert isinstance(cells[0], np.ndarray)


def test_what_numpy_lacks_names_the_column():
    times = pa.array([1], pa.time64("ns"))
    with pytest.raises(ValueError, match=r"'t' cannot be numpy.*to_arrow"):
        fr.from_arrow(pa.table({"t": times})).to_numpy("t")


@pytest.mark.parametrize("layout", ["standard", "compact"])
def test_copy_of_some_fields_keeps_the_layout(layout):
    made = fr.from_arrow(TABLE, layout=layout)[["a", "s"]]
    alone = fr.from_arrow(TABLE.select(["a", "s"]), layout=layout)
    assert made.copy()[5].to_bytes() == alone[5].to_bytes()
    assert (made.hash64() == alone.hash64()).all()


def test_concat_of_any_iterable(rows):
    assert len(fr.concat(part for part in (rows, rows))) == 2 * N


def test_concat_names_the_layout(rows):
    with pytest.raises(ValueError, match=r"part 1 is compact.*with_layout"):
        fr.concat([rows, rows.with_layout("compact")])


def test_concat_wants_rows(rows):
    with pytest.raises(TypeError, match="part 1 is no Rows but dict"):
        fr.concat([rows, {}])
