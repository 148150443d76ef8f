"""Corporate welfare: plans of employers and bilateral bodies, credit given, spent, undone and expired.

A territory's bodies and blocks of persons arrive; corporate_plan and plan_movement rows leave with the
allocations to the sponsors.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulation.allocations import allocate
from simulation.months import (
    DAY,
    END,
    LAST_MONTH,
    NONE,
    day_of,
    first_month,
    month_count,
    month_of_day,
    seasonal_days,
    start_day,
)
from simulation.organisations import Bodies
from simulation.people import Block, Numbers
from simulation.rows import Rows, Stage, Words, events, states, texts
from simulation.services import Offer

EVENTS = ["CREDIT", "SPEND", "EXPIRE", "REVERSAL"]
EMPLOYED = 0.075


@dataclass
class Plans:
    """Plans by employer and year, from the first: number[employer, year]. weight: how many of the employees
    each employer has."""

    number: np.ndarray
    weight: np.ndarray
    opens: np.ndarray
    closes: np.ndarray
    rows: Rows


def build_plans(bodies: Bodies, persons: int, numbers: Numbers, rng: np.random.Generator) -> Plans:
    """Return one plan a year for each employer; the population covered is somewhat more than those
    who are known.
    """
    count = len(bodies.employers)
    weight = rng.pareto(1.8, count) + 0.4
    weight = weight / weight.sum()
    years = range(first_month().year, LAST_MONTH.year + 1)
    number = numbers.take("corporate_plan", count * len(years)).reshape(count, len(years))
    opens = np.array([max(start_day(), day_of(date(y, 1, 1))) for y in years])
    closes = np.array([day_of(date(y, 12, 31)) for y in years])
    kind = ["COMPANY"] * count
    kind[-2:] = ["BILATERAL", "CCNL"]
    if count > 4:
        kind[1] = "PUBLIC"
    covered = np.maximum(6, np.ceil(persons * EMPLOYED * 1.25 * weight)).astype(np.int64)
    who = np.repeat(np.arange(count), len(years))
    year = np.tile(np.arange(len(years)), count)
    columns = {
        "sponsor_id": bodies.employers[who],
        "name": texts([f"Piano welfare {years[y]} n. {int(w) + 1}" for w, y in zip(who, year, strict=True)]),
        "source": texts([kind[w] for w in who]), "year": np.array(years)[year], "population": covered[who],
        "valid_from": opens[year], "valid_to": closes[year],
    }  # fmt: skip
    rows = states(
        "corporate_plan", number.reshape(-1), columns, [Stage((opens[year] - 6) * DAY + 41_000, {})]
    )
    return Plans(number, weight, opens, closes, rows)


def hire(block: Block, bodies: Bodies, plans: Plans, rng: np.random.Generator) -> None:
    """Give an employer to some of the block's adults."""
    n = len(block)
    adult = (block.age >= 20) & (block.age < 65)
    works = np.flatnonzero(adult & (rng.random(n) < EMPLOYED / max(0.2, adult.mean())))
    if not len(works):
        works = np.flatnonzero(adult)[:2]
    block.employer[works] = bodies.employers[rng.choice(len(plans.weight), size=len(works), p=plans.weight)]


def move(
    block: Block, bodies: Bodies, plans: Plans, offer: Offer, numbers: Numbers, rng: np.random.Generator
) -> list[Rows]:
    """Return the plan movements of a block's employees and the allocations of what they spend
    to the sponsors.
    """
    employee = np.flatnonzero(block.employer != NONE)
    index = np.searchsorted(bodies.employers, block.employer[employee])
    person, plan, kind, day, amount, provider, service = [], [], [], [], [], [], []

    def add(
        who: np.ndarray,
        year: int,
        what: int,
        when: np.ndarray,
        cents: np.ndarray,
        body: np.ndarray | None = None,
        spent_on: np.ndarray | None = None,
    ) -> None:
        person.append(employee[who])
        plan.append(plans.number[index[who], year])
        kind.append(np.full(len(who), what))
        day.append(when)
        amount.append(cents)
        provider.append(np.full(len(who), NONE) if body is None else body)
        service.append(np.full(len(who), NONE) if spent_on is None else spent_on)

    everyone = np.arange(len(employee))
    keen = rng.random(len(employee))
    shops = bodies.merchants
    for year in range(len(plans.opens)):
        opens, closes = int(plans.opens[year]), int(plans.closes[year])
        # The first plan may begin in the middle of its year.
        part = closes - opens < 300
        credit = rng.integers(2, 9, len(employee)) * 5_000 // (2 if part else 1)
        add(everyone, year, 0, opens + 4 + rng.integers(0, 18, len(employee)), credit)
        left = credit.copy()
        times = np.where(keen < 0.18, 0, 1 + rng.poisson(0.4 if part else 0.9, len(employee)))
        for turn in range(4):
            who = np.flatnonzero(times > turn)
            when = seasonal_days(rng, len(who), opens + 25, closes, growth=0.9)
            share = np.where(rng.random(len(who)) < 0.25, 1.0, rng.uniform(0.2, 0.6, len(who)))
            cents = (left[who] * share).astype(np.int64) // 100 * 100
            coop = rng.random(len(who)) < 0.56
            spent_on = rng.choice(len(offer.providers), size=len(who))
            body = np.where(coop, offer.choose_provider(spent_on, rng), rng.choice(shops, size=len(who)))
            fine = (cents > 0) & (when <= END)
            who, when, cents, coop = who[fine], when[fine], cents[fine], coop[fine]
            add(who, year, 1, when, cents, body[fine], np.where(coop, spent_on[fine] + 1, NONE))
            left[who] -= cents
        rest = np.flatnonzero((left > 0) & (closes <= END))
        add(rest, year, 2, np.full(len(rest), closes), left[rest])

    who, plan_id, what, when, cents = (np.concatenate(x) for x in (person, plan, kind, day, amount))
    body, spent_on = np.concatenate(provider), np.concatenate(service)
    keep = when <= END
    who, plan_id, what, when, cents, body, spent_on = (
        x[keep] for x in (who, plan_id, what, when, cents, body, spent_on)
    )
    block.note(who, when * DAY + 30_000)
    return _rows(block, bodies, who, plan_id, what, when, cents, body, spent_on, numbers, rng)


def _rows(
    block: Block,
    bodies: Bodies,
    who: np.ndarray,
    plan: np.ndarray,
    what: np.ndarray,
    day: np.ndarray,
    cents: np.ndarray,
    body: np.ndarray,
    service: np.ndarray,
    numbers: Numbers,
    rng: np.random.Generator,
) -> list[Rows]:
    n = len(who)
    record = numbers.take("plan_movement", n)
    columns = {
        "plan_id": plan, "person_id": block.number[who], "event": Words(what, EVENTS), "event_date": day,
        "amount": cents, "service_id": service, "provider_id": body, "reverses_id": np.full(n, NONE),
    }  # fmt: skip
    # What is spent and then undone is not given back to spend: the plan's books show it as credit not used.
    undone = np.flatnonzero((what == 1) & (rng.random(n) < 0.01) & (day + 30 <= END))
    undo = {name: c.take(undone) if isinstance(c, Words) else c[undone] for name, c in columns.items()}
    undo_day = day[undone] + rng.integers(2, 30, len(undone))
    undo |= {
        "event": Words(np.full(len(undone), 3), EVENTS),
        "event_date": undo_day,
        "reverses_id": record[undone],
    }
    undo_record = numbers.take("plan_movement", len(undone))
    spent = np.flatnonzero(what == 1)
    sponsor = block.employer[who]
    given = allocate(
        "plan_movement",
        record[spent],
        month_of_day(day[spent]),
        sponsor[spent],
        np.full(len(spent), NONE),
        cents[spent],
        numbers,
    )
    place = np.searchsorted(record[spent], record[undone])
    source = given.take(place)
    taken = allocate(
        "plan_movement",
        record[undone],
        month_of_day(undo_day).clip(0, month_count()),
        sponsor[undone],
        np.full(len(undone), NONE),
        -cents[undone],
        numbers,
        source.record,
    )
    return [
        events("plan_movement", record, day * DAY + 43_000, columns),
        events("plan_movement", undo_record, undo_day * DAY + 43_000, undo),
        given,
        taken,
    ]
