"""What readers reported as wrong and what was decided: the register arrives, a public table leaves.

The file `error_reports.yaml` of the home holds reviewed lines only: who wrote is in none of them. What a
territory corrects, it corrects in its registers; nothing is corrected here.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

import duckdb
from pydantic import AfterValidator, Field, RootModel, model_validator

from core.yaml_models import Several, YamlModel, problem, read_yaml
from ingestion.privacy.direct_identifiers import carries
from publication.bulk_insert import insert_rows


def _of_nobody(text: str) -> str:
    if not text.strip():
        raise problem("serve un testo", "text is needed")
    if carries(text):
        raise problem(
            "il testo contiene un codice fiscale, un IBAN, un'e-mail o un telefono: toglierli",
            "the text carries a codice fiscale, an IBAN, an e-mail or a telephone number: leave them out",
        )
    return " ".join(text.split())


Told = Annotated[str, AfterValidator(_of_nobody)]


class ErrorReport(YamlModel):
    """One decided report: when it came, the page it is about (its address below the language), what was said
    to be wrong, what was decided and when, and the release in which the figure changed."""

    received_on: date
    page: str = Field(pattern="^[a-z0-9][a-z0-9/-]*$")
    subject_it: Told
    subject_en: Told
    decision: Literal["corrected", "confirmed", "explained"]
    decided_on: date
    release_id: str | None = Field(default=None, pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{8}$")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.decided_on < self.received_on:
            raise problem(
                "la decisione viene dopo la segnalazione", "a decision comes after the report", "decided_on"
            )
        if self.decision == "corrected" and self.release_id is None:
            raise problem(
                "serve il rilascio in cui il numero è cambiato",
                "the release in which the figure changed is needed",
                "release_id",
            )
        return self


class _Register(RootModel[Several[ErrorReport]]):
    """The file: a list of reports."""


def read_error_reports(path: Path) -> tuple[ErrorReport, ...]:
    """Return the decided reports in the order in which they were decided; none where there is no file.

    Raises FileUnusable.
    """
    if not path.exists():
        return ()
    register = read_yaml(path.read_bytes(), path.name, _Register)
    return tuple(sorted(register.root, key=lambda report: (report.decided_on, report.received_on)))


def create_error_reports(connection: duckdb.DuckDBPyConnection, reports: Sequence[ErrorReport]) -> None:
    """Create publication.error_report, one row per decided report."""
    connection.execute("""
        create table publication.error_report (
            received_on date, page varchar, subject_it varchar, subject_en varchar, decision varchar,
            decided_on date, release_id varchar)""")
    insert_rows(
        connection, "publication.error_report", [tuple(each.model_dump().values()) for each in reports]
    )
