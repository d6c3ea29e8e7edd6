"""The command ``fory``: look into files of rows, check, mend, join and convert them.

Exit status: 0, 1 for files that are missing, damaged or cannot hold the data, 2 for
arguments that make no sense.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence

from fory.error import ForyError

__all__ = ["main"]

_Command = Callable[[str, str], argparse.ArgumentParser]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with some arguments; return its exit status."""
    parser = _parser()
    args = parser.parse_args(argv)
    from fory_io.commands import BAD_FILE, COMMANDS

    _check(parser, args)
    if getattr(args, "progress", False) is None:
        args.progress = _shows_bars()
    try:
        status = COMMANDS[args.command](args)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader of our output has seen enough, as in `fory head f | head -3`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ForyError, OSError, ValueError, LookupError, TypeError, ImportError) as e:
        text = e.args[0] if isinstance(e, KeyError) and e.args else e
        print(f"fory: {text}", file=sys.stderr)
        return BAD_FILE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fory",
        description="Look into files of rows, check, mend, join and convert them.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    found = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        made = found.add_parser(name, help=text, description=text)
        made.add_argument("--json", action="store_true", help="print JSON")
        return made

    _add_looks(command)
    _add_repairs(command)
    _add_conversions(command)
    command("demo", "write, reopen and measure a real table")
    return parser


def _add_looks(command: _Command) -> None:
    command("schema", "print the fields").add_argument("file")
    command("stat", "print sizes, versions and frames").add_argument("file")
    head = command("head", "print the first rows")
    head.add_argument("file")
    head.add_argument("-n", type=_count, default=10, help="how many (10)")
    _add_names(head, "--columns", "only these fields, in this order")
    get = command("get", "print one row, or one value of it")
    get.add_argument("file")
    get.add_argument("row", type=int, help="number of the row; -1 is the last")
    get.add_argument("path", nargs="?", help="a field, or a path such as a.b.3")


def _add_repairs(command: _Command) -> None:
    verify = command("verify", "compare every checksum")
    verify.add_argument("files", nargs="+", metavar="file")
    _add_progress(verify)
    command("repair", "bring back what a dead writer left").add_argument("file")
    compact = command("compact", "rewrite a file without deleted rows and old commits")
    compact.add_argument("file")
    _add_progress(compact)


def _add_conversions(command: _Command) -> None:
    concat = command("concat", "join files without encoding rows again")
    concat.add_argument("files", nargs="+", metavar="file")
    concat.add_argument("-o", "--out", required=True, help="the new file")
    _add_progress(concat)
    convert = command(
        "convert",
        "copy a table between .fory, .parquet, .feather, .csv, .jsonl and .avro",
    )
    convert.add_argument("source")
    convert.add_argument("target")
    convert.add_argument(
        "--compression", choices=["lz4", "zstd", "zstd-dict"], help="of a .fory target"
    )
    _add_names(convert, "--keys", "the fields of a key index of a .fory target")
    _add_names(
        convert,
        "--ordered",
        "fields of a sorted index of a .fory target; may be repeated",
        action="append",
    )
    _add_names(convert, "--columns", "only these fields, in this order")
    _add_progress(convert)
    manifest = command(
        "manifest", "list the files of a data set, or bring such a list up to date"
    )
    manifest.add_argument("manifest", help="its name ends with .manifest")
    manifest.add_argument(
        "files",
        nargs="*",
        metavar="file",
        help="files, folders, patterns; none: update",
    )


def _add_names(
    made: argparse.ArgumentParser, flag: str, text: str, action: str = "store"
) -> None:
    made.add_argument(flag, metavar="A,B", type=_names, action=action, help=text)


def _add_progress(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--progress",
        action=argparse.BooleanOptionalAction,
        help="show a bar (tqdm); on a terminal one is shown anyway",
    )


def _shows_bars() -> bool:
    return sys.stderr.isatty() and importlib.util.find_spec("tqdm") is not None


class _Version(argparse.Action):
    """Prints the version of the package that is installed, and ends."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"fory-rows {version('fory-rows')}")
        except PackageNotFoundError:
            print("fory-rows, not installed")
        parser.exit()


def _names(text: str) -> list[str]:
    return text.split(",")


def _count(text: str) -> int:
    n = int(text)
    if n < 0:
        raise argparse.ArgumentTypeError(f"{n} is less than 0")
    return n


def _check(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Refuse what the parser alone cannot: names that mean no format."""
    if args.command != "convert":
        return
    from fory_io.convert import format_of

    for path in (args.source, args.target):
        try:
            format_of(path)
        except ValueError as e:
            parser.error(str(e))
    if format_of(args.target) == "manifest":
        parser.error("manifests list files; write them with `fory manifest`")
    if args.compression and format_of(args.target) != "fory":
        parser.error("--compression is for .fory targets")
    if args.keys and format_of(args.target) != "fory":
        parser.error("--keys is for .fory targets")
    if args.ordered and format_of(args.target) != "fory":
        parser.error("--ordered is for .fory targets")


if __name__ == "__main__":
    sys.exit(main())
