"""Maps whose key and value are called other than Arrow's default come back so."""

import pyarrow as pa
import pytest

import fory_io
import fory_row as fr

KEY = pa.field("k", pa.string(), nullable=False)
NAMED = pa.map_(KEY, pa.field("v", pa.int32()))
DESCRIBED = pa.map_(
    KEY.with_metadata({b"a": b"b"}), pa.field("v", pa.int32(), metadata={b"c": b"d"})
)
CELLS = [[("a", 1), ("b", None)], None, []]
TABLES = {
    "map": (NAMED, CELLS),
    "sorted": (pa.map_(KEY, NAMED.item_field, keys_sorted=True), CELLS),
    "metadata": (DESCRIBED, CELLS),
    "list": (pa.list_(NAMED), [CELLS, None]),
    "large list": (pa.large_list(NAMED), [CELLS, None]),
    "fixed list": (pa.list_(NAMED, 3), [CELLS, None]),
    "list view": (pa.list_view(NAMED), [CELLS, None]),
    "struct": (pa.struct([("x", NAMED), ("y", pa.int8())]), [{"x": CELLS[0], "y": 1}]),
    "map of map": (pa.map_(KEY, pa.field("value", NAMED)), [[("a", CELLS[0])]]),
}


def table_of(type_, cells):
    return pa.table({"n": pa.array(range(len(cells))), "m": pa.array(cells, type_)})


@pytest.mark.parametrize(("type_", "cells"), TABLES.values(), ids=TABLES)
def test_names_come_back(type_, cells):
    table = table_of(type_, cells)
    back = fr.from_arrow(table).to_arrow()
    assert back.schema.equals(table.schema, check_metadata=True)
    assert back.equals(table)


def test_batches_and_readers_keep_names():
    table = table_of(NAMED, CELLS)
    for source in (table.to_batches()[0], table.to_reader()):
        back = fr.from_arrow(source).to_arrow()
        assert back.schema.equals(table.schema, check_metadata=True)


def test_no_rows_keep_names():
    table = table_of(NAMED, CELLS).slice(0, 0)
    back = fr.from_arrow(table).to_arrow()
    assert back.schema.equals(table.schema, check_metadata=True)


def test_files_keep_names(tmp_path):
    table = table_of(NAMED, CELLS)
    fory_io.write(table, tmp_path / "maps.fory")
    back = fory_io.open(tmp_path / "maps.fory").to_arrow()
    assert back.schema.equals(table.schema, check_metadata=True)


def test_messages_tell_keys_from_values():
    made = fr.from_arrow(table_of(NAMED, CELLS)).plan.infos
    assert [info.path for info in made][-2:] == ["m.keys[*]", "m[*]"]


def test_default_names_are_not_touched():
    table = table_of(pa.map_(pa.string(), pa.int32()), CELLS)
    assert fr.from_arrow(table).schema.fields[1].type == fr.map_(fr.utf8(), fr.int32())
