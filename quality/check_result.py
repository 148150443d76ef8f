"""What a check leaves behind: its name, whether it passed, and counts.

A judgement arrives, a row without any value leaves. How a judgement is reached does not belong here.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta

CRITICAL = "critical"
WARNING = "warning"
# How long an entry is proposed for: until the next export has come.
ACCEPTED_FOR = timedelta(days=31)


@dataclass(frozen=True)
class Finding:
    """What broke a rule, in the words in which it can be accepted. `export_id`: the instance's last export,
    for what landed; None for the marts.
    """

    instance: str
    subject: str
    export_id: str | None = None

    def accepted_as(self, check: str, until: date) -> str:
        """Return the entry of accepted-findings.yaml that accepts this, but for the reason."""
        export = f", export: {self.export_id}" if self.export_id else ""
        return (
            f"- {{check: {check}, instance: {self.instance}, subject: {self.subject}{export}, "
            f'until: {until.isoformat()}, reason: ""}}'
        )


@dataclass(frozen=True)
class CheckResult:
    """One check of one gate.

    `observed_count` of `total_count` rows broke the rule. A failed check of severity `critical` closes the
    gate, one of severity `warning` is reported and lets it open. `checked_at` is UTC. The two sentences name
    the rule and never a value. `could_not_run`: there is no verdict, so the check has not passed and closes
    the gate; the sentences then say why.
    """

    gate: str
    check_name: str
    passed: bool
    observed_count: int
    total_count: int
    severity: str = CRITICAL
    checked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    detail_it: str = ""
    detail_en: str = ""
    could_not_run: bool = False

    @property
    def sentence(self) -> str:
        """What to say of a check that has not passed, in English: the rule and how often it is broken, or why
        there is no verdict.
        """
        if self.could_not_run:
            return f"{self.gate}: {self.check_name} could not run: {self.detail_en}"
        rows = "1 row" if self.observed_count == 1 else f"{self.observed_count:,} rows"
        return f"{self.gate}: {self.check_name}: the rule is broken by {rows}: {self.detail_en}"

    findings: tuple[Finding, ...] = ()

    @property
    def entries(self) -> list[str]:
        """The entries of accepted-findings.yaml that accept the findings for a month, but for the reason."""
        until = (self.checked_at + ACCEPTED_FOR).date()
        return [finding.accepted_as(f"{self.gate}.{self.check_name}", until) for finding in self.findings]

    def as_record(self) -> dict[str, object]:
        """Return the result as plain JSON types."""
        return asdict(self) | {
            "checked_at": self.checked_at.isoformat(timespec="seconds"),
            "accepted_as": self.entries,
        }


def could_not_run(gate: str, check_name: str, cause: str, *, it: str = "", en: str = "") -> CheckResult:
    """Return the result of a check that came to no verdict. `cause` carries no value; `it` and `en`
    name its rule.
    """
    return CheckResult(
        gate,
        check_name,
        False,
        0,
        0,
        CRITICAL,
        detail_it=f"{it}. Il controllo non è stato eseguito: {cause}" if it else f"non eseguito: {cause}",
        detail_en=f"{en}. The check could not run: {cause}" if en else cause,
        could_not_run=True,
    )


@dataclass(frozen=True)
class GateReport:
    """All results of the gates of one build."""

    results: tuple[CheckResult, ...]
    checked_at: datetime

    @property
    def green(self) -> bool:
        """True when something was checked and no critical check failed."""
        return bool(self.results) and all(
            result.passed or result.severity != CRITICAL for result in self.results
        )

    @property
    def failed(self) -> Sequence[CheckResult]:
        """The critical checks that failed."""
        return [result for result in self.results if not result.passed and result.severity == CRITICAL]

    @property
    def warnings(self) -> Sequence[CheckResult]:
        """The checks that failed without closing the gate."""
        return [result for result in self.results if not result.passed and result.severity != CRITICAL]
