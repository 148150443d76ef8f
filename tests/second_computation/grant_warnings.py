"""What asks for a question to the lead body of a grant."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal

from tests.second_computation.calendar_days import last_day
from tests.second_computation.interventions import claims, out_of_window, receipts_claimed_twice, reference_of
from tests.second_computation.network_facts import Fact, Network

# Over its budget by more than this a category is asked about.
TOLERANCE = Decimal("1.1")
# Grant, kind, detail, euro, the lines concerned.
Warned = tuple[str, str, str, Decimal, frozenset[str] | None]


def warnings(network: Network) -> Counter[Warned]:
    """Return the rows of `marts.grant_warning`, each as often as it stands; none of grants never seen."""
    known = {
        f"{instance}:{grant_id}"
        for instance, held in network.loading.held.items()
        for grant_id in held.versions["grant"]
    }
    return Counter(warned for warned in _warnings(network) if warned[0] in known)


def _warnings(network: Network) -> Iterator[Warned]:
    for receipt in receipts_claimed_twice(network):
        for grant in receipt.grants:
            own = [line for line in receipt.lines if (line.instance, line["grant_id"]) == grant]
            yield _name(own[0]), "double_claimed", "claimed_elsewhere", receipt.excess, _ids(own)
    by_detail: dict[tuple[str, str, str], list[Fact]] = defaultdict(list)
    for line, side in out_of_window(network):
        by_detail[_name(line), "out_of_window", side].append(line)
    for line in claims(network):
        if not reference_of(line):
            by_detail[_name(line), "without_receipt", "no_doc_ref"].append(line)
    for (grant, kind, detail), lines in by_detail.items():
        yield grant, kind, detail, sum((line["amount"] for line in lines), Decimal(0)), _ids(lines)
    reported: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    budget: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in network.ledger("grant_line"):
        side = {"EXPENSE_REPORTED": reported, "BUDGET": budget}.get(line["line_type"])
        if side is not None and line["entry_date"] <= last_day("month", network.as_of):
            side[_name(line), line["cost_category"]] += line["amount"]
    for (grant, category), amount in reported.items():
        planned = budget[grant, category]
        if amount > TOLERANCE * planned:
            yield grant, "over_budget", category, amount - planned, None


def _name(line: Fact) -> str:
    return f"{line.instance}:{line['grant_id']}"


def _ids(lines: list[Fact]) -> frozenset[str]:
    return frozenset(line.record_id for line in lines)
