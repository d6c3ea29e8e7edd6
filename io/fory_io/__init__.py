"""Container files of rows, mapped or read in ranges."""

from fory_io.append import Appender, append
from fory_io.concat import concat
from fory_io.maintenance import Check, Repair, inspect, repair, verify
from fory_io.reader import file_metadata as metadata
from fory_io.reader import open, refresh
from fory_io.recovery import UnfinishedCommitWarning
from fory_io.writer import Writer, write

__all__ = [
    "Appender",
    "Check",
    "Repair",
    "UnfinishedCommitWarning",
    "Writer",
    "append",
    "concat",
    "inspect",
    "metadata",
    "open",
    "refresh",
    "repair",
    "verify",
    "write",
]
