"""A gate as publication is told of it, without judging anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RecordedGate:
    """What publication must know about the gates."""

    green: bool
    checked_at: datetime
    results: Sequence[object]
