"""From the request to the service: requests, assessments, waits, deliveries and their corrections.

A block of persons and the territory's offer arrive; the rows of the three entities leave, and the
deliveries with what funding, bookings and outcomes need to know about them. Who stands behind the money
does not belong here.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulation.months import (
    DAY,
    END,
    NONE,
    SEASON,
    at_hour,
    month_count,
    month_of_day,
    month_of_year,
    seasonal_days,
    start_day,
    working_day,
)
from simulation.organisations import Bodies
from simulation.people import Block, Numbers
from simulation.rows import Rows, Stage, Words, events, states, words
from simulation.services import AREAS, Offer
from simulation.territories import Territory

CHANNELS = ["DESK", "PHONE", "WEB", "APP", "OUTREACH", "REFERRAL"]
REASONS = ["NOT_ELIGIBLE", "NO_FUNDS", "NO_CAPACITY", "INCOMPLETE", "OTHER"]
REQUEST_STATUSES = ["OPEN", "ASSESSED", "ACCEPTED", "REJECTED", "WITHDRAWN"]

# Need by age: minors, adults, over 65; in the order of AREAS.
NEED = np.array([
    [0.70, 0.12, 0.01, 0.00, 0.07, 0.06, 0.04],
    [0.20, 0.13, 0.08, 0.00, 0.14, 0.33, 0.12],
    [0.01, 0.14, 0.01, 0.68, 0.02, 0.08, 0.06],
])  # fmt: skip
AREA_PACE = np.array([1.15, 1.30, 0.90, 0.85, 0.75, 1.00, 0.60])
AREA_DOSE = np.array([1.0, 1.5, 1.1, 1.45, 0.7, 0.8, 0.6])
USERS = 0.39


@dataclass
class Care:
    """The deliveries of a block, by delivery, and what is known of their episodes, by episode.

    record, request, provider: record numbers (request may be NONE). person: position in the block. episode:
    position in the episode arrays. service: index into the offer. day: of the service. told: month of the
    export that carries the delivery. quantity: thousandths. total, user, municipality, ssn, other: cents.
    """

    record: np.ndarray
    person: np.ndarray
    episode: np.ndarray
    service: np.ndarray
    provider: np.ndarray
    day: np.ndarray
    told: np.ndarray
    quantity: np.ndarray
    total: np.ndarray
    user: np.ndarray
    municipality: np.ndarray
    ssn: np.ndarray
    other: np.ndarray
    request: np.ndarray
    episode_person: np.ndarray
    episode_area: np.ndarray
    episode_count: np.ndarray


@dataclass
class Episodes:
    """Accepted requests that reached a service."""

    person: np.ndarray
    request: np.ndarray
    area: np.ndarray
    service: np.ndarray
    provider: np.ndarray
    start: np.ndarray
    dose: np.ndarray


def _lognormal(rng: np.random.Generator, median: np.ndarray, spread: float) -> np.ndarray:
    return median * np.exp(rng.normal(0, spread, len(median)))


def _after(moments: np.ndarray, days: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a moment in office hours, `days` after each moment."""
    return np.maximum(
        at_hour(working_day(moments // DAY + np.round(days).astype(np.int64)), rng), moments + 3600
    )


def draw_requests(
    block: Block, territory: Territory, bodies: Bodies, numbers: Numbers, rng: np.random.Generator
) -> tuple[Rows, Rows, Episodes]:
    """Return request and assessment rows, and the episodes of care that follow (service not yet chosen)."""
    n = len(block)
    count = np.where(rng.random(n) < USERS, 1 + (rng.random(n) < 0.27) + (rng.random(n) < 0.07), 0)
    if not count.any():
        count[0] = 1
    person = np.repeat(np.arange(n), count)
    m = len(person)
    received = at_hour(seasonal_days(rng, m, start_day() - 80, END), rng, 7.5, 21.0)
    block.note(person, received)

    age = block.age[person]
    group = np.where(age < 18, 0, np.where(age < 65, 1, 2))
    area = (rng.random(m)[:, None] > np.cumsum(NEED, axis=1)[group]).sum(axis=1).clip(0, len(AREAS) - 1)
    digital = territory.digital * np.where(age > 65, 0.45, np.where(age < 40, 1.3, 1.0))
    draw = rng.random(m)
    other_channel = rng.choice([0, 1, 4, 5], size=m, p=[0.50, 0.25, 0.09, 0.16])
    channel = np.where(draw < digital * 0.62, 2, np.where(draw < digital, 3, other_channel))

    summer = np.isin(month_of_year(received // DAY), (6, 7)) * 9.0
    crowd = np.where(rng.random(m) < 0.06, 7.0, 1.0)
    pace = territory.pace * AREA_PACE[area]
    assessed = _after(received, _lognormal(rng, 12.0 * pace * crowd, 0.75) + summer, rng)
    decided = _after(assessed, _lognormal(rng, np.full(m, 7.0 * territory.pace), 0.6), rng)

    fate = rng.random(m)
    refusal = territory.refusal * np.where(np.isin(area, (5, 6)), 1.2, 0.95)
    incomplete = fate < 0.025
    rejected = incomplete | (fate > 1 - refusal)
    withdrawn = ~rejected & (fate < 0.085)
    early = incomplete | withdrawn
    gave_up = _after(received, rng.exponential(32, m) + 2, rng)
    decided = np.where(early, gave_up, decided)
    has_assessment = ~early | (withdrawn & (gave_up > assessed))
    # The year's money runs out in autumn.
    autumn = month_of_year(decided // DAY) > 8
    scarce = rng.random(m) < territory.scarcity * np.where(autumn, 1.35, 0.9)
    reason = np.where(
        incomplete,
        3,
        np.where(scarce, np.where(rng.random(m) < 0.6, 1, 2), np.where(rng.random(m) < 0.85, 0, 4)),
    )
    final = np.where(rejected, 3, np.where(withdrawn, 4, 2))

    late = (rng.random(m) < 0.02).astype(np.int64)
    record = numbers.take("request", m)
    point = bodies.points[np.minimum(rng.geometric(0.45, m) - 1, len(bodies.points) - 1)]
    columns = {
        "person_id": block.number[person],
        "household_id": np.where(rng.random(m) < 0.55, block.household[person], NONE),
        "social_point_id": np.where(np.isin(channel, (2, 3)) & (rng.random(m) < 0.6), NONE, point),
        "channel": Words(channel, CHANNELS), "need_area": Words(area, AREAS), "received_at": received,
    }  # fmt: skip
    nothing = words(None, m)
    requests = states(
        "request",
        record,
        columns,
        [
            Stage(
                received,
                {
                    "status": Words(np.zeros(m, dtype=np.int64), REQUEST_STATUSES),
                    "status_at": received,
                    "reject_reason": nothing,
                },
            ),
            Stage(
                np.where(has_assessment, assessed, NONE),
                {"status": Words(np.ones(m, dtype=np.int64), REQUEST_STATUSES), "status_at": assessed},
            ),
            Stage(
                decided,
                {
                    "status": Words(final, REQUEST_STATUSES),
                    "status_at": decided,
                    "reject_reason": Words(np.where(rejected, reason, -1), REASONS),
                },
            ),
        ],
        late,
    )
    assessments = _assessments(
        block, person, record, point, assessed, has_assessment, rejected & (reason == 0), late, numbers, rng
    )

    start = _after(decided, _lognormal(rng, 21 * pace * np.where(crowd > 1, 2.0, 1.0), 0.8), rng) // DAY
    go = np.flatnonzero((final == 2) & (start <= END) & (rng.random(m) < 0.95))
    intensity = np.exp(rng.normal(0, 0.5, len(go)))
    dose = 2.7 * territory.dose * AREA_DOSE[area[go]] * intensity
    return (
        requests,
        assessments,
        Episodes(
            person[go],
            record[go],
            area[go],
            np.zeros(len(go), dtype=np.int64),
            np.zeros(len(go), dtype=np.int64),
            np.maximum(start[go], start_day()),
            dose,
        ),
    )


def _assessments(
    block: Block,
    person: np.ndarray,
    request: np.ndarray,
    point: np.ndarray,
    assessed: np.ndarray,
    happened: np.ndarray,
    no_need: np.ndarray,
    late: np.ndarray,
    numbers: Numbers,
    rng: np.random.Generator,
) -> Rows:
    rows = np.flatnonzero(happened & (assessed <= (END + 1) * DAY - 7200))
    m = len(rows)
    outcome = np.where(no_need[rows] & (rng.random(m) < 0.5), 2, np.where(rng.random(m) < 0.11, 1, 0))
    day = assessed[rows] // DAY
    plan = outcome == 0
    plan_to = day + rng.integers(120, 420, m)
    managers = 2 + len(block) // 1_500
    manager = point[rows] * 100 + rng.integers(1, managers + 1, m)
    labels, code = np.unique(manager, return_inverse=True)
    columns = {
        "request_id": request[rows], "person_id": block.number[person[rows]],
        "social_point_id": point[rows], "manager_ref": Words(code, [f"WM-{label}" for label in labels]),
        "assessed_on": day, "outcome": Words(outcome, ["PLAN", "REFERRAL", "NO_NEED"]),
        "plan_from": np.where(plan, day + 3, NONE),
    }  # fmt: skip
    closed = plan & (rng.random(m) < 0.7)
    return states(
        "assessment",
        numbers.take("assessment", m),
        columns,
        [
            Stage(assessed[rows], {"plan_to": np.where(plan & ~closed, plan_to, NONE)}),
            Stage(np.where(closed, plan_to * DAY + 36_000, NONE), {"plan_to": plan_to}),
        ],
        late[rows],
    )


def draw_deliveries(
    block: Block,
    episodes: Episodes,
    territory: Territory,
    offer: Offer,
    bodies: Bodies,
    share_on: Callable[[np.ndarray, np.ndarray], np.ndarray],
    numbers: Numbers,
    rng: np.random.Generator,
) -> Care:
    """Return the deliveries of the episodes; `share_on(episode, day)` is the share of what person and health
    service leave that others than the municipality pay.

    August and weekends are quiet; whoever needs more comes more often and for longer.
    """
    episodes.service = offer.choose_service(episodes.area, rng)
    episodes.provider = offer.choose_provider(episodes.service, rng)
    count = 1 + rng.poisson(np.minimum(episodes.dose * offer.dose[episodes.service], 40))
    episode = np.repeat(np.arange(len(count)), count)
    turn = np.arange(len(episode)) - np.repeat(np.cumsum(count) - count, count)
    gap = np.maximum(rng.integers(7, 26, len(count)), offer.days[episodes.service])
    day = episodes.start[episode] + turn * gap[episode] + rng.integers(0, 4, len(episode))
    day = np.where(rng.random(len(day)) < 0.8, working_day(day), day)
    busy = SEASON[month_of_year(day)]
    keep = (day <= END) & (rng.random(len(day)) < 0.15 + 0.75 * busy)
    if not keep.any():
        keep[0], day[0] = True, END
    episode, day = episode[keep], day[keep]
    service, provider = episodes.service[episode], episodes.provider[episode]
    person = episodes.person[episode]
    m = len(day)
    raw = offer.base[service] * np.exp(rng.normal(0, 0.28, m))
    whole = offer.whole_units[service]
    quantity = np.where(whole, np.maximum(np.round(raw), 1), np.maximum(np.round(raw * 4), 1) / 4)
    price_by_body = np.ones(int(bodies.providers.max()) + 1)
    price_by_body[bodies.providers] = bodies.provider_price
    price = np.where(
        offer.price[service] == 100, 100, np.round(offer.price[service] * price_by_body[provider])
    )
    total = np.round(price * quantity).astype(np.int64)
    user, municipality, ssn, other = split_amount(
        total, block.isee[person], offer.pays[service], offer.ssn[service], share_on(episode, day)
    )
    linked = rng.random(m) < territory_linkage(territory)
    block.note(person, day * DAY + 30_000)
    delay = np.where(rng.random(m) < 0.03, 1, 0) + np.where(rng.random(m) < 0.006, rng.integers(1, 4, m), 0)
    delay = np.where(rng.random(m) < 0.0006, 14, delay)
    told = np.maximum(month_of_day(day), 0) + delay
    seen = told < month_count()
    record = np.full(m, NONE)
    record[seen] = numbers.take("service_delivery", int(seen.sum()))
    care = Care(
        record,
        person,
        episode,
        service,
        provider,
        day,
        told,
        (quantity * 1000).astype(np.int64),
        total,
        user,
        municipality,
        ssn,
        other,
        np.where(linked, episodes.request[episode], NONE),
        episodes.person,
        episodes.area,
        np.bincount(episode, minlength=len(count)),
    )
    return _only(care, seen)


def territory_linkage(territory: Territory) -> float:
    """Return the share of deliveries that name the request they answer."""
    return 0.97 - 0.05 * (territory.pace > 1.3)


def _only(care: Care, rows: np.ndarray) -> Care:
    per_delivery = (
        "record",
        "person",
        "episode",
        "service",
        "provider",
        "day",
        "told",
        "quantity",
        "total",
        "user",
        "municipality",
        "ssn",
        "other",
        "request",
    )
    return Care(
        **{
            name: getattr(care, name)[rows] if name in per_delivery else getattr(care, name)
            for name in care.__dataclass_fields__
        }
    )


def split_amount(
    total: np.ndarray, isee: np.ndarray, pays: np.ndarray, ssn_share: np.ndarray, funded: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return user, municipality, health-service and other cents that sum exactly to `total`.

    The person pays by ISEE (nothing under 6,000 euro, up to 35% without one) where the service asks
    for a share.
    """
    known = np.where(isee == NONE, 99_999_999, isee)
    rate = (
        np.select(
            [known <= 600_000, known <= 936_000, known <= 1_500_000, known <= 2_500_000],
            [0.0, 0.08, 0.15, 0.24],
            0.35,
        )
        * pays
    )
    user = np.floor(total * rate + 0.5).astype(np.int64)
    ssn = np.minimum(np.floor(total * ssn_share + 0.5).astype(np.int64), total - user)
    other = np.floor((total - user - ssn) * funded).astype(np.int64)
    return user, total - user - ssn - other, ssn, other


def delivery_rows(
    care: Care, block: Block, territory: Territory, offer: Offer, booking: np.ndarray, reverses: np.ndarray
) -> Rows:
    """Return service-delivery rows; `reverses` names the delivery that a row undoes
    (amounts already negative).
    """
    comune = block.comune[care.person]
    place = np.where((comune < 0) | (care.service % 4 == 1), 0, comune)
    columns = {
        "person_id": block.number[care.person], "service_id": care.service + 1, "provider_id": care.provider,
        "booking_id": booking, "request_id": care.request,
        "istat_place": Words(place, list(territory.comuni)),
        "start_date": care.day,
        "end_date": np.where((care.service % 5 == 2) & (offer.days[care.service] == 1), care.day, NONE),
        "quantity": care.quantity, "amount_total": care.total, "amount_user": care.user,
        "amount_municipality": care.municipality, "amount_ssn": care.ssn, "amount_other": care.other,
        "reverses_id": reverses,
    }  # fmt: skip
    return events(
        "service_delivery",
        care.record,
        care.day * DAY + 43_200 + care.record % 20_000,
        columns,
        month=care.told,
    )


def corrections(
    care: Care, numbers: Numbers, rng: np.random.Generator
) -> tuple[Care, np.ndarray, Care, np.ndarray]:
    """Return reversals of about one delivery in eighty, the positions undone, and the rows that replace some
    of them with the position of the reversal each belongs to.

    A reversal is dated on the day of the correction; what replaces it keeps the day of the service.
    """
    m = len(care.record)
    day = care.day + rng.integers(8, 130, m)
    chosen = np.flatnonzero((rng.random(m) < 0.0125) & (day <= END))
    if not len(chosen) and m:
        chosen = np.flatnonzero(day <= END)[:1]
    undo = _only(care, chosen)
    undo.day = day[chosen]
    undo.told = np.maximum(month_of_day(undo.day), undo.told)
    for name in ("quantity", "total", "user", "municipality", "ssn", "other"):
        setattr(undo, name, -getattr(undo, name))
    seen = undo.told < month_count()
    undo, chosen = _only(undo, seen), chosen[seen]
    undo.record = numbers.take("service_delivery", len(chosen))

    again = np.flatnonzero((rng.random(len(chosen)) < 0.5) & (care.quantity[chosen] >= 2000))
    redo = _only(care, chosen[again])
    for name in ("quantity", "total", "user", "municipality", "ssn", "other"):
        setattr(redo, name, getattr(redo, name) // 2)
    redo.total = redo.user + redo.municipality + redo.ssn + redo.other
    redo.told = undo.told[again]
    redo.record = numbers.take("service_delivery", len(again))
    return undo, chosen, redo, again


def near_duplicates(care: Care, numbers: Numbers, rng: np.random.Generator) -> Care:
    """Return a few deliveries entered twice under another id, in the same or the next export."""
    m = len(care.record)
    chosen = np.flatnonzero(rng.random(m) < 0.0012)
    twice = _only(care, chosen)
    twice.told = twice.told + rng.integers(0, 2, len(chosen))
    twice = _only(twice, twice.told < month_count())
    twice.record = numbers.take("service_delivery", len(twice.record))
    twice.other = np.zeros_like(twice.other)
    twice.municipality = twice.total - twice.user - twice.ssn
    return twice
