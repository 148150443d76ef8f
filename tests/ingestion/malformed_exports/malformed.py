"""One ugly export: its foreign files, its mapping and its clean twin.

Arrives: what is peculiar about it. Leaves: a delivery in landing with its mapping, and the twin as a contract
export. Columns that the malformed does not speak of are constants of the mapping, taken from the twin.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from core.home import VetroHome
from tests.support.exports import Export, row

PERIOD = {"from": "2026-10-01", "to": "2026-10-31"}


@dataclass(frozen=True)
class MalformedExport:
    """`rows` are the twin's, by the columns told; `columns` the rules of the mapping for them.

    `files` are the foreign files by name; the first is the one read, as `settings` say, and `others` says how
    the rest is. `entities` and `twin` replace `entity`, `rows` and `columns` where there is more than one
    entity. `codes` are (code, line in the foreign file) of the receipt, where not all is well.
    """

    name: str
    files: dict[str, bytes]
    entity: str = "payment"
    rows: tuple[dict[str, str], ...] = ()
    columns: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    entities: dict[str, Any] | None = None
    twin: dict[str, list[dict[str, str]]] | None = None
    codes: frozenset[tuple[str, int | None]] = frozenset()

    def __str__(self) -> str:
        return self.name

    @property
    def clean(self) -> dict[str, list[dict[str, str]]]:
        """The twin's rows by entity."""
        if self.twin is not None:
            return self.twin
        return {self.entity: [row(self.entity, told.get("record_id", "X-1"), **told) for told in self.rows]}

    def mapping(self) -> dict[str, Any]:
        """Return the mapping as it stands in its file."""
        first = next(iter(self.files))
        entities = self.entities
        if entities is None:
            rules = required(self.entity) | self.columns
            entities = {self.entity: {"from": "source", "columns": rules}}
        return {
            "export": {"period": PERIOD, "created": "2026-11-03T02:10:00+01:00"},
            "files": {"source": {"match": first, **self.settings}, **self.others},
            "entities": entities,
        }

    def register(self) -> dict[str, Any]:
        """Return what the registry says of the territory that sends it."""
        return {"name": self.name, "seat": "015182", "comuni": ["015182"], "mapping": self.name}

    def deliver(self, home: VetroHome) -> Path:
        """Write the mapping, and the foreign files as a delivery of the instance of the same name."""
        home.mappings.mkdir(exist_ok=True)
        # Dates and times in a mapping are YAML's own.
        text = yaml.safe_dump(self.mapping(), allow_unicode=True, sort_keys=False)
        for moment in (*PERIOD.values(), "2026-11-03T02:10:00+01:00"):
            text = text.replace(f"'{moment}'", moment)
        (home.mappings / f"{self.name}.yaml").write_text(text, encoding="utf-8")
        place = home.landing / self.name / "2026-10"
        for name, content in self.files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)
        return place

    def deliver_clean(self, home: VetroHome) -> None:
        """Write the twin as a contract export of the instance of the same name."""
        Export(instance=self.name, entities=self.clean).write(home.landing / self.name)


def table(*lines: str, end: str = "\r\n", encoding: str = "utf-8") -> bytes:
    """Return lines of text as a file."""
    return "".join(line + end for line in lines).encode(encoding)


def required(name: str) -> dict[str, Any]:
    """Return rules that give an entity's required columns what a clean row has."""
    return {column: {"constant": value} for column, value in row(name).items() if value}
