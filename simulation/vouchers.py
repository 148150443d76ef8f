"""Vouchers and their lives: issued, spent in part, extended, refunded, undone, lapsed.

Who is to have a voucher arrives; voucher and voucher_event rows leave with the allocations of the
redemptions and what each merchant is owed month by month. Calls that give vouchers are drawn elsewhere.
"""

from dataclasses import dataclass

import numpy as np

from simulation.allocations import allocate, split_between
from simulation.care import Care
from simulation.grants import Funding
from simulation.months import DAY, END, NONE, at_hour, month_count, month_of, seasonal_days, start_day
from simulation.organisations import Bodies, catalogue
from simulation.people import Block, Numbers
from simulation.rows import Rows, Words, events, recorded_in, within_month
from simulation.territories import Territory

EVENTS = ["ISSUE", "EXTEND", "REDEEM", "EXPIRE", "CANCEL", "REFUND", "REVERSAL"]
ISSUE, EXTEND, REDEEM, EXPIRE, CANCEL, REFUND, REVERSAL = range(7)
STATUSES = ["ACTIVE", "REDEEMED", "PARTIAL", "EXPIRED", "CANCELLED"]
SERVICE_SCHEME = "Buono servizi alla persona"
HOLDERS = 0.10
# Share of requests by web or app in a usual territory.
USUAL_DIGITAL = 0.36


@dataclass
class Vouchers:
    """Vouchers to be lived; arrays by voucher. person: position in the block. face: cents. call,
    application: record numbers or NONE. grant: index into the grants or -1."""

    scheme: np.ndarray
    person: np.ndarray
    issued: np.ndarray
    days: np.ndarray
    face: np.ndarray
    call: np.ndarray
    application: np.ndarray
    grant: np.ndarray


def scheme_labels() -> list[str]:
    """Return the names of the schemes; the last is the one spent on services."""
    return [s["name"] for s in catalogue()["voucher_schemes"]] + [SERVICE_SCHEME]


def draw_vouchers(block: Block, funding: Funding, rng: np.random.Generator) -> Vouchers:
    """Return vouchers given without a call: many before Christmas and in the autumn."""
    n = len(block)
    count = (rng.random(n) < HOLDERS) * (1 + (rng.random(n) < 0.35))
    if not count.any():
        count[:3] = 1
    person = np.repeat(np.arange(n), count)
    m = len(person)
    schemes = catalogue()["voucher_schemes"]
    weight = np.array([s["weight"] for s in schemes])
    scheme = rng.choice(len(schemes), size=m, p=weight / weight.sum())
    day = seasonal_days(rng, m, start_day() - 60, END)
    low, high = np.array([s["face"] for s in schemes]).T
    term_low, term_high = np.array([s["days"] for s in schemes]).T
    face = np.round(rng.uniform(low[scheme], high[scheme]) / 10) * 1000
    days = rng.integers(term_low[scheme], term_high[scheme] + 1)
    area = np.where(scheme == 1, 0, np.where(scheme == 2, 3, 5))
    grant = np.where(rng.random(m) < 0.4, funding.choose(area, day, rng), -1)
    return Vouchers(
        scheme,
        person,
        at_hour(day, rng),
        days,
        face.astype(np.int64),
        np.full(m, NONE),
        np.full(m, NONE),
        grant,
    )


def join(one: Vouchers, two: Vouchers) -> Vouchers:
    """Return the vouchers of both."""
    return Vouchers(*(np.concatenate([getattr(one, f), getattr(two, f)]) for f in one.__dataclass_fields__))


class Life:
    """The events of a set of vouchers, gathered and then ordered."""

    def __init__(self) -> None:
        self.parts: list[tuple[np.ndarray, ...]] = []

    def add(
        self,
        voucher: np.ndarray,
        kind: int | np.ndarray,
        at: np.ndarray,
        amount: np.ndarray,
        merchant: np.ndarray | int = NONE,
        delivery: np.ndarray | int = NONE,
        about: np.ndarray | int = -1,
    ) -> np.ndarray:
        """Add events and return their positions; `about` is the position of the redemption
        refunded or undone.
        """
        n = len(voucher)
        start = sum(len(p[0]) for p in self.parts)
        self.parts.append(
            tuple(
                np.broadcast_to(np.asarray(x, dtype=np.int64), n)
                for x in (voucher, kind, at, amount, merchant, delivery, about)
            )
        )
        return np.arange(start, start + n)

    def arrays(self) -> list[np.ndarray]:
        """Return voucher, kind, at, amount, merchant, delivery, about."""
        return [np.concatenate([p[i] for p in self.parts]) for i in range(7)]


def live(
    vouchers: Vouchers,
    block: Block,
    territory: Territory,
    bodies: Bodies,
    funding: Funding,
    numbers: Numbers,
    owed: np.ndarray,
    rng: np.random.Generator,
) -> list[Rows]:
    """Return voucher, voucher_event and allocation rows; add to owed[merchant, month] what merchants took
    in, in cents.

    Two fifths are spent whole, others in part, one in eight never; more are spent where people manage things
    online. What is left lapses on the last day; a few are extended before, cancelled, refunded or have a
    redemption undone.
    """
    seen = (vouchers.issued // DAY) <= END
    v = Vouchers(*(getattr(vouchers, f)[seen] for f in vouchers.__dataclass_fields__))
    m = len(v.person)
    index = np.arange(m)
    block.note(v.person, v.issued)
    face, expires = v.face, v.issued // DAY + v.days
    life = Life()
    life.add(index, ISSUE, v.issued, face)
    extra = np.where(rng.random(m) < 0.04, face // 4, 0)
    longer = extra > 0
    new_expires = np.where(longer, expires + 60, expires)
    whole = face + extra

    habit = rng.random(m)
    ease = 0.6 * (territory.digital - USUAL_DIGITAL)
    in_part = rng.uniform(0.15, 0.95, m)
    used = np.where(habit < 0.42 + ease, 1.0, np.where(habit < 0.875 + ease / 2, in_part, 0.0))
    cancelled = (habit > 0.985) & ~longer
    times = np.where(used == 0, 0, rng.integers(1, 4, m))
    spend = np.floor(whole * used / np.maximum(times, 1)).astype(np.int64)
    first_use = rng.exponential(0.22, m).clip(0.01, 0.85)
    merchant_weight = 1 / np.arange(1, len(bodies.merchants) + 1) ** 0.8
    redeemed = np.zeros(m, dtype=np.int64)
    redemptions = []
    for turn in range(3):
        rows = np.flatnonzero(times > turn)
        part = (first_use[rows] + (1 - first_use[rows]) * turn / 3.2) * (
            new_expires[rows] - v.issued[rows] // DAY - 1
        )
        at = at_hour(v.issued[rows] // DAY + 1 + part.astype(np.int64), rng, 8.5, 19.5)
        last = times[rows] == turn + 1
        amount = np.where(last & (used[rows] == 1.0), whole[rows] - redeemed[rows], spend[rows])
        merchant = rng.choice(bodies.merchants, size=len(rows), p=merchant_weight / merchant_weight.sum())
        place = life.add(rows, REDEEM, at, amount, merchant)
        redeemed[rows] += amount
        redemptions.append((place, rows, at, amount, merchant))
    late_use = np.full(m, start_day())
    place, rows, at, amount, merchant = (np.concatenate([r[i] for r in redemptions]) for i in range(5))
    np.maximum.at(late_use, rows, at // DAY)
    extended = np.flatnonzero(longer)
    if len(extended):
        life.add(extended, EXTEND, v.issued[extended] + 7200, extra[extended])

    back = np.flatnonzero(rng.random(len(place)) < 0.02)
    given_back = amount[back] // 2
    refund_at = at[back] + rng.integers(1, 12, len(back)) * DAY
    keep = given_back > 0
    back, given_back, refund_at = back[keep], given_back[keep], refund_at[keep]
    life.add(rows[back], REFUND, refund_at, given_back, merchant[back], about=place[back])
    undone = np.setdiff1d(np.flatnonzero(rng.random(len(place)) < 0.012), back)
    undone_at = at[undone] + rng.integers(1, 20, len(undone)) * DAY
    life.add(rows[undone], REVERSAL, undone_at, amount[undone], about=place[undone])

    net = redeemed.copy()
    np.subtract.at(net, rows[back], given_back)
    np.subtract.at(net, rows[undone], amount[undone])
    final = np.maximum(new_expires, late_use)
    np.maximum.at(final, rows[back], refund_at // DAY)
    np.maximum.at(final, rows[undone], undone_at // DAY)
    left = whole - net
    stop = np.flatnonzero(cancelled)
    life.add(stop, CANCEL, v.issued[stop] + rng.integers(5, 25, len(stop)) * DAY, left[stop])
    lapse = np.flatnonzero((left > 0) & ~cancelled)
    life.add(lapse, EXPIRE, (final[lapse] + 1) * DAY + 3_600, left[lapse])
    return _rows(v, new_expires, expires, life, block, bodies, funding, numbers, owed, rng)


def spend_on_care(
    care: Care,
    undone: np.ndarray,
    block: Block,
    funding: Funding,
    bodies: Bodies,
    numbers: Numbers,
    owed: np.ndarray,
    rng: np.random.Generator,
) -> list[Rows]:
    """Return vouchers with which some people pay their share of services: each redemption names its delivery.

    The euro stand behind the delivery already, so these redemptions are not allocated.
    """
    holder = np.unique(care.person[care.user >= 300])
    holder = holder[rng.random(len(holder)) < 0.10] if len(holder) > 8 else holder[:1]
    rows = np.flatnonzero(np.isin(care.person, holder) & (care.user >= 300))
    rows = np.setdiff1d(rows, undone)
    if not len(rows):
        return []
    rows = rows[np.lexsort((care.day[rows], care.person[rows]))]
    person, index = np.unique(care.person[rows], return_inverse=True)
    spent = np.bincount(index, weights=care.user[rows]).astype(np.int64)
    first = np.full(len(person), END)
    np.minimum.at(first, index, care.day[rows])
    last = np.zeros(len(person), dtype=np.int64)
    np.maximum.at(last, index, care.day[rows])
    face = -(-(spent * 5 // 4) // 1000) * 1000
    issued = at_hour(first - rng.integers(8, 40, len(person)), rng)
    days = last - issued // DAY + rng.integers(20, 120, len(person))
    v = Vouchers(
        np.full(len(person), len(scheme_labels()) - 1),
        person,
        issued,
        days,
        face,
        np.full(len(person), NONE),
        np.full(len(person), NONE),
        np.full(len(person), -1),
    )
    block.note(person, issued)
    life = Life()
    life.add(np.arange(len(person)), ISSUE, issued, face)
    life.add(
        index,
        REDEEM,
        at_hour(care.day[rows], rng, 17, 19),
        care.user[rows],
        care.provider[rows],
        care.record[rows],
    )
    expires = issued // DAY + days
    life.add(np.arange(len(person)), EXPIRE, (expires + 1) * DAY + 3_600, face - spent)
    return _rows(v, expires, expires, life, block, bodies, funding, numbers, owed, rng)


def _rows(
    v: Vouchers,
    expires: np.ndarray,
    first_expires: np.ndarray,
    life: Life,
    block: Block,
    bodies: Bodies,
    funding: Funding,
    numbers: Numbers,
    owed: np.ndarray,
    rng: np.random.Generator,
) -> list[Rows]:
    voucher, kind, at, amount, merchant, delivery, about = life.arrays()
    m = len(v.person)
    delay = np.where((kind == REDEEM) & (rng.random(len(kind)) < 0.02), 1, 0)
    month = recorded_in(at) + delay
    month = np.where(about >= 0, np.maximum(month, month[about]), month)
    record = np.full(len(kind), NONE)
    seen = month < month_count()
    record[seen] = numbers.take("voucher_event", int(seen.sum()))
    voucher_record = numbers.take("voucher", m)
    event_rows = events("voucher_event", record, at, {
        "voucher_id": voucher_record[voucher], "event": Words(kind, EVENTS), "event_at": at, "amount": amount,
        "merchant_id": np.where(kind == REVERSAL, NONE, merchant), "service_delivery_id": delivery,
        "reverses_id": np.where(kind == REVERSAL, record[about], NONE),
    }, month=month)  # fmt: skip
    _owe(owed, kind, at, amount, np.where(about >= 0, merchant[about], merchant), seen)

    issuer = np.where(
        v.grant >= 0,
        np.where(rng.random(m) < 0.3, bodies.consortia[0], bodies.ats),
        bodies.municipalities[np.maximum(block.comune[v.person], 0)],
    )
    columns = {
        "scheme": Words(v.scheme, scheme_labels()), "person_id": block.number[v.person],
        "household_id": np.where(v.scheme <= 1, block.household[v.person], NONE), "issuer_id": issuer,
        "call_id": v.call, "grant_id": np.where(v.grant >= 0, funding.number[v.grant], NONE),
        "application_id": v.application, "issued_on": v.issued // DAY, "face_value": v.face,
        "service_scope": Words(v.scheme, [s["scope"] for s in catalogue()["voucher_schemes"]] + ["Servizi"]),
    }  # fmt: skip
    state_rows = _states(voucher_record, columns, voucher, kind, at, amount, month, expires, first_expires)
    return [
        state_rows,
        event_rows,
        *_allocations(v, voucher, kind, amount, about, delivery, month, record, funding, numbers, rng),
    ]


def _owe(
    owed: np.ndarray,
    kind: np.ndarray,
    at: np.ndarray,
    amount: np.ndarray,
    merchant: np.ndarray,
    seen: np.ndarray,
) -> None:
    sign = np.select([kind == REDEEM, kind == REFUND, kind == REVERSAL], [1, -1, -1], 0)
    rows = np.flatnonzero((sign != 0) & seen & (merchant != NONE))
    np.add.at(owed, (merchant[rows], np.maximum(month_of(at[rows]), 0)), (sign * amount)[rows])


def _states(
    record: np.ndarray,
    columns: dict,
    voucher: np.ndarray,
    kind: np.ndarray,
    at: np.ndarray,
    amount: np.ndarray,
    month: np.ndarray,
    expires: np.ndarray,
    first_expires: np.ndarray,
) -> Rows:
    """One version for each export in which something happened to the voucher, with the status
    its events say.
    """
    order = np.lexsort((at, month, voucher))
    order = order[month[order] < month_count()]
    who, what, told, money = voucher[order], kind[order], month[order], amount[order]
    reversed_redeem = what == REVERSAL
    value = np.select([what == REDEEM, what == REFUND, reversed_redeem], [money, -money, -money], 0)
    issued = np.where((what == ISSUE) | (what == EXTEND), money, 0)
    begins = np.concatenate([[True], who[1:] != who[:-1]])
    base = np.flatnonzero(begins)
    group = np.cumsum(begins) - 1

    def running(x: np.ndarray) -> np.ndarray:
        total = np.cumsum(x)
        return total - np.concatenate([[0], total])[base][group]

    net, given = running(value), running(issued)
    ended = running((what == EXPIRE).astype(np.int64)) + 2 * running((what == CANCEL).astype(np.int64))
    status = np.where(
        ended >= 2, 4, np.where(ended == 1, 3, np.where(net >= given, 1, np.where(net > 0, 2, 0)))
    )
    extended = running((what == EXTEND).astype(np.int64)) > 0
    last = np.concatenate([(who[1:] != who[:-1]) | (told[1:] != told[:-1]), [True]])
    version = running(
        np.concatenate([[True], (who[1:] != who[:-1]) | (told[1:] != told[:-1])]).astype(np.int64)
    )
    pick = np.flatnonzero(last)
    owner = who[pick]
    taken = {name: c.take(owner) if isinstance(c, Words) else c[owner] for name, c in columns.items()}
    taken["status"] = Words(status[pick], STATUSES)
    taken["expires_on"] = np.where(extended[pick], expires[owner], first_expires[owner])
    moment = np.maximum(at[order][pick], 0)
    return Rows(
        "voucher", record[owner], told[pick], within_month(moment + 600, told[pick]), taken, version[pick]
    )


def _allocations(
    v: Vouchers,
    voucher: np.ndarray,
    kind: np.ndarray,
    amount: np.ndarray,
    about: np.ndarray,
    delivery: np.ndarray,
    month: np.ndarray,
    record: np.ndarray,
    funding: Funding,
    numbers: Numbers,
    rng: np.random.Generator,
) -> list[Rows]:
    """A refund or reversal takes the redemption's allocation back; what remains is allocated anew."""
    rows = np.flatnonzero((kind == REDEEM) & (v.grant[voucher] >= 0) & (delivery == NONE) & (record != NONE))
    grant = v.grant[voucher[rows]]
    one, _ = split_between(amount[rows], np.zeros(len(rows), dtype=bool), rng)
    first = allocate(
        "voucher_event", record[rows], month[rows], funding.funder[grant], funding.number[grant], one, numbers
    )
    given = np.full(len(kind), NONE)
    has = np.flatnonzero(one != 0)
    given[rows[has]] = np.arange(len(has))

    change = np.flatnonzero(((kind == REFUND) | (kind == REVERSAL)) & (record != NONE))
    change = change[given[about[change]] != NONE]
    source = first.take(given[about[change]])
    told = np.maximum(month[change], source.month)
    taken_back = allocate(
        "voucher_event",
        source.columns["source_id"],
        told,
        source.columns["funder_id"],
        source.columns["grant_id"],
        -source.columns["amount"],
        numbers,
        source.record,
    )
    left = np.where(kind[change] == REFUND, amount[about[change]] - amount[change], 0)
    again = allocate(
        "voucher_event",
        source.columns["source_id"],
        told,
        source.columns["funder_id"],
        source.columns["grant_id"],
        np.minimum(source.columns["amount"], left),
        numbers,
    )
    return [first, taken_back, again]
