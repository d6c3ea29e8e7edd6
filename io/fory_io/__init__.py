"""Container files of rows, mapped or read in ranges."""

from fory_io.append import Appender, append
from fory_io.concat import concat
from fory_io.dataset import Dataset, dataset, open_many
from fory_io.maintenance import Check, Repair, inspect, repair, verify
from fory_io.reader import file_metadata as metadata
from fory_io.reader import open, refresh
from fory_io.recovery import UnfinishedCommitWarning
from fory_io.writer import Writer, write

__all__ = [
    "Appender",
    "Check",
    "Dataset",
    "Repair",
    "UnfinishedCommitWarning",
    "Writer",
    "append",
    "concat",
    "dataset",
    "inspect",
    "metadata",
    "open",
    "open_many",
    "refresh",
    "repair",
    "verify",
    "write",
]
