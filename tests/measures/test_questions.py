"""The questions of `docs/explanation/questions.md` find the tables, columns and rows that it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from publication.private_side import PERSON_COLUMNS
from tests.measures.conftest import Measured
from tests.support.questions import FIGURES, PAGE, Part, answers

GLOSSARY = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"
# Whole is not an answer where somebody asks for the parts.
WHOLE = {"item": "ALL", "area": "ALL", "population_group": "ALL"}
# What the gates and the release add to what dbt builds; the run's own tests ask for it.
LATER = {"publication.indicator_value", "quality.check_result"}


@pytest.fixture(scope="module")
def asked(measured: Measured) -> dict[str, list[Part]]:
    rows = measured.connection.execute("select indicator_id, scopes from marts.dim_indicator").fetchall()
    indicators, scopes = zip(*rows, strict=True)
    return answers(set(indicators), {name for names in scopes for name in names.split()})


@pytest.fixture(scope="module")
def columns(measured: Measured) -> dict[str, set[str]]:
    """The columns of every table that readers can ask."""
    rows = measured.connection.execute(
        """select table_schema || '.' || table_name, list(column_name) from information_schema.columns
        where table_schema in ('marts', 'quality') group by all"""
    ).fetchall()
    return {table: set(names) for table, names in rows}


def test_every_question_is_answered_from_a_table(asked: dict[str, list[Part]]) -> None:
    assert len(asked) == 48
    empty = [
        question
        for question, parts in asked.items()
        if not any(part.tables or part.figures or part.columns for part in parts)
    ]
    assert empty == []


def test_every_table_and_column_exists(asked: dict[str, list[Part]], columns: dict[str, set[str]]) -> None:
    missing = []
    for part in (part for parts in asked.values() for part in parts):
        tables = {*part.tables, *([FIGURES] if part.figures or not part.tables else [])}
        missing += [f"{part.question} {table}" for table in tables - columns.keys() - LATER]
        for table, named in part.tables.items():
            missing += [f"{part.question} {table}.{name}" for name in named - columns.get(table, named)]
        # The mark is the release's; figures have a status until then.
        known = {"mark"}.union(*(columns.get(table, set()) for table in tables))
        named = [*part.columns, *(name for name, _ in part.conditions)]
        missing += [f"{part.question} {name}" for name in named if name not in known]
    assert missing == []


def test_what_no_release_holds_is_said_to_be_in_the_warehouse_only(columns: dict[str, set[str]]) -> None:
    stay = {table for table in columns if ".fct_" in table or columns[table] & set(PERSON_COLUMNS)}
    parts = [
        part
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
        for part in line.split(";")
        if any(f"`{table}" in part for table in stay)
    ]
    assert len(parts) == 2
    assert [part for part in parts if "in the warehouse only" not in part] == []


def test_the_words_of_the_measures_name_what_is_there(
    measured: Measured, columns: dict[str, set[str]]
) -> None:
    words = GLOSSARY.read_text(encoding="utf-8").split("## Words of the measures")[1]
    indicators = {
        name
        for (name,) in measured.connection.execute("select indicator_id from marts.dim_indicator").fetchall()
    }
    named = re.findall(r"`([^`]+)`", words)
    known = indicators | columns.keys() | {f"{table}.{name}" for table in columns for name in columns[table]}
    assert len(named) > 25
    assert [name for name in named if name not in known] == []


def test_every_answer_has_rows(
    asked: dict[str, list[Part]], columns: dict[str, set[str]], measured: Measured
) -> None:
    silent = []
    for part in (part for parts in asked.values() for part in parts):
        for query in queries(part, columns):
            if not measured.connection.execute(f"select 1 from {query} limit 1").fetchone():
                silent.append(f"{part.question}: {query}")
    assert silent == [], "\n".join(silent)


def queries(part: Part, columns: dict[str, set[str]]) -> list[str]:
    """Return what must have a row: indicators at every scope named, tables, columns with something in."""
    found = []
    conditions = [f"{name} = {value}" for name, value in part.conditions]
    filled = {name: _filled(name) for name in part.columns}
    for figure in part.figures:
        tables = [table for table in part.tables if "indicator_id" in columns.get(table, set())] or [FIGURES]
        for table in tables:
            for scope in part.scopes or [None]:
                said = [*conditions, f"indicator_id = '{figure}'"]
                said += [f"scope_type = '{scope}'"] if scope else []
                found.append(f"{table} where {' and '.join(said)}")
    about = f"indicator_id in ({', '.join(repr(figure) for figure in part.figures)})"
    for table in part.tables.keys() - LATER or ([FIGURES] if part.columns or part.conditions else []):
        base = [*conditions, *([about] if part.figures and "indicator_id" in columns[table] else [])]
        wanted = [filled[name] for name in part.columns if name in columns[table]]
        wanted += [_filled(name) for name in part.tables.get(table, ())]
        found += [f"{table} where {' and '.join([*base, one])}" for one in wanted or ["true"]]
    return found


def _filled(name: str) -> str:
    return f"{name} <> '{WHOLE[name]}'" if name in WHOLE else f"{name} is not null"
