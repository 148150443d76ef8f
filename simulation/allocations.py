"""Who stands behind each euro: allocations of deliveries, redemptions, plan spending and payments.

Sources with their amounts arrive; allocation rows leave. No source is given away for more than its amount,
and each euro only once: at the delivery where there is one, else at the redemption or plan spending, else at
the payment.
"""

from dataclasses import dataclass

import numpy as np

from simulation.care import Care
from simulation.grants import Funding
from simulation.months import DAY, NONE, first_day, month_count
from simulation.people import Numbers
from simulation.rows import Rows, Words

SOURCES = ["service_delivery", "voucher_event", "payment", "plan_movement"]


@dataclass
class Backing:
    """Who backs each episode of care: indexes into the grants (-1 none), or an employer's record number
    (NONE none).

    share: part of what person and health service leave that the backers pay. until: last day of it.
    """

    first: np.ndarray
    second: np.ndarray
    employer: np.ndarray
    share: np.ndarray
    until: np.ndarray

    def share_on(self, episode: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Return the funded share of deliveries on a day."""
        return np.where(day <= self.until[episode], self.share[episode], 0.0)


def draw_backing(
    area: np.ndarray, start: np.ndarray, employer: np.ndarray, funding: Funding, rng: np.random.Generator
) -> Backing:
    """Return the backers of episodes; about half have one, a third of those two."""
    n = len(area)
    first = np.where(rng.random(n) < 0.5, funding.choose(area, start, rng), -1)
    second = np.where((first >= 0) & (rng.random(n) < 0.34), funding.choose(area, start, rng), -1)
    second = np.where((second == first) | (funding.funder[second] == funding.funder[first]), -1, second)
    works = (first < 0) & (employer != NONE) & (rng.random(n) < 0.35)
    until = np.where(first >= 0, funding.ends[first], np.where(works, first_day(month_count()), NONE))
    until = np.where(second >= 0, np.minimum(until, funding.ends[second]), until)
    share = np.where(until == NONE, 0.0, rng.choice([0.4, 0.6, 0.8, 1.0], size=n))
    return Backing(first, second, np.where(works, employer, NONE), share, until)


def allocate(
    source: str,
    source_id: np.ndarray,
    month: np.ndarray,
    funder: np.ndarray,
    grant: np.ndarray,
    amount: np.ndarray,
    numbers: Numbers,
    reverses: np.ndarray | None = None,
) -> Rows:
    """Return allocation rows; those of no amount, or told after the last export, are left out.

    source_id, funder, grant, reverses: record numbers. amount: cents. month: export that carries them.
    """
    keep = np.flatnonzero((amount != 0) & (month < month_count()) & (source_id != NONE))
    n = len(keep)
    columns = {
        "source_entity": Words(np.full(n, SOURCES.index(source)), SOURCES), "source_id": source_id[keep],
        "funder_id": funder[keep], "grant_id": grant[keep], "amount": amount[keep],
        "reverses_id": np.full(n, NONE) if reverses is None else reverses[keep],
    }  # fmt: skip
    record = numbers.take("allocation", n)
    starts = np.array([first_day(m) for m in range(month_count() + 1)]) * DAY
    updated = starts[month[keep]] + 20 * DAY + (record * 7919) % (8 * DAY)
    return Rows("allocation", record, month[keep], updated, columns)


def split_between(
    amount: np.ndarray, two: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the cents of a first and a second funder; where there is one it takes all, or nearly."""
    whole = np.where(rng.random(len(amount)) < 0.85, 1.0, 0.9)
    part = rng.choice([0.5, 0.6, 0.7], size=len(amount))
    first = np.floor(amount * np.where(two, part, whole)).astype(np.int64)
    return first, np.where(two, amount - first, 0)


def delivery_allocations(
    care: Care,
    undo: Care,
    undone: np.ndarray,
    redo: Care,
    redo_of: np.ndarray,
    backing: Backing,
    funding: Funding,
    numbers: Numbers,
    rng: np.random.Generator,
) -> list[Rows]:
    """Return the allocations of deliveries, of their reversals (taken back) and of what replaced them.

    undone: the position in `care` that each row of `undo` undoes. redo_of: the position in `undo` of what
    each row of `redo` replaces.
    """
    first, second = backing.first[care.episode], backing.second[care.episode]
    employer = backing.employer[care.episode]
    backed = (first >= 0) | (employer != NONE)
    one, two = split_between(np.where(backed, care.other, 0), second >= 0, rng)
    month = care.told + (rng.random(len(care.told)) < 0.02)
    who = np.where(first >= 0, funding.funder[first], employer)
    under = np.where(first >= 0, funding.number[first], NONE)
    parts = [
        allocate("service_delivery", care.record, month, who, under, one, numbers),
        allocate(
            "service_delivery",
            care.record,
            month,
            funding.funder[second],
            funding.number[second],
            two,
            numbers,
        ),
    ]
    again = undone[redo_of]
    for rows, amount in zip(list(parts), (one, two), strict=True):
        given = np.full(len(care.record), NONE)
        at = np.searchsorted(care.record, rows.columns["source_id"])
        given[at] = np.arange(len(rows))
        taken = given[undone]
        has = np.flatnonzero(taken != NONE)
        source = rows.take(taken[has])
        parts.append(
            allocate(
                "service_delivery",
                undo.record[has],
                np.maximum(undo.told[has], source.month),
                source.columns["funder_id"],
                source.columns["grant_id"],
                -source.columns["amount"],
                numbers,
                source.record,
            )
        )
        new = given[again]
        has = np.flatnonzero(new != NONE)
        source = rows.take(new[has])
        parts.append(
            allocate(
                "service_delivery",
                redo.record[has],
                redo.told[has],
                source.columns["funder_id"],
                source.columns["grant_id"],
                amount[again[has]] // 2,
                numbers,
            )
        )
    return parts
