"""The quality score of a territory that sends month by month: its shares, worked out by hand, and its
history, which only what arrives about a month can change."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.support.built_network import BuildingSite
from tests.support.exports import RHO, TAX_CODE, Export, row

DELIVERIES = 40
FIRST = 2026
Row = tuple[Decimal | None, Decimal | None, Decimal | None, str]
Scores = dict[tuple[str, str, date, str], Row]


def export(sequence: int, first: int, last: int, made_after: int, **entities: list[dict[str, str]]) -> Export:
    """An export of the months `first` to `last` of 2026, made some days after its end."""
    begins, ends = date(FIRST, first, 1), date(FIRST, last, monthrange(FIRST, last)[1])

    def spoil(descriptor: dict) -> None:
        descriptor["welfare"]["period"] = {"from": begins.isoformat(), "to": ends.isoformat()}
        descriptor["created"] = f"{ends + timedelta(days=made_after)}T10:00:00+01:00"

    return Export(sequence=sequence, entities=entities, spoil=spoil, export_id=f"rho-{FIRST}-{sequence:04d}")


def deliveries(month: int, *, linked: int, **values: str) -> list[dict[str, str]]:
    """The deliveries of a month, the first of them with their request."""
    return [
        row(
            "service_delivery",
            f"D-{month}-{n}",
            person_id=f"P-{n % 4}",
            service_id="S-1",
            provider_id="O-1",
            request_id="R-1" if n < linked else "",
            start_date=f"{FIRST}-{month:02d}-10",
            end_date="",
            # No two alike.
            amount_total=f"{n}.00",
            amount_user=f"{n}.00",
            amount_municipality="0.00",
            amount_ssn="0.00",
            amount_other="0.00",
            **values,
        )
        for n in range(DELIVERIES)
    ]


def persons(*, of_unknown_sex: Iterable[int], row_version: str = "1") -> list[dict[str, str]]:
    """Four people, all with a citizenship, some without a sex."""
    return [
        row(
            "person",
            f"P-{n}",
            sex="ND" if n in of_unknown_sex else "F",
            citizenship="IT",
            row_version=row_version,
        )
        for n in range(4)
    ]


def first_half() -> list[Export]:
    """January to June: March made too late, May sent with June."""
    begin = {
        "organisation": [row("organisation", "O-1")],
        "service": [row("service", "S-1", nomenclatore_code="A1", valid_from="2020-01-01", valid_to="")],
        "person": persons(of_unknown_sex=[0]),
        "request": [row("request", "R-1", person_id="P-1", received_at="2026-01-02T10:00:00+01:00")],
    }
    return [
        export(1, 1, 1, 5, **begin, service_delivery=deliveries(1, linked=40)),
        export(2, 2, 2, 30, service_delivery=deliveries(2, linked=20)),
        export(3, 3, 3, 31, service_delivery=deliveries(3, linked=0)),
        export(4, 4, 4, 5, service_delivery=deliveries(4, linked=10)[:29]),
        # Six of June name a request that was never sent.
        export(
            5,
            5,
            6,
            5,
            service_delivery=[
                *deliveries(5, linked=40),
                *(each | {"request_id": "R-9"} for each in deliveries(6, linked=0)[:6]),
                *deliveries(6, linked=0)[6:],
                # One cannot be: it is set aside.
                deliveries(6, linked=0)[0] | {"record_id": "D-bad", "istat_place": "000000"},
            ],
        ),
    ]


def scores(site: BuildingSite) -> Scores:
    with duckdb.connect(str(site.home.warehouse), read_only=True) as connection:
        rows = connection.execute("""
            select scope_type, scope_id, month_start, dimension, numerator, denominator, score, status
            from marts.quality_score""").fetchall()
    return {row[:4]: row[4:] for row in rows}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> BuildingSite:
    """A home in which nothing has come yet."""
    root: Path = tmp_path_factory.mktemp("site")
    register = root / "register.yaml"
    register.write_text(yaml.safe_dump({"instances": {"rho": RHO}}), encoding="utf-8")
    made = BuildingSite(root / "home")
    made.clear(register)
    return made


def receive(site: BuildingSite, exports: Iterable[Export]) -> Scores:
    folder = site.home.root.parent / "sent"
    statuses = site.receive([each.write(folder) for each in exports])
    assert set(statuses.values()) == {"accepted"}
    return scores(site)


@pytest.fixture(scope="module")
def told(site: BuildingSite) -> dict[str, Scores]:
    """The scores after the first half of the year, after three months more, and after a correction."""
    first = receive(site, first_half())
    more = [
        export(n, month, month, 5, service_delivery=deliveries(month, linked=40))
        for n, month in ((6, 7), (7, 8), (8, 9))
    ]
    later = receive(site, more)
    corrected = receive(
        site, [export(9, 10, 10, 5, person=persons(of_unknown_sex=[], row_version="2"), service_delivery=[])]
    )
    return {"first": first, "later": later, "corrected": corrected}


def of(found: Scores, month: int, dimension: str, scope: tuple[str, str] = ("instance", "rho")) -> tuple:
    numerator, denominator, score, status = found[(*scope, date(FIRST, month, 1), dimension)]
    return numerator, denominator, score, status


def test_the_shares_are_those_worked_out_by_hand(told: dict[str, Scores]) -> None:
    found = told["first"]
    # Of each of 40 deliveries: code of the service, sex, citizenship; ten are of the person of unknown sex.
    assert of(found, 1, "completeness") == (110, 120, Decimal("0.91"), "ok")
    assert of(found, 1, "validity") == (47, 47, 1, "ok")
    assert of(found, 1, "consistency") == (40, 40, 1, "ok")
    assert [of(found, month, "linkage")[2] for month in (1, 2, 3)] == [1, Decimal("0.50"), 0]
    # 0.91, 1, 1, 1 and 1.
    assert of(found, 1, "ALL") == (Decimal("4.91"), 5, Decimal("0.98"), "ok")
    assert of(found, 6, "validity") == (80, 81, Decimal("0.98"), "ok")
    # Six name what was never sent; they are not linked either.
    assert of(found, 6, "consistency") == (34, 40, Decimal("0.85"), "ok")
    assert of(found, 6, "linkage") == (0, 40, 0, "ok")


def test_a_month_is_in_time_by_the_calendar_of_the_territory(told: dict[str, Scores]) -> None:
    found = told["first"]
    in_time = {month: of(found, month, "timeliness")[2] for month in range(1, 7)}
    # May was due by 30 June and came in July with June, which was not late.
    assert in_time == {1: 1, 2: 1, 3: 0, 4: 1, 5: 0, 6: 1}


def test_fewer_records_than_the_policy_asks_for_have_no_share(told: dict[str, Scores]) -> None:
    found = told["first"]
    for dimension in ("completeness", "consistency", "linkage", "validity"):
        assert of(found, 4, dimension)[2:] == (None, "denominator_missing")
    # That something came in time is no score of what came.
    assert of(found, 4, "ALL") == (None, None, None, "denominator_missing")


def test_a_provider_is_judged_by_the_deliveries_that_name_it(told: dict[str, Scores]) -> None:
    found, provider = told["first"], ("provider", TAX_CODE)
    for dimension in ("completeness", "consistency", "linkage"):
        assert of(found, 6, dimension, provider) == of(found, 6, dimension)
    for dimension in ("validity", "timeliness"):
        assert of(found, 6, dimension, provider) == (None, None, None, "not_applicable")


def test_later_exports_change_no_month_that_they_do_not_tell_of(told: dict[str, Scores]) -> None:
    first, later = told["first"], told["later"]
    assert {month for _, _, month, _ in later.keys() - first.keys()} == {
        date(FIRST, month, 1) for month in (7, 8, 9)
    }
    assert {key: later[key] for key in first} == first


def test_a_correction_changes_what_it_is_about_and_nothing_else(told: dict[str, Scores]) -> None:
    later, corrected = told["later"], told["corrected"]
    changed = {(key[2].month, key[3]) for key in later if later[key] != corrected[key]}
    # April has too few records for a share: its counts change.
    assert changed == {
        *((month, "completeness") for month in range(1, 10)),
        *((month, "ALL") for month in range(1, 10) if month != 4),
    }
    assert of(corrected, 1, "completeness") == (120, 120, 1, "ok")
