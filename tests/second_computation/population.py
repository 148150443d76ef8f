"""Who people are, as far as figures tell them apart: age band, sex, citizenship, and where they live.

Person records of all instances arrive; the groups of a person in a year leave, and figures split by them.
Counting residents does not belong here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.second_computation.cells import PERIODS, Contribution, Figure, Key, Statistic, cells
from tests.second_computation.loading import last_upsert
from tests.second_computation.network_facts import Network, Person

LAST_AGE = {
    2: "0-2",
    5: "3-5",
    13: "6-13",
    17: "14-17",
    34: "18-34",
    49: "35-49",
    64: "50-64",
    74: "65-74",
    84: "75-84",
}
AGE_BANDS = (*LAST_AGE.values(), "85+")
SEXES = ("F", "M")
CITIZENSHIPS = ("IT", "EU", "NON_EU")
# Citizens of elsewhere are few: they are told apart only where many people are.
CITIZENSHIP_SCOPES = ("network", "region")
GroupedFigure = tuple[str, Key, Figure]


@dataclass(frozen=True)
class Known:
    """What is known of one person, None where nothing is."""

    birth_year: int | None = None
    sex: str | None = None
    citizenship: str | None = None
    residence: str | None = None

    def groups(self, year: int) -> dict[str, str]:
        """Return the person's group of each kind in a year; a kind without a known value is left out."""
        found = {}
        if self.birth_year is not None:
            found["age"] = age_band(year - self.birth_year)
        if self.sex in SEXES:
            found["sex"] = self.sex
        if self.citizenship in CITIZENSHIPS:
            found["citizenship"] = self.citizenship
        return found


def age_band(age: int) -> str:
    """Return the band of an age in whole years at the end of a year."""
    return next((band for last, band in LAST_AGE.items() if age <= last), "85+")


class Population:
    """All people of the network by who they are."""

    def __init__(self, network: Network) -> None:
        self.network = network
        records: dict[Person, list[dict[str, Any]]] = defaultdict(list)
        for instance, held in network.loading.held.items():
            for record_id, versions in held.versions["person"].items():
                last = last_upsert(versions)
                person = network.person(instance, record_id)
                if last is not None and person is not None:
                    records[person].append({"instance": instance, **last.row})
        self.known = {person: _last_known(rows) for person, rows in records.items()}

    def of(self, person: Person) -> Known:
        """Return what is known of a person; nothing, of one never seen."""
        return self.known.get(person, Known())

    def by_group(
        self,
        indicator: str,
        contributions: Iterable[Contribution],
        statistic: Statistic,
        scopes: Sequence[str],
        periods: Sequence[str] = PERIODS,
    ) -> Iterator[GroupedFigure]:
        """Yield the figures of each group, from contributions behind which one person stands each."""
        grouped: dict[str, list[Contribution]] = defaultdict(list)
        for contribution in contributions:
            for person in contribution.persons:
                for kind, group in self.of(person).groups(contribution.day.year).items():
                    allowed = (
                        [scope for scope in CITIZENSHIP_SCOPES if scope in scopes]
                        if kind == "citizenship"
                        else scopes
                    )
                    told = [scope for scope in contribution.scopes if scope[0] in allowed]
                    grouped[group].append(
                        replace(contribution, scopes=told, areas=("ALL",), persons=frozenset([person]))
                    )
        for group, members in grouped.items():
            for key, figure in cells(indicator, members, statistic, self.network.as_of, periods):
                yield group, key, figure


def _last_known(rows: list[dict[str, Any]]) -> Known:
    latest = max(row["updated_at"] for row in rows)
    row = min(
        (row for row in rows if row["updated_at"] == latest),
        key=lambda row: (row["instance"], row["record_id"]),
    )
    born = row["birth_date"]
    return Known(born.year if born else None, row["sex"], row["citizenship"], row["istat_residence"])
