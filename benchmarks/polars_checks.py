"""Ingestion's checks in polars: one file in, Parquet and quarantine out.

Arrives: a CSV file of the contract. Leaves: the good rows as Parquet with pseudonyms, the bad ones told in a
quarantine, and counts. The checks themselves are said in `frame_checks`.
"""

import hashlib
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.frame_checks import (
    FORMS,
    Checked,
    any_of,
    comuni_always_valid,
    form_faults,
    letters_wrong,
    number_form,
    pseudonyms,
    rule_faults,
)
from ingestion.contract.schema import Entity
from ingestion.privacy.identifiers import CODICE_FISCALE
from ingestion.validation.history_rules import comune_column


class PolarsColumns:
    """Answers as expressions over a frame that holds the texts, and their values under `p_`."""

    def __init__(self, entity: Entity):
        self.entity = entity

    def null(self, name: str) -> pl.Expr:
        """The rows without a text."""
        return pl.col(name).is_null()

    def matches(self, name: str, pattern: str) -> pl.Expr:
        """The rows whose whole text has the form."""
        return pl.col(name).str.contains(f"^(?:{pattern})$")

    def among(self, name: str, texts: tuple[str, ...]) -> pl.Expr:
        """The rows whose text is one of these."""
        return pl.col(name).is_in(list(texts))

    def value(self, name: str) -> pl.Expr:
        """The typed value."""
        return pl.col(f"p_{name}")

    def has_value(self, name: str) -> pl.Expr:
        """The rows with a typed value."""
        return pl.col(f"p_{name}").is_not_null()

    def check_letter_wrong(self, name: str) -> pl.Expr:
        """The rows whose codice fiscale ends in the wrong letter."""
        return pl.col("letter_wrong")

    def typed(self) -> list[pl.Expr]:
        """The values of all columns but text, read only where the text has the form."""
        values = []
        for field in self.entity.fields:
            text = pl.col(field.name)
            if field.type == "string":
                continue
            form = number_form(field) if field.type == "number" else FORMS[field.type]
            shaped = pl.when(self.matches(field.name, form)).then(text)
            match field.type:
                case "number":
                    value = shaped.cast(pl.Decimal(18, field.decimals), strict=False)
                case "integer":
                    value = shaped.cast(pl.Int64, strict=False)
                case "boolean":
                    value = shaped == "true"
                case "date":
                    value = shaped.str.to_date("%Y-%m-%d", strict=False)
                case _:
                    value = shaped.str.to_datetime("%Y-%m-%dT%H:%M:%S%z", strict=False, time_zone="UTC")
            values.append(value.alias(f"p_{field.name}"))
        return values


def _letter_wrong(frame: pl.DataFrame) -> pl.Series:
    wrong = np.zeros(frame.height, dtype=bool)
    shaped = frame["id_value"].str.contains(f"^{CODICE_FISCALE}$").fill_null(False).to_numpy()
    wrong[shaped] = letters_wrong(frame["id_value"].filter(pl.Series(shaped)).to_list())
    return pl.Series("letter_wrong", wrong)


def _with_pseudonyms(good: pl.DataFrame, instance: str) -> pl.DataFrame:
    kinds, values = good["id_kind"].to_list(), good["id_value"].to_list()
    messages = [
        None if value is None else f"person|{kind}|{value.strip().upper()}"
        for kind, value in zip(kinds, values, strict=True)
    ]
    digests = (good["record_id"] + "|" + good["birth_date"]).to_list()
    return good.with_columns(
        pl.Series("id_pseudonym", pseudonyms(messages), pl.String),
        pl.Series("_digest", pseudonyms([f"digest|{text}" for text in digests]), pl.String),
        pl.col("p_birth_date").dt.year().alias("birth_year"),
    ).drop("id_value", "birth_date", "p_birth_date")


def check(path: Path, entity: Entity, out: Path) -> Checked:
    """Check one file, write what is good and what is not to `out`, and return the counts."""
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    frame = pl.read_csv(path, separator=";", infer_schema=False, row_index_name="_line", row_index_offset=2)
    columns = PolarsColumns(entity)
    frame = frame.with_columns(columns.typed())
    if entity.name == "person":
        frame = frame.with_columns(_letter_wrong(frame))
    formal, rules = form_faults(entity, columns), rule_faults(entity, columns)
    told = []
    for faults in formal:
        case = pl.lit(None, pl.String)
        for fault in reversed(faults):
            case = pl.when(fault.rows).then(pl.lit(f"{fault.code}:{fault.column}")).otherwise(case)
        told.append(case.alias(f"f_{faults[0].column}"))
    in_form = any_of([fault.rows.fill_null(False) for faults in formal for fault in faults])
    frame = frame.with_columns(*told, in_form.alias("_form"))
    against = [
        pl.when(~pl.col("_form") & fault.rows)
        .then(pl.lit(f"{fault.code}:{fault.column or ''}"))
        .alias(f"r_{place}")
        for place, fault in enumerate(rules)
    ]
    comune = comune_column(entity)
    if comune:
        unknown = ~pl.col("_form") & ~pl.col(comune.name).is_in(comuni_always_valid())
        against.append(pl.when(unknown).then(pl.lit(f"comune_unknown:{comune.name}")).alias("r_comune"))
    frame = frame.with_columns(against)
    faulty = [name for name in frame.columns if name.startswith(("f_", "r_"))]
    frame = frame.with_columns(pl.any_horizontal(pl.col(faulty).is_not_null()).alias("_bad"))
    good = frame.filter(~pl.col("_bad"))
    twice = good.filter(~pl.col("record_id").is_first_distinct())
    quarantine = pl.concat(
        [
            frame.filter("_bad")
            .select("_line", *faulty)
            .unpivot(index="_line", value_name="fault")
            .drop_nulls("fault")
            .select("_line", "fault"),
            twice.select("_line", pl.lit("duplicate_in_file:record_id").alias("fault")),
        ]
    )
    good = good.filter(pl.col("record_id").is_first_distinct())
    frame.select(pl.col(f"p_{field.name}").sum() for field in entity.numbers)
    received = frame.height
    del frame
    if entity.name == "person":
        good = _with_pseudonyms(good, "rho").drop("letter_wrong")
    texts = [name.removeprefix("p_") for name in good.columns if name.startswith("p_")]
    good = good.drop(*faulty, "_form", "_bad", *[name for name in texts if name in good.columns])
    good.write_parquet(out / f"{entity.name}.parquet", compression="zstd")
    quarantine.write_parquet(out / f"{entity.name}.quarantine.parquet")
    return Checked(received, quarantine["_line"].n_unique(), quarantine.height)
