"""The comune of today behind a code: itself, renumbered, merged; none where several have its territory."""

import csv

import pytest

from ingestion.reference.compile_reference import comuni_of_today, read_successors
from ingestion.reference.tables import FOLDER


@pytest.fixture(scope="module")
def shipped() -> dict[str, dict[str, str]]:
    with (FOLDER / "comune.csv").open(encoding="utf-8", newline="") as file:
        return {row["istat_comune"]: row for row in csv.DictReader(file)}


def test_a_code_leads_to_one_comune_of_today_or_to_none() -> None:
    known = {
        "000001": {"cadastral_code": "A001"},
        "000002": {"cadastral_code": "A002"},
        "000011": {"cadastral_code": "A001"},
        "000012": {"cadastral_code": "A012"},
        "000013": {},
        "000014": {"cadastral_code": "A014"},
        "000015": {"cadastral_code": "A015"},
    }
    named = {"000012": ["000011"], "000013": ["000002"], "000014": ["000001", "000002"]}
    assert comuni_of_today(known, {"000001", "000002"}, named) == {
        "000001": "000001",
        "000002": "000002",
        "000011": "000001",
        "000012": "000001",
        "000013": "000002",
        "000014": "",
        "000015": "",
    }


def test_every_code_that_ended_leads_to_a_comune_that_is_valid(shipped: dict[str, dict[str, str]]) -> None:
    for code, row in shipped.items():
        today = shipped[row["istat_comune_today"]]
        assert today["valid_to"] == "9999-12-31", code
        assert (row["valid_to"] == "9999-12-31") == (today is row), code


def test_the_compiled_list_says_what_the_list_of_successors_says(shipped: dict[str, dict[str, str]]) -> None:
    named = read_successors(FOLDER / "succession.csv")
    assert {code: [shipped[code]["istat_comune_today"]] for code in named} == named


def test_no_code_has_lost_its_zero(shipped: dict[str, dict[str, str]]) -> None:
    assert {len(code) for code in shipped} == {6}
