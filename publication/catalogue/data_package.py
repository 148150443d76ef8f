"""`data/datapackage.json`: the release as a Data Package, version 2 (https://datapackage.org/).

The tables with their words and files arrive, a descriptor leaves that any reader of Data Packages takes: a
resource for every file of a table, one for the public database.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path

from publication.catalogue.dictionary import Column, Table, Words
from publication.catalogue.release_description import (
    DATA,
    DATABASE,
    LANGUAGES,
    LICENCE,
    LICENCE_NAMES,
    LICENCE_URL,
    File,
    ReleaseDescription,
)

DATAPACKAGE = f"{DATA}/datapackage.json"
NAME = "casa-di-vetro"
_PROFILES = "https://datapackage.org/profiles/2.0"
_NO_FIGURE = {
    "value": "",
    "label": "vuoto: lo dice il segno accanto / empty: the mark beside it says why",
}
_PARQUET = "application/vnd.apache.parquet"
_JSON = "application/json"


def write_data_package(
    public: Path,
    release: ReleaseDescription,
    tables: Sequence[Table],
    companions: Sequence[Table],
    files: Mapping[str, File],
) -> None:
    """Write the descriptor. `tables` have files, `companions` stand in the database alone; `files` are those
    of the tables and of the database, by name."""
    package: dict[str, object] = {
        "$schema": f"{_PROFILES}/datapackage.json",
        "name": NAME,
        "id": release.publisher.address(f"#{release.release_id}"),
        "languages": list(LANGUAGES),
        **_translated("title", {language: release.title(language) for language in LANGUAGES}),
        **_translated("description", {language: release.description(language) for language in LANGUAGES}),
        "version": release.release_id,
        "created": release.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "homepage": release.publisher.site_url,
        "keywords": [word for language in LANGUAGES for word in release.keywords(language)],
        "licenses": [{"name": LICENCE, "path": LICENCE_URL, "title": LICENCE_NAMES["en"]}],
        "contributors": [
            {
                "title": f"{release.publisher.name_it} / {release.publisher.name_en}",
                "path": release.publisher.homepage,
                "email": release.publisher.email,
                "roles": ["rightsHolder", "publisher", "contact"],
            }
        ],
        "sources": [
            {"title": f"{name}: invii del territorio / exports of the territory"}
            for name in release.territories
        ],
        "resources": [
            *(resource for table in tables for resource in _resources(table, release, files)),
            _database(release, companions, files[DATABASE]),
        ],
    }
    if release.simulated:
        package["simulated"] = release.simulated.as_record()
    (public / DATAPACKAGE).write_text(
        json.dumps(package, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def _translated(what: str, words: Mapping[str, str]) -> dict[str, str]:
    """A property in Italian, and beside it in English: the standard has one language for each."""
    return {what: words["it"], f"{what}_en": words["en"]}


def _resources(
    table: Table, release: ReleaseDescription, files: Mapping[str, File]
) -> list[dict[str, object]]:
    words = {
        **_translated("title", {language: getattr(table.title, language) for language in LANGUAGES}),
        **_translated(
            "description", {language: sentence(table, release, language) for language in LANGUAGES}
        ),
    }
    schema: dict[str, object] = {"schema": _schema(table)} if table.columns else {}
    found = []
    for form, media_type in (("csv", "text/csv"), ("parquet", _PARQUET), ("json", _JSON)):
        file = files.get(f"{DATA}/{table.name}.{form}")
        if file is None:
            continue
        of_csv = {"encoding": "utf-8", "dialect": {"delimiter": ",", "header": True}}
        found.append(
            {
                "name": table.name if form == "csv" else f"{table.name}.{form}",
                # Its readers would compare rows of a `table`, in which a null of Parquet is no text.
                "type": "table" if form == "csv" else "file",
                "path": f"{table.name}.{form}",
                **words,
                "format": form,
                "mediatype": media_type,
                **(of_csv if form == "csv" else {}),
                **_measured(file),
                **(schema if form != "json" else {}),
            }
        )
    return found


def sentence(table: Table, release: ReleaseDescription, language: str) -> str:
    """Return what a row of the table is, and how its figures are to be read."""
    key = [getattr(each.title, language) for each in table.columns if each.name in table.key]
    has_marks = any(each.enum for each in table.columns)
    it, en = language == "it", language == "en"
    text = [getattr(table.title, language) + "."]
    if key:
        text.append(f"{'Una riga per' if it else 'One row per'} {', '.join(key).lower()}.")
    if has_marks and it:
        text.append("Dove il numero manca lo dice la colonna del segno accanto.")
    if has_marks and en:
        text.append("Where a number is not there the column of its mark says why.")
    return release.with_notice(language, " ".join(text))


def _schema(table: Table) -> dict[str, object]:
    return {
        "$schema": f"{_PROFILES}/tableschema.json",
        "fields": [_field(column, required=column.name in table.key) for column in table.columns],
        "missingValues": [_NO_FIGURE],
        **({"primaryKey": list(table.key)} if table.key else {}),
    }


def _field(column: Column, *, required: bool) -> dict[str, object]:
    constraints: dict[str, object] = {}
    # Every figure has a mark; the figure of a year before may not be there.
    if required or (column.enum and column.name != "previous_mark"):
        constraints["required"] = True
    if column.enum:
        constraints["enum"] = list(column.enum)
    if column.pattern:
        constraints["pattern"] = column.pattern
    return {
        "name": column.name,
        "type": column.type,
        **_words("title", column.title),
        **_words("description", column.description),
        **({"constraints": constraints} if constraints else {}),
    }


def _words(what: str, words: Words) -> dict[str, str]:
    return _translated(what, {"it": words.it, "en": words.en})


def _database(release: ReleaseDescription, companions: Sequence[Table], file: File) -> dict[str, object]:
    title = {
        "it": "Base dati DuckDB con tutte le tabelle pubbliche",
        "en": "DuckDB database with all public tables",
    }
    also = {
        "it": "Oltre alle tabelle di sopra ha quelle in tables.",
        "en": "Besides the tables above it has those in tables.",
    }
    return {
        "name": DATABASE,
        "path": DATABASE,
        **_translated("title", title),
        **_translated(
            "description",
            {each: release.with_notice(each, f"{title[each]}. {also[each]}") for each in LANGUAGES},
        ),
        "format": "duckdb",
        "mediatype": "application/octet-stream",
        **_measured(file),
        "tables": [
            {
                "name": f"publication.{table.name}",
                **_words("title", table.title),
                "schema": {"fields": [_field(each, required=False) for each in table.columns]},
            }
            for table in companions
        ],
    }


def _measured(file: File) -> dict[str, object]:
    return {"bytes": file.bytes, "hash": f"sha256:{file.sha256}"}
