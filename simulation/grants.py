"""The interventions of a territory: grants, their states, their promises and their money line by line.

A territory and its bodies arrive; grant, grant_line and grant_target rows leave, the instalments to be paid,
and the table by which deliveries and vouchers find the grants behind them. Allocations do not belong here.
"""

from dataclasses import dataclass, field

import numpy as np

from simulation.months import DAY, END, NONE, USUAL_MONTHS, date_of, month_count, start_day
from simulation.organisations import Bodies
from simulation.people import Numbers
from simulation.rows import Rows, Stage, events, states, texts
from simulation.services import AREAS
from simulation.territories import Territory

STATUSES = ["DELIBERATED", "ACTIVE", "SUSPENDED", "CLOSED", "REVOKED"]
CATEGORIES = {
    "STAFF": 0.42,
    "SERVICES": 0.22,
    "GOODS": 0.08,
    "TRANSFERS_TO_PERSONS": 0.15,
    "OVERHEAD": 0.08,
    "OTHER": 0.05,
}
TITLES = {
    "FAM": "Crescere insieme",
    "DIS": "Vita indipendente",
    "DIP": "Ripartire",
    "ANZ": "Vicini agli anziani",
    "IMM": "Nuovi cittadini",
    "POV": "Oltre la soglia",
    "MUL": "Comunità che cura",
}
ACRI = {"FAM": "FAM", "DIS": "SAL", "DIP": "TOX", "ANZ": "ANZ", "IMM": "VOL", "POV": "VOL", "MUL": "LOC"}
# Share of the interventions that spend more on one category than budgeted.
STRAINED = 0.2
# What a funder expects one person reached to cost, in euro.
PROMISED_COST = 1_900
# What others than the municipality are expected to put into care, per person known, in euro over three years.
EXPECTED_PER_PERSON = 190.0


@dataclass
class Grant:
    """One intervention. Days are day numbers, amounts cents; funder, lead, partner and parent
    are record numbers.
    """

    number: int
    funder: int
    lead: int
    partner: int
    area: int
    title: str
    programme: str | None
    public: bool
    deliberated: int
    starts: int
    ends: int
    amount: int
    cofunding: int
    fate: str
    pace: float
    parent: int = NONE
    lines: list[dict] = field(default_factory=list)

    @property
    def cup(self) -> str:
        """A code of the public investment project, in form only."""
        return f"J{date_of(self.deliberated).year % 100:02d}H{self.number:011d}"


@dataclass
class Funding:
    """The grants of a territory as arrays, and the rows that tell of them."""

    number: np.ndarray
    funder: np.ndarray
    area: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    weight: np.ndarray
    grants: list[Grant]
    rows: list[Rows]

    def choose(self, area: np.ndarray, day: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return for each (area, day) the index of a grant running then, of that area where there is
        one, or -1.
        """
        chosen = np.full(len(area), -1)
        month = (day - start_day()) // 30
        keys, group = np.unique(area * 1000 + month, return_inverse=True)
        order = np.argsort(group, kind="stable")
        edges = np.searchsorted(group[order], np.arange(len(keys) + 1))
        for position in range(len(keys)):
            rows = order[edges[position] : edges[position + 1]]
            sample = int(day[rows[0]])
            open_now = (self.starts <= sample) & (self.ends >= sample)
            weight = self.weight * open_now * np.where(self.area == area[rows[0]], 3.0, 0.8)
            if weight.sum() > 0:
                chosen[rows] = rng.choice(len(weight), size=len(rows), p=weight / weight.sum())
        running = (chosen >= 0) & (self.starts[chosen] <= day) & (self.ends[chosen] >= day)
        return np.where(running, chosen, -1)


def build_funding(
    territory: Territory,
    code: int,
    bodies: Bodies,
    persons: int,
    scale: float,
    numbers: Numbers,
    rng: np.random.Generator,
) -> Funding:
    """Return the interventions of a territory with all their rows."""
    count = round(territory.grants * month_count() / USUAL_MONTHS * max(1.0, scale) ** 0.4)
    each = persons * EXPECTED_PER_PERSON * territory.dose * 100 / count
    grants: list[Grant] = []
    for index in range(count):
        grants.append(_draw_grant(index, count, each, territory, bodies, numbers, rng))
    for parent in grants[1 : 2 + count // 7]:
        grants.append(_regrant(parent, bodies, numbers, rng))
    for grant in grants:
        _draw_lines(grant, bodies, rng)
    _share_receipts(grants, rng)
    rows = [_grant_rows(grants, rng), _line_rows(grants, numbers), _target_rows(grants, numbers)]
    return Funding(
        number=np.array([g.number for g in grants]), funder=np.array([g.funder for g in grants]),
        area=np.array([g.area for g in grants]), starts=np.array([g.starts for g in grants]),
        ends=np.array([_last_day(g) for g in grants]), weight=np.array([g.amount / 1e6 for g in grants]),
        grants=grants, rows=rows,
    )  # fmt: skip


def _last_day(grant: Grant) -> int:
    return grant.starts + 235 if grant.fate == "REVOKED" else grant.ends


def _draw_grant(
    index: int,
    count: int,
    each: float,
    territory: Territory,
    bodies: Bodies,
    numbers: Numbers,
    rng: np.random.Generator,
) -> Grant:
    first, last = start_day() - 310, END - 130
    deliberated = int(first + (last - first) * ((index + rng.random() * 0.8) / count))
    starts = deliberated + int(rng.integers(25, 95))
    public = index % 4 == 3
    position = index % len(bodies.foundations)
    if public:
        funder = bodies.region if index % 8 == 3 else bodies.state
        programme = "Piano sociale di zona"
    else:
        funder, programme = int(bodies.foundations[position]), bodies.programmes[position]
    area = int(rng.choice(len(AREAS), p=[0.24, 0.17, 0.06, 0.24, 0.07, 0.14, 0.08]))
    lead, partner = rng.choice(bodies.private_providers, size=2, replace=False)
    amount = int(max(900_000, each * rng.uniform(1.3, 2.9) * (2.6 if public else 1.0)) // 50_000 * 50_000)
    fate = "REVOKED" if territory.id == "bari" and index == 2 else "CLOSED"
    if territory.id in ("napoli", "padova") and index == count * 2 // 3:
        fate = "SUSPENDED"
    return Grant(
        int(numbers.take("grant", 1)[0]),
        funder,
        int(lead),
        int(partner),
        area,
        f"{TITLES[AREAS[area]]} {territory.name} {date_of(deliberated).year}",
        programme,
        public,
        deliberated,
        starts,
        starts + int(rng.integers(400, 880)),
        amount,
        int(amount * rng.choice([0, 0.15, 0.25, 0.4, 0.6]) // 1000 * 1000),
        fate,
        float(rng.choice([1.0, 0.95, 0.78, 0.5], p=[0.35, 0.3, 0.2, 0.15])),
    )


def _regrant(parent: Grant, bodies: Bodies, numbers: Numbers, rng: np.random.Generator) -> Grant:
    lead = int(rng.choice(bodies.private_providers))
    return Grant(
        int(numbers.take("grant", 1)[0]),
        int(bodies.consortia[0]),
        lead,
        parent.lead,
        parent.area,
        f"{parent.title} - azioni di quartiere",
        parent.programme,
        False,
        parent.starts + 20,
        parent.starts + 50,
        parent.ends - 20,
        int(parent.amount * 0.35) // 10_000 * 10_000,
        0,
        "CLOSED",
        0.95,
        parent.number,
    )


def _line(grant: Grant, kind: str, category: str, day: int, cents: int, **more: object) -> dict:
    line = {"grant": grant, "line_type": kind, "cost_category": category, "entry_date": day, "amount": cents,
            "partner_id": NONE, "planned_on": NONE, "doc_date": NONE, "doc_amount": NONE, "admits": None,
            "doc_ref": None, "undoes": None, **more}  # fmt: skip
    grant.lines.append(line)
    return line


def _draw_lines(grant: Grant, bodies: Bodies, rng: np.random.Generator) -> None:
    length = grant.ends - grant.starts
    left = grant.amount
    for position, (category, share) in enumerate(CATEGORIES.items()):
        planned = left if position == len(CATEGORIES) - 1 else int(grant.amount * share)
        left -= planned
        for part in range(4):
            piece = planned // 4 + (planned % 4 if part == 3 else 0)
            day = grant.starts + length * (part + 1) // 4
            _line(grant, "BUDGET", category, grant.deliberated, piece, planned_on=day)
    _line(
        grant,
        "COMMITMENT",
        "SERVICES",
        grant.starts + 12,
        int(grant.amount * 0.6),
        partner_id=grant.partner,
        planned_on=grant.ends,
    )
    end = _last_day(grant)
    reported = _draw_expenses(grant, end, bodies, rng)
    first = grant.deliberated + round(float(np.exp(rng.normal(np.log(38), 0.5))))
    advance = int(grant.amount * 0.4)
    _line(grant, "DISBURSEMENT", "OTHER", first, advance)
    if grant.fate == "REVOKED":
        _line(grant, "REVOCATION", "OTHER", end + 5, grant.amount - advance)
        return
    # A funder pays on what is reported: what nobody spends is saved and not disbursed.
    middle = max(0, min(int(grant.amount * 0.35), reported - advance))
    halfway = grant.starts + int(length * rng.uniform(0.5, 0.7))
    if middle:
        _line(grant, "DISBURSEMENT", "OTHER", halfway, middle)
    balance = max(0, min(reported, grant.amount) - advance - middle)
    closing = grant.ends + int(rng.integers(75, 130))
    if balance:
        _line(grant, "DISBURSEMENT", "OTHER", closing, balance)
    if grant.amount - advance - middle - balance:
        _line(grant, "SAVING", "OTHER", closing - 10, grant.amount - advance - middle - balance)


def _draw_expenses(grant: Grant, end: int, bodies: Bodies, rng: np.random.Generator) -> int:
    months = max(3, (grant.ends - grant.starts) // 30)
    total = 0
    names = list(CATEGORIES)
    shares = np.array(list(CATEGORIES.values()))
    if rng.random() < STRAINED:
        shares[rng.integers(len(names))] *= 1.45
        shares /= shares.sum()
    spent = np.zeros(len(names))
    for month in range(months):
        done = (month + 1) / months
        planned = grant.amount * grant.pace * 1.03 * done * done * (3 - 2 * done)
        # The three categories that are farthest behind their budget are spent on.
        due = shares * planned - spent
        for category in np.argsort(-due)[:3]:
            cents = min(int(due[category] * rng.uniform(0.7, 1.2)), grant.amount - total)
            day = grant.starts + month * 30 + int(rng.integers(5, 29))
            if cents < 100 or day > min(end, END):
                continue
            if rng.random() < 0.008:
                day = grant.ends + int(rng.integers(65, 110))
            who = grant.partner if rng.random() < 0.45 else NONE
            bearer = bodies.tax_code(grant.lead if who == NONE else who)
            issued = day - int(rng.integers(2, 25))
            receipt = f"{bearer}/{int(rng.integers(1, 900))}-{len(grant.lines)}/{date_of(issued).isoformat()}"
            has_receipt = rng.random() > 0.05
            line = _line(
                grant,
                "EXPENSE_REPORTED",
                names[category],
                day,
                cents,
                partner_id=who,
                doc_date=issued if has_receipt else NONE,
                doc_amount=round(cents * rng.choice([1.0, 1.0, 1.3, 2.0])) if has_receipt else NONE,
                doc_ref=receipt if has_receipt else None,
            )
            total += cents
            spent[category] += cents
            if rng.random() < 0.01:
                _line(
                    grant, "EXPENSE_REPORTED", names[category], day + 40, -cents, partner_id=who, undoes=line
                )
                total -= cents
                spent[category] -= cents
            elif rng.random() < 0.9:
                cut = 1.0 if rng.random() < 0.85 else rng.uniform(0.6, 0.95)
                _line(
                    grant,
                    "EXPENSE_ADMITTED",
                    names[category],
                    day + int(rng.integers(30, 110)),
                    int(cents * cut),
                    partner_id=who,
                    admits=line,
                )
    return total


def _share_receipts(grants: list[Grant], rng: np.random.Generator) -> None:
    """One receipt is claimed whole under the grants of two funders; another is shared within its amount."""
    for excess in (True, False):
        found = None
        for one in grants:
            mine = [
                x
                for x in one.lines
                if x["line_type"] == "EXPENSE_REPORTED"
                and x["doc_ref"]
                and x["amount"] > 0
                and not x.get("shared")
                and x["entry_date"] <= END
            ]
            others = [
                g
                for g in grants
                if g.funder != one.funder and mine and g.starts <= mine[-1]["entry_date"] <= g.ends
            ]
            if others:
                found = (mine[-1], others[0])
                break
        if not found:
            continue
        line, other = found
        line["shared"] = True
        bearer = line["partner_id"] if line["partner_id"] != NONE else line["grant"].lead
        claimed = line["amount"] if excess else line["amount"] // 2
        line["doc_amount"] = line["amount"] if excess else line["amount"] * 2
        _line(
            other,
            "EXPENSE_REPORTED",
            line["cost_category"],
            min(END, line["entry_date"] + 9),
            claimed,
            partner_id=bearer,
            doc_date=line["doc_date"],
            doc_amount=line["doc_amount"],
            doc_ref=line["doc_ref"],
            shared=True,
        )


def _grant_rows(grants: list[Grant], rng: np.random.Generator) -> Rows:
    n = len(grants)
    days = {name: np.array([getattr(g, name) for g in grants]) for name in ("deliberated", "starts", "ends")}
    public = [g.public for g in grants]
    acts = [f"DGR {100 + g.number}/{date_of(g.deliberated).year}" if g.public else None for g in grants]
    columns = {
        "funder_id": np.array([g.funder for g in grants]), "lead_id": np.array([g.lead for g in grants]),
        "title": texts([g.title for g in grants]),
        "description": texts([f"Intervento in area {AREAS[g.area]} con la rete dei servizi" for g in grants]),
        "programme": texts([g.programme for g in grants]),
        "acri_sector": texts([ACRI[AREAS[g.area]] for g in grants]),
        "cup": texts([g.cup if g.public else None for g in grants]), "deliberated_on": days["deliberated"],
        "amount_applied": np.array([int(g.amount * 1.1) // 1000 * 1000 for g in grants]),
        "amount_deliberated": np.array([g.amount for g in grants]),
        "cofunding": np.array([g.cofunding for g in grants]), "starts_on": days["starts"],
        "ends_on": days["ends"],
        "from_open_call": (rng.random(n) < 0.7).astype(np.int64),
        "parent_grant_id": np.array([g.parent for g in grants]), "act_number": texts(acts),
        "act_date": np.where(public, days["deliberated"], NONE),
        "legal_basis": texts(["L. 328/2000 art. 20" if p else None for p in public]),
        "office": texts(["Direzione politiche sociali" if p else None for p in public]),
    }  # fmt: skip

    def status(label: str) -> dict:
        return {"status": texts([label] * n)}

    fate = np.array([g.fate for g in grants])
    noon = 43_200
    suspended = np.where(fate == "SUSPENDED", (days["starts"] + 200) * DAY + noon, NONE)
    resumed = np.where(suspended == NONE, NONE, suspended + 300 * DAY)
    revoked = np.where(fate == "REVOKED", (days["starts"] + 240) * DAY + noon, NONE)
    closed = np.where(fate == "REVOKED", NONE, (days["ends"] + 131) * DAY + noon)
    return states("grant", columns_number(grants), columns, [
        Stage(days["deliberated"] * DAY + noon, status("DELIBERATED")), Stage(days["starts"] * DAY + noon,
                                                                              status("ACTIVE")),
        Stage(suspended, status("SUSPENDED")), Stage(resumed, status("ACTIVE")), Stage(revoked,
        status("REVOKED")),
        Stage(closed, status("CLOSED")),
    ])  # fmt: skip


def columns_number(grants: list[Grant]) -> np.ndarray:
    """Return the record numbers of grants."""
    return np.array([g.number for g in grants])


def _line_rows(grants: list[Grant], numbers: Numbers) -> Rows:
    lines = [line for grant in grants for line in grant.lines if line["entry_date"] <= END]
    told = {
        id(line): number
        for line, number in zip(lines, numbers.take("grant_line", len(lines)).tolist(), strict=True)
    }
    lines = [x for x in lines if all(x[k] is None or id(x[k]) in told for k in ("admits", "undoes"))]

    def link(key: str) -> np.ndarray:
        return np.array([NONE if x[key] is None else told[id(x[key])] for x in lines])

    columns = {
        "grant_id": np.array([x["grant"].number for x in lines]),
        "line_type": texts([x["line_type"] for x in lines]),
        "cost_category": texts([x["cost_category"] for x in lines]),
        "doc_ref": texts([x["doc_ref"] for x in lines]),
        "admits_id": link("admits"), "reverses_id": link("undoes"),
    }  # fmt: skip
    columns |= {
        name: np.array([x[name] for x in lines])
        for name in ("partner_id", "entry_date", "amount", "planned_on", "doc_date", "doc_amount")
    }
    record = np.array([told[id(x)] for x in lines])
    return events("grant_line", record, columns["entry_date"] * DAY + 50_000 + record % 9_000, columns)


def _target_rows(grants: list[Grant], numbers: Numbers) -> Rows:
    entries = []
    for grant in grants:
        people = max(3, round(grant.amount / 100 / PROMISED_COST))
        entries += [(grant, "persons_served", NONE, people), (grant, "deliveries", NONE, people * 3)]
        if grant.area != AREAS.index("DIP"):
            entries.append((grant, "OI-1", 4_500, None))
    n = len(entries)
    columns = {
        "grant_id": np.array([g.number for g, *_ in entries]), "measure": texts([m for _, m, *_ in entries]),
        "baseline": np.array([b for *_, b, _ in entries]),
        "target": np.array([5_500 if t is None else t * 1000 for *_, t in entries]),
        "due_on": np.array([g.ends for g, *_ in entries]),
    }  # fmt: skip
    since = np.array([g.deliberated for g, *_ in entries]) * DAY + 44_000
    return states("grant_target", numbers.take("grant_target", n), columns, [Stage(since, {})])
