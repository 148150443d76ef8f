"""The statutory lists as their schema files say them: which law, which columns and titles, which rules.

The files of `statutory_schemas/` and a day arrive; the version of each list that is in force that day leaves.
Another version of a list is another file. What stands in the rows does not belong here.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from core.errors import Kind
from core.yaml_models import Several, YamlModel, problem, read_yaml

SCHEMAS = Path(__file__).with_name("statutory_schemas")
# What each source offers to a column, and which of it may not be left out: without its mark an amount that
# is protected would pass for one that is not known.
SOURCES = {
    "concession": (
        *("year", "payer_tax_code", "payer_name", "payee_tax_code", "payee_name", "amount", "mark"),
        *("legal_basis", "office", "officer", "selection_method", "project_url", "act_number", "act_date"),
        *("title", "call_key", "cup", "status", "kind", "instance_id", "concession_id"),
    ),
    "payment": (
        *("quarter", "payer_tax_code", "payer_name", "spending_type", "reason", "payee_tax_code"),
        *("payee_name", "amount", "mark"),
    ),
    "received": (
        *("year", "payer_tax_code", "payer_name", "payee_tax_code", "payee_name", "amount", "mark"),
        *("reasons", "first_on", "last_on", "total", "above_threshold"),
    ),
}
NEEDED = ("payee_tax_code", "amount", "mark")


class Words(YamlModel):
    """The same in Italian and English."""

    it: str
    en: str


class Column(YamlModel):
    """One column of a list: its name in the file, where it comes from, its title, what its codes mean."""

    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    source: str
    it: str
    en: str
    values: dict[str, Words] = Field(default_factory=dict)


class Rules(YamlModel):
    """Amounts and reasons that decide what is listed. `more_than_eur`: a beneficiary is listed where the
    advantages of one body in one calendar year come to more. `at_least_eur`: the total of a year from which a
    duty begins. `reasons`: the reasons of payments that count; all where none is named."""

    more_than_eur: int | None = None
    at_least_eur: int | None = None
    reasons: Several[str] = ()


class StatutorySchema(YamlModel):
    """One version of one list. `printed_together`: columns of the list whose members, once printed, stay."""

    table: str = Field(pattern="^[a-z][a-z0-9_]*$")
    version: str
    in_force_from: date
    obligation: str
    title: Words
    law: Words
    rules: Rules = Field(default_factory=Rules)
    source: Literal["concession", "payment", "received"]
    printed_together: Several[str]
    columns: Several[Column]

    @model_validator(mode="after")
    def _takes_what_the_source_has(self) -> Self:
        known = SOURCES[self.source]
        for number, column in enumerate(self.columns):
            if column.source not in known:
                names = ", ".join(known)
                raise problem(f"si conosce {names}", f"known: {names}", "columns", number, "source")
        for source in sorted({*NEEDED, known[0]} - {column.source for column in self.columns}):
            raise problem(f"manca la colonna da {source}", f"no column takes {source}", "columns")
        for name in sorted(set(self.printed_together) - {column.name for column in self.columns}):
            raise problem(f"columns non ha {name}", f"columns lacks {name}", "printed_together")
        return self

    def named(self, source: str) -> str:
        """The name in the list of the column that comes from `source`."""
        return next(column.name for column in self.columns if column.source == source)

    @property
    def period(self) -> str:
        """The name of the column of the year or the quarter."""
        return self.named(SOURCES[self.source][0])


def load_statutory_schemas(day: date, folder: Path = SCHEMAS) -> list[StatutorySchema]:
    """Return the version of each list that is in force on `day`, by name of the list.

    Raises FileUnusable for a file that says what cannot be used.
    """
    in_force: dict[str, StatutorySchema] = {}
    for schema in _every_version(folder):
        if schema.in_force_from <= day:
            in_force[schema.table] = schema
    return [in_force[table] for table in sorted(in_force)]


def _every_version(folder: Path) -> Sequence[StatutorySchema]:
    said = [
        read_yaml(path.read_bytes(), path.name, StatutorySchema, kind=Kind.COULD_NOT_RUN)
        for path in sorted(folder.glob("*.yaml"))
    ]
    return sorted(said, key=lambda schema: (schema.table, schema.in_force_from, schema.version))
