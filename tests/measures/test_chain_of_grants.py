"""Money that is granted on counts once, however many hands it goes through; each body's gross money grows."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measures.conftest import Measured
from tests.support.built_marts import create_as_built, put

DAY = date(2025, 3, 1)
FUNDERS = ["90000000001", "90000000002", "90000000003"]
INTERMEDIARY = "90000000009"


@dataclass(frozen=True)
class Grant:
    """One award: who gives it, how much, and the number of the grant out of which it is paid."""

    funder: str
    amount: Decimal
    parent: int | None


@st.composite
def chains(draw: st.DrawFn) -> list[Grant]:
    """Grants of which each may be paid out of one before it, never with more than that one has."""
    grants: list[Grant] = []
    for number in range(draw(st.integers(1, 8))):
        parent = draw(st.none() | st.integers(0, number - 1)) if number else None
        most = grants[parent].amount if parent is not None else Decimal(10**7)
        amount = draw(st.decimals(min_value="0.01", max_value=most, places=2))
        grants.append(Grant(draw(st.sampled_from(FUNDERS)), amount, parent))
    return grants


def with_intermediary(grants: list[Grant], number: int) -> list[Grant]:
    """The same money, which from grant `number` on goes through one more body."""
    passed_on = Grant(INTERMEDIARY, grants[number].amount, number)
    behind = [replace(grant, parent=len(grants)) if grant.parent == number else grant for grant in grants]
    return [*behind, passed_on]


def awarded(measured: Measured, grants: list[Grant]) -> tuple[Decimal, dict[str, Decimal]]:
    """Net money of the network, and gross money by body, in the year, as the model says."""
    with duckdb.connect(config={"threads": 1}) as connection:
        contributions, last_day = "intermediate.contribution_grant", "intermediate.int_calendar__as_of"
        create_as_built(connection, contributions, last_day, warehouse=measured.home.warehouse)
        put(
            connection,
            contributions,
            [
                {
                    "instance_id": "alba",
                    "grant_key": f"alba:G{n}",
                    "funder_tax_code": grant.funder,
                    "deliberated_on": DAY,
                    "amount_deliberated": grant.amount,
                    "cofunding": 0,
                    "parent_grant_id": None if grant.parent is None else f"G{grant.parent}",
                }
                for n, grant in enumerate(grants)
            ],
        )
        put(connection, last_day, [{"as_of": date(2025, 12, 31)}])
        rows = connection.execute(
            f"""select scope_type, scope_id, deliberated, deliberated_net
            from ({measured.compiled["cube_grant"]}) as cells
            where period_type = 'year' and scope_type in ('network', 'funder')"""
        ).fetchall()
    (net,) = [net for scope, _, _, net in rows if scope == "network"]
    return net, {funder: gross for scope, funder, gross, _ in rows if scope == "funder"}


@settings(max_examples=40, deadline=None)
@given(grants=chains(), data=st.data())
def test_one_more_hand_leaves_the_net_money_and_adds_to_that_bodys_gross(
    measured: Measured, grants: list[Grant], data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(grants) - 1))
    net, gross = awarded(measured, grants)
    net_after, gross_after = awarded(measured, with_intermediary(grants, number))
    assert net == net_after == sum(grant.amount for grant in grants if grant.parent is None)
    assert gross_after == gross | {INTERMEDIARY: grants[number].amount}
