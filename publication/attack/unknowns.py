"""The variables of the attack: one for every place, with what was printed about it.

They are filled from the publications elsewhere; nothing is worked out here.
"""

from dataclasses import dataclass, field

from publication.attack.published import Name, Place

INFINITY = float("inf")


@dataclass
class Unknown:
    """One place of one measure: between which limits it must lie, and what was printed about it."""

    name: Name
    lowest: float
    highest: float
    kind: str
    threshold: float
    hidden: bool
    tables: list[str]
    rounded: bool = False
    written: bool = False
    # What a whole holds beyond a part of it: no table shows it.
    is_remainder: bool = False

    @property
    def sought(self) -> bool:
        """Whether the attack looks for it: it carries the mark, was rounded, or is what is left of a whole
        without a part."""
        return self.hidden or self.rounded or self.is_remainder

    @property
    def known(self) -> bool:
        """Whether its value is known without any calculation."""
        return self.highest - self.lowest < 1e-9


@dataclass
class Knowledge:
    """Variables by name and rows (coefficients by variable, lowest, highest). `doubtful` rows may not hold:
    they count as long as no others speak against them."""

    unknowns: dict[Name, Unknown] = field(default_factory=dict)
    rows: list[tuple[dict[Name, float], float, float]] = field(default_factory=list)
    doubtful: list[tuple[dict[Name, float], float, float]] = field(default_factory=list)
    contradictions: list[Name] = field(default_factory=list)
    # Counts of what wholes hold beyond their parts, by their place.
    counted_remainders: dict[Place, Unknown] = field(default_factory=dict)
