"""The result of a validation: the checked rows, counts and control totals of each entity, and what was found.

Validation fills it, loading and receipts read it. How rows are checked does not belong here.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from ingestion.contract.findings import Finding
from ingestion.contract.schema import Entity
from ingestion.landing.manifest import Manifest, Resource


@dataclass
class CheckedRows:
    """The rows of one entity of one export. `rows` leaves out those that are no record at all.

    `numbered` is False for a large file, which was laid down without line numbers: there the row in place n,
    counted from 0, stands on line n + 2, and its statements are not planned to come again. `distinct` counts
    the hashes of the good rows' ids: where there are as many as rows, no id comes twice. `totals` and
    `absolutes` are the sums of every number column, and of its absolute values, over all rows.
    """

    entity: Entity
    table: str
    numbered: bool
    rows: int
    faulty: int
    distinct: int
    reversals: int
    unknown_comuni: int
    totals: dict[str, Decimal]
    absolutes: dict[str, Decimal]
    problems: int = 0
    known: int = 0
    # Rows of a record that was in already with other content; a ledger has none.
    changed: int = 0

    @property
    def row(self) -> str:
        """SQL for what tells a row apart: its line, which nothing moves.

        A rowid does move where tables are emptied and filled again: DuckDB drops emptied row groups whenever
        it sees fit, between two statements too.
        """
        return "_line" if self.numbered else "_place"

    @property
    def line(self) -> str:
        """SQL for the physical line of a row."""
        return "_line" if self.numbered else "_place + 2"

    @property
    def good(self) -> str:
        """SQL that is true for a row without any problem so far."""
        test = "_form is null and _rule is null" if self.faulty else "true"
        if self.problems:
            test += f" and {self.row} not in (select row from problem_{self.entity.name})"
        return test

    @property
    def loaded(self) -> str:
        """SQL that is true for a row to be loaded."""
        return self.good + (
            f" and {self.row} not in (select row from known_{self.entity.name})" if self.known else ""
        )


@dataclass
class ColumnTotal:
    """A number column of one entity: declared (None if not), and the sums of its loaded,
    known, quarantined rows.

    `absolute` and `bad` are sums of absolute values, of all rows and of those set aside for a fault
    of the sender.
    """

    column: str
    personal: bool
    is_euro: bool
    declared: Decimal | None
    loaded: Decimal = Decimal(0)
    known: Decimal = Decimal(0)
    quarantined: Decimal = Decimal(0)
    absolute: Decimal = Decimal(0)
    bad: Decimal = Decimal(0)


@dataclass
class EntityValidation:
    """One declared file. `checked` is None where it has no readable rows; `malformed` are lines that
    are no record.

    `bad` counts the quarantined rows whose fault is the sender's: all but those that name an erased person.
    """

    resource: Resource
    entity: Entity | None
    received: int = 0
    loaded: int = 0
    known: int = 0
    quarantined: int = 0
    bad: int = 0
    malformed: list[int] = field(default_factory=list)
    checked: CheckedRows | None = None
    totals: list[ColumnTotal] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """Rows received, loaded, known, quarantined."""
        return {
            "received": self.received,
            "loaded": self.loaded,
            "known": self.known,
            "quarantined": self.quarantined,
        }


@dataclass
class ExportValidation:
    """Everything found in one export. `findings` concern the whole export; rows are in the table
    `quarantine`. `has_origins` where the rows come from foreign files: the table `origin` then says whence.
    """

    manifest: Manifest
    findings: list[Finding] = field(default_factory=list)
    has_origins: bool = False
    entities: dict[str, EntityValidation] = field(default_factory=dict)
    # Record ids under which somebody forgotten was sent again: they count as erased.
    forgotten: tuple[str, ...] = ()
    # What only somebody who knows the whole past can judge.
    unjudged: list[Finding] = field(default_factory=list)
    # What is said of a record set aside before ingestion, by entity, file, line and code.
    said: dict[tuple, tuple[str, ...]] = field(default_factory=dict)
    # Why a reversal is invalid, by entity and line.
    reasons: dict[tuple[str, int], str] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Counts per entity of the contract."""
        return {name: validated.counts for name, validated in self.entities.items() if validated.entity}
