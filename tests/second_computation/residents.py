"""The product's list of residents by sex and age band: data, not computation."""

from __future__ import annotations

import csv
import functools

from tests.second_computation.whole_network import REFERENCE


@functools.cache
def residents_by_group() -> dict[str, dict[tuple[str, str], int]]:
    """Return residents by comune, by (sex, age band)."""
    found: dict[str, dict[tuple[str, str], int]] = {}
    with (REFERENCE / "residents_by_group.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            found.setdefault(line["istat_comune"], {})[line["sex"], line["age_band"]] = int(line["residents"])
    return found
