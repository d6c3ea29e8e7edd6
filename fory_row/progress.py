"""Tell how far a long piece of work has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["reporter"]


@contextmanager
def reporter(
    progress: bool | Callable[[int, int], object], total: int, unit: str = "row"
) -> Iterator[Callable[[int], object] | None]:
    """Give a function that takes how much is done, or None when nobody asked.

    Parameters
    ----------
    progress : bool or callable
        True shows a bar; a callable gets (done, total).
    total : int
        How much there is.
    unit : str
        What is counted.
    """
    if progress is False:
        yield None
    elif progress is True:
        with _bar(total, unit) as report:
            yield report
    else:
        yield lambda done: progress(done, total)


@contextmanager
def _bar(total: int, unit: str) -> Iterator[Callable[[int], object]]:
    try:
        from tqdm.auto import tqdm
    except ImportError as e:
        raise ImportError(
            "progress=True needs the package tqdm: pip install tqdm"
        ) from e
    with tqdm(total=total, unit=unit, unit_scale=True) as bar:
        yield lambda done: bar.update(done - bar.n)
