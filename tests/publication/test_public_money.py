"""The award of a sole trader is a person's money: it is not in print, and cannot be worked out."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from publication.attack.attacker import PERSON_PRINTED, attack
from publication.policy import load_policy
from publication.public_money import figures_of_persons, grants_of_persons, protect_public_money
from publication.table_list import load_table_list
from tests.support.built_marts import create_as_built, put

YEAR, QUARTER, MONTH = date(2025, 1, 1), date(2025, 4, 1), date(2025, 5, 1)
PERIODS = (("year", YEAR), ("quarter", QUARTER), ("month", MONTH))
# grant: funder, award; the first is led by a sole trader.
GRANTS = {
    "rho:G-1": ("F1", 4000),
    "rho:G-2": ("F1", 9000),
    "rho:G-3": ("F2", 12000),
    "bari:G-1": ("F1", 700),
    "bari:G-2": ("F2", 30000),
}
PERSON = "rho:G-1"

OPEN_COLUMNS = ("indicator_id", "scope_type", "scope_id", "period_type", "period_start")


def rows(grants: dict[str, tuple[str, int]]) -> list[tuple]:
    totals: dict[tuple[str, str], int] = {}
    for grant, (funder, amount) in grants.items():
        for scope in (
            ("grant", grant),
            ("instance", grant.split(":")[0]),
            ("funder", funder),
            ("network",) * 2,
        ):
            totals[scope] = totals.get(scope, 0) + amount
    found = []
    for (scope, scope_id), amount in totals.items():
        for kind, start in PERIODS:
            for indicator in ("deliberated", "residual"):
                found.append((indicator, scope, scope_id, kind, start, amount, None, amount, "value"))
            found.append(("time_elapsed", scope, scope_id, kind, start, 1, 2, 0.5, "value"))
    return found


def released(
    folder: Path,
    grants: dict,
    person: str | None,
    protected: bool,
    printed: set = frozenset(),
    of_persons: dict | None = None,
) -> dict[tuple[str, str, str, str], str]:
    """Write a release that holds nothing but public money, and return its marks."""
    policy = load_policy()
    public, private = folder / "public", folder / "private"
    (public / "data").mkdir(parents=True)
    private.mkdir()
    with duckdb.connect(str(private / "casa-di-vetro.duckdb")) as connection:
        create_as_built(connection, "marts.dim_grant")
        put(
            connection,
            "marts.dim_grant",
            [
                {"grant_key": grant, "funder_tax_code": funder, "is_of_person": grant == person}
                for grant, (funder, _) in grants.items()
            ],
        )
        connection.execute(
            "create temp table t14 (indicator_id varchar, scope_type varchar, scope_id varchar, period_type "
            "varchar, period_start date, numerator decimal(24, 4), denominator decimal(24, 4), value double, "
            "mark varchar)"
        )
        connection.executemany(f"insert into t14 values ({', '.join('?' * 9)})", rows(grants))
        parents = grants_of_persons(connection, "marts")
        hidden = []
        if protected:
            hidden = protect_public_money(
                connection, "t14", parents, load_table_list(policy, ["ANZ"]), policy, printed,
                of_persons=of_persons,
            )  # fmt: skip
        elif person:
            connection.execute(
                "update t14 set numerator = null, value = null, mark = 'suppressed' "
                "where scope_type = 'grant' and scope_id = ?",
                [person],
            )
            hidden = [
                ("deliberated", ("grant", person, kind, start), Decimal(grants[person][1]), 600.0, 600.0)
                for kind, start in PERIODS
            ]
        connection.execute(
            f"copy (select * from t14 order by all) to '{public / 'data' / 't14.csv'}' (header)"
        )
        marks = {
            tuple(row[:4]): row[4]
            for row in connection.execute(
                "select indicator_id, scope_type, scope_id, period_type, mark from t14"
            ).fetchall()
        }
        connection.execute(
            "create temp table protection (measure_id varchar, place varchar, value decimal(24, 4), "
            "below double, above double)"
        )
        for indicator, (scope, scope_id, kind, start), value, below, above in hidden:
            place = {"indicator": indicator, "scope_type": scope, "scope": scope_id, "period_type": kind}
            place["period_start"] = start.isoformat()
            connection.execute(
                "insert into protection values ('public_figure', ?, ?, ?, ?)",
                [json.dumps(place, sort_keys=True), value, below, above],
            )
        connection.execute(f"copy protection to '{private / 'protection.parquet'}' (format parquet)")
    columns = dict(zip(OPEN_COLUMNS, ("indicator", "scope_type", "scope", "period_type", "period_start"),
                       strict=True))  # fmt: skip
    funders = {f"grant:{grant}": f"funder:{funder}" for grant, (funder, _) in grants.items()}
    described = {
        "hierarchies": {"award": funders},
        "may_be_negative": ["public_figure"],
        "tables": [
            {"name": "t14", "file": "data/t14.csv", "dimensions": columns, "measure": "value",
             "measure_id": "public_figure", "kind": "amount", "threshold": 0, "mark_column": "mark"}
        ],
    }  # fmt: skip
    (public / "tables.json").write_text(json.dumps(described))
    return marks


def test_the_award_of_a_sole_trader_cannot_be_worked_out(tmp_path):
    marks = released(tmp_path / "r", GRANTS, PERSON, protected=True)
    assert {mark for place, mark in marks.items() if place[1:3] == ("grant", PERSON)} == {"suppressed"}
    hidden = {place[1:3] for place, mark in marks.items() if mark == "suppressed"}
    assert len(hidden) > 1
    # Totals of the network stay: other grants are hidden before them.
    assert ("network", "network") not in hidden
    # What is reckoned from hidden money is hidden with it, a time is not.
    for scope in hidden - {("grant", PERSON)}:
        assert marks["residual", *scope, "year"] == "suppressed"
        assert marks["time_elapsed", *scope, "year"] == "value"
    assert attack(tmp_path / "r").findings == ()


def test_grants_of_organisations_are_exact(tmp_path):
    marks = released(tmp_path / "r", GRANTS, None, protected=True)
    assert set(marks.values()) == {"value"}
    assert attack(tmp_path / "r").findings == ()


def test_a_figure_that_is_a_partner_s_money_is_hidden_and_no_other_of_the_grant(tmp_path):
    told = {("deliberated", ("grant", PERSON, *period)): period[0] == "month" for period in PERIODS}
    marks = released(tmp_path / "r", GRANTS, None, protected=True, of_persons=told)
    assert marks["deliberated", "grant", PERSON, "month"] == "suppressed"
    assert marks["time_elapsed", "grant", PERSON, "year"] == "value"
    assert marks["deliberated", "network", "network", "month"] == "value"
    # Other grants lend him doubt.
    assert sum(place[0] == "deliberated" and mark == "suppressed" for place, mark in marks.items()) > 1
    assert attack(tmp_path / "r").findings == ()


def test_a_period_that_was_printed_stays(tmp_path):
    marks = released(tmp_path / "r", GRANTS, PERSON, protected=True, printed=set(PERIODS))
    assert set(marks.values()) == {"value"}


def test_the_attack_finds_the_money_of_a_person_in_print(tmp_path):
    released(tmp_path / "r", GRANTS, PERSON, protected=False)
    # Hidden alone, it is the territory less its other grants.
    places = [finding.place for finding in attack(tmp_path / "r").findings]
    assert any(f"scope={PERSON}" in place for place in places)
    released(tmp_path / "open", GRANTS, None, protected=False)
    with duckdb.connect(str(tmp_path / "open" / "private" / "casa-di-vetro.duckdb")) as connection:
        connection.execute(f"update marts.dim_grant set is_of_person = true where grant_key = '{PERSON}'")
    found = attack(tmp_path / "open").findings
    assert {finding.kind for finding in found} == {PERSON_PRINTED}
    assert all(f"scope={PERSON} scope_type=grant" in finding.place for finding in found)


@pytest.mark.parametrize(
    "alone", [{"rho:G-1": ("F1", 4000)}, {"rho:G-1": ("F1", 4000), "bari:G-1": ("F1", 9)}]
)
def test_where_nothing_else_can_cover_it_the_totals_are_hidden(tmp_path, alone):
    marks = released(tmp_path / "r", alone, PERSON, protected=True)
    assert marks["deliberated", "instance", "rho", "year"] == "suppressed"
    assert attack(tmp_path / "r").findings == ()


# record, kind of line, partner, his tax code, amount, the claim it admits, receipt


def line(record_id: str, line_type: str, amount: int, **more: str) -> dict[str, object]:
    """A line of the only grant; `partner` and `tax_code` say whose, `admits` and `document` of what."""
    return {
        "instance_id": "rho",
        "record_id": record_id,
        "grant_key": "rho:G-1",
        "funder_tax_code": "F1",
        "line_type": line_type,
        "partner_id": more.get("partner"),
        "partner_tax_code": more.get("tax_code"),
        "entry_date": date(2025, 5, 17),
        "amount": amount,
        "admits_id": more.get("admits"),
        "doc_ref": more.get("document"),
    }


LINES = {
    "of a partner who is a person": [line("1", "EXPENSE_REPORTED", 900, partner="OR-1")],
    "of a supplier who is a person": [
        line("1", "EXPENSE_REPORTED", 900, document=f"cf-{'a' * 32}/12/2025-05-03")
    ],
    "paid out to a partner": [line("1", "DISBURSEMENT", 900, partner="OR-1")],
    "taken back in part": [
        line("1", "DISBURSEMENT", 900, partner="OR-1"),
        line("2", "DISBURSEMENT", -200, partner="OR-1"),
    ],
    "admitted of a supplier's claim": [
        line("1", "EXPENSE_REPORTED", 100, document=f"cf-{'a' * 32}/12/2025-05-03"),
        line("2", "EXPENSE_REPORTED", 900, document="00743110157/1/2025-05-03"),
        line("3", "EXPENSE_ADMITTED", 90, admits="1"),
    ],
    "of few persons beside little else": [
        *[line(str(n), "EXPENSE_REPORTED", 300, partner=f"OR-{n}") for n in range(4)],
        line("9", "EXPENSE_REPORTED", 100),
    ],
    "of many persons": [line(str(n), "EXPENSE_REPORTED", 300, partner=f"OR-{n}") for n in range(5)],
    "of an organisation": [line("1", "EXPENSE_REPORTED", 900, partner="OR-1", tax_code="00743110157")],
    "of the lead": [line("1", "EXPENSE_REPORTED", 900)],
    "of a person beside an organisation": [
        line("1", "EXPENSE_REPORTED", 300, partner="OR-1"),
        line("2", "EXPENSE_REPORTED", 900, partner="OR-2", tax_code="00743110157"),
    ],
}
TOLD = {
    "of a partner who is a person": {"reported": True, "out_of_window": True},
    "of a supplier who is a person": {"reported": True, "out_of_window": True},
    "paid out to a partner": {"disbursed": True},
    "taken back in part": {"disbursed": True},
    "admitted of a supplier's claim": {"reported": False, "out_of_window": False, "admitted": True},
    "of few persons beside little else": {"reported": True, "out_of_window": True},
    "of many persons": {"reported": False, "out_of_window": False},
    "of an organisation": {},
    "of the lead": {},
    "of a person beside an organisation": {"reported": False, "out_of_window": False},
}


@pytest.mark.parametrize("what", LINES)
def test_money_of_partners_and_suppliers_is_known_by_role(what):
    with duckdb.connect() as connection:
        create_as_built(connection, "marts.fct_grant_line")
        put(connection, "marts.fct_grant_line", LINES[what])
        found = figures_of_persons(connection, "marts", load_policy())
    scopes = (("grant", "rho:G-1"), ("instance", "rho"), ("funder", "F1"), ("network", "network"))
    assert found == {
        (flow, (*scope, kind, start)): tells
        for flow, tells in TOLD[what].items()
        for scope in scopes
        for kind, start in PERIODS
    }
