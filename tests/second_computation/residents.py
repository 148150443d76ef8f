"""The product's list of residents by sex and age band: data, not computation."""

from __future__ import annotations

import csv
import functools
from collections import Counter

from tests.second_computation.whole_network import REFERENCE, Lists


@functools.cache
def residents_by_group() -> dict[str, dict[tuple[str, str], int]]:
    """Return residents by comune of today, by (sex, age band)."""
    today = Lists().today
    found: dict[str, Counter[tuple[str, str]]] = {}
    with (REFERENCE / "residents_by_group.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            groups = found.setdefault(today[line["istat_comune"]], Counter())
            groups[line["sex"], line["age_band"]] += int(line["residents"])
    return dict(found)
