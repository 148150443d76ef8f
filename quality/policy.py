"""The limits of the gates, read from `policy.yaml`, and the findings that somebody has accepted.

Two YAML files arrive, plain dictionaries leave. What a limit is applied to does not belong here.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from core.home import VetroHome

POLICY_FILE = Path(__file__).with_name("policy.yaml")
ACCEPTED_FILE = "accepted-findings.yaml"


class GatePolicyError(Exception):
    """The limits or the accepted findings cannot be used; says what is missing."""


@dataclass(frozen=True)
class AcceptedFinding:
    """A finding that was looked into. `subject` None accepts every subject of the instance; `export` binds it
    to that export, so that it is open again with the next one.
    """

    check: str
    instance: str
    subject: str | None
    until: date
    reason: str
    export: str | None = None


@dataclass(frozen=True)
class GatePolicy:
    """The limits of both gates as written in the file, with its SHA-256."""

    landed: dict
    marts: dict
    sha256: str


def load_policy(path: Path = POLICY_FILE) -> GatePolicy:
    """Read the limits. Raises GatePolicyError naming the missing part."""
    content = path.read_bytes()
    document = yaml.safe_load(content)
    for part in ("landed", "marts"):
        if not isinstance(document.get(part), dict):
            raise GatePolicyError(f"{path.name}: the part `{part}` is missing / manca la parte `{part}`")
    return GatePolicy(document["landed"], document["marts"], hashlib.sha256(content).hexdigest())


def accepted_findings(home: VetroHome, today: date) -> list[AcceptedFinding]:
    """Return the accepted findings whose last day has not passed; none where there is no file.

    Raises GatePolicyError when an entry has no check, instance, until or reason.
    """
    path = home.root / ACCEPTED_FILE
    if not path.exists():
        return []
    findings = []
    for number, entry in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")) or [], start=1):
        missing = [key for key in ("check", "instance", "until", "reason") if not entry.get(key)]
        if missing:
            names = ", ".join(missing)
            raise GatePolicyError(
                f"{ACCEPTED_FILE}, entry {number}: add {names} / voce {number}: aggiungere {names}"
            )
        finding = AcceptedFinding(
            entry["check"],
            entry["instance"],
            entry.get("subject"),
            entry["until"],
            entry["reason"],
            entry.get("export"),
        )
        if finding.until >= today:
            findings.append(finding)
    return findings
