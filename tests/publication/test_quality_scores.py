"""The public quality scores: whole percentages of territories and closed months, frozen once printed."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest

from publication.calendar import Period
from publication.quality_scores import create_quality_score
from tests.support.built_marts import create_as_built, put

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
CLOSED = [Period("month", JUNE)]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the mart, empty, and the schema of what is published."""
    with duckdb.connect() as made:
        create_as_built(made, "marts.quality_score")
        made.execute("create schema publication")
        yield made


def scored(
    connection: duckdb.DuckDBPyConnection, month: date, mean: str | None, linkage: str | None = None
) -> None:
    """The mean and one dimension of Rho in a month, made of counts."""
    place = {"scope_type": "instance", "scope_id": "rho", "month_start": month}
    put(
        connection,
        "marts.quality_score",
        [
            place
            | {
                "dimension": dimension,
                "numerator": 17,
                "denominator": 31,
                "n_records": 31,
                "score": score,
                "status": "ok" if score is not None else "denominator_missing",
            }
            for dimension, score in (("ALL", mean), ("linkage", linkage))
        ],
    )


def published(
    connection: duckdb.DuckDBPyConnection, former: Sequence[Path] = (), revised: tuple[str, ...] = ()
) -> list[tuple]:
    connection.execute("drop table if exists publication.quality_score")
    create_quality_score(connection, "marts", CLOSED, former, revised)
    return connection.execute(
        "select period_start, dimension, score::varchar, mark from publication.quality_score order by all"
    ).fetchall()


def released(connection: duckdb.DuckDBPyConnection, folder: Path) -> Path:
    """What was published, as a release keeps it."""
    data = folder / "public" / "data"
    data.mkdir(parents=True)
    connection.execute(f"copy publication.quality_score to '{data}/quality_score.parquet'")
    return folder


def test_only_closed_months_of_territories_are_published_and_no_count(connection) -> None:
    scored(connection, JUNE, "0.94", "0.00")
    scored(connection, JULY, "0.95")
    provider = {"scope_type": "provider", "scope_id": "00743110157", "month_start": JUNE, "dimension": "ALL"}
    put(connection, "marts.quality_score", [provider | {"score": "0.50", "status": "ok"}])
    assert published(connection) == [(JUNE, "ALL", "0.94", "value"), (JUNE, "linkage", "0.00", "zero")]
    columns = [name for name, *_ in connection.execute("describe publication.quality_score").fetchall()]
    assert columns == ["territory", "period_start", "dimension", "score", "mark"]


def test_few_records_and_none_have_one_mark(connection) -> None:
    scored(connection, JUNE, "0.94", None)
    few = published(connection)
    connection.execute("update marts.quality_score set numerator = 0, denominator = 0, n_records = 0")
    assert (
        published(connection) == few == [(JUNE, "ALL", "0.94", "value"), (JUNE, "linkage", None, "missing")]
    )


def test_a_printed_month_stays_until_its_year_is_issued_again(connection, tmp_path: Path) -> None:
    scored(connection, JUNE, "0.94", None)
    before = published(connection)
    former = [released(connection, tmp_path / "before")]
    connection.execute("delete from marts.quality_score")
    scored(connection, JUNE, "0.96", "0.80")
    assert published(connection, former) == before
    anew = [(JUNE, "ALL", "0.96", "value"), (JUNE, "linkage", "0.80", "value")]
    assert published(connection, former, ("2025",)) == before
    assert published(connection, former, ("2026",)) == anew


def test_a_month_without_a_score_is_printed_when_it_has_one(connection, tmp_path: Path) -> None:
    scored(connection, JUNE, None)
    assert published(connection)[0] == (JUNE, "ALL", None, "missing")
    former = [released(connection, tmp_path / "before")]
    connection.execute("delete from marts.quality_score")
    scored(connection, JUNE, "0.96")
    assert published(connection, former)[0] == (JUNE, "ALL", "0.96", "value")
