"""What the subcommands of ``fory`` do; each prints and returns an exit status."""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import sys
from typing import Any

import fory_io
from fory_io.convert import convert
from fory_io.json_text import json_text
from fory_row.types import Field

__all__ = ["COMMANDS"]

BAD_FILE = 1


def show_schema(args: argparse.Namespace) -> int:
    """Print the fields of a file."""
    with fory_io.open(args.file) as rows:
        fields = rows.schema.fields
        if args.json:
            print(json_text([_field(f) for f in fields], indent=2))
        else:
            for f in fields:
                print(f)
    return 0


def _field(f: Field) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": f.name,
        "type": str(f.type),
        "nullable": f.nullable,
    }
    if f.type.children:
        found["children"] = [_field(c) for c in f.type.children]
    return found


def show_facts(args: argparse.Namespace) -> int:
    """Print sizes, versions and frames of a file."""
    facts = fory_io.inspect(args.file)
    if args.json:
        print(json_text(facts, indent=2))
        return 0
    for name, value in facts.items():
        if name == "fields":
            continue
        if name == "created":
            value = _time(value)
        elif isinstance(value, dict):
            value = ", ".join(f"{n} {k}" for k, n in value.items())
        elif isinstance(value, int) and not isinstance(value, bool):
            value = f"{value:,}"
        print(f"{name.replace('_', ' '):17} {value}")
    return 0


def _time(milliseconds: int) -> str:
    moment = dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)
    return moment.isoformat(" ", "milliseconds")


def show_head(args: argparse.Namespace) -> int:
    """Print the first rows of a file."""
    with fory_io.open(args.file, columns=args.columns) as rows:
        first = rows.head(args.n)
        if args.json:
            for record in first.iter_dicts():
                print(json_text(record))
        else:
            print(first)
    return 0


def get_row(args: argparse.Namespace) -> int:
    """Print one row, or one value of it."""
    with fory_io.open(args.file) as rows:
        value = rows[args.row] if args.path is None else rows[args.row, args.path]
        if args.json:
            print(json_text(value))
        elif args.path is None:
            for name, cell in value.to_dict().items():
                print(f"{name}: {_readable(cell)}")
        else:
            print(_readable(value))
    return 0


def _readable(value: Any) -> str:
    """Return a scalar as Python says it, a nested value as JSON."""
    nested = isinstance(value, dict | list) or hasattr(value, "to_dict")
    return json_text(value) if nested or hasattr(value, "to_list") else str(value)


def verify_files(args: argparse.Namespace) -> int:
    """Compare every checksum."""
    status = 0
    for path in args.files:
        try:
            check = fory_io.verify(path, progress=args.progress)
        except OSError as e:  # the other files are looked at all the same
            print(f"fory: {e}", file=sys.stderr)
            status = BAD_FILE
            continue
        status = status if check.ok else BAD_FILE
        if args.json:
            print(json_text({**vars(check), "ok": check.ok}))
        else:
            print(
                f"{path}: {'ok' if check.ok else 'damaged'}, {check.rows:,} rows in "
                f"{check.chunks:,} chunks, {check.commits:,} commits"
            )
            for problem in check.problems:
                print(f"  {problem}")
    return status


def repair_file(args: argparse.Namespace) -> int:
    """Bring a file back to whole commits and chunks."""
    done = fory_io.repair(args.file)
    if args.json:
        print(json_text(vars(done)))
    else:
        print(
            f"{args.file}: {done.bytes_removed:,} bytes of an unfinished commit "
            f"removed, {done.rows_recovered:,} rows recovered"
        )
    return 0


def compact_file(args: argparse.Namespace) -> int:
    """Rewrite a file without what nobody reads any more."""
    fory_io.compact(args.file, progress=args.progress)
    return _written(args, args.file, fory_io.inspect(args.file)["rows"])


def concat_files(args: argparse.Namespace) -> int:
    """Join files."""
    fory_io.concat(args.files, args.out, progress=args.progress)
    return _written(args, args.out, fory_io.inspect(args.out)["rows"])


def convert_file(args: argparse.Namespace) -> int:
    """Copy a table into another format."""
    n = convert(
        args.source,
        args.target,
        columns=args.columns,
        compression=args.compression,
        keys=args.keys,
        ordered=args.ordered,
        progress=args.progress,
    )
    return _written(args, args.target, n)


def write_manifest(args: argparse.Namespace) -> int:
    """List the files of a data set."""
    files = args.files[0] if len(args.files) == 1 else args.files
    done = fory_io.write_manifest(args.manifest, files or None)
    if args.json:
        print(json_text(vars(done)))
    else:
        print(
            f"{args.manifest}: {done.rows:,} rows in {done.parts:,} files; "
            f"{done.added:,} added, {done.changed:,} changed, {done.removed:,} removed"
        )
    return 0


def _written(args: argparse.Namespace, path: str, n_rows: int) -> int:
    if args.json:
        print(json_text({"path": path, "rows": n_rows}))
    else:
        print(f"{path}: {n_rows:,} rows")
    return 0


def run_demo(args: argparse.Namespace) -> int:
    """Show the whole way of a DataFrame; it stands above this package."""
    status: int = importlib.import_module("fory_pandas.demo").main()
    return status


COMMANDS = {
    "schema": show_schema,
    "stat": show_facts,
    "head": show_head,
    "get": get_row,
    "verify": verify_files,
    "repair": repair_file,
    "compact": compact_file,
    "concat": concat_files,
    "convert": convert_file,
    "manifest": write_manifest,
    "demo": run_demo,
}
