"""The files of a data set, and their chunks, that a filter can skip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fory_io._live import row_ranges
from fory_io.narrowing import SELECTIVE
from fory_io.reader import file_source
from fory_io.statistics import chunk_statistics, fragments_that_may, known_of
from fory_row.rows import Rows
from fory_row.schema import Schema

if TYPE_CHECKING:
    import pyarrow.compute as pc

    from fory_io.parts import Parts

__all__ = ["likely_parts", "likely_ranges", "narrowed_files"]


def likely_parts(
    files: Parts,
    folders: Sequence[pc.Expression] | None,
    schema: Schema,
    condition: pc.Expression,
) -> list[int]:
    """Return the numbers of the files that may have rows meeting a condition.

    ``folders`` is what is true of each by the folders that it lies in.
    """
    if folders is None and files.starts(0) is None:
        return list(range(len(files)))
    text = str(condition)
    known = [files.known(i, schema, text) for i in range(len(files))]
    if folders is not None:
        known = [a & b for a, b in zip(known, folders, strict=True)]
    return fragments_that_may(known, schema, condition)


def likely_ranges(
    rows: Rows, folder: pc.Expression, schema: Schema, condition: pc.Expression
) -> Iterator[tuple[int, int]]:
    """Yield the ranges of a file's rows that may meet a condition.

    ``schema`` is that of the data set, as which the rows are read; ``folder`` is true
    of all of them.
    """
    source = file_source(rows)
    stored = (rows.plan.base or rows.plan).schema
    table = chunk_statistics(source, stored)
    chunks: Sequence[int] = range(source.n_blocks)
    if table is not None:
        known = known_of(table, stored, schema, str(condition))
    if table is not None and known:
        chunks = fragments_that_may([folder & k for k in known], schema, condition)
    yield from row_ranges(rows.source, chunks)


def narrowed_files(
    files: Parts,
    folders: Sequence[pc.Expression] | None,
    schema: Schema,
    condition: pc.Expression,
) -> np.ndarray | None:
    """Return what `narrowed` does, of the files of a data set together.

    ``folders`` is what is true of the rows of each file by where it lies. A file of
    which no index tells anything counts with all rows that its statistics leave.
    """
    import pyarrow.compute as pc

    found, helped, spare = [np.empty(0, np.int64)], False, files.first_rows[-1]
    for i in likely_parts(files, folders, schema, condition):
        rows = files.rows(i)
        source: Any = rows.source
        places = source.narrowed(rows.plan, condition, schema)
        helped = helped or places is not None
        if places is None:
            folder = pc.scalar(True) if folders is None else folders[i]
            spans = list(likely_ranges(rows, folder, schema, condition))
            spare -= SELECTIVE * sum(b - a for a, b in spans)
            if spare < 0:
                return None
            places = np.concatenate([np.arange(0), *(np.arange(*s) for s in spans)])
        found.append(files.first_rows[i] + places)
    return np.concatenate(found) if helped else None
