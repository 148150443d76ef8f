"""The quality score of every territory and provider, month by month (docs/explanation/quality-score.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median

from tests.second_computation.calendar_days import last_day, months_later, period_of, periods_between
from tests.second_computation.export_files import Export
from tests.second_computation.flags import Flag
from tests.second_computation.network_facts import OWN_DAY, Fact, Network

# What the policy says: of how many records a share is told at least, and in how many days an export arrives.
RECORDS_AT_LEAST = 30
DAYS_TO_ARRIVE = timedelta(days=30)
# Flags that are no inconsistency of the record itself.
JUDGED_APART = ("late", "told_elsewhere")
DIMENSIONS = ("completeness", "validity", "timeliness", "consistency", "linkage")

Place = tuple[str, str, date, str]


@dataclass(frozen=True)
class Score:
    """One row of `marts.quality_score`."""

    numerator: Decimal | None
    denominator: Decimal | None
    n_records: int | None
    score: Decimal | None
    status: str


@dataclass
class _Counts:
    """What is counted of the records of a month of a scope."""

    described: int = 0
    fields: int = 0
    filled: int = 0
    records: int = 0
    consistent: int = 0
    to_link: int = 0
    linked: int = 0
    received: int = 0
    kept: int = 0
    in_time: bool | None = field(default=None)


def quality_scores(network: Network, flags: Set[Flag]) -> Iterator[tuple[Place, Score]]:
    """Yield scope type, scope id, month and dimension, and the score there."""
    collecting = {
        each.export.instance for each in network.loading.accepted if "request" in each.export.listed
    }
    counted = _count(network, {flag[:3] for flag in flags if flag[3] not in JUDGED_APART}, collecting)
    months = {("instance", i, month) for i in network.territories for month in _months(network, i)}
    months |= {key for key in counted if key[0] == "provider" and key[2] <= network.as_of}
    for accepted in network.loading.accepted:
        export = accepted.export
        counts = counted["instance", export.instance, period_of("month", export.period_to)]
        counts.received += accepted.received
        counts.kept += accepted.received - accepted.quarantined_rows
    for key in months:
        kind, scope_id, month = key
        counts = counted[key]
        if kind == "instance":
            counts.in_time = _in_time(network, scope_id, month)
        links = scope_id in collecting if kind == "instance" else counts.to_link > 0
        rows = dict(_dimensions(counts, of_exports=kind == "instance", links=links))
        for dimension, score in rows.items():
            yield (*key, dimension), score
        known = [score.score for score in rows.values() if score.score is not None]
        if any(rows[name].score is not None for name in DIMENSIONS if name != "timeliness"):
            total = sum(known, Decimal(0))
            yield (
                (*key, "ALL"),
                Score(total, Decimal(len(known)), None, _percent(total, Decimal(len(known))), "ok"),
            )
        else:
            yield (*key, "ALL"), Score(None, None, None, None, "denominator_missing")


def _dimensions(counts: _Counts, *, of_exports: bool, links: bool) -> Iterator[tuple[str, Score]]:
    yield "completeness", _share(counts.filled, counts.fields, counts.described)
    yield "consistency", _share(counts.consistent, counts.records, counts.records)
    not_collected = Score(None, None, None, None, "not_collected")
    yield "linkage", _share(counts.linked, counts.to_link, counts.to_link) if links else not_collected
    if not of_exports:
        for name in ("validity", "timeliness"):
            yield name, Score(None, None, None, None, "not_applicable")
        return
    yield "validity", _share(counts.kept, counts.received, counts.received)
    if counts.in_time is None:
        yield "timeliness", Score(Decimal(0), Decimal(0), None, None, "denominator_missing")
    else:
        share = Decimal(int(counts.in_time))
        yield "timeliness", Score(share, Decimal(1), None, share, "ok")


def _share(numerator: int, denominator: int, records: int) -> Score:
    enough = records >= RECORDS_AT_LEAST
    score = _percent(Decimal(numerator), Decimal(denominator)) if enough else None
    status = "ok" if enough else "denominator_missing"
    return Score(Decimal(numerator), Decimal(denominator), records, score, status)


def _percent(numerator: Decimal, denominator: Decimal) -> Decimal:
    return Decimal(int(100 * numerator // denominator)) / 100


def _count(
    network: Network, flagged: Set[tuple[str, str, str]], collecting: Set[str]
) -> dict[tuple[str, str, date], _Counts]:
    counted: dict[tuple[str, str, date], _Counts] = defaultdict(_Counts)
    present = {(fact.instance, fact.record_id) for fact in network.present("request")}
    for entity, own_day in OWN_DAY.items():
        for fact in network.ledger(entity):
            if not fact.effective:
                continue
            month = period_of("month", own_day(fact.row))
            fields = list(_fields(network, entity, fact))
            scopes = [("instance", fact.instance)]
            if entity == "service_delivery":
                scopes += network.organisation("provider", fact.instance, fact["provider_id"])
            for scope in scopes:
                counts = counted[(*scope, month)]
                counts.described += bool(fields)
                counts.fields += len(fields)
                counts.filled += sum(fields)
                counts.records += 1
                counts.consistent += (fact.instance, entity, fact.record_id) not in flagged
                if entity == "service_delivery" and fact.instance in collecting:
                    counts.to_link += 1
                    counts.linked += (fact.instance, fact["request_id"]) in present
    return counted


def _fields(network: Network, entity: str, fact: Fact) -> Iterator[bool]:
    """Whether each field that is expected of a record is filled."""
    if entity == "service_delivery":
        service = network.attributes("service", fact.instance, fact["service_id"])
        yield service is not None and service["nomenclatore_code"] is not None
        if fact["person_id"] is not None:
            person = network.attributes("person", fact.instance, fact["person_id"]) or {}
            for column in ("sex", "citizenship"):
                yield person.get(column) not in (None, "ND")
    elif entity == "payment":
        yield fact["spending_type"] is not None
    elif entity == "measurement":
        yield fact["respondent"] is not None
    elif entity == "plan_movement" and fact["event"] == "SPEND":
        yield fact["provider_id"] is not None


def _exports(network: Network, instance: str) -> list[Export]:
    return [each.export for each in network.loading.accepted if each.export.instance == instance]


def _months(network: Network, instance: str) -> Iterator[date]:
    exports = _exports(network, instance)
    if not exports:
        return
    territory = network.territories[instance]
    first = max(min(export.period_from for export in exports), territory.active_from or date.min)
    last = min(network.as_of, territory.active_to or date.max)
    yield from periods_between("month", first, last)


def _in_time(network: Network, instance: str, month: date) -> bool | None:
    """Whether a month was told in time; None where it is not due yet."""
    exports = _exports(network, instance)
    wanted = min(last_day("month", month), network.territories[instance].active_to or date.max)
    telling = [export for export in exports if export.period_from <= wanted <= export.period_to]
    first = min(telling, key=lambda export: (export.created_on, export.sequence), default=None)
    earlier = sorted({export.period_to for export in exports if export.period_to < month})
    steps = [12 * (late.year - early.year) + late.month - early.month for early, late in pairwise(earlier)][
        -3:
    ]
    if len(steps) == 3:
        apart, end = max(1, int(median(steps))), period_of("month", earlier[-1])
        while end < month:
            end = months_later(end, apart)
        due = last_day("month", end) + DAYS_TO_ARRIVE
    else:
        due = (first.period_to if first else wanted) + DAYS_TO_ARRIVE
    if first is None:
        return False if due < network.as_of else None
    return first.created_on <= due
