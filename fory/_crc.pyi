from typing import Any

hardware: bool

def checksum(data: Any, crc: int = 0, *, portable: bool = False) -> int: ...
