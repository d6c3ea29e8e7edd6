"""What rows hold on to: bytes, memory, a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from fory_row._rows import RowsCore
from fory_row._validate import validate
from fory_row.buffers import block_bytes

__all__ = ["Holding"]


class Holding(RowsCore):
    """The part of `Rows` that tells of what is behind them, checks and closes it."""

    __slots__ = ()

    @property
    def nbytes(self) -> int:
        """Bytes of the rows selected."""
        return self._nbytes()

    def memory_usage(self) -> dict[str, int]:
        """Return the bytes behind these rows, by whose memory they take.

        Returns
        -------
        dict
            ``"mapped"``: of files that are mapped; the system drops such pages as it
            needs. ``"owned"``: of this process, the selection included; of files what
            is kept decoded or fetched. All of the source counts, not the selection.
        """
        mapped, owned = self.source.memory_usage()
        picked = 0 if self.picked is None else self.picked.nbytes
        return {"mapped": mapped, "owned": owned + picked}

    def buffers(self) -> Iterator[memoryview]:
        """Yield the bytes of whole blocks of the source, in their order, read-only.

        Views of rows in memory and of mapped files, copies of what is compressed;
        blocks hold rows that a selection leaves out, too.
        """
        return block_bytes(self)

    def validate(self, *, canonical: bool = False) -> None:
        """Check every row in one pass, before anything is read from it.

        Parameters
        ----------
        canonical : bool
            Also ask that equal rows have equal bytes: every undefined byte is zero.

        Raises
        ------
        DecodeError
            At the first fault; names the row, the path and the byte.
        """
        validate(self, canonical=canonical)

    def close(self) -> None:
        """Close the file behind the rows; views that exist stay valid."""
        self.source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
