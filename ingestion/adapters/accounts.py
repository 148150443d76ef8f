"""What became of every record that stood in a foreign file: the account that the receipt gives.

Arrives: what reading and translating counted, each by itself. Leaves: one plain document per file, and
whether it balances: records = set aside + left out + taken, and of what was taken every block says how much
became rows and which of its rules left out the rest. Nothing is counted here.
"""

from dataclasses import dataclass, field

LINES_LISTED = 20


@dataclass
class LeftOut:
    """Records that one rule of the mapping leaves out. `rule` names it as the mapping writes it."""

    rule: str
    rows: int
    lines: list[int]

    def as_record(self) -> dict[str, object]:
        """Return it as it stands in a receipt; only the first lines are told."""
        return {"rule": self.rule, "rows": self.rows, "lines": self.lines[:LINES_LISTED]}


@dataclass
class BlockAccount:
    """What one block of an entity made of the records taken from a file: one row of each, or a rule
    left it out.
    """

    entity: str
    block: int
    rows: int
    left_out: list[LeftOut]


@dataclass
class FileAccount:
    """One file: `records` as they were met, and what became of them. A record `set_aside` stands in the
    receipt's errors with its line, in every entity that the file tells of.

    `filled` and `cut` count records that were not as wide as the header and were taken all the same,
    `rounded` the numbers that `round` changed, `sheets` names the sheets of a workbook that nobody reads.
    """

    file: str
    records: int = 0
    set_aside: int = 0
    taken: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    blocks: list[BlockAccount] = field(default_factory=list)
    filled: int = 0
    cut: int = 0
    rounded: int = 0
    sheets: list[str] = field(default_factory=list)

    @property
    def balances(self) -> bool:
        """True where no record is unaccounted for."""
        here = self.records == self.set_aside + sum(left.rows for left in self.left_out) + self.taken
        return here and all(
            self.taken == block.rows + sum(left.rows for left in block.left_out) for block in self.blocks
        )

    def as_record(self) -> dict[str, object]:
        """Return the account as it stands in a receipt: what is nothing is not said."""
        told: dict[str, object] = {
            "file": self.file,
            "records": self.records,
            "set_aside": self.set_aside,
            "left_out": [left.as_record() for left in self.left_out],
            "taken": self.taken,
            "entities": [
                {
                    "entity": block.entity,
                    "block": block.block,
                    "rows": block.rows,
                    "left_out": [left.as_record() for left in block.left_out],
                }
                for block in self.blocks
            ],
        }
        for name in ("filled", "cut", "rounded", "sheets"):
            if getattr(self, name):
                told[f"{name}_rows" if name in ("filled", "cut") else name] = getattr(self, name)
        return told
