"""Public calls and those who apply: subsidies, vouchers, nursery places, support for organisations.

A territory's bodies and blocks of persons arrive; call and application rows leave with the payments that
follow and the vouchers won. How vouchers live does not belong here.
"""

from dataclasses import dataclass

import numpy as np

from simulation.allocations import allocate
from simulation.care import CHANNELS, REASONS
from simulation.grants import Funding
from simulation.months import (
    DAY,
    END,
    NONE,
    at_hour,
    date_of,
    month_count,
    month_of_day,
    start_day,
    working_day,
)
from simulation.organisations import Bodies, catalogue
from simulation.people import Block, Numbers
from simulation.rows import Rows, Stage, Words, concat, events, states, texts, words
from simulation.territories import Territory
from simulation.vouchers import Vouchers

STATUSES = ["SUBMITTED", "ADMITTED", "REJECTED", "FUNDED", "WAITLIST", "WITHDRAWN", "REVOKED"]
KINDS = ["PERSON", "HOUSEHOLD", "ORGANISATION"]
# Share of the people known who apply to each call of the catalogue, in its order; None: organisations apply.
TURNOUT = (0.013, 0.013, 0.007, None, 0.008)
FIRST_OPENINGS = (15, 50, 110, 150, 190)
CYCLE = 300
# Share of the waiting list that is funded after all.
REACHED = 0.65
# Of a subsidy under a funded call, the share that its funder stands behind, in hundredths.
FUNDED_PERCENT = 40


@dataclass
class Calls:
    """The calls of a territory; arrays by call. entry: index into the catalogue. funder: index into the
    grants or -1."""

    number: np.ndarray
    entry: np.ndarray
    promoter: np.ndarray
    opens: np.ndarray
    closes: np.ndarray
    grant: np.ndarray
    rows: Rows


def build_calls(
    territory: Territory,
    bodies: Bodies,
    funding: Funding,
    persons: int,
    numbers: Numbers,
    rng: np.random.Generator,
) -> Calls:
    """Return the rounds of every call of the catalogue that open in time."""
    entries = catalogue()["calls"]
    rounds = (END - start_day()) // CYCLE + 1
    which = np.repeat(np.arange(len(entries)), rounds)
    turn = np.tile(np.arange(rounds), len(entries))
    opens = start_day() + np.array(FIRST_OPENINGS)[which] + CYCLE * turn + rng.integers(0, 20, len(which))
    which, turn, opens = (x[opens < END - 8] for x in (which, turn, opens))
    n = len(which)
    closes = opens + rng.integers(28, 60, n)
    budget = []
    for entry in which:
        low, high = entries[entry]["amount"]
        winners = 3 if TURNOUT[entry] is None else max(2, persons * TURNOUT[entry] * 0.6)
        budget.append(round(winners * (low + high) / 2 / 500) * 50_000)
    promoter = np.where(which % 3 == 1, bodies.ats, bodies.municipalities[0])
    number = numbers.take("call", n)
    grant = np.array(
        [
            _public_grant(funding, entries[e]["kind"], int(opens[i])) if turn[i] != 1 else -1
            for i, e in enumerate(which)
        ]
    )
    acts = [f"{120 + int(number[i]) * 7}/{date_of(opens[i] - 15).year}" for i in range(n)]
    columns = {
        "title": texts([f"{entries[e]['title']} {date_of(opens[i]).year}" for i, e in enumerate(which)]),
        "kind": texts([entries[e]["kind"] for e in which]), "promoter_id": promoter,
        "legal_basis": texts([entries[e]["basis"] for e in which]), "act_number": texts(acts),
        "act_date": opens - 15, "office": texts([entries[e]["office"] for e in which]),
        "responsible_officer": texts([f"Responsabile {territory.name} {e + 1}" for e in which]),
        "selection_method": texts(["Procedura valutativa" if e == 3 else "Graduatoria ISEE" for e in which]),
        "budget": np.array(budget), "opens_on": opens, "closes_on": closes,
        "decision_days": np.array([entries[e]["days"] for e in which]),
        "url": texts([f"https://bandi.example.org/{territory.id}/{int(x)}" for x in number]),
        "cup": texts([None if e == 4 else f"J{date_of(opens[i]).year % 100}C{9_000_000 + int(number[i]):011d}"
                      for i, e in enumerate(which)]),
    }  # fmt: skip
    rows = states("call", number, columns, [Stage((opens - 12) * DAY + 39_600, {})])
    return Calls(number, which, promoter, opens, closes, grant, rows)


def _public_grant(funding: Funding, kind: str, day: int) -> int:
    """Return the index of the largest public grant that runs when the winners of a call are paid, or -1."""
    running = [
        i
        for i, g in enumerate(funding.grants)
        if g.public and funding.starts[i] <= day + 90 and funding.ends[i] >= day + 240
    ]
    if kind not in ("SUBSIDY", "VOUCHER") or not running:
        return -1
    return max(running, key=lambda i: funding.grants[i].amount)


@dataclass
class _Applicants:
    call: np.ndarray
    kind: np.ndarray
    person: np.ndarray
    organisation: np.ndarray
    requested: np.ndarray


def apply(
    block: Block,
    calls: Calls,
    territory: Territory,
    funding: Funding,
    numbers: Numbers,
    rng: np.random.Generator,
) -> tuple[list[Rows], Vouchers]:
    """Return the rows of what a block's persons apply for and are paid, and the vouchers they win."""
    people, which = [], []
    n = len(block)
    for call, entry in enumerate(calls.entry):
        turnout = TURNOUT[entry]
        if turnout is None:
            continue
        fit = block.age < 4.5 if entry == 4 else block.disability if entry == 2 else block.age >= 18
        chance = turnout * n / max(1, fit.sum())
        chosen = np.flatnonzero(fit & (rng.random(n) < min(0.7, chance)))
        if not len(chosen) and fit.any():
            chosen = np.flatnonzero(fit)[:1]
        people.append(chosen)
        which.append(np.full(len(chosen), call))
    person, call = np.concatenate(people), np.concatenate(which)
    entry = calls.entry[call]
    household = (block.household[person] != NONE) & (rng.random(len(person)) < 0.3)
    applicants = _Applicants(
        call,
        household.astype(np.int64),
        person,
        np.full(len(person), NONE),
        _amounts(entry, len(person), rng),
    )
    return _decide(applicants, block, calls, territory, funding, numbers, rng)


def apply_as_organisations(
    calls: Calls,
    bodies: Bodies,
    territory: Territory,
    funding: Funding,
    numbers: Numbers,
    rng: np.random.Generator,
) -> list[Rows]:
    """Return the rows of the organisations' applications and of what they are paid."""
    able = bodies.private_providers
    theirs = np.flatnonzero(calls.entry == 3)
    each = min(len(able), 8)
    call = np.repeat(theirs, each)
    who = np.concatenate([rng.choice(able, size=each, replace=False) for _ in theirs])
    applicants = _Applicants(
        call,
        np.full(len(call), 2),
        np.full(len(call), NONE),
        who,
        _amounts(calls.entry[call], len(call), rng),
    )
    return _decide(applicants, None, calls, territory, funding, numbers, rng)[0]


def _amounts(entry: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    low, high = np.array([c["amount"] for c in catalogue()["calls"]]).T
    return (np.round(rng.uniform(low[entry], high[entry] + 0.01, n) / 10) * 1000).astype(np.int64)


def _decide(
    a: _Applicants,
    block: Block | None,
    calls: Calls,
    territory: Territory,
    funding: Funding,
    numbers: Numbers,
    rng: np.random.Generator,
) -> tuple[list[Rows], Vouchers]:
    n = len(a.call)
    entry = calls.entry[a.call]
    term = np.array([c["days"] for c in catalogue()["calls"]])[entry]
    length = calls.closes[a.call] - calls.opens[a.call]
    submitted = at_hour(
        calls.opens[a.call] + (length * rng.beta(1.6, 1.1, n)).astype(np.int64), rng, 7.5, 22.0
    )
    decided_day = (
        calls.closes[a.call] + 3 + (term * territory.pace * 0.8 * np.exp(rng.normal(0, 0.3, n))).astype(int)
    )
    decided = at_hour(working_day(decided_day), rng)
    ranked_at = decided + rng.integers(4, 25, n) * DAY
    fate = rng.random(n)
    won_share = 0.76 - 0.75 * territory.refusal
    final = np.select([fate < won_share, fate < won_share + 0.15, fate < 0.955], [3, 4, 2], 5)
    gave_up = np.minimum(submitted + rng.integers(4, 40, n) * DAY, decided - 3600)
    # Most of the waiting list is funded in time, with what others leave; the ranking lapses for the rest.
    listed = final == 4
    reached = listed & (rng.random(n) < REACHED)
    granted_at = np.where(reached, ranked_at + rng.integers(35, 170, n) * DAY, ranked_at)
    lapsed_at = np.where(listed & ~reached, ranked_at + rng.integers(200, 330, n) * DAY, NONE)
    revoked_at = np.where(
        (final == 3) & (rng.random(n) < 0.015), granted_at + rng.integers(40, 200, n) * DAY, NONE
    )
    reason = rng.choice([0, 1, 3, 4], size=n, p=[0.55, 0.18, 0.22, 0.05])
    granted = (a.requested * rng.choice([1.0, 1.0, 0.8, 0.6], size=n)).astype(np.int64) // 100 * 100
    money = a.requested > 0
    record = numbers.take("application", n)
    first_year = date_of(start_day()).year
    acts = [f"{400 + i}/{year}" for year in range(first_year, date_of(END).year + 2) for i in range(97)]
    year = (granted_at // DAY).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    act = (year - first_year).clip(0, len(acts) // 97 - 1) * 97 + record % 97
    columns = {
        "call_id": calls.number[a.call], "applicant_kind": Words(a.kind, KINDS),
        "organisation_id": a.organisation,
        "channel": Words(rng.choice(4, size=n, p=[0.35, 0.05, 0.45, 0.15]), CHANNELS),
        "submitted_at": submitted,
        "amount_requested": np.where(money, a.requested, NONE),
        "project_url": words(None, n) if block is not None else
        texts([f"https://bandi.example.org/{territory.id}/progetti/{int(r)}" for r in record]),
    }  # fmt: skip
    none, nothing = np.full(n, NONE), words(None, n)
    if block is None:
        columns |= {"person_id": none, "household_id": none}
    else:
        block.note(a.person, submitted)
        columns |= {
            "person_id": block.number[a.person],
            "household_id": np.where(a.kind == 1, block.household[a.person], NONE),
        }
    local_decided = decided // DAY
    first = {
        "status": Words(np.zeros(n, dtype=np.int64), STATUSES),
        "decided_on": none,
        "reject_reason": nothing,
        "amount_granted": none,
        "concession_act": nothing,
        "concession_date": none,
    }
    admitted = {
        "status": Words(np.where(final == 2, 2, 1), STATUSES),
        "decided_on": local_decided,
        "reject_reason": Words(np.where(final == 2, reason, -1), REASONS),
    }
    won = (final == 3) | reached
    funded = {
        "status": Words(np.full(n, 3), STATUSES),
        "amount_granted": np.where(won & money, granted, NONE),
        "concession_act": Words(np.where(won, act, -1), acts),
        "concession_date": np.where(won, granted_at // DAY, NONE),
    }
    lapsed = {
        "status": Words(np.full(n, 2), STATUSES),
        "reject_reason": Words(np.full(n, REASONS.index("NO_FUNDS")), REASONS),
    }
    rows = [
        states(
            "application",
            record,
            columns,
            [
                Stage(submitted, first),
                Stage(np.where(final == 5, gave_up, NONE), {"status": Words(np.full(n, 5), STATUSES)}),
                Stage(np.where(final == 5, NONE, decided), admitted),
                Stage(np.where(listed, ranked_at, NONE), {"status": Words(np.full(n, 4), STATUSES)}),
                Stage(np.where(won, granted_at, NONE), funded),
                Stage(revoked_at, {"status": Words(np.full(n, 6), STATUSES)}),
                Stage(lapsed_at, lapsed),
            ],
        )
    ]
    paid = np.flatnonzero(won & money & (np.isin(entry, (0, 2, 3))))
    rows += _pay(a, paid, record, granted, granted_at // DAY, block, calls, funding, numbers, rng)
    return rows, _vouchers(a, np.flatnonzero(won & (entry == 1)), record, granted, granted_at, calls, rng)


def _pay(
    a: _Applicants,
    rows: np.ndarray,
    application: np.ndarray,
    granted: np.ndarray,
    day: np.ndarray,
    block: Block | None,
    calls: Calls,
    funding: Funding,
    numbers: Numbers,
    rng: np.random.Generator,
) -> list[Rows]:
    parts = np.where(granted[rows] > 60_000, 2, 1)
    which = np.repeat(rows, parts)
    turn = np.arange(len(which)) - np.repeat(np.cumsum(parts) - parts, parts)
    half = granted[which] // 2
    amount = np.where(
        np.repeat(parts, parts) == 1, granted[which], np.where(turn == 0, half, granted[which] - half)
    )
    order = working_day(day[which] + rng.integers(8, 70, len(which)) + turn * 90)
    value = order + rng.integers(1, 6, len(which))
    keep = (value <= END) & (amount > 0)
    which, amount, order, value = which[keep], amount[keep], order[keep], value[keep]
    n = len(which)
    record = numbers.take("payment", n)
    people = block is not None
    columns = {
        "payer_id": calls.promoter[a.call[which]],
        "payee_kind": words("PERSON" if people else "ORGANISATION", n),
        "person_id": block.number[a.person[which]] if people else np.full(n, NONE),
        "organisation_id": a.organisation[which], "reason": words("SUBSIDY", n),
        "application_id": application[which], "order_date": order, "value_date": value, "amount": amount,
        "spending_type": words("Contributi a persone" if people else "Contributi a enti", n),
        "reverses_id": np.full(n, NONE),
    }  # fmt: skip
    payments = events("payment", record, value * DAY + 36_000, columns)
    back = np.flatnonzero(rng.random(n) < 0.012)
    undone_on = value[back] + rng.integers(5, 60, len(back))
    back, undone_on = back[undone_on <= END], undone_on[undone_on <= END]
    undo = {name: c.take(back) if isinstance(c, Words) else c[back] for name, c in columns.items()}
    undo |= {
        "order_date": undone_on,
        "value_date": undone_on,
        "amount": -amount[back],
        "reverses_id": record[back],
    }
    undo_record = numbers.take("payment", len(back))
    reversals = events("payment", undo_record, undone_on * DAY + 37_000, undo)

    grant = calls.grant[a.call[which]]
    month = month_of_day(value)
    running = (grant >= 0) & (funding.starts[grant] <= value)
    under = np.where(running, funding.number[grant], NONE)
    first = allocate(
        "payment",
        record,
        month,
        funding.funder[grant],
        under,
        np.where(running, amount * FUNDED_PERCENT // 100, 0),
        numbers,
    )
    at = {int(s): i for i, s in enumerate(first.columns["source_id"])}
    pairs = np.array(
        [(i, at[int(r)]) for i, r in enumerate(record[back]) if int(r) in at], dtype=np.int64
    ).reshape(-1, 2)
    source = first.take(pairs[:, 1])
    taken = allocate(
        "payment",
        undo_record[pairs[:, 0]],
        month_of_day(undone_on[pairs[:, 0]]).clip(0, month_count()),
        source.columns["funder_id"],
        source.columns["grant_id"],
        -source.columns["amount"],
        numbers,
        source.record,
    )
    return [concat([payments, reversals]), first, taken]


def _vouchers(
    a: _Applicants,
    rows: np.ndarray,
    application: np.ndarray,
    granted: np.ndarray,
    at: np.ndarray,
    calls: Calls,
    rng: np.random.Generator,
) -> Vouchers:
    n = len(rows)
    return Vouchers(
        np.zeros(n, dtype=np.int64),
        a.person[rows],
        at[rows] + rng.integers(3, 18, n) * DAY,
        rng.integers(90, 200, n),
        np.maximum(granted[rows], 2_000),
        calls.number[a.call[rows]],
        application[rows],
        calls.grant[a.call[rows]],
    )
