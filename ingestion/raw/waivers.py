"""Gaps in the sequence of an instance that somebody decided not to wait for.

Arrives: an instance and a sequence number. Leaves: `raw/.waived/<instance>.json`. Loading what then may load
does not belong here.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field

from core.atomic_files import replacing
from core.errors import Kind, VetroError
from core.home import VetroHome
from core.yaml_models import read_json
from ingestion.raw.layer import committed_exports

_Waived = dict[Annotated[str, Field(pattern="^[0-9]+$")], str]


def _file(home: VetroHome, instance: str) -> Path:
    return home.raw / ".waived" / f"{instance}.json"


def _read(path: Path) -> dict[str, str]:
    """When each sequence was waived, by its number."""
    if not path.exists():
        return {}
    return read_json(path.read_bytes(), f".waived/{path.name}", _Waived)


def read_waivers(home: VetroHome, instance: str) -> set[int]:
    """Return the sequence numbers waived for `instance`."""
    return {int(sequence) for sequence in _read(_file(home, instance))}


def write_waiver(home: VetroHome, instance: str, sequence: int) -> None:
    """Record that `sequence` is waived; VetroError if it is below 1 or was accepted."""
    if sequence < 1:
        raise VetroError(f"{sequence}: la sequenza comincia da 1 / the sequence starts at 1", kind=Kind.USAGE)
    if any(export.sequence == sequence for export in committed_exports(home, instance).values()):
        raise VetroError(
            f"{instance} {sequence}: già accettata, nulla a cui rinunciare / "
            "already accepted, nothing to waive",
            kind=Kind.USAGE,
        )
    path = _file(home, instance)
    path.parent.mkdir(parents=True, exist_ok=True)
    waived = _read(path) | {str(sequence): datetime.now(UTC).isoformat(timespec="seconds")}
    with replacing(path) as written:
        written.write_text(json.dumps(waived, indent=1) + "\n", encoding="utf-8")
