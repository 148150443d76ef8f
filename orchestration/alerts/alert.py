"""One thing that is wrong: what stands, how bad it is, whose it is.

A condition and its counts arrive, the sentences about it leave. When it is told does not belong here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.presentation.bilingual import Said
from orchestration.alerts.words import told


@dataclass(frozen=True)
class Alert:
    """Something wrong that stands. `kind` and `subject` make it the same from one look to the next.

    `condition` names its words, `values` fills them; `level` grows as it gets worse; `owner` says whom to
    call; `instance` is the territory that it is about, None where it is the house itself.
    """

    kind: str
    subject: str
    level: int
    owner: Said
    condition: str
    values: Mapping[str, object] = field(default_factory=dict)
    instance: str | None = None

    @property
    def key(self) -> str:
        """What it is known by."""
        return f"{self.kind}:{self.subject}" if self.subject else self.kind

    def said(self, part: str) -> Said:
        """Return its `title`, `what` is the case, or what to `do`."""
        return told("conditions", self.condition, part, **self.values)
