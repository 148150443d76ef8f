"""Files under the home that change together: written aside, put in place one by one, never left halfway.

Arrives: new content for committed files, and files that have to go. Leaves: all of that done, or nothing of
it. A journal says what makes it binding: an export that is in, a key that is in place, or the journal alone.
From then on whoever takes the raw layer next finishes what a dying process left. Why files change does not
belong here.
"""

import json
import os
from pathlib import Path
from uuid import uuid4

from core.atomic_files import discard, sync
from core.home import VetroHome
from ingestion.privacy.pseudonyms import open_key
from ingestion.raw import checksums

_SUFFIX = ".rewriting"
_JOURNAL = "journal.json"
_MARK = ".rewritten"


class FileTransaction:
    """Changes being prepared under `raw/.incoming/<name>.rewriting`; nothing happens before they are bound
    and finished.
    """

    def __init__(self, home: VetroHome, name: str):
        self._home = home
        self._folder = home.raw_incoming / f"{name}{_SUFFIX}"
        self._moves: list[list[str]] = []
        self._removals: list[str] = []
        self._sealed: set[Path] = set()
        discard([self._folder])

    @property
    def is_empty(self) -> bool:
        """True while there is nothing to change."""
        return not self._moves and not self._removals

    def stage(self, target: Path) -> Path:
        """Return where to write what will stand at `target`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        staged = self._folder / f"{len(self._moves)}{target.suffix}"
        self._moves.append([staged.name, os.path.relpath(target, self._home.root)])
        return staged

    def remove(self, place: Path) -> None:
        """Have the file or folder at `place` removed."""
        self._removals.append(os.path.relpath(place, self._home.root))

    def seal(self, export: Path) -> None:
        """Have the checksums of the files in the folder `export` noted."""
        self._sealed.add(export)

    def _renew_checksums(self) -> None:
        """Stage the checksums of every export of which files change, before what is staged already."""
        sums: dict[Path, dict[str, str]] = {folder: {} for folder in self._sealed}
        for staged, place in self._moves:
            target = self._home.root / place
            if target.parent.name.startswith("export="):
                sums.setdefault(target.parent, {})[target.name] = checksums.sum_of(self._folder / staged)
        for folder, changed in sums.items():
            noted = checksums.noted_sums(folder)
            held = checksums.sums_of(folder) if noted is None else noted
            path = self.stage(folder / checksums.FILE)
            path.write_text(checksums.as_text(held | changed), encoding="ascii")
            self._moves.insert(0, self._moves.pop())

    def bind(self, *, export: Path | None = None, key_id: str | None = None) -> None:
        """Make it binding: once the folder `export` is there, once the key is `key_id`, or now."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._renew_checksums()
        for staged, _ in self._moves:
            sync(self._folder / staged)
        journal = {
            "export": os.path.relpath(export, self._home.root) if export else None,
            "key_id": key_id,
            "moves": self._moves,
            "removals": self._removals,
        }
        temporary = self._folder / f".{_JOURNAL}"
        temporary.write_text(json.dumps(journal), encoding="utf-8")
        sync(temporary)
        temporary.replace(self._folder / _JOURNAL)
        sync(self._folder)


def finish_transactions(home: VetroHome, name: str = "") -> int:
    """Carry out every binding transaction whose name begins with `name`, drop the others; return how many
    were carried out.

    Safe to repeat: a move already made is skipped. The caller holds the lock of the raw layer.
    """
    finished = 0
    for folder in sorted(home.raw_incoming.glob(f"{name}*{_SUFFIX}")):
        journal = _read(folder / _JOURNAL)
        if journal and _binds(home, journal):
            for staged, target in journal["moves"]:
                if (folder / staged).exists():
                    (folder / staged).replace(home.root / target)
                    sync((home.root / target).parent)
            discard(home.root / place for place in journal["removals"])
            finished += 1
            # A folder without a journal is nothing: half removed, it must not be carried out again.
            (folder / _JOURNAL).unlink()
        discard([folder])
    return finished


def unfinished_transactions(home: VetroHome) -> bool:
    """True if somebody is transaction, or died doing so."""
    return next(home.raw_incoming.glob(f"*{_SUFFIX}"), None) is not None


def _read(journal: Path) -> dict | None:
    return json.loads(journal.read_text(encoding="utf-8")) if journal.exists() else None


def _binds(home: VetroHome, journal: dict) -> bool:
    if journal["export"]:
        return (home.root / journal["export"]).is_dir()
    return journal["key_id"] in (None, open_key(home).key_id)


def mark(home: VetroHome, transaction: FileTransaction) -> None:
    """Stage a new mark for the raw layer, the last to be put in place: what was built from raw under another
    mark holds what is no longer there, and may not be built upon.
    """
    transaction.stage(home.raw / _MARK).write_text(uuid4().hex + "\n", encoding="ascii")


def mark_of(home: VetroHome) -> str:
    """Return the mark under which the raw layer stands; empty while it never changed as a whole."""
    path = home.raw / _MARK
    return path.read_text(encoding="ascii").strip() if path.exists() else ""
