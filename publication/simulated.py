"""Which territories of a release tell of nobody real, and how every file of the release says so.

The exports behind the warehouse arrive; a `Simulated` leaves, with its column, its sentences and its record.
What is simulated is known from the exports themselves and stays known: nobody can say it away later.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import duckdb

EVERYTHING = "ALL"
COLUMN = "simulated_instances"


@dataclass(frozen=True)
class Simulated:
    """The simulated instances with their names. `whole` where all instances with data are simulated."""

    instances: dict[str, str]
    whole: bool

    def __bool__(self) -> bool:
        return bool(self.instances)

    @property
    def named(self) -> str:
        """`ALL`, or the ids of the simulated instances with a space between them: the same for every row."""
        return EVERYTHING if self.whole else " ".join(self.instances)

    def sentence(self, language: str) -> str:
        """What stands beside the figures, in Italian (`it`) or English; empty where nothing is simulated."""
        if not self.instances:
            return ""
        if self.whole:
            return {
                "it": "Dati simulati: nessuna persona, nessun ente e nessun importo è reale. "
                "Solo i luoghi esistono.",
                "en": "Simulated data: no person, no body and no amount is real. Only the places exist.",
            }[language]
        names = ", ".join(self.instances.values())
        return {
            "it": f"Contiene dati simulati: quelli di {names} non sono di persone, enti e importi reali, "
            "e stanno anche nei totali.",
            "en": f"Holds simulated data: those of {names} are of no real person, body or amount, "
            "and are part of the totals too.",
        }[language]

    @property
    def both(self) -> str:
        """The sentence in both languages, for what has no language of its own."""
        return f"{self.sentence('it')} / {self.sentence('en')}" if self.instances else ""

    def as_statement(self) -> dict[str, object]:
        """Return what a JSON file says of it under `simulated`: nothing at all where nothing is."""
        if not self.instances:
            return {}
        said = {"it": self.sentence("it"), "en": self.sentence("en")}
        return {"simulated": self.as_record() | said}

    def as_record(self) -> dict[str, object]:
        """Return it as it stands in release.json."""
        return {"whole": self.whole, "instances": dict(self.instances)}


def simulated_in(
    connection: duckdb.DuckDBPyConnection, warehouse: str, previous: Path | None = None
) -> Simulated:
    """Return what is simulated in the attached warehouse, and in the release before at `previous`, whose
    figures are printed again; nothing where neither knows of it.
    """
    before = _before(previous) if previous else {}
    said = connection.execute(
        "select 1 from information_schema.columns where table_catalog = $1 and table_schema = 'staging' "
        "and table_name = 'stg_export' and column_name = 'simulated'",
        [warehouse],
    ).fetchone()
    if said is None:
        return Simulated(before, whole=False)
    rows = connection.execute(f"""
        select instance_id, coalesce(max(instance_name), instance_id), bool_or(simulated)
        from {warehouse}.staging.stg_export left join {warehouse}.marts.dim_instance using (instance_id)
        group by instance_id order by instance_id""").fetchall()
    names = {instance: name for instance, name, _ in rows}
    instances = before | {instance: name for instance, name, simulated in rows if simulated}
    return Simulated(dict(sorted(instances.items())), whole=bool(rows) and names.keys() <= instances.keys())


def _before(release: Path) -> dict[str, str]:
    record = json.loads((release / "release.json").read_text(encoding="utf-8"))
    return record.get("simulated", {}).get("instances", {})
