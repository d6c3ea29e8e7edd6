"""Read damaged rows into Arrow, in a process that may die of it.

``python damage_arrow.py kind seed count``: the rows end where a page ends that must not
be touched. What is read must be valid Arrow, the same between two fillings of the
bytes before the rows; everything else must be a `DecodeError`.
"""

from __future__ import annotations

import io
import random
import resource
import struct
import sys
from collections.abc import Iterator

import pyarrow as pa
from rows.damage_rows import NESTED, Guarded, cases, mutate

from fory.error import DecodeError
from fory_row import Rows, Schema
from fory_row._block import MemorySource, block_from_buffer
from fory_row._plan import Plan
from fory_row.arrow import from_arrow

POINT = pa.struct([pa.field("x", pa.int8(), nullable=False), ("y", pa.string())])
EVERY = pa.schema(
    [
        ("b", pa.bool_()),
        pa.field("n", pa.int16(), nullable=False),
        ("u", pa.uint64()),
        ("h", pa.float16()),
        ("s", pa.large_string()),
        ("v", pa.string_view()),
        ("w", pa.binary_view()),
        ("f", pa.binary(5)),
        ("z", pa.null()),
        ("t", pa.timestamp("ns", "UTC")),
        ("d", pa.decimal128(9, 2)),
        ("e", pa.decimal256(60, -2)),
        ("c", pa.dictionary(pa.int8(), pa.string())),
        ("p", POINT),
        ("lp", pa.list_(POINT)),
        ("ll", pa.large_list(pa.list_(pa.bool_()))),
        ("lv", pa.list_view(pa.string())),
        ("lf", pa.list_(pa.list_(pa.int32(), 2), 3)),
        ("lc", pa.list_(pa.dictionary(pa.uint16(), pa.string()))),
        ("ld", pa.list_(pa.decimal32(5, 1))),
        ("m", pa.map_(pa.string(), pa.map_(pa.int8(), POINT))),
    ]
)
RECORD = {
    "b": True,
    "n": 7,
    "u": 2**64 - 1,
    "h": 1.5,
    "s": "naïve",
    "v": "longer than a view holds",
    "w": b"\xff",
    "f": b"12345",
    "t": 1,
    "d": "1.25",
    "e": "1E2",
    "c": "x",
    "p": {"x": 1, "y": "é"},
    "lp": [{"x": 1, "y": None}, None, {"x": 2, "y": "abc"}],
    "ll": [[True, None], None, []],
    "lv": ["", None, "é"],
    "lf": [[1, 2], None, [3, None]],
    "lc": ["x", None, "y", "x"],
    "ld": ["1.5", None],
    "m": [("k", [(1, {"x": 3, "y": None})]), ("l", None), ("", [])],
}


def table() -> pa.Table:
    """Return two full rows around one in which everything is null that may be."""
    columns = []
    for field in EVERY:
        value = RECORD.get(field.name)
        values = [value, 0 if field.name == "n" else None, value]
        if "decimal" in str(field.type):
            plain = field.type.value_type if field.name == "ld" else field.type
            columns.append(_decimals(values, field.type, plain))
        else:
            columns.append(pa.array(values, field.type))
    return pa.table(columns, schema=EVERY)


def _decimals(values: list, type_: pa.DataType, plain: pa.DataType) -> pa.Array:
    if type_ == plain:
        return pa.array(values, pa.string()).cast(plain)
    items = pa.array([v for row in values for v in row or ()]).cast(plain)
    return pa.ListArray.from_arrays(pa.array([0, None, 2, 4], pa.int32()), items)


def outcome(plan: Plan, held: memoryview, offsets: list[int]) -> str:
    try:
        index = struct.pack(f"<{len(offsets)}Q", *offsets)
        block = block_from_buffer(held, len(offsets) - 1, index)
        read = Rows(plan, MemorySource([block])).to_arrow()
    except DecodeError:
        return "DecodeError"
    read.validate(full=True)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, read.schema) as writer:
        writer.write_table(read)
    return sink.getvalue().hex()


def every(
    kind: str, rng: random.Random, count: int
) -> tuple[Plan, Iterator[tuple[bytes, list[int]]]]:
    """Return the plan of rows of every type, and damaged bytes of them."""
    rows = from_arrow(table())
    offsets = [0]
    for row in rows:
        offsets.append(offsets[-1] + len(row.to_bytes()))
    data = b"".join(row.to_bytes() for row in rows)

    def damaged() -> Iterator[tuple[bytes, list[int]]]:
        if kind == "cut-every":
            for n in range(0, len(data), max(1, len(data) // count)):
                yield data[:n], [min(at, n) for at in offsets]
        else:
            for _ in range(count):
                yield mutate(data, rng), offsets

    return rows.plan, damaged()


def nested(
    kind: str, rng: random.Random, count: int
) -> tuple[Plan, Iterator[tuple[bytes, list[int]]]]:
    found = cases(kind, "standard", rng, count)
    return Schema(NESTED).plan(), ((data, at or [0]) for _, data, at in found)


def main(kind: str, seed: str, count: str) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    memory = Guarded(2)
    n = refused = 0
    of = every if kind.endswith("every") else nested
    plan, damaged = of(kind, random.Random(int(seed)), int(count))
    for data, offsets in damaged:
        try:
            seen = [
                outcome(plan, memory.hold(data, filling), offsets)
                for filling in (0x00, 0x7E)
            ]
            assert seen[0] == seen[1], "bytes outside the rows were read"
        except BaseException:
            print(f"after {n} cases: {data.hex()} {offsets}", file=sys.stderr)
            raise
        n += 1
        refused += seen[0] == "DecodeError"
    print(n, refused)


if __name__ == "__main__":
    main(*sys.argv[1:])
