"""Tables as a release publishes them, for trying the attack: a few cells arrive, a folder
with tables.json leaves.
"""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

HIDDEN = object()


@dataclass
class Published:
    """A folder in the making. Hierarchies map a dimension to child -> parent."""

    hierarchies: dict[str, dict[str, str]]
    distinct_over: dict[str, list[str]] = field(default_factory=dict)
    zero_links: list[list[str]] = field(default_factory=list)
    at_least: list[list[str]] = field(default_factory=list)
    tables: list[dict] = field(default_factory=list)
    files: dict[str, list[dict]] = field(default_factory=dict)
    # Period, territory, provider: what a reader on the spot knows.
    at_work: list[tuple[str, str, str]] = field(default_factory=list)

    def table(
        self,
        name: str,
        dimensions: list[str],
        cells: dict[tuple[str, ...], object],
        *,
        measure: str = "persons",
        kind: str = "count",
        threshold: int = 5,
        absent: str = "zero",
        half_width: float = 0,
        fixed: dict[str, str] | None = None,
    ) -> "Published":
        """Add a table of cells by place; HIDDEN is the mark of protection."""
        rows = []
        for place, value in cells.items():
            row = dict(zip(dimensions, place, strict=True))
            row[measure] = "" if value is HIDDEN else value
            row["mark"] = "suppressed" if value is HIDDEN else "zero" if value == 0 else "value"
            rows.append(row)
        self.files[name] = rows
        self.tables.append(
            {
                "name": name,
                "file": f"data/{name}.csv",
                "dimensions": {d: d for d in dimensions},
                "fixed": fixed or {},
                "measure": measure,
                "measure_id": measure,
                "kind": kind,
                "threshold": threshold,
                "mark_column": "mark",
                "absent": absent,
                "half_width": half_width,
                "release": "planted",
            }
        )
        return self

    def write(self, folder: Path) -> Path:
        """Write the folder and return it."""
        (folder / "data").mkdir(parents=True)
        for name, rows in self.files.items():
            with (folder / "data" / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        if self.at_work:
            (folder / "private").mkdir()
            with duckdb.connect() as connection:
                connection.execute(
                    "create table at_work (period varchar, territory varchar, provider varchar)"
                )
                connection.executemany("insert into at_work values (?, ?, ?)", self.at_work)
                connection.execute(f"copy at_work to '{folder / 'private' / 'providers_at_work.parquet'}'")
        (folder / "tables.json").write_text(
            json.dumps(
                {
                    "hierarchies": self.hierarchies,
                    "distinct_over": self.distinct_over,
                    "zero_links": self.zero_links,
                    "at_least": self.at_least,
                    "tables": self.tables,
                }
            )
        )
        return folder
