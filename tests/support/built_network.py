"""A home in which one network after another is ingested and built, with dbt read once.

Exports and a registry arrive, a warehouse leaves.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from core.home import VetroHome
from core.settings import Settings
from ingestion.loading.ingest import ingest
from orchestration.warehouse import Warehouse
from tests.support.parsed_project import put_parsed_project


class BuildingSite:
    """One home. Networks are built in it one at a time; dbt's parsed project stays."""

    def __init__(self, root: Path) -> None:
        self.home = VetroHome.at(root)
        put_parsed_project(self.home)
        self._warehouse = Warehouse(Settings(home=root, memory="1GB", threads=2))

    def clear(self, instances_file: Path) -> None:
        """Forget the last network and register the territories of the next."""
        for place in (self.home.raw, self.home.landing, self.home.outbox, self.home.operations):
            shutil.rmtree(place, ignore_errors=True)
        for file in self.home.root.glob("warehouse.duckdb*"):
            file.unlink()
        self.home.ensure()
        shutil.copyfile(instances_file, self.home.instances_file)

    def receive(self, exports: Sequence[Path]) -> dict[str, str]:
        """Ingest exports and build; return the status of each by its path's name."""
        receipts = ingest(self.home, exports)
        report = self._warehouse.build()
        failures = [f"{model.name}: {model.message}" for model in report.failures]
        assert not failures, "\n".join(failures)
        return {receipt.export_id: receipt.status for receipt in receipts}
