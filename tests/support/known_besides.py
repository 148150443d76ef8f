"""Protection that thinks of the tables alone: of neither who works where, nor which counts are small."""

import pytest

from publication.cells import CellSystem
from publication.secondary_suppression import ProtectionReport, protect


def protect_by_tables_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the relations for what a reader knows besides the tables out of the protection of releases."""

    def by_tables_alone(system: CellSystem, *rest: object) -> ProtectionReport:
        shares, system.shares = system.shares, {}
        report = protect(system, *rest)
        system.shares = shares
        return report

    monkeypatch.setattr("publication.composition.protect", by_tables_alone)
    monkeypatch.setattr("publication.secondary_suppression.small_below", lambda *_: 0)
