"""How concentrated the providers are, and how good the data are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from tests.second_computation.cells import (
    Contribution,
    Figure,
    Key,
    cells,
    ratio_of_organisations,
    total_of_organisations,
)
from tests.second_computation.contract_files import tables
from tests.second_computation.network_facts import Network, Scope


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the indicator of the market and the two of the data."""
    as_of = network.as_of
    yield from cells("provider_hhi", _deliveries(network), concentration, as_of, ["year"])
    rows, gaps = [], []
    for accepted in network.loading.accepted:
        export = accepted.export
        scopes = network.territory(export.instance, "network", "instance")
        rows.append(
            Contribution(
                export.period_to,
                scopes,
                ["ALL"],
                Decimal(accepted.quarantined_rows),
                Decimal(accepted.received),
            )
        )
        # A total that did not reconcile would have had the export refused: what is accepted leaves no gap.
        if any(column.is_euro for entity in export.listed for column in tables()[entity].columns):
            gaps.append(Contribution(export.period_to, scopes))
    yield from cells("quarantine_rate", rows, ratio_of_organisations, as_of, ["month"])
    yield from cells("reconciliation_gap", gaps, total_of_organisations, as_of, ["month"])


def _deliveries(network: Network) -> Iterator[Contribution]:
    # A sole trader and an organisation never seen have no scope, but each has its share of what is delivered.
    for delivery in network.ledger("service_delivery"):
        provider = network.organisation("provider", delivery.instance, delivery["provider_id"])
        yield Contribution(
            delivery["start_date"],
            network.territory(delivery.instance, "network", "instance"),
            network.service_areas(delivery.instance, delivery["service_id"]),
            delivery["amount_total"],
            what=provider[0] if provider else ("own", f"{delivery.instance}:{delivery['provider_id']}"),
        )


def concentration(scope: Scope, group: list[Contribution]) -> Figure:
    """The sum of the squared shares of 100%, by what each contribution names: of those with more than 0."""
    spent: dict[Scope, Decimal] = defaultdict(Decimal)
    for each in group:
        spent[each.what] += each.numerator
    shares = [amount for amount in spent.values() if amount > 0]
    if not shares:
        return Figure(None, None, None, None, "not_applicable")
    whole = sum(shares, Decimal(0))
    index = 10000 * sum(((amount / whole) ** 2 for amount in shares), Decimal(0))
    return Figure(None, None, float(index), None)
