"""Whether interventions keep to their time, their budget and the rules about receipts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from unicodedata import category

from tests.second_computation.cells import (
    Contribution,
    Figure,
    Key,
    cells,
    cumulative_cells,
    ratio_of_organisations,
    total_of_organisations,
)
from tests.second_computation.network_facts import Fact, Network, Scope
from tests.second_computation.over_time import stock_cells

NONE = Decimal(0)
GRACE = timedelta(days=60)
SOON = timedelta(days=90)
Grant = tuple[str, str]


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the eight measures of a grant's course; its targets stand apart."""
    as_of = network.as_of
    lines = network.ledger("grant_line")
    elapsed = dict(stock_cells("time_elapsed", _grants(network), _time_elapsed, as_of))
    reported = dict(cumulative_cells("budget_reported", _budget(network, lines), _of_budget, as_of))
    yield from elapsed.items()
    yield from reported.items()
    for key, figure in reported.items():
        time = elapsed.get(("time_elapsed", *key[1:]))
        gap_key = ("schedule_gap", *key[1:])
        if time is None or time.value is None or figure.value is None:
            yield gap_key, Figure(None, None, None, None, "denominator_missing")
        else:
            yield gap_key, Figure(None, None, figure.value - time.value, None)
    yield from stock_cells("residual_at_risk", _at_risk(network, lines), _still_at_risk, as_of)
    yield from cumulative_cells("budget_variance", _variances(network, lines), _variance, as_of)
    outside = [
        Contribution(line["entry_date"], scopes_of(network, line), numerator=line["amount"])
        for line, _ in out_of_window(network)
    ]
    yield from cells("out_of_window", outside, total_of_organisations, as_of)
    double = [
        Contribution(receipt.last_claimed, _scopes_of_all(network, receipt), numerator=receipt.excess)
        for receipt in receipts_claimed_twice(network)
    ]
    yield from cells("double_claimed", double, total_of_organisations, as_of)
    receipts = [
        Contribution(
            line["entry_date"],
            scopes_of(network, line),
            numerator=NONE if reference_of(line) else line["amount"],
            denominator=line["amount"],
        )
        for line in claims(network)
    ]
    yield from cells("without_receipt", receipts, ratio_of_organisations, as_of)


def scopes_of(network: Network, line: Fact) -> list[Scope]:
    """Return the scopes of a grant line: the network, its grant, the grant's funder."""
    return [("network", "network"), *network.grant_scopes(line.instance, line["grant_id"])]


def claims(network: Network) -> list[Fact]:
    """Return the effective expenses reported."""
    return [
        line
        for line in network.ledger("grant_line")
        if line.effective and line["line_type"] == "EXPENSE_REPORTED"
    ]


def reference_of(line: Fact) -> str:
    """Return by what a claim's receipt is told from another, empty where it has none.

    Capitals without spaces, punctuation, symbols and what does not show: signs alone are no reference.
    """
    return "".join(each for each in (line["doc_ref"] or "").upper() if category(each)[0] not in "PSZC")


def out_of_window(network: Network) -> Iterator[tuple[Fact, str]]:
    """Yield the claims dated outside their grant's time, with the side on which."""
    for line in claims(network):
        grant = network.attributes("grant", line.instance, line["grant_id"])
        if grant is None:
            continue
        if line["entry_date"] < grant["starts_on"]:
            yield line, "before_start"
        elif line["entry_date"] > grant["ends_on"] + GRACE:
            yield line, "after_end"


@dataclass(frozen=True)
class Receipt:
    """One document that was claimed under several grants: who claimed what, and how much is too much."""

    lines: tuple[Fact, ...]

    @property
    def grants(self) -> set[Grant]:
        """The grants it is claimed under."""
        return {(line.instance, line["grant_id"]) for line in self.lines}

    @property
    def last_claimed(self) -> date:
        """The day of the last claim."""
        return max(line["entry_date"] for line in self.lines)

    @property
    def excess(self) -> Decimal:
        """What goes beyond the document, or beyond the largest claim where its amount is not told."""
        whole = sum((line["amount"] for line in self.lines), NONE)
        amounts = [line["doc_amount"] for line in self.lines if line["doc_amount"] is not None]
        if amounts:
            return max(NONE, whole - max(amounts))
        by_grant: dict[Grant, Decimal] = defaultdict(Decimal)
        for line in self.lines:
            by_grant[line.instance, line["grant_id"]] += line["amount"]
        return whole - max(by_grant.values())


def receipts_claimed_twice(network: Network) -> list[Receipt]:
    """Return the receipts of one supplier under two grants or more that come to more than they are."""
    found: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for line in claims(network):
        grant = network.attributes("grant", line.instance, line["grant_id"])
        # A partner never seen has no tax code, and what it claimed is not the lead's.
        claimant_id = line["partner_id"] or (grant["lead_id"] if grant else None)
        claimant = network.attributes("organisation", line.instance, claimant_id)
        reference = reference_of(line)
        if claimant and reference:
            found[claimant["tax_code"], reference].append(line)
    receipts = [Receipt(tuple(lines)) for lines in found.values()]
    # Shared by two funders within its amount it is co-funding.
    return [receipt for receipt in receipts if len(receipt.grants) > 1 and receipt.excess > 0]


def _scopes_of_all(network: Network, receipt: Receipt) -> list[Scope]:
    return [scope for line in receipt.lines for scope in scopes_of(network, line)]


def _grants(network: Network) -> Iterator[Contribution]:
    for grant in network.present("grant"):
        scopes = [("network", "network"), *network.grant_scopes(grant.instance, grant.record_id)]
        yield Contribution(grant["deliberated_on"], scopes, what=grant)


def _time_elapsed(scope: Scope, group: list[Contribution], end: date, t: date) -> Figure:
    above = below = 0
    for each in group:
        whole = (each.what["ends_on"] - each.what["starts_on"]).days
        above += min(max((t - each.what["starts_on"]).days, 0), whole)
        below += whole
    if below == 0:
        return Figure(Decimal(above), Decimal(0), None, None, "denominator_missing")
    return Figure(Decimal(above), Decimal(below), above / below, None)


def _budget(network: Network, lines: list[Fact]) -> Iterator[Contribution]:
    signs = {"BUDGET": 1, "SAVING": -1, "REVOCATION": -1}
    for line in lines:
        if line["line_type"] == "EXPENSE_REPORTED":
            yield Contribution(line["entry_date"], scopes_of(network, line), numerator=line["amount"])
        elif line["line_type"] in signs:
            amount = line["amount"] * signs[line["line_type"]]
            yield Contribution(line["entry_date"], scopes_of(network, line), denominator=amount)


def _of_budget(scope: Scope, group: list[Contribution]) -> Figure:
    figure = ratio_of_organisations(scope, group)
    if figure.denominator is not None and figure.denominator <= 0:
        return Figure(figure.numerator, figure.denominator, None, None, "denominator_missing")
    return figure


def _at_risk(network: Network, lines: list[Fact]) -> Iterator[Contribution]:
    signs = {"SAVING": -1, "REVOCATION": -1, "DISBURSEMENT": -1}
    moved: dict[Grant, list[tuple[date, Decimal]]] = defaultdict(list)
    for line in lines:
        if line["line_type"] in signs:
            moved[line.instance, line["grant_id"]].append(
                (line["entry_date"], line["amount"] * signs[line["line_type"]])
            )
    for contribution in _grants(network):
        grant = contribution.what
        yield Contribution(
            contribution.day, contribution.scopes, what=(grant, moved[grant.instance, grant.record_id])
        )


def _still_at_risk(scope: Scope, group: list[Contribution], end: date, t: date) -> Figure:
    whole = NONE
    for grant, movements in (each.what for each in group):
        if grant["status"] in {"ACTIVE", "SUSPENDED"} and grant["ends_on"] <= t + SOON:
            whole += grant["amount_deliberated"]
            whole += sum((amount for day, amount in movements if day <= end), NONE)
    return Figure(whole, None, float(whole), None)


def _variances(network: Network, lines: list[Fact]) -> Iterator[Contribution]:
    for line in lines:
        if line["line_type"] in {"EXPENSE_REPORTED", "BUDGET"}:
            budget = line["line_type"] == "BUDGET"
            yield Contribution(
                line["entry_date"],
                scopes_of(network, line)[1:],
                numerator=-line["amount"] if budget else line["amount"],
                denominator=line["amount"] if budget else NONE,
                item=line["cost_category"],
            )


def _variance(scope: Scope, group: list[Contribution]) -> Figure:
    return ratio_of_organisations(scope, group)
