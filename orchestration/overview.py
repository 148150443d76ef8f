"""What is fresh, missing and red in a home, and what to do about it: the sentences of `vetro status`.

A home, its operations status and the alerts that stand arrive; at most ten sentences leave. What is an alert,
and how sentences are printed, does not belong here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from core.home import VetroHome
from core.locks import holder, is_held
from ingestion.instances import read_instances
from orchestration.alerting import StandingAlert
from orchestration.status import Status

TASKS, NAMED = 5, 4
# Every night something runs, also where nothing is new.
SILENT_AFTER = timedelta(hours=36)


@dataclass(frozen=True)
class Territory:
    """A registered territory that sends today. late: what its own calendar expected has not come; silent: it
    has not sent yet, and need not have. `data_to` is the last day that its accepted exports cover.
    """

    instance: str
    state: Literal["fresh", "late", "silent"]
    data_to: date | None


@dataclass(frozen=True)
class Overview:
    """Sentences of one line each: `facts`, and `tasks`, what matters most first."""

    facts: list[str]
    tasks: list[str]
    territories: list[Territory]

    @property
    def lines(self) -> list[str]:
        """All facts and the first tasks, in at most ten lines; the last says how many more there are."""
        tasks = self.tasks
        if len(tasks) > TASKS:
            left = f"and {len(tasks) - TASKS + 1} more: vetro status --json"
            tasks = [*tasks[: TASKS - 1], left]
        return [*self.facts, *(f"To do: {task}" for task in tasks)]


def territories(
    home: VetroHome, found: Status, alerts: Sequence[StandingAlert], today: date
) -> list[Territory]:
    """Return the state of every territory that the register has active on `today`, by id."""
    late = {one.alert.instance for one in alerts if one.alert.kind == "silent"}
    reached: dict[str, date] = {}
    for instance, _, outcome, period_to, *_ in found.export:
        if outcome == "accepted" and period_to:
            reached[instance] = max(period_to, reached.get(instance, period_to))
    return [
        Territory(
            name, "late" if name in late else "fresh" if name in reached else "silent", reached.get(name)
        )
        for name, instance in sorted(read_instances(home).items())
        if (instance.active_from or today) <= today <= (instance.active_to or today)
    ]


def overview(
    home: VetroHome,
    found: Status,
    alerts: Sequence[StandingAlert],
    now: datetime,
    *,
    also: Sequence[str] = (),
) -> Overview:
    """Return what there is to say about `home` at `now`, which has a time zone; `also` are tasks besides."""
    today, now = now.date(), now.astimezone(UTC).replace(tzinfo=None)
    known = territories(home, found, alerts, today)
    facts = [
        _release(found, now),
        _gate(home, found),
        _last_run(home, found, now),
        _territories(known),
        _exports(found),
    ]
    # Those about the house come last among alerts, and keep everybody from something: first here.
    urgent = sorted(alerts, key=lambda one: one.alert.instance is not None)
    return Overview(facts, [*_stopped(home, found, now), *also, *map(_task, urgent)], known)


def _task(one: StandingAlert) -> str:
    alert = one.alert
    whom = f" ({alert.owner.en})" if alert.instance else ""
    return f"{alert.said('title').en}{whom}. {alert.said('do').en}"


def _release(found: Status, now: datetime) -> str:
    if not found.release:
        return "Release: none yet"
    release_id, created = found.release[0]
    return f"Release: {release_id}, made {_ago(now - created)}"


def _gate(home: VetroHome, found: Status) -> str:
    if not found.gate:
        return "Gate: not judged yet"
    report = home.quality_report / "report.html"
    if not found.gate[0][0]:
        names = _named(f"{check.gate}.{check.check_name}" for check in found.failed_checks())
        return f"Gate: red, nothing leaves until it is green: {names} ({report})"
    warned = sum(not passed for _, _, passed, *_ in found.check_result)
    return f"Gate: green, {_count(warned, 'warning')} ({report})"


def _last_run(home: VetroHome, found: Status, now: datetime) -> str:
    if is_held(home.warehouse_lock):
        return f"At work: {holder(home.warehouse_lock) or 'a run'}"
    steps = found.steps()
    if not steps:
        return "Run: none yet"
    seconds = sum(step.seconds for step in steps)
    outcomes = ", ".join(
        f"{step.name} {step.outcome}" + (f" ({step.detail})" if step.outcome == "failed" else "")
        for step in steps
    )
    return f"Run: {_ago(now - steps[-1].started_at)}, {seconds:.0f} s: {outcomes}"


def _territories(known: Sequence[Territory]) -> str:
    if not known:
        return "Territories: none in instances.yaml"
    by_state = {
        state: [one.instance for one in known if one.state == state] for state in ("fresh", "late", "silent")
    }
    told = [f"{len(by_state['fresh'])} of {len(known)} fresh by their own calendar"]
    for state, words in (("late", "late"), ("silent", "have not sent yet")):
        if by_state[state]:
            told.append(f"{len(by_state[state])} {words} ({_named(by_state[state])})")
    return f"Territories: {', '.join(told)}"


def _exports(found: Status) -> str:
    outcomes = [outcome for _, _, outcome, *_ in found.export]
    counts = [(outcomes.count(name), name) for name in ("accepted", "held", "refused")]
    told = ", ".join(f"{count:,} {name}" for count, name in counts if count) or "none yet"
    reached = max((row[3] for row in found.export if row[3]), default=None)
    return f"Exports: {told}" + (f"; the last day they cover is {reached.isoformat()}" if reached else "")


def _stopped(home: VetroHome, found: Status, now: datetime) -> Iterable[str]:
    steps = found.steps()
    if not steps:
        yield "put exports into landing, or try vetro simulate; then vetro run, or vetro up for good"
    elif now - steps[-1].started_at > SILENT_AFTER and not is_held(home.warehouse_lock):
        yield "nothing has run for more than a day: start vetro up, or see to its timer"


def _named(names: Iterable[str]) -> str:
    every = list(names)
    told = ", ".join(every[:NAMED])
    return f"{told} and {len(every) - NAMED} more" if len(every) > NAMED else told


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _ago(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if hours < 1:
        return "within the hour"
    return f"{_count(hours, 'hour')} ago" if hours < 48 else f"{hours // 24} days ago"
