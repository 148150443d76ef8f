"""From an exception to a sentence for people and an exit code.

An exception arrives, what went wrong and what to do leaves. Messages of engines may quote data, so only
sentences written by our own packages, and what the operating system says about files, are repeated.
"""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.errors import Kind, VetroError
from orchestration.own_packages import PACKAGES

# What the operating system says, within whatever an engine makes of it.
FULL_DISK = os.strerror(errno.ENOSPC)
# What DuckDB says of a file that another process has open, with who that is where it knows.
FILE_IN_USE = re.compile(r'Could not set lock on file "(?P<file>[^"]+)"')
# What DuckDB says of a file whose bytes are not what it wrote.
DAMAGED_FILE = re.compile(
    r"Corrupt database file|not a valid DuckDB database file|Could not read enough bytes from file"
)
WHO = re.compile(r"held in (?P<program>\S.*?)? ?\(PID (?P<process>\d+)\)")


@dataclass(frozen=True)
class Failure:
    """What to print on stderr, and the code to leave with."""

    sentence: str
    exit_code: int


def reason(error: BaseException) -> str:
    """Return what may be kept about `error`: our own sentence, or else only the kind of error."""
    if isinstance(error, VetroError):
        return str(error)
    return file_in_use(error) or damaged_file(error) or type(error).__name__


def file_in_use(error: BaseException) -> str | None:
    """Return who has a DuckDB file open and what to do, if that is why `error` was raised; else None.

    Whatever raised it, engine or dbt, and however it was passed on.
    """
    for cause in _causes(error):
        found = FILE_IN_USE.search(str(cause))
        if not found:
            continue
        name = Path(found["file"]).name
        who = WHO.search(str(cause))
        other = f"{_program(who)}, process {who['process']}" if who else "another process"
        altro = f"{_program(who)}, processo {who['process']}" if who else "un altro processo"
        return (
            f"{name} is open in {other}: close it there, then run the same command again; nothing is lost / "
            f"{name} è aperto da {altro}: chiuderlo lì, poi ripetere il comando; nulla è andato perso"
        )
    return None


def damaged_file(error: BaseException) -> str | None:
    """Return what to do about a DuckDB file that is damaged, if that is why `error` was raised; else None.

    The engine does not always say which file: the warehouse is made again from what was taken in, a release
    is told apart by its hashes.
    """
    if not any(DAMAGED_FILE.search(str(cause)) for cause in _causes(error)):
        return None
    return (
        "a database file of this home is damaged, and nothing was made from it. If it is warehouse.duckdb, "
        "remove it: 'vetro run' builds it again from raw. 'vetro doctor' looks at what was taken in / "
        "un file di database di questa casa è danneggiato, e nulla ne è stato ricavato. Se è "
        "warehouse.duckdb, va tolto: 'vetro run' lo ricostruisce da raw. 'vetro doctor' guarda il resto"
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _program(who: re.Match[str]) -> str:
    """The name by which the operating system knows the process; never its arguments."""
    with suppress(OSError):
        return Path(f"/proc/{who['process']}/comm").read_text(encoding="utf-8", errors="replace").strip()
    return Path(who["program"] or "another program").name


def explain(error: Exception) -> Failure:
    """Return the sentence and exit code for `error`: 2 a wrong setting, 3 anything that could not run."""
    kind = type(error)
    if isinstance(error, VetroError):
        return Failure(f"vetro: {error}", error.exit_code)
    if sentence := file_in_use(error) or damaged_file(error):
        return Failure(f"vetro: {sentence}", Kind.COULD_NOT_RUN)
    if kind.__name__ == "SettingsError":
        # Raised before any field is looked at, by text that is not JSON; its message may quote it.
        return Failure(
            "vetro: a VETRO_ variable cannot be read as JSON: see docs/reference/settings.md.", Kind.USAGE
        )
    if kind.__module__.startswith("pydantic"):
        problems = error.errors()  # type: ignore[attr-defined]
        names = sorted({f"VETRO_{str(problem['loc'][0]).upper()}" for problem in problems})
        return Failure(
            f"vetro: the setting {', '.join(names)} cannot be used: see docs/reference/settings.md.",
            Kind.USAGE,
        )
    if isinstance(error, OSError) and error.errno is None and _raised_by_us(error):
        return Failure(f"vetro: {error}", Kind.COULD_NOT_RUN)
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return Failure(
            f"vetro: {error.strerror}{where}. Check the path, its permissions and the space left.",
            Kind.COULD_NOT_RUN,
        )
    if FULL_DISK in str(error):
        return Failure(
            "vetro: no space is left on the disk; nothing half done was kept. Free some and run the same "
            "command again. / Lo spazio su disco è finito; nulla di incompleto è rimasto. Liberarne e "
            "ripetere il comando.",
            Kind.COULD_NOT_RUN,
        )
    return Failure(
        f"vetro: unexpected {kind.__name__}; nothing half done was kept. Run the same command as "
        "'vetro --debug ...' to see where (the details may quote data, so keep them to yourself).",
        Kind.COULD_NOT_RUN,
    )


def _raised_by_us(error: BaseException) -> bool:
    """Whether one of our own modules raised `error`, which then carries a sentence of ours."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__", "").split(".")[0] in PACKAGES
