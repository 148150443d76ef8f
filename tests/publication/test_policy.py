"""The disclosure policy, the calendar and the rules of primary protection, each below, at and
above its limit.
"""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from core.errors import VetroError
from core.yaml_models import FileUnusable
from publication.attack.published import SHARE_OF_DOUBT
from publication.calendar import Period, closed_periods
from publication.cells import DOMINATED, FEW_PERSONS, SMALL_COUNT, Cell, CellSystem
from publication.policy import LEGAL_FLOOR, POLICY_FILE, load_policy
from publication.primary_suppression import primary_reason, protect_primary
from publication.table_list import TABLES_FILE, load_table_list

POLICY = load_policy()
LIST = load_table_list(POLICY, ["ANZ", "DIP", "FAM"])


def altered(tmp_path: Path, was: str, now: str) -> Path:
    text = POLICY_FILE.read_text()
    assert was in text
    path = tmp_path / "policy.yaml"
    path.write_text(text.replace(was, now))
    return path


@pytest.mark.parametrize("threshold", [0, 1, LEGAL_FLOOR - 1])
def test_the_legal_floor_cannot_be_configured_away(tmp_path, threshold):
    with pytest.raises(FileUnusable, match="legal floor"):
        load_policy(altered(tmp_path, "normal: 5", f"normal: {threshold}"))


def test_the_floor_itself_is_allowed(tmp_path):
    assert load_policy(altered(tmp_path, "normal: 5", "normal: 3")).normal == LEGAL_FLOOR


def test_a_sensitive_threshold_is_never_lower_than_the_normal_one(tmp_path):
    with pytest.raises(FileUnusable, match="high"):
        load_policy(altered(tmp_path, "high: 10", "high: 4"))


PRODUCT = Path(__file__).resolve().parents[2]
# One is generated, with a test of its own; the other is the attacker's idea of enough doubt, tested below.
COPIES = {"dbt_project/macros/disclosure_policy.sql", "publication/attack/published.py"}


def sources() -> dict[str, str]:
    packages = ("ingestion", "dbt_project", "quality", "publication", "orchestration", "dashboards")
    return {
        path.relative_to(PRODUCT).as_posix(): path.read_text(encoding="utf-8")
        for package in packages
        for path in (PRODUCT / package).rglob("*")
        if path.suffix in (".py", ".sql") and "target" not in path.parts
    }


def test_no_room_has_a_copy_of_the_policy():
    shares = [POLICY.one_contributor, POLICY.two_contributors, POLICY.protection]
    numbers = "|".join(re.escape(str(share)) for share in shares)
    name = r"(normal|legal_?floor|threshold\w*|population_floor|k_min|min_persons)"
    copy = re.compile(rf"(?<![\d.])({numbers})(?!\d)|\b{name}\s*[:=]=?\s*\d+", re.IGNORECASE)
    found = {where: match[0] for where, text in sources().items() if (match := copy.search(text))}
    # The floor itself stands in code on purpose: no file can undercut it.
    assert found.pop("publication/policy.py") == f"LEGAL_FLOOR = {LEGAL_FLOOR}"
    assert found.keys() <= COPIES, found


def test_the_attack_asks_for_the_doubt_that_the_policy_grants():
    assert POLICY.protection == SHARE_OF_DOUBT


def test_bands_of_waiting_rise(tmp_path):
    for bands in ("[30, 60]", "[30, 30, 90]", "[0, 60, 90]", "[90, 60, 30]"):
        with pytest.raises(FileUnusable, match="wait_bands"):
            load_policy(altered(tmp_path, "wait_bands: [30, 60, 90]", f"wait_bands: {bands}"))


@pytest.mark.parametrize(
    ("was", "now", "place"),
    [
        ("normal: 5", "normal: five", r"policy\.yaml:6:11, thresholds\.normal: .*intero"),
        ("normal: 5", "normal: 2", r"policy\.yaml:3:1, thresholds: "),
        ("population_floor: 5000", "population_floors: 5000", "population_floors: .*unknown key"),
        ("quarter: 45", "quarter: 30", "calendar: .*trimestre"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, was, now, place):
    with pytest.raises(FileUnusable, match=place):
        load_policy(altered(tmp_path, was, now))


@pytest.mark.parametrize(
    ("was", "now", "place"),
    [
        ("additive: [age_band, sex]", "additive: [age, sex]", "measures.persons_served.additive: .*age"),
        ("count: persons_served", "count: persons", "measures.deliveries.count: .*lacks persons"),
        ("areas: other\n", "areas: others\n", r"tables\[0\]\.areas: .*known: high, other, total"),
        ("from: persons_served", "from: served", r"derived\[0\]\.from: "),
    ],
)
def test_a_public_table_that_cannot_be_is_told_with_its_place(tmp_path, was, now, place):
    text = TABLES_FILE.read_text(encoding="utf-8")
    assert was in text
    path = tmp_path / "tables.yaml"
    path.write_text(text.replace(was, now, 1), encoding="utf-8")
    with pytest.raises(FileUnusable, match=rf"tables\.yaml:\d+:\d+, {place}"):
        load_table_list(POLICY, [], path)


@pytest.mark.parametrize("share", ["0", "1", "1.5"])
def test_shares_lie_between_nothing_and_all(tmp_path, share):
    with pytest.raises(FileUnusable, match="one_contributor"):
        load_policy(altered(tmp_path, "one_contributor: 0.85", f"one_contributor: {share}"))


@pytest.mark.parametrize(
    ("persons", "reason"), [(0, None), (1, SMALL_COUNT), (4, SMALL_COUNT), (5, None), (6, None)]
)
def test_a_count_is_small_from_one_to_one_less_than_the_threshold(persons, reason):
    cell = Cell("persons_served", ("network", "ALL", "2025", "ALL", "ALL"), Decimal(persons), persons, 5)
    assert primary_reason(cell, LIST.measures["persons_served"], POLICY) == reason


@pytest.mark.parametrize(("persons", "reason"), [(4, FEW_PERSONS), (5, None), (0, None)])
def test_money_of_few_persons_is_protected(persons, reason):
    cell = Cell("spend_delivered", ("network", "ALL", "2025", "ALL"), Decimal(1000), persons, 5)
    assert primary_reason(cell, LIST.measures["spend_delivered"], POLICY) == reason


@pytest.mark.parametrize(
    ("largest", "second", "reason"),
    [(850, 50, None), (851, 50, DOMINATED), (800, 150, None), (800, 151, DOMINATED)],
)
def test_money_that_one_or_two_persons_make_up_is_protected(largest, second, reason):
    cell = Cell("spend_delivered", ("network", "ALL", "2025", "ALL"), Decimal(1000), 100, 5,
                largest=Decimal(largest), second=Decimal(second), contributed=Decimal(1000))  # fmt: skip
    assert primary_reason(cell, LIST.measures["spend_delivered"], POLICY) == reason


def test_a_reversal_does_not_make_a_large_contribution_look_small():
    """1,000 of one person, reversed but for 10, beside 20 of others: her contributions are what counts."""
    cell = Cell("spend_delivered", ("network", "ALL", "2025", "ALL"), Decimal(30), 100, 5,
                largest=Decimal(1990), second=Decimal(1), contributed=Decimal(2010))  # fmt: skip
    assert primary_reason(cell, LIST.measures["spend_delivered"], POLICY) == DOMINATED


def test_deliveries_have_no_dominant_contributor():
    cell = Cell("deliveries", ("network", "ALL", "2025", "ALL", "ALL"), Decimal(100), 9, 5,
                largest=Decimal(99), contributed=Decimal(100))  # fmt: skip
    assert primary_reason(cell, LIST.measures["deliveries"], POLICY) is None


# Without an indicator; of one that nobody knows; of cubes that put rows together, or have no such scope.
@pytest.mark.parametrize("indicator", [None, "nobody", "requests", "voucher_redeemed", "no_show_rate"])
def test_a_measure_of_which_nothing_says_what_rows_count_is_not_published(indicator):
    policy = load_policy()
    table_list = load_table_list(policy, [])
    measure = replace(table_list.measures["spend_delivered"], indicator=indicator)
    forgotten = replace(table_list, measures=table_list.measures | {measure.name: measure})
    system = CellSystem()
    system.add(Cell(measure.name, ("network", "ALL", "2025", "ALL"), Decimal(100), 10, 5))
    with pytest.raises(VetroError, match=r"has no figures|SQL of its own|adds to|several ways"):
        protect_primary(system, None, "warehouse.marts", forgotten, policy)


def test_areas_with_the_higher_threshold_stand_in_tables_of_their_own():
    for table in LIST.tables:
        high = table.fixed.get("area") in POLICY.high_areas
        assert table.threshold == (POLICY.high if high else POLICY.normal)
        assert high or not set(table.areas) & POLICY.high_areas


@pytest.mark.parametrize(
    ("kind", "as_of", "names"),
    [
        ("year", date(2025, 12, 31), ["2024"]),
        ("year", date(2026, 4, 29), ["2024"]),
        ("year", date(2026, 4, 30), ["2024", "2025"]),
        ("quarter", date(2024, 5, 14), []),
        ("quarter", date(2024, 5, 15), ["2024-Q1"]),
        ("month", date(2024, 3, 16), ["2024-01"]),
    ],
)
def test_a_period_is_closed_its_days_of_grace_after_its_end(kind, as_of, names):
    periods = closed_periods(kind, date(2024, 1, 1), as_of, POLICY.calendar[kind])
    assert [period.name for period in periods] == names


def test_a_period_that_the_data_do_not_cover_from_its_first_day_is_not_published():
    periods = closed_periods("year", date(2024, 2, 1), date(2027, 1, 1), 120)
    assert [period.name for period in periods] == ["2025"]
    assert Period("quarter", date(2024, 10, 1)).end == date(2024, 12, 31)
