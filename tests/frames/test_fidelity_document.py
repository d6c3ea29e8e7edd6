"""The document says what is measured: made of a few frames, and not out of date."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from fidelity import FRAME_STORES, measure
from frames_catalogue import REFUSED, frames
from tables_catalogue import tables

DOCUMENT = Path(__file__).parents[2] / "docs" / "fidelity.md"


def test_document_counts_the_catalogues():
    text = DOCUMENT.read_text()
    if f"pandas {pd.__version__}," not in text:
        pytest.skip("measured with another pandas, which has other dtypes")
    n, refused = len(frames()), len(REFUSED)
    assert (
        f"| **all** | {n} | {n - refused} identical, {refused} refused | all |" in text
    )
    assert f"| **all** | {len(tables())} | all |" in text


@pytest.mark.slow
def test_rows_change_nothing_and_write_nothing_unreadable():
    results = measure()
    rows = [store for store in FRAME_STORES if store.startswith("rows")]
    for name, outcomes in results.items():
        for store in rows:
            expected = {"identical", "refused"} if name in REFUSED else {"identical"}
            assert outcomes.get(store, "identical") in expected, (name, store)
