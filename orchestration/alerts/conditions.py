"""When something is an alert: the facts of a home arrive, the alerts that stand leave.

Every condition stands here once, but for limits that a policy or a setting owns, which come with the facts.
Judging data does not belong here: what a gate found is a fact.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.presentation.bilingual import Said
from core.sending_habit import habit, late
from ingestion.instances import Instance
from ingestion.receipts import ACCEPTED, HELD, REFUSED
from orchestration.alerts.alert import Alert
from orchestration.alerts.words import told

MOST_NAMES = 6
GIGABYTE = 1_000_000_000
# Which findings of the gates are alerts about a territory.
ABOUT_A_TERRITORY = {"volume": "volume", "silent_entity": "volume", "schema_drift": "schema_drift"}
LANDED = "landed"


@dataclass(frozen=True)
class SentExport:
    """An export and its last answer. `sequence` and `made` are None where its manifest could not be read;
    `attempts` counts the answers that loaded nothing; `answered_at` is UTC."""

    instance: str
    export_id: str
    status: str
    sequence: int | None
    period_to: date | None
    made: date | None
    answered_at: datetime | None
    attempts: int
    codes: tuple[str, ...]


@dataclass(frozen=True)
class FailedCheck:
    """A check of a gate without a good verdict, with the instances and subjects that broke its rule."""

    gate: str
    name: str
    is_critical: bool
    could_not_run: bool
    findings: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Facts:
    """What is known of a home at one moment.

    `released_on` is the day of the current release; `failed_steps` are those whose last run failed; `fetch`
    what the last fetch left to look after, by word and count. `days_at_most` is the limit of freshness where
    too few exports tell a calendar, `refused_days` how long a refused export stays in landing,
    `free_at_least` the gigabytes that must be free.
    """

    today: date
    registered: Mapping[str, Instance]
    exports: Sequence[SentExport]
    checks: Sequence[FailedCheck]
    is_red: bool
    released_on: date | None
    failed_steps: Sequence[str]
    fetch: str
    free_bytes: int
    days_at_most: int
    refused_days: int
    free_at_least: float
    owner: str | None


def standing(facts: Facts) -> list[Alert]:
    """Return everything that is wrong, territories first, in an order that does not change."""
    return [
        alert
        for condition in (_silent, _refused, _gaps, _found_by_gates, _red_gate, _steps, _source, _disk)
        for alert in condition(facts)
    ]


def _accepted(facts: Facts) -> dict[str, list[SentExport]]:
    found: dict[str, list[SentExport]] = defaultdict(list)
    for export in facts.exports:
        if export.status == ACCEPTED:
            found[export.instance].append(export)
    return found


def _contact(facts: Facts, instance: str) -> Said:
    known = facts.registered.get(instance)
    if known is None:
        return _house(facts)
    return Said(known.contact, known.contact) if known.contact else told("parts", "no_contact")


def _house(facts: Facts) -> Said:
    return Said(facts.owner, facts.owner) if facts.owner else told("parts", "no_owner")


def _name(facts: Facts, instance: str) -> object:
    known = facts.registered.get(instance)
    return known.name if known else told("parts", "unknown")


def _silent(facts: Facts) -> Iterator[Alert]:
    """Who has not sent what its own calendar expected."""
    accepted = _accepted(facts)
    for name, instance in sorted(facts.registered.items()):
        sent = [each for each in accepted.get(name, ()) if each.period_to]
        data_to = max((each.period_to for each in sent if each.period_to), default=None)
        last_day = min(facts.today, instance.active_to or facts.today)
        about: dict[str, object] = {"name": instance.name}
        if data_to is None:
            since = instance.active_from
            days = (last_day - since).days if since else 0
            if since and days > facts.days_at_most:
                about |= {"data_to": since, "days": days}
                yield Alert("silent", name, 1, _contact(facts, name), "silent_never", about, name)
            continue
        if instance.active_to and data_to >= instance.active_to:
            continue
        about["data_to"] = data_to
        sends = habit((each.period_to, each.made) for each in sent if each.period_to and each.made)
        if sends is None:
            days = (facts.today - data_to).days
            if days > facts.days_at_most:
                about |= {"days": days, "limit": facts.days_at_most}
                level = days // facts.days_at_most
                yield Alert("silent", name, level, _contact(facts, name), "silent_few", about, name)
        elif found := late(data_to, sends, facts.today):
            about |= {"n": found.n, "end": found.end, "due": found.due}
            yield Alert("silent", name, found.n, _contact(facts, name), "silent", about, name)


def _refused(facts: Facts) -> Iterator[Alert]:
    """Exports that were refused, until a later one is in or they are no longer in landing."""
    accepted = _accepted(facts)
    oldest = facts.today - timedelta(days=facts.refused_days)
    for export in facts.exports:
        if export.status != REFUSED or (export.answered_at and export.answered_at.date() < oldest):
            continue
        if any(_replaces(later, export) for later in accepted.get(export.instance, ())):
            continue
        about = {
            "name": _name(facts, export.instance),
            "export": export.export_id,
            "n": export.attempts,
            "codes": ", ".join(export.codes) or "-",
            "folder": export.instance,
        }
        instance = export.instance if export.instance in facts.registered else None
        subject = f"{export.instance}/{export.export_id}"
        owner = _contact(facts, export.instance)
        yield Alert("refused", subject, export.attempts, owner, "refused", about, instance)


def _replaces(accepted: SentExport, refused: SentExport) -> bool:
    """Whether what was accepted makes up for what was refused: it stands at its place or after, or came later
    where the place of the refused one could not be read."""
    if accepted.sequence is not None and refused.sequence is not None:
        return accepted.sequence >= refused.sequence
    return bool(accepted.answered_at and refused.answered_at and accepted.answered_at > refused.answered_at)


def _gaps(facts: Facts) -> Iterator[Alert]:
    """Exports that wait for one before them."""
    accepted = _accepted(facts)
    held: dict[str, list[SentExport]] = defaultdict(list)
    for export in facts.exports:
        if export.status == HELD:
            held[export.instance].append(export)
    for name, waiting in sorted(held.items()):
        about = {
            "name": _name(facts, name),
            "instance": name,
            "n": len(waiting),
            "first": min((each.sequence or 0 for each in waiting), default=0),
            "last": max((each.sequence or 0 for each in accepted.get(name, ())), default=0),
        }
        yield Alert("gap", name, len(waiting), _contact(facts, name), "gap", about, name)


def _found_by_gates(facts: Facts) -> Iterator[Alert]:
    """What the gate of the landed exports found about a territory: its rows, its columns."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for check in facts.checks:
        kind = ABOUT_A_TERRITORY.get(check.name) if check.gate == LANDED else None
        for instance, subject in check.findings if kind else ():
            found[str(kind), instance].add(subject)
    for (kind, name), subjects in sorted(found.items()):
        about = {"name": _name(facts, name), "n": len(subjects), "subjects": _listed(sorted(subjects))}
        yield Alert(kind, name, len(subjects), _contact(facts, name), kind, about, name)


def _red_gate(facts: Facts) -> Iterator[Alert]:
    if not facts.is_red:
        return
    failed = [check for check in facts.checks if check.is_critical]
    day = facts.released_on
    about = {
        "failed": sum(not check.could_not_run for check in failed),
        "not_run": sum(check.could_not_run for check in failed),
        "names": _listed([f"{check.gate}.{check.name}" for check in failed]),
        "kept": told("parts", "kept", day=day) if day else told("parts", "none_yet"),
    }
    yield Alert("red_gate", "", len(failed), _house(facts), "red_gate", about)


def _steps(facts: Facts) -> Iterator[Alert]:
    for name in sorted(facts.failed_steps):
        yield Alert("step_failed", name, 1, _house(facts), "step_failed", {"step": name})


def _source(facts: Facts) -> Iterator[Alert]:
    if facts.fetch:
        yield Alert("source", "", 1, _house(facts), "source", {"told": facts.fetch})


def _disk(facts: Facts) -> Iterator[Alert]:
    """Too little space, and worse each time that half of what was left has gone."""
    limit = facts.free_at_least * GIGABYTE
    if facts.free_bytes >= limit:
        return
    level, bound = 1, limit / 2
    while facts.free_bytes < bound and level < 20:
        level, bound = level + 1, bound / 2
    about = {"free": f"{facts.free_bytes / GIGABYTE:.1f}", "limit": f"{facts.free_at_least:g}"}
    yield Alert("disk", "", level, _house(facts), "disk", about)


def _listed(names: Sequence[str]) -> Said:
    told_ones = ", ".join(names[:MOST_NAMES])
    if len(names) <= MOST_NAMES:
        return Said(told_ones, told_ones)
    more = told("parts", "more", n=len(names) - MOST_NAMES)
    return Said(f"{told_ones} {more.it}", f"{told_ones} {more.en}")
