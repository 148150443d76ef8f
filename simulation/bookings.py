"""Appointments: kept, missed, called off, still ahead.

The deliveries of a block arrive; booking rows leave, and the booking behind each delivery. Deliveries
themselves do not belong here.
"""

import numpy as np

from simulation.care import Care
from simulation.months import DAY, END, NONE, at_hour, month_count, working_day
from simulation.people import Block, Numbers
from simulation.rows import Rows, Stage, Words, recorded_in, states
from simulation.services import Offer
from simulation.territories import Territory

STATUSES = ["BOOKED", "CONFIRMED", "DONE", "NO_SHOW", "CANCELLED_USER", "CANCELLED_PROVIDER"]


def draw_bookings(
    care: Care, block: Block, offer: Offer, territory: Territory, numbers: Numbers, rng: np.random.Generator
) -> tuple[Rows, np.ndarray]:
    """Return booking rows, and for each delivery the booking it came from (NONE without).

    Kept bookings lead to a delivery; missed and cancelled ones do not; those still ahead of the last export
    are open.
    """
    m = len(care.record)
    kept = np.flatnonzero((offer.bookable[care.service] == 1) & (rng.random(m) < 0.82))
    rates = territory.no_show * np.where(np.isin(care.service[kept], (3, 21)), 1.4, 1.0)
    missed = kept[rng.random(len(kept)) < rates / (1 - rates)]
    called_off = kept[rng.random(len(kept)) < 0.06]
    ahead = np.flatnonzero(
        (offer.bookable[care.service] == 1) & (care.day > END - 45) & (rng.random(m) < 0.35)
    )
    origin = np.concatenate([kept, missed, called_off, ahead])
    final = np.concatenate(
        [
            np.full(len(kept), 2),
            np.full(len(missed), 3),
            np.where(rng.random(len(called_off)) < 0.72, 4, 5),
            np.full(len(ahead), 1),
        ]
    )
    shift = np.concatenate(
        [
            np.zeros(len(kept), dtype=np.int64),
            rng.integers(1, 7, len(missed)) * -1,
            rng.integers(1, 7, len(called_off)) * -1,
            np.full(len(ahead), 46),
        ]
    )
    start = at_hour(working_day(care.day[origin] + shift), rng)
    start = np.where(final == 2, at_hour(care.day[origin], rng), start)
    booked = start - (rng.gamma(2.0, 6.0, len(origin)) * DAY).astype(np.int64) - 3600
    booked = np.where(
        final == 1,
        np.minimum(booked, (END - 2) * DAY + 40_000 - rng.integers(0, 20 * DAY, len(origin))),
        booked,
    )
    done = np.where(final >= 4, np.maximum(booked + 1800, start - 2 * DAY), start + 5400)
    n = len(origin)
    block.note(care.person[origin], booked)
    record = numbers.take("booking", n)
    columns = {
        "person_id": block.number[care.person[origin]], "service_id": care.service[origin] + 1,
        "provider_id": care.provider[origin], "request_id": care.request[origin], "booked_at": booked,
        "start_at": start,
    }  # fmt: skip
    # Who books well ahead is called three days later, whatever comes of it; some are not reached.
    asked = (final == 1) | (booked + 4 * DAY < np.minimum(done, start))
    reconfirmed = np.where(asked & (rng.random(n) < 0.8), booked + 3 * DAY, NONE)
    rows = states(
        "booking",
        record,
        columns,
        [
            Stage(booked, {"status": Words(np.zeros(n, dtype=np.int64), STATUSES)}),
            Stage(reconfirmed, {"status": Words(np.ones(n, dtype=np.int64), STATUSES)}),
            Stage(np.where(final == 1, NONE, done), {"status": Words(final, STATUSES)}),
        ],
    )
    known = np.zeros(record.max() + 2 if n else 2, dtype=np.int64)
    known[:] = month_count()
    known[record] = recorded_in(booked)
    link = np.full(m, NONE)
    link[kept] = record[: len(kept)]
    return rows, np.where(
        link == NONE, NONE, np.where(known[np.where(link == NONE, 0, link)] < month_count(), link, NONE)
    )
