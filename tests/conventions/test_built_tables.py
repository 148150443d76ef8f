"""Tests take the tables of the warehouse from a build, and put rows into them by the names of columns."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
TABLE = r"(?:staging|intermediate|marts|quality)\.\w+"
DEFINED = re.compile(rf"\bcreate\s+(?:or\s+replace\s+)?table\s+{TABLE}\s*\(", re.IGNORECASE)
BY_POSITION = re.compile(rf"\binsert\s+into\s+{TABLE}\s+(?:values|select|with|from)\b", re.IGNORECASE)
WHAT_TO_DO = (
    "Copy what a build made and fill it: copy_built_marts, create_as_built and put of "
    "tests/support/built_marts.py, copy_emptied_release of built_release.py; in SQL, `insert into t by name`."
)


def found(pattern: re.Pattern[str], text: str) -> list[str]:
    return [
        f"{text.count(chr(10), 0, match.start()) + 1} {' '.join(match.group().split())}"
        for match in pattern.finditer(text)
    ]


@pytest.mark.parametrize("pattern", [DEFINED, BY_POSITION], ids=["defined", "by position"])
def test_no_test_writes_down_the_columns_of_a_table_of_the_warehouse(pattern: re.Pattern[str]) -> None:
    wrong = [
        f"tests/{path.relative_to(TESTS).as_posix()}:{each}"
        for path in sorted(TESTS.rglob("*.py"))
        if path != Path(__file__)
        for each in found(pattern, path.read_text(encoding="utf-8"))
    ]
    assert not wrong, "\n".join([*wrong, "", WHAT_TO_DO])


def test_a_table_written_down_and_a_row_by_position_are_found() -> None:
    assert found(DEFINED, "select 1;\ncreate table\n marts.dim_person (person_key varchar)")
    assert not found(DEFINED, "create table marts.kept as from marts.dim_person")
    assert found(BY_POSITION, "insert into quality.flag\nselect 'rho'")
    assert not found(BY_POSITION, "insert into quality.flag by name select 'rho' as instance_id")
    assert not found(BY_POSITION, "insert into quality.flag (instance_id) values ('rho')")
