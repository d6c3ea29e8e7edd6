from collections.abc import Iterable
from typing import SupportsIndex

def permuted(
    positions: Iterable[SupportsIndex], n: int, seed: int | None
) -> list[int]: ...
