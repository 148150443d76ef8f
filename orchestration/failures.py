"""From an exception to a sentence for people and an exit code.

An exception arrives, what went wrong and what to do leaves. Messages of engines may quote data, so only sentences
written by our own rooms, and what the operating system says about files, are repeated.
"""

from dataclasses import dataclass

ROOMS = ("ingestion", "quality", "publication", "orchestration", "simulation", "dashboards")
USAGE = 2
COULD_NOT_RUN = 3


@dataclass(frozen=True)
class Failure:
    """What to print on stderr, and the code to leave with."""

    sentence: str
    exit_code: int


def explain(error: Exception) -> Failure:
    """Return the sentence and exit code for `error`; 2 for a wrong setting, 3 for anything that could not run."""
    kind = type(error)
    if kind.__module__.split(".")[0] in ROOMS:
        return Failure(f"vetro: {error}", getattr(error, "exit_code", COULD_NOT_RUN))
    if kind.__module__.startswith("pydantic"):
        names = sorted({f"VETRO_{str(problem['loc'][0]).upper()}" for problem in error.errors()})  # type: ignore[attr-defined]
        return Failure(
            f"vetro: the setting {', '.join(names)} cannot be used: see docs/reference/settings.md.", USAGE
        )
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return Failure(
            f"vetro: {error.strerror}{where}. Check the path, its permissions and the space left.",
            COULD_NOT_RUN,
        )
    return Failure(
        f"vetro: unexpected {kind.__name__}; nothing half done was kept. Run the same command as "
        "'vetro --debug ...' to see where (the details may quote data, so keep them to yourself).",
        COULD_NOT_RUN,
    )
