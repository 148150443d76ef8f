"""Money that organisations pay: fees to providers, settlements to merchants, instalments, transfers, refunds.

What is owed, month by month, arrives; payment rows leave. Subsidies belong to the calls that grant them.
"""

import numpy as np

from simulation.care import Care
from simulation.grants import Funding
from simulation.months import DAY, END, NONE, first_day, month_count, working_day
from simulation.organisations import Bodies
from simulation.people import Block, Numbers
from simulation.rows import Rows, events, texts, words


def _payments(
    payer: np.ndarray,
    payee: np.ndarray,
    reason: str,
    value: np.ndarray,
    amount: np.ndarray,
    spending: str,
    numbers: Numbers,
    grant: np.ndarray | None = None,
    cup: list[str | None] | None = None,
    cig: list[str | None] | None = None,
) -> Rows:
    keep = np.flatnonzero((value <= END) & (amount > 0))
    n = len(keep)
    record = numbers.take("payment", n)
    columns = {
        "payer_id": payer[keep], "payee_kind": words("ORGANISATION", n), "person_id": np.full(n, NONE),
        "organisation_id": payee[keep], "reason": words(reason, n), "application_id": np.full(n, NONE),
        "grant_id": np.full(n, NONE) if grant is None else grant[keep], "order_date": value[keep] - 3,
        "value_date": value[keep], "amount": amount[keep], "spending_type": words(spending, n),
        "cup": texts([cup[k] for k in keep]) if cup else words(None, n),
        "cig": texts([cig[k] for k in keep]) if cig else words(None, n), "reverses_id": np.full(n, NONE),
    }  # fmt: skip
    return events("payment", record, value[keep] * DAY + 36_000 + record % 9_000, columns)


def _monthly(owed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return payee, month and cents to pay: what became due in a month; what is negative waits to
    be set off.
    """
    payee, month, amount = [], [], []
    for body in np.flatnonzero(np.abs(owed).sum(axis=1)):
        due = 0
        for index in range(month_count()):
            due += int(owed[body, index])
            if due > 0:
                payee.append(body)
                month.append(index)
                amount.append(due)
                due = 0
    return np.array(payee, dtype=np.int64), np.array(month, dtype=np.int64), np.array(amount, dtype=np.int64)


def settle(
    bodies: Bodies,
    funding: Funding,
    owed: np.ndarray,
    fees: np.ndarray,
    persons: int,
    numbers: Numbers,
    rng: np.random.Generator,
) -> list[Rows]:
    """Return the payments of a territory's bodies to each other.

    owed, fees: cents by organisation number and month, of vouchers taken in and of the municipality's part
    of care.
    """
    town = bodies.municipalities[0]
    starts = np.array([first_day(m + 1) for m in range(month_count())])
    rows = []
    for due, reason, spending, wait in (
        (owed, "VOUCHER_SETTLEMENT", "Rimborso buoni", (9, 24)),
        (fees, "SERVICE_FEE", "Acquisto di servizi", (20, 58)),
    ):
        payee, month, amount = _monthly(due)
        value = working_day(starts[month] + rng.integers(*wait, len(payee)))
        cig = (
            [f"B{int(p) % 1000:03d}{7_000 + int(p) % 900:06d}" for p in payee]
            if reason == "SERVICE_FEE"
            else None
        )
        rows.append(
            _payments(np.full(len(payee), town), payee, reason, value, amount, spending, numbers, cig=cig)
        )
    lines = [(g, line) for g in funding.grants for line in g.lines if line["line_type"] == "DISBURSEMENT"]
    rows.append(
        _payments(
            np.array([g.funder for g, _ in lines]),
            np.array([g.lead for g, _ in lines]),
            "GRANT_INSTALMENT",
            working_day(np.array([line["entry_date"] for _, line in lines]) + 3),
            np.array([line["amount"] for _, line in lines]),
            "Contributi a enti",
            numbers,
            grant=np.array([g.number for g, _ in lines]),
            cup=[g.cup if g.public else None for g, _ in lines],
        )
    )
    quarters = np.arange(1, month_count(), 3)
    value = working_day(np.array([first_day(int(q)) for q in quarters]) + 14)
    amount = np.round(persons * 350 * rng.uniform(0.8, 1.2, len(quarters)) / 100).astype(np.int64) * 100
    payer = np.where(quarters % 2 == 0, bodies.region, bodies.state)
    rows.append(
        _payments(
            payer,
            np.full(len(quarters), bodies.ats),
            "TRANSFER",
            value,
            amount,
            "Trasferimenti correnti",
            numbers,
        )
    )
    return rows


def refunds(undo: Care, block: Block, bodies: Bodies, numbers: Numbers, rng: np.random.Generator) -> Rows:
    """Return what persons get back when a delivery that they paid for is undone."""
    rows = np.flatnonzero((undo.user < 0) & (rng.random(len(undo.user)) < 0.6))
    value = working_day(undo.day[rows] + rng.integers(8, 30, len(rows)))
    rows, value = rows[value <= END], value[value <= END]
    n = len(rows)
    record = numbers.take("payment", n)
    return events("payment", record, value * DAY + 38_000, {
        "payer_id": np.full(n, bodies.municipalities[0]), "payee_kind": words("PERSON", n),
        "person_id": block.number[undo.person[rows]], "organisation_id": np.full(n, NONE),
        "reason": words("REFUND", n),
        "application_id": np.full(n, NONE), "grant_id": np.full(n, NONE), "order_date": value - 3,
        "value_date": value, "amount": -undo.user[rows], "spending_type": words("Rimborsi a persone", n),
        "cup": words(None, n), "cig": words(None, n), "reverses_id": np.full(n, NONE),
    })  # fmt: skip
