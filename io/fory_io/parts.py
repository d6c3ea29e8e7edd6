"""The files of a data set, of which some are open at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fory_row._plan import Plan
from fory_row.rows import Rows
from fory_row.schema import Schema

if TYPE_CHECKING:
    import pyarrow.compute as pc

__all__ = ["MAX_OPEN", "Listed", "Parts"]

MAX_OPEN = 256
"""Local files that are kept open: a process has few descriptors and maps."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a manifest says of a file, so that it need not be opened.

    Attributes
    ----------
    plan : Plan
        Of its rows.
    n_rows : int
        How many it has.
    starts : list of int
        The first row of each chunk, and the number of rows.
    known : callable
        Gives what is true of all rows, for a schema and the text of a condition.
    """

    plan: Plan
    n_rows: int
    starts: list[int]
    known: Callable[[Schema, str], pc.Expression]


class Parts:
    """The files of a data set; those opened longest ago are let go and opened again.

    Parameters
    ----------
    names : list of str
        The files.
    opened : callable
        Opens a file by its number.
    listed : sequence of Listed, optional
        What is known of each; without it, every file is opened at once.

    Notes
    -----
    Views keep the map of a file that was let go. Opened again it must be the same, at
    the same commit. Remote files stay open: they cost neither descriptors nor maps.
    """

    def __init__(
        self,
        names: list[str],
        opened: Callable[[int], Rows],
        listed: Sequence[Listed] | None = None,
    ) -> None:
        self.names = names
        self.first_rows = [0]
        self.dropped: int | None = None  # the file that was let go last
        self._open: dict[int, Rows] = {}
        self._listed = listed
        self._opened = opened
        self._again: dict[int, tuple[Any, tuple[Any, ...]]] = {}
        self.plans = []
        for i in range(len(names)):
            facts = self.rows(i) if listed is None else listed[i]
            n = len(facts) if isinstance(facts, Rows) else facts.n_rows
            self.plans.append(facts.plan)
            self.first_rows.append(self.first_rows[-1] + n)

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
            if i in self._again:
                again, args = self._again[i]
                rows = again(*args)
            else:
                rows = self._opened(i)
                self._again[i] = _reopening(rows)
            self._keep(i, rows)
        return rows

    def starts(self, i: int) -> list[int] | None:
        """Return where the chunks of a file start, None if only the file tells."""
        return self._listed[i].starts if self._listed is not None else None

    def known(self, i: int, schema: Schema, text: str) -> pc.Expression:
        """Return what is true of all rows of a file for which a condition is true."""
        import pyarrow.compute as pc

        if self._listed is None:
            return pc.scalar(True)
        return self._listed[i].known(schema, text)

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
