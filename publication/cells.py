"""A cell of the public system: where it stands, what is true, what is sensitive about it, what is shown.

The true values stay inside the build; only the mark, and the value where the mark allows it, leave. How cells
are gathered, protected and written does not belong here.
"""

from dataclasses import dataclass, field
from decimal import Decimal

VALUE = "value"
ZERO = "zero"
SUPPRESSED = "suppressed"
MISSING = "missing"
NOT_COLLECTED = "not_collected"

SMALL_COUNT = "small_count"
FEW_PERSONS = "few_persons"
DOMINATED = "dominated"
COUNT_PROTECTED = "count_protected"
SECONDARY = "secondary"
ONE_CLASS = "one_class"
ALREADY_HIDDEN = "already_hidden"

Key = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class Figure:
    """What the marts say about a place: the true value, the persons behind it, and what the largest of them
    contribute, where the mart says it."""

    value: Decimal
    persons: int
    status: str = "ok"
    largest: Decimal = Decimal(0)
    second: Decimal = Decimal(0)
    contributed: Decimal = Decimal(0)
    all_high: bool = False


@dataclass
class Cell:
    """One cell of one measure at one place of its dimensions.

    `value` is true and exact; `persons` stand behind it; `threshold` is that of its sensitivity. `reason`
    says why it is hidden and stays inside; `frozen` cells were published before and keep their mark and
    printed value. Of two cells that could be hidden the one of less `weight` is.
    """

    measure: str
    at: tuple[str, ...]
    value: Decimal
    persons: int
    threshold: int
    largest: Decimal = Decimal(0)
    second: Decimal = Decimal(0)
    contributed: Decimal = Decimal(0)
    reason: str | None = None
    frozen: bool = False
    absent: str | None = None
    demand: tuple[float, float] | None = None
    weight: float = 1.0

    @property
    def key(self) -> Key:
        """What identifies the cell in the whole system."""
        return (self.measure, self.at)

    @property
    def hidden(self) -> bool:
        """Whether the cell carries the mark of protection."""
        return self.reason is not None

    @property
    def mark(self) -> str:
        """The mark that the reader sees; primary and secondary protection look the same."""
        if self.absent is not None:
            return self.absent
        if self.hidden:
            return SUPPRESSED
        return ZERO if self.value == 0 else VALUE


@dataclass(frozen=True)
class Apart:
    """A whole and one of its classes that hold the same in truth: a reader must allow for a table in which
    the whole is larger by `distance`."""

    whole: Key
    part: Key
    distance: float


@dataclass(frozen=True)
class Remainder:
    """What a whole of a nested tree holds beyond one of its parts, such as those who did not go on to a
    stage: no table shows it, the difference of the two tells it. `cell` is hidden where it is sensitive."""

    cell: Cell
    whole: Key
    part: Key


@dataclass
class CellSystem:
    """All cells of a release, the hierarchies that tie them (dimension -> child -> parent), the cells that a
    reader must be able to take apart, the shares (places that no table shows, with their true values, which
    add up to cells for whoever knows where they are), the remainders of nested trees, and the cells that were
    hidden in print before."""

    cells: dict[Key, Cell] = field(default_factory=dict)
    hierarchies: dict[str, dict[str, str]] = field(default_factory=dict)
    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    apart: list[Apart] = field(default_factory=list)
    shares: dict[Key, Decimal] = field(default_factory=dict)
    remainders: dict[Key, Remainder] = field(default_factory=dict)
    hidden_before: set[Key] = field(default_factory=set)

    def add(self, cell: Cell) -> Cell:
        """Add the cell unless the system holds it, and return the one it holds."""
        return self.cells.setdefault(cell.key, cell)

    def at(self, key: Key) -> Cell | None:
        """Return the cell of a place, also of one that no table shows; None where there is none."""
        if key in self.remainders:
            return self.remainders[key].cell
        return self.cells.get(key)
