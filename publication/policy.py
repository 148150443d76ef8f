"""The disclosure policy: `policy.yaml` arrives, a checked and immutable policy leaves.

The legal floor stands here in code, so that no file can undercut it. What a rule is applied to does not
belong here.
"""

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from core.errors import Kind
from core.yaml_models import Members, Several, YamlModel, problem, read_yaml

POLICY_FILE = Path(__file__).with_name("policy.yaml")
LEGAL_FLOOR = 3


Share = Annotated[float, Field(gt=0, lt=1)]


class _Thresholds(YamlModel):
    normal: int
    high: int

    @model_validator(mode="after")
    def _hold_the_floor(self) -> Self:
        if self.normal < LEGAL_FLOOR or self.high < self.normal:
            raise problem(
                f"la soglia normale almeno {LEGAL_FLOOR}, minimo di legge, e l'alta almeno pari alla normale",
                f"normal must be at least {LEGAL_FLOOR}, the legal floor, and high at least normal",
            )
        return self


class _High(YamlModel):
    areas: Members[str]
    sensitivity: str


class _Amounts(YamlModel):
    one_contributor: Share
    two_contributors: Share
    protection: Share


class _Calendar(YamlModel):
    month: int
    quarter: int
    year: int

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if not self.month <= self.quarter <= self.year:
            raise problem(
                "un trimestre non esce prima dei suoi mesi, né un anno prima dei suoi trimestri",
                "a quarter must not be published sooner than its months, nor a year than its quarters",
            )
        return self


class _QualityScore(YamlModel):
    records_at_least: Annotated[int, Field(ge=1)]
    days_to_arrive: Annotated[int, Field(ge=0)]


class _PolicyFile(YamlModel):
    thresholds: _Thresholds
    high: _High
    amounts: _Amounts
    population_floor: int
    wait_bands: Several[int]
    calendar: _Calendar
    frozen: bool
    quality_score: _QualityScore

    @model_validator(mode="after")
    def _bands_rise(self) -> Self:
        bands = self.wait_bands
        if len(bands) != 3 or bands[0] < 1 or list(bands) != sorted(set(bands)):
            raise problem(
                "servono tre numeri di giorni, ciascuno maggiore del precedente",
                "needed are three numbers of days, each larger than the one before",
                "wait_bands",
            )
        return self


@dataclass(frozen=True)
class DisclosurePolicy:
    """Thresholds in persons, shares between 0 and 1, calendar in days after the end of a period."""

    normal: int
    high: int
    high_areas: frozenset[str]
    high_sensitivity: str
    one_contributor: float
    two_contributors: float
    protection: float
    population_floor: int
    wait_bands: tuple[int, ...]
    calendar: dict[str, int]
    frozen: bool
    quality_score: dict[str, int]
    sha256: str

    @property
    def wait_band_names(self) -> tuple[str, ...]:
        """The bands as the tables name them: up_to_30, 31_to_60, 61_to_90, over_90."""
        between = [f"{low + 1}_to_{high}" for low, high in pairwise(self.wait_bands)]
        return (f"up_to_{self.wait_bands[0]}", *between, f"over_{self.wait_bands[-1]}")

    def as_record(self) -> dict[str, object]:
        """Return the policy as it stands in release.json."""
        return {
            "thresholds": {"normal": self.normal, "high": self.high, "legal_floor": LEGAL_FLOOR},
            "high": {"areas": sorted(self.high_areas), "sensitivity": self.high_sensitivity},
            "amounts": {
                "one_contributor": self.one_contributor,
                "two_contributors": self.two_contributors,
                "protection": self.protection,
            },
            "population_floor": self.population_floor,
            "wait_bands": list(self.wait_bands),
            "calendar": dict(self.calendar),
            "frozen": self.frozen,
            "quality_score": dict(self.quality_score),
            "sha256": self.sha256,
        }


def load_policy(path: Path = POLICY_FILE) -> DisclosurePolicy:
    """Read and check the policy. Raises FileUnusable for a threshold under the legal floor, a share out of
    range, or a key that is missing or unknown."""
    content = path.read_bytes()
    said = read_yaml(content, path.name, _PolicyFile, kind=Kind.COULD_NOT_RUN)
    return DisclosurePolicy(
        normal=said.thresholds.normal,
        high=said.thresholds.high,
        high_areas=said.high.areas,
        high_sensitivity=said.high.sensitivity,
        one_contributor=said.amounts.one_contributor,
        two_contributors=said.amounts.two_contributors,
        protection=said.amounts.protection,
        population_floor=said.population_floor,
        wait_bands=said.wait_bands,
        calendar=said.calendar.model_dump(),
        frozen=said.frozen,
        quality_score={
            "records_at_least": said.quality_score.records_at_least,
            "days_to_arrive": said.quality_score.days_to_arrive,
        },
        sha256=hashlib.sha256(content).hexdigest(),
    )
