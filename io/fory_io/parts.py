"""The files of a data set, of which some are open at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fory_row.rows import Rows

__all__ = ["MAX_OPEN", "Parts"]

MAX_OPEN = 256
"""Local files that are kept open: a process has few descriptors and maps."""


class Parts:
    """The files of a data set; those opened longest ago are let go and opened again.

    Parameters
    ----------
    names : list of str
        The files.
    opened : callable
        Opens a file by its name.

    Notes
    -----
    Views keep the map of a file that was let go. Opened again it must be the same, at
    the same commit. Remote files stay open: they cost neither descriptors nor maps.
    """

    def __init__(self, names: list[str], opened: Callable[[str], Rows]) -> None:
        self.names = names
        self.first_rows = [0]
        self.dropped: int | None = None  # the file that was let go last
        self._open: dict[int, Rows] = {}
        self._again: list[tuple[Any, tuple[Any, ...]]] = []
        self.plans = []
        for i, name in enumerate(names):
            rows = opened(name)
            self.plans.append(rows.plan)
            self.first_rows.append(self.first_rows[-1] + len(rows))
            self._again.append(_reopening(rows))
            self._keep(i, rows)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def n_open(self) -> int:
        """Number of files that are open."""
        return len(self._open)

    def rows(self, i: int) -> Rows:
        """Return the rows of file ``i``."""
        rows = self._open.get(i)
        if rows is None:
            again, args = self._again[i]
            rows = again(*args)
            self._keep(i, rows)
        return rows

    def _keep(self, i: int, rows: Rows) -> None:
        self._open[i] = rows
        if len(self._open) > MAX_OPEN and rows.source.home != "remote":
            self.dropped = next(iter(self._open))
            del self._open[self.dropped]

    def close(self) -> None:
        """Close what is open."""
        for rows in self._open.values():
            rows.close()


def _reopening(rows: Rows) -> tuple[Any, tuple[Any, ...]]:
    if rows.source.home == "remote":
        return _closed, (rows.source.label,)
    found: tuple[Any, tuple[Any, ...]] = rows.source.reopen()  # type: ignore[attr-defined]
    return found


def _closed(label: str) -> Rows:
    raise ValueError(f"{label} is closed; open the files again")
