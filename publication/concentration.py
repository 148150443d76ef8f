"""How concentrated the providers are, computed from what is printed about them and from nothing else.

Protected cells arrive, one row per year leaves, in the columns of the table of open figures. Where the euro
of one provider are hidden, so is the figure: it would tell them.
"""

from decimal import Decimal

from publication.calendar import Period
from publication.cells import SUPPRESSED, VALUE, CellSystem
from publication.scope import NETWORK
from publication.table_list import TableList

SPENDING = "spend_delivered"


def concentration_rows(
    system: CellSystem, table_list: TableList, years: list[Period]
) -> list[tuple[object, ...]]:
    """Return the Herfindahl-Hirschman index of each year for the whole network: 10,000 times the sum of the
    squared shares of the providers with more than 0, of what these have together.

    Only organisations with a tax code are providers by name; money of others, or of a total that is hidden,
    keeps the figure from being computed.
    """
    measure = table_list.measures[SPENDING]
    kinds = {*table_list.trees["provider"], table_list.totals["provider"]}
    rows: list[tuple[object, ...]] = []
    for year in years:
        cells = {
            place["provider"]: cell
            for (name, at), cell in system.cells.items()
            if name == SPENDING
            for place in [dict(zip(measure.dimensions, at, strict=True))]
            if place["territory"] == NETWORK and place["area"] == "ALL" and place["period"] == year.name
        }
        total = cells.get(table_list.totals["provider"])
        providers = [cell for provider, cell in sorted(cells.items()) if provider not in kinds]
        if total is None or not providers:
            continue
        value = None
        if not any(cell.hidden for cell in [total, *providers]):
            spent = [cell.value for cell in providers]
            shares = [amount for amount in spent if amount > 0]
            if sum(spent) == total.value and shares:
                value = 10_000 * sum(amount * amount for amount in shares) / sum(shares) ** 2
        row = (table_list.open.concentration, NETWORK, NETWORK, year.kind, year.start, None, None)
        rows.append((*row, _rounded(value), SUPPRESSED if value is None else VALUE))
    return rows


def _rounded(value: Decimal | float | None) -> float | None:
    return None if value is None else round(float(value), 4)
