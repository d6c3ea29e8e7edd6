from fory_io._chunk import FileBlock
from fory_io.storage import Storage

class FetchGuard: ...

def description_bytes(length: int) -> int: ...
def fetch_chunk(
    storage: Storage,
    position: int,
    length: int,
    n_rows: int,
    crc: int,
    what: str,
    *,
    verify: bool = True,
) -> FileBlock: ...
