"""Reading rows in memory: fields, views, whole rows."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
from harness import Case, main

import fory_row as fr
from fory_row._block import MemorySource, block_from_buffer

N_FIELDS = 19
REPEAT = 10


def wide_rows(n: int) -> fr.Rows:
    """Return ``n`` equal rows of 13 ints, 3 floats and 3 texts of 10 characters."""
    fields = [(f"i{k}", fr.int64()) for k in range(13)]
    fields += [(f"f{k}", fr.float64()) for k in range(3)]
    fields += [(f"s{k}", fr.utf8()) for k in range(3)]
    schema = fr.Schema(fields)
    fixed = 8 + 8 * N_FIELDS
    words = np.zeros((fixed + 48) // 8, dtype=np.uint64)
    words[1:14] = np.arange(13) * 1000
    row = bytearray(words.tobytes())
    for k in range(3):
        at = fixed + 16 * k
        pair = (at << 32 | 10).to_bytes(8, "little")
        row[8 + 8 * (16 + k) : 16 + 8 * (16 + k)] = pair
        row[at : at + 10] = b"abcdefghij"
    offsets = np.arange(n + 1, dtype=np.uint64) * len(row)
    block = block_from_buffer(bytes(row) * n, n, offsets)
    return fr.Rows(schema.plan(), MemorySource([block]))


def official_row(record: dict) -> object | None:
    """Return the same record as a row of the official package, if that is installed."""
    try:
        import pyfory
    except ImportError:
        return None
    annotations = {name: type(value) for name, value in record.items()}
    cls = type("Record", (), {"__annotations__": annotations})
    made = cls()
    made.__dict__.update(record)
    with warnings.catch_warnings():
        # Of an enum that the package cannot import; its rows are complete.
        warnings.simplefilter("ignore", UserWarning)
        return pyfory.encoder(cls).to_row(made)


def cases(size: int) -> Iterator[Case]:
    """Compare views with tuples and dicts, and with the official package."""
    rows = wide_rows(size)
    row = rows[size // 2]
    record = row.to_dict()
    values = tuple(record.values())

    def by_index():
        row[3]
        row[3]
        row[3]
        row[3]
        row[3]
        row[3]
        row[3]
        row[3]
        row[3]
        return row[3]

    def tuple_by_index():
        values[3]
        values[3]
        values[3]
        values[3]
        values[3]
        values[3]
        values[3]
        values[3]
        values[3]
        return values[3]

    def large_by_index():
        row[12]
        row[12]
        row[12]
        row[12]
        row[12]
        row[12]
        row[12]
        row[12]
        row[12]
        return row[12]

    def by_attribute():
        row.i3
        row.i3
        row.i3
        row.i3
        row.i3
        row.i3
        row.i3
        row.i3
        row.i3
        return row.i3

    def by_name():
        row["i3"]
        row["i3"]
        row["i3"]
        row["i3"]
        row["i3"]
        row["i3"]
        row["i3"]
        row["i3"]
        row["i3"]
        return row["i3"]

    def text_by_index():
        row[17]
        row[17]
        row[17]
        row[17]
        row[17]
        row[17]
        row[17]
        row[17]
        row[17]
        return row[17]

    i = size // 3

    def idle():
        row
        row
        row
        row
        row
        row
        row
        row
        row
        return row

    def view():
        rows[i]
        rows[i]
        rows[i]
        rows[i]
        rows[i]
        rows[i]
        rows[i]
        rows[i]
        rows[i]
        return rows[i]

    yield Case(
        "int of 12,000: those from 4,096 are made at each read",
        {"row[12]": large_by_index},
        n_operations=REPEAT,
        idle=idle,
    )
    contestants = {
        "row[3]": by_index,
        "row.i3": by_attribute,
        'row["i3"]': by_name,
        "tuple[3]": tuple_by_index,
    }
    peer = official_row(record)
    if peer is not None:
        at = sorted(record).index("i3")

        def official_by_getter():
            peer.get_int64(at)
            peer.get_int64(at)
            peer.get_int64(at)
            peer.get_int64(at)
            peer.get_int64(at)
            peer.get_int64(at)
            peer.get_int64(at)
            peer.get_int64(at)
            peer.get_int64(at)
            return peer.get_int64(at)

        contestants["official get_int64(3)"] = official_by_getter
    yield Case(
        "int field of an open row",
        contestants,
        n_operations=REPEAT,
        idle=idle,
        target="15 / 30 / 30 ns",
    )
    yield Case(
        "text field of 10 characters",
        {"row[17]": text_by_index},
        n_operations=REPEAT,
        idle=idle,
        target="60 ns",
    )
    yield Case(
        "rows[i]", {"view": view}, n_operations=REPEAT, idle=idle, target="100 ns"
    )
    yield Case(
        "whole row of 19 fields to a dict",
        {
            "row.to_dict()": lambda: rows[i].to_dict(),
            "dict(record)": lambda: dict(record),
        },
        target="2 us",
    )
    yield Case(
        "all rows to dicts",
        {"rows.to_pylist()": rows.to_pylist},
        n_operations=size,
        target="1 us",
    )


if __name__ == "__main__":
    main(cases)
