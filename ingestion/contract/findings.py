"""What validation finds: where it is and its code of the contract, never a value of a row."""

from dataclasses import dataclass

# A row of the outbox tells a person what to correct; beyond this many the quarantine file is the place to
# look.
ERRORS_KEPT = 10_000


@dataclass(frozen=True)
class Finding:
    """One error: where it is and its code. Never a value of a row."""

    code: str
    entity: str | None = None
    file: str | None = None
    line: int | None = None
    column: str | None = None
    # What the sentence says beyond the code: a kind and what fills it in, see `contract.sentences`.
    detail: tuple[str, ...] = ()
