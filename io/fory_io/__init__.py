"""Container files of rows, mapped or read in ranges."""

from fory_io.append import Appender, append
from fory_io.maintenance import inspect, repair, verify
from fory_io.reader import file_metadata as metadata, open
from fory_io.recovery import UnfinishedCommitWarning
from fory_io.writer import Writer, write

__all__ = [
    "Appender",
    "UnfinishedCommitWarning",
    "Writer",
    "append",
    "inspect",
    "metadata",
    "open",
    "repair",
    "verify",
    "write",
]
