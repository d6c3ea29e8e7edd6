"""Container files of rows, mapped or read in ranges."""

from fory_io.append import Appender, append
from fory_io.changes import delete, update
from fory_io.compact import compact
from fory_io.concat import concat
from fory_io.dataset import Dataset, arrow_dataset, dataset
from fory_io.deletions import row_numbers
from fory_io.maintenance import Check, Repair, inspect, repair, verify
from fory_io.manifests import ManifestChange, write_manifest
from fory_io.many import open_many
from fory_io.reader import file_metadata as metadata
from fory_io.reader import open, refresh
from fory_io.recovery import UnfinishedCommitWarning
from fory_io.stream import RecordReader, read_records, write_records
from fory_io.writer import Writer, write

__all__ = [
    "Appender",
    "Check",
    "Dataset",
    "ManifestChange",
    "RecordReader",
    "Repair",
    "UnfinishedCommitWarning",
    "Writer",
    "append",
    "arrow_dataset",
    "compact",
    "concat",
    "dataset",
    "delete",
    "inspect",
    "metadata",
    "open",
    "open_many",
    "read_records",
    "refresh",
    "repair",
    "row_numbers",
    "update",
    "verify",
    "write",
    "write_manifest",
    "write_records",
]
