"""The parts of a pack, before any file is made: what a builder says stands in these, and every file is made
of the same ones, so that PDF, spreadsheet and JSON cannot disagree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from core.presentation.formatting import Lang
from dashboards.components.table import Table
from dashboards.figures import Indicator

Kind = Literal["grant", "territory", "provider"]
State = Literal["ok", "attention", "failed", "none"]


@dataclass(frozen=True)
class Sentence:
    """A sentence; what stands between ** is bold."""

    text: str


@dataclass(frozen=True)
class Notice:
    """What must be known before the numbers beside it are read."""

    text: str


@dataclass(frozen=True)
class Facts:
    """Label and text, one under the other."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class KeyFigure:
    """One number of the first page: what it is, the number or the word of its mark, what stands under it."""

    label: str
    value: str
    mark: str
    under: str = ""


@dataclass(frozen=True)
class MoneyStages:
    """The ledger bar: euro awarded, disbursed, reported and admitted on one axis, and the same in words."""

    awarded: Decimal
    disbursed: Decimal
    reported: Decimal
    admitted: Decimal
    alternative: str


@dataclass(frozen=True)
class Bars:
    """What is drawn beside the rows of a table: `length` of each (None: nothing, as where it is protected)
    within `outline`, both in the unit of the table."""

    length: Sequence[Decimal | None]
    outline: Sequence[Decimal | None]
    hue: Literal["people", "euro"]


@dataclass(frozen=True)
class TableBlock:
    """A table of the pack: its name in files, the table, what is said under it, and whether its last row is
    the sum of the others."""

    name: str
    table: Table
    note: str = ""
    has_total: bool = False
    bars: Bars | None = None


@dataclass(frozen=True)
class Quote:
    """A text that people wrote beside the release: quoted as it is, and signed."""

    text: str
    author: str
    written_on: date


Block = Sentence | Notice | Facts | MoneyStages | TableBlock | Quote


@dataclass(frozen=True)
class Section:
    """A part of a pack with its id, which is also the name under which a text can be added to it."""

    section_id: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Check:
    """One line of the checklist: what was looked at, how it came out, and the result in words."""

    check_id: str
    name: str
    state: State
    result: str


@dataclass(frozen=True)
class Document:
    """A whole pack in one language. `data_to` is the last day that its figures can know of."""

    kind: Kind
    subject_id: str
    year: int | None
    lang: Lang
    kicker: str
    title: str
    finding: str
    facts: Sequence[tuple[str, str]]
    key_figures: Sequence[KeyFigure]
    sections: Sequence[Section]
    checks: Sequence[Check]
    indicators: Sequence[Indicator]
    data_to: date

    @property
    def tables(self) -> list[TableBlock]:
        """Return the tables in their order."""
        return [
            block for section in self.sections for block in section.blocks if isinstance(block, TableBlock)
        ]
