"""Ingestion's checks in pandas: one file in, Parquet and quarantine out.

Arrives: a CSV file of the contract. Leaves: the good rows as Parquet with pseudonyms, the bad ones told in a
quarantine, and counts. The checks themselves are said in `frame_checks`.
"""

import hashlib
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.frame_checks import (
    FORMS,
    Checked,
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

TEXT = pd.ArrowDtype(pa.string())


class PandasColumns:
    """Answers as Arrow-backed series, which know null and join by &, | and ~."""

    def __init__(self, entity: Entity, frame: pd.DataFrame):
        self.entity, self.frame = entity, frame

    def null(self, name: str) -> pd.Series:
        """The rows without a text."""
        return self.frame[name].isna().astype("boolean[pyarrow]")

    def matches(self, name: str, pattern: str) -> pd.Series:
        """The rows whose whole text has the form."""
        return self.frame[name].str.fullmatch(pattern)

    def among(self, name: str, texts: tuple[str, ...]) -> pd.Series:
        """The rows whose text is one of these."""
        return self.frame[name].isin(texts).astype("boolean[pyarrow]").mask(self.frame[name].isna())

    def value(self, name: str) -> pd.Series:
        """The typed value."""
        return self.values[name]

    def has_value(self, name: str) -> pd.Series:
        """The rows with a typed value."""
        return self.values[name].notna().astype("boolean[pyarrow]")

    def check_letter_wrong(self, name: str) -> pd.Series:
        """The rows whose codice fiscale ends in the wrong letter."""
        shaped = self.matches(name, CODICE_FISCALE).fillna(False).to_numpy(bool)
        wrong = np.zeros(len(self.frame), dtype=bool)
        wrong[shaped] = letters_wrong(self.frame[name][shaped].tolist())
        return pd.Series(wrong, index=self.frame.index, dtype="boolean[pyarrow]")

    @cached_property
    def values(self) -> dict[str, pd.Series]:
        """The values of all columns but text, read only where the text has the form."""
        values = {}
        for field in self.entity.fields:
            if field.type == "string":
                continue
            form = number_form(field) if field.type == "number" else FORMS[field.type]
            shaped = self.frame[field.name].where(self.matches(field.name, form).fillna(False))
            match field.type:
                case "number":
                    value = shaped.astype(pd.ArrowDtype(pa.decimal128(18, field.decimals)))
                case "integer":
                    value = shaped.astype("int64[pyarrow]")
                case "boolean":
                    value = shaped == "true"
                case "date":
                    value = pd.to_datetime(shaped, format="%Y-%m-%d", errors="coerce")
                case _:
                    value = pd.to_datetime(shaped, format="ISO8601", errors="coerce", utc=True)
            values[field.name] = value
        return values


def _raw(good: pd.DataFrame, columns: PandasColumns) -> pd.DataFrame:
    raw = good.assign(**{name: value[good.index] for name, value in columns.values.items()})
    if columns.entity.name != "person":
        return raw
    messages = [
        None if pd.isna(value) else f"person|{kind}|{value.strip().upper()}"
        for kind, value in zip(good["id_kind"], good["id_value"], strict=True)
    ]
    digests = good["record_id"] + "|" + good["birth_date"]
    return raw.assign(
        id_pseudonym=pseudonyms(messages),
        _digest=pseudonyms([f"digest|{text}" for text in digests]),
        birth_year=raw["birth_date"].dt.year,
    ).drop(columns=["id_value", "birth_date"])


def check(path: Path, entity: Entity, out: Path) -> Checked:
    """Check one file, write what is good and what is not to `out`, and return the counts."""
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    frame = pd.read_csv(path, sep=";", dtype=TEXT, keep_default_na=False, na_values=[""])
    columns = PandasColumns(entity, frame)
    bad, told = np.zeros(len(frame), dtype=bool), []

    def note(code: str, column: str | None, rows: np.ndarray) -> None:
        lines = np.flatnonzero(rows)
        told.append(pd.DataFrame({"_line": lines + 2, "code": code, "column_name": column}))

    for faults in form_faults(entity, columns):
        tried = np.zeros(len(frame), dtype=bool)
        for fault in faults:
            rows = fault.rows.fillna(False).to_numpy(bool) & ~tried
            tried |= rows
            note(fault.code, fault.column, rows)
        bad |= tried
    in_form = ~bad
    for fault in rule_faults(entity, columns):
        rows = fault.rows.fillna(False).to_numpy(bool) & in_form
        note(fault.code, fault.column, rows)
        bad |= rows
    comune = comune_column(entity)
    if comune:
        rows = ~frame[comune.name].isin(comuni_always_valid()).to_numpy(bool) & in_form
        note("comune_unknown", comune.name, rows)
        bad |= rows
    twice = np.zeros(len(frame), dtype=bool)
    twice[~bad] = frame["record_id"][~bad].duplicated().to_numpy(bool)
    note("duplicate_in_file", "record_id", twice)
    bad |= twice
    for field in entity.numbers:
        columns.value(field.name).sum()
    _raw(frame[~bad], columns).to_parquet(out / f"{entity.name}.parquet", compression="zstd")
    quarantine = pd.concat(told)
    quarantine.to_parquet(out / f"{entity.name}.quarantine.parquet")
    return Checked(len(frame), int(bad.sum()), len(quarantine))
