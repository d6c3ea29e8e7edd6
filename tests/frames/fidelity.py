"""Write every named frame and table in several formats, read them in a fresh process.

``python tests/frames/fidelity.py > docs/fidelity.md`` makes the document.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

_HERE = Path(__file__).parent
sys.path[:0] = [str(_HERE), str(_HERE.parent)]

from arrow_equality import same_table  # noqa: E402
from frames_catalogue import families  # noqa: E402
from same_frames import assert_same  # noqa: E402
from tables_catalogue import tables  # noqa: E402

import fory_io  # noqa: E402
import fory_pandas  # noqa: E402
import fory_row  # noqa: E402

OUTCOMES = ("identical", "refused", "changed", "unreadable")
Results = dict[str, dict[str, str]]


class Store(NamedTuple):
    """A format: how it writes a value to a path, how it reads one."""

    write: Callable[[Any, str], object]
    read: Callable[[str], Any]


def _fory(objects: str) -> Store:
    return Store(
        lambda frame, path: frame.fory.to_file(path, objects=objects),
        fory_pandas.read_file,
    )


def _write_pickle(value: Any, path: str) -> None:
    Path(path).write_bytes(pickle.dumps(value, protocol=5))


def _read_pickle(path: str) -> Any:
    return pickle.loads(Path(path).read_bytes())


def _read_rows(path: str) -> pa.Table:
    with fory_io.open(path) as rows:
        return rows.to_arrow()


FRAME_STORES = {
    "rows": _fory("strict"),
    'rows, objects="xlang"': _fory("xlang"),
    "parquet": Store(lambda f, path: f.to_parquet(path), pd.read_parquet),
    "feather": Store(pa.feather.write_feather, pa.feather.read_feather),
    "pickle": Store(_write_pickle, _read_pickle),
}
TABLE_STORES = {
    "rows": Store(
        lambda table, path: fory_io.write(fory_row.from_arrow(table), path), _read_rows
    ),
    "parquet": Store(pa.parquet.write_table, pa.parquet.read_table),
    "feather": Store(pa.feather.write_feather, pa.feather.read_table),
    "pickle": Store(_write_pickle, _read_pickle),
}


def _assert_same_table(left: pa.Table, right: pa.Table) -> None:
    assert same_table(left, right)


def _cases() -> list[tuple[str, Any, dict[str, Store], Callable[..., None]]]:
    """Return every value with its stores, in an order that both processes share."""
    cases: list[tuple[str, Any, dict[str, Store], Callable[..., None]]] = []
    for named in families().values():
        cases += [(k, v, FRAME_STORES, assert_same) for k, v in named.items()]
    named_tables = {f"table {k}": v for k, v in tables().items()}
    return cases + [
        (k, v, TABLE_STORES, _assert_same_table) for k, v in named_tables.items()
    ]


def write_all(folder: Path) -> None:
    """Write every case with every store; refusals are noted in a file."""
    refused = []
    for number, (name, value, stores, _) in enumerate(_cases()):
        for place, (store, how) in enumerate(stores.items()):
            try:
                how.write(value, str(folder / f"{number}.{place}"))
            except Exception:
                refused.append([name, store])
    (folder / "refused.json").write_text(json.dumps(refused))


def read_all(folder: Path) -> Results:
    """Read every case in this process and say what became of it."""
    refused = {
        tuple(pair) for pair in json.loads((folder / "refused.json").read_text())
    }
    results: Results = {}
    for number, (name, value, stores, assert_equal) in enumerate(_cases()):
        results[name] = {}
        for place, (store, how) in enumerate(stores.items()):
            outcome = "refused"
            if (name, store) not in refused:
                outcome = _outcome(
                    value, how, folder / f"{number}.{place}", assert_equal
                )
            results[name][store] = outcome
    return results


def _outcome(
    value: Any, how: Store, path: Path, assert_equal: Callable[..., None]
) -> str:
    try:
        back = how.read(str(path))
    except Exception:
        return "unreadable"
    try:
        assert_equal(value, back)
    except Exception:
        return "changed"
    return "identical"


def measure() -> Results:
    """Write in this process, read in a fresh one."""
    with tempfile.TemporaryDirectory() as folder:
        write_all(Path(folder))
        done = subprocess.run(
            [sys.executable, "-W", "ignore", __file__, "read", folder],
            capture_output=True,
            text=True,
            check=True,
        )
    results: Results = json.loads(done.stdout)
    return results


def _table(groups: dict[str, list[str]], stores: list[str], results: Results) -> str:
    head = "| | n | " + " | ".join(stores) + " |"
    lines = [head, "|---|---|" + "---|" * len(stores)]
    total = [name for names in groups.values() for name in names]
    for title, names in [*groups.items(), ("**all**", total)]:
        cells = [_counts(names, store, results) for store in stores]
        lines.append(f"| {title} | {len(names)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _counts(names: list[str], store: str, results: Results) -> str:
    counts = Counter(results[name][store] for name in names)
    if counts["identical"] == len(names):
        return "all"
    said = [f"{counts[o]} {o}" for o in OUTCOMES if counts[o]]
    return ", ".join(said)


def _changed(store: str, results: Results) -> str:
    names = [
        name
        for name, outcome in results.items()
        if outcome.get(store) in ("changed", "unreadable")
    ]
    return ", ".join(f"`{name}`" for name in names) or "none"


def document(results: Results) -> str:
    """Return the markdown of the results."""
    frame_groups = {title: list(named) for title, named in families().items()}
    table_groups: dict[str, list[str]] = {}
    for name in tables():
        group = name.partition("/")[2] or name
        layouts = ("dense", "nulls", "all_null", "empty", "sliced", "chunks")
        title = f"every type, {group}" if group in layouts else "layouts and schemas"
        table_groups.setdefault(title, []).append(f"table {name}")
    versions = f"pandas {pd.__version__}, pyarrow {pa.__version__}"
    return f"""# What comes back

Made by `python tests/frames/fidelity.py > docs/fidelity.md`; do not edit. Measured with
{versions}: one process writes, a fresh one reads and compares.

*identical*: dtypes, values bit by bit, exact types of object cells, kinds of null,
index class, names, levels and `freq`, labels, `attrs`, flags. *refused*: an error
before anything is written. *changed*: read back without an error, but not the same.
*unreadable*: written without an error, but reading fails.

## Frames

{_table(frame_groups, list(FRAME_STORES), results)}

`objects="strict"`, the default, refuses cells that no other language has a type for;
`objects="xlang"` stores each as a record. Pickle keeps them as well, but only Python
reads it, and reading a stranger's file runs what it says.

Changed or unreadable in parquet: {_changed("parquet", _of(frame_groups, results))}.

Changed or unreadable in feather: {_changed("feather", _of(frame_groups, results))}.

Changed or unreadable in rows: {_changed("rows", _of(frame_groups, results))}.

## Arrow tables

{_table(table_groups, list(TABLE_STORES), results)}

Changed or unreadable in rows: {_changed("rows", _of(table_groups, results))}.
"""


def _of(groups: dict[str, list[str]], results: Results) -> Results:
    return {name: results[name] for names in groups.values() for name in names}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1:2] == ["read"]:
        print(json.dumps(read_all(Path(sys.argv[2]))))
    else:
        print(document(measure()), end="")
