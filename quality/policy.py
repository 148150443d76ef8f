"""The limits of the gates, read from `policy.yaml`, and the findings that somebody has accepted.

Two YAML files arrive, checked; plain dictionaries of limits and accepted findings leave. What a limit is
applied to does not belong here.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from core.errors import Kind
from core.home import VetroHome
from core.yaml_models import Several, YamlModel, read_yaml

POLICY_FILE = Path(__file__).with_name("policy.yaml")
ACCEPTED_FILE = "accepted-findings.yaml"

Severity = Literal["critical", "warning"]
Text = Annotated[str, Field(min_length=1)]
Number = int | float
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[Number, Field(gt=0)]


class AcceptedFinding(YamlModel):
    """A finding that was looked into. `subject` None accepts every subject of the instance; `export` binds it
    to that export, so that it is open again with the next one.
    """

    check: Text
    instance: Text
    subject: str | None = None
    until: date
    reason: Text
    export: str | None = None


class _Check(YamlModel):
    severity: Severity


class _Ratios(YamlModel):
    lowest_ratio: Positive
    highest_ratio: Positive


class _Volume(_Check, _Ratios):
    rows_at_least: Count
    deviations: Positive
    deviations_of_all: Positive
    beyond_history: Positive
    steady_ratio: Positive
    peers_at_least: Count
    peer_rows_at_least: Count
    without_season: _Ratios


class _Mix(_Check):
    rows_at_least: Count
    largest_change: Share


class _EmptyShare(_Mix):
    not_judged: list[Text]


class _Values(_Mix):
    largest_factor: Positive
    largest_days: Count


class _Freshness(_Check):
    days_at_most: Count


class _SilentEntity(_Check):
    exports: Count


class _FlaggedShare(_Check):
    rows_at_least: Count
    highest_share: dict[str, Share]


class _Landed(YamlModel):
    history: Count
    history_at_least: Count
    deviations: Positive
    wide_range: Share
    due_at_least: Count
    year_of_exports: Count
    volume: _Volume
    empty_share: _EmptyShare
    status_mix: _Mix
    values: _Values
    freshness: _Freshness
    schema_drift: _Check
    silent_entity: _SilentEntity
    flagged_share: _FlaggedShare


class _Range(_Check):
    name: Text
    it: Text
    en: Text
    units: list[Text] | None = None
    indicators: list[Text] | None = None
    scopes: list[Text] | None = None
    periods: list[Text] | None = None
    lowest: Number | None = None
    highest: Number | None = None


class _Reversal(YamlModel):
    entity: Text
    date: Text
    amount: Text
    indicators: list[Text]


class _Euro(YamlModel):
    entity: Text
    mart: Text
    columns: list[Text]


class _Reconciliation(_Check):
    ledger: list[_Euro]
    state: list[_Euro]


class _SuddenChange(_Check, _Ratios):
    months_at_least: Count
    scopes: list[Text]
    floor: dict[str, Number]


class _Marts(YamlModel):
    ranges: list[_Range]
    reversals: list[_Reversal]
    reconciliation: _Reconciliation
    sudden_change: _SuddenChange


class _PolicyFile(YamlModel):
    landed: _Landed
    marts: _Marts


@dataclass(frozen=True)
class GatePolicy:
    """The limits of both gates as written in the file, with its SHA-256."""

    landed: dict
    marts: dict
    sha256: str


def load_policy(path: Path = POLICY_FILE) -> GatePolicy:
    """Read the limits. Raises FileUnusable for a limit that is missing, unknown or of the wrong kind."""
    content = path.read_bytes()
    limits = read_yaml(content, path.name, _PolicyFile, kind=Kind.COULD_NOT_RUN).model_dump(
        exclude_unset=True
    )
    return GatePolicy(limits["landed"], limits["marts"], hashlib.sha256(content).hexdigest())


# An empty file is no finding.
_ACCEPTED_FINDINGS: Any = Several[AcceptedFinding] | None


def accepted_findings(home: VetroHome, today: date) -> list[AcceptedFinding]:
    """Return the accepted findings whose last day has not passed; none where there is no file.

    Raises FileUnusable when an entry has no check, instance, until or reason.
    """
    path = home.root / ACCEPTED_FILE
    if not path.exists():
        return []
    entries = read_yaml(path.read_bytes(), path.name, _ACCEPTED_FINDINGS, kind=Kind.COULD_NOT_RUN)
    return [finding for finding in entries or () if finding.until >= today]
