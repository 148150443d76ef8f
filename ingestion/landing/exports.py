"""Where exports stand and what is in them: a folder or a zip, in landing or anywhere.

Arrives: paths. Leaves: `LandedExport`s, whose files can be listed and opened as plain files. Unpacked copies
are made only under `landing/.work/`. Judging the files' content does not belong here.
"""

import os
import re
import shutil
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from core.errors import Kind, VetroError
from core.home import VetroHome
from ingestion.contract.findings import Finding
from ingestion.landing.archives import ArchiveUnsafe, _unpack, _zip_manifest, is_picked_up
from ingestion.landing.manifest import Manifest, ManifestUnreadable, read_manifest
from ingestion.landing.plain_names import LARGEST_MANIFEST, MANIFEST_NAME, plain_path
from ingestion.privacy.direct_identifiers import masked


class PathUnusable(VetroError):
    """A path given to ingest is neither an export nor a folder of exports."""

    kind = Kind.USAGE


def path_is_picked_up(path: str) -> bool:
    """True where every part of a path is picked up, whichever stroke parts them."""
    return all(map(is_picked_up, path.replace("\\", "/").split("/")))


@dataclass
class LandedExport:
    """One export as it stands on disk. `place` is the folder or the zip; `from_landing` if a default run
    found it.

    `foreign` is the instance whose mapping reads it, where it is no contract export: then `place` may be a
    single file too, and `translated` is the contract export that was made of it.
    """

    place: Path
    from_landing: bool = False
    held: bool = False
    foreign: str | None = None
    translated: Path | None = None
    # What its manifest says, or why it says nothing; foreign files have none until they are translated.
    manifest: Manifest | None = None
    refusal: Finding | None = None
    export_id: str | None = None
    instance: str | None = None
    # Its turn among the receipts of a run.
    order: int = 0
    # What became of every record of foreign files.
    accounts: tuple[dict, ...] = ()
    _unpacked: Path | None = field(default=None, repr=False)

    @property
    def is_zip(self) -> bool:
        """True for an archive."""
        return self.place.is_file() and (self.foreign is None or _is_zip_name(self.place))

    def manifest_bytes(self) -> bytes | None:
        """Return the descriptor, None where there is none; ArchiveUnsafe for an archive that cannot
        be opened safely.
        """
        if self.translated is not None:
            return (self.translated / MANIFEST_NAME).read_bytes()
        if self.is_zip:
            return _zip_manifest(self.place)
        root = _folder_root(self.place)
        path = root / MANIFEST_NAME
        if path.is_symlink():
            raise ArchiveUnsafe("link", "the descriptor is a link")
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(LARGEST_MANIFEST + 1)

    def read_manifest(self) -> None:
        """Read the descriptor; `refusal` says why it cannot be read. Foreign files have none until
        their turn comes.
        """
        if self.foreign is not None:
            self.instance = self.foreign
            return
        try:
            self.manifest = read_manifest(self.manifest_bytes())
            self.export_id, self.instance = self.manifest.export_id, self.manifest.instance
        except ManifestUnreadable as error:
            self.refusal, self.export_id, self.instance = error.finding, error.export_id, error.instance
        except ArchiveUnsafe as error:
            self.refusal = error.finding

    @property
    def name(self) -> str:
        """The export_id, or what stands on disk where it could not be read."""
        return self.export_id or export_id_hint(self.place)

    @property
    def turn(self) -> tuple[bool, int, int]:
        """Contract exports in the order of their sequence, then foreign files, whose sequence is
        what is free.
        """
        return self.manifest is None, self.manifest.sequence if self.manifest else 0, self.order

    def open(self, work: Path) -> Path:
        """Return the folder that holds the descriptor, unpacking an archive into a new folder of `work`."""
        if self.translated is not None:
            return self.translated
        if not self.is_zip:
            return _folder_root(self.place)
        if self._unpacked is None:
            self._unpacked = _unpack(self.place, work)
        return _folder_root(self._unpacked)

    def open_foreign(self, work: Path) -> tuple[Path, list[str]]:
        """Return a folder and the paths in it that make up a foreign delivery, unpacking an archive into
        `work`; ArchiveUnsafe for an archive or a folder with anything else than plain files.
        """
        if self.place.is_file() and not self.is_zip:
            return self.place.parent, [self.place.name]
        root = self.place
        if self.is_zip:
            root = self._unpacked = _unpack(self.place, work)
        found, plain = files_in(root)
        if not plain:
            raise ArchiveUnsafe("link", "the delivery holds something else than plain files")
        return root, sorted(found.values())

    def close(self) -> None:
        """Remove the unpacked and the translated copy."""
        if self.translated is not None:
            shutil.rmtree(self.translated, ignore_errors=True)
            self.translated = None
        if self._unpacked is not None:
            shutil.rmtree(self._unpacked, ignore_errors=True)
            self._unpacked = None

    def changed(self) -> datetime:
        """Return when a file of it was last written to."""
        times = [at for _, _, at in self.state()]
        return datetime.fromtimestamp(max(times, default=0) // 10**9, UTC)

    def state(self) -> list[list]:
        """Return name, size and modification time (ns) of every file: equal if nothing was touched."""
        if self.place.is_file():
            at = self.place.stat()
            return [[self.place.name, at.st_size, at.st_mtime_ns]]
        return sorted([name, at.st_size, at.st_mtime_ns] for name, at in _walk(self.place, self.place))


def _walk(folder: Path, root: Path) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path), root)
            else:
                yield os.path.relpath(entry.path, root), entry.stat(follow_symlinks=False)


def _folder_root(folder: Path) -> Path:
    if (folder / MANIFEST_NAME).exists():
        return folder
    inside = [path for path in folder.iterdir() if is_picked_up(path.name)]
    if (
        len(inside) == 1
        and inside[0].is_dir()
        and not inside[0].is_symlink()
        and (inside[0] / MANIFEST_NAME).exists()
    ):
        return inside[0]
    return folder


def files_in(root: Path) -> tuple[dict[str, str], bool]:
    """Return the files under `root` without the descriptor, as their plain path (`plain_path`): their path on
    disk, both relative and POSIX; and whether all are plain files.

    Of two files with the same plain path the one that is written so has it, the other stands under its own.
    """
    found, plain = {}, True
    for name, at in sorted(_walk(root, root), key=lambda each: (plain_path(each[0]) != each[0], each[0])):
        path = plain_path(name)
        if not stat.S_ISREG(at.st_mode):
            plain = False
        elif path != MANIFEST_NAME and path_is_picked_up(name):
            found[name if path in found else path] = PurePosixPath(name).as_posix()
    return found, plain


def _looks_like_export(path: Path) -> bool:
    return path.is_dir() and (_folder_root(path) / MANIFEST_NAME).exists()


def _is_zip_name(path: Path) -> bool:
    return path.name.lower().endswith(".zip")


def _exports_in(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if is_picked_up(path.name) and not path.is_symlink():
            yield from _exports_at(path)


def _exports_at(path: Path) -> Iterator[Path]:
    if path.is_file() and _is_zip_name(path):
        yield path
    elif path.is_dir():
        if (path / MANIFEST_NAME).exists():
            yield path
        else:
            yield from _exports_in(path)


def _foreign_in(folder: Path, instance: str) -> Iterator[LandedExport]:
    """Yield what stands in the landing folder of an instance with a mapping: contract exports too, should it
    send some.
    """
    for path in sorted(folder.iterdir()):
        if is_picked_up(path.name) and not path.is_symlink():
            yield LandedExport(path, foreign=None if _has_manifest(path) else instance)


def _has_manifest(path: Path) -> bool:
    """True for a contract export; also for an archive that cannot be opened, which is
    for ingestion to say.
    """
    try:
        if path.is_file():
            return _is_zip_name(path) and _zip_manifest(path) is not None
        return _looks_like_export(path)
    except ArchiveUnsafe:
        return True


def find_exports(
    home: VetroHome, paths: Sequence[Path], mapped: Collection[str] = (), instance: str | None = None
) -> list[LandedExport]:
    """Return the exports at `paths`, or in landing where none is given, and those held; PathUnusable for a
    wrong path.

    A given path is an export folder, a zip, or a folder of exports. In landing a folder without a descriptor
    is an upload that is not finished, and is left alone; but in the folder of an instance in `mapped`, which
    a mapping reads, every folder, zip and file is a delivery. Given `instance`, every path is one of its.
    """
    landed_exports = [LandedExport(place, held=True) for place in held_places(home)]
    if not paths:
        for path in _folders(home.landing):
            if path.name in mapped:
                found = list(_foreign_in(path, path.name))
            else:
                found = [LandedExport(place) for place in _exports_at(path)]
            landed_exports += [replace(landed, from_landing=True) for landed in found]
        return landed_exports
    for path in map(Path, paths):
        if not path.exists():
            raise PathUnusable(f"{path}: non esiste / does not exist")
        owner = instance or _landing_folder(home, path)
        if owner is not None and owner in mapped and not _has_manifest(path):
            if path.resolve() == home.landing / owner:
                landed_exports += _foreign_in(path.absolute(), owner)
            else:
                landed_exports.append(LandedExport(path.absolute(), foreign=owner))
            continue
        if path.is_file() or _looks_like_export(path):
            landed_exports.append(LandedExport(path.absolute()))
            continue
        places = list(_exports_in(path))
        if not places and any(child.is_file() for child in path.iterdir()):
            # Files but no descriptor: an export that has lost it, and the sender should hear so.
            landed_exports.append(LandedExport(path.absolute()))
        elif not places:
            raise PathUnusable(
                f"{path}: nessuna esportazione qui, indicare una cartella con datapackage.json / "
                "no export here, name a folder with datapackage.json"
            )
        landed_exports += [LandedExport(place.absolute()) for place in places]
    return landed_exports


def _folders(landing: Path) -> list[Path]:
    return [path for path in sorted(landing.iterdir()) if is_picked_up(path.name) and not path.is_symlink()]


def _landing_folder(home: VetroHome, path: Path) -> str | None:
    """Return the instance in whose landing folder the path stands."""
    place = path.resolve()
    return place.relative_to(home.landing).parts[0] if home.landing in place.parents else None


def held_places(home: VetroHome) -> list[Path]:
    """Return where exports wait for their predecessor: `landing/.held/<instance>/<export_id>[.zip]`."""
    if not home.landing_held.is_dir():
        return []
    return [
        place
        for instance in sorted(home.landing_held.iterdir())
        if instance.is_dir()
        for place in sorted(instance.iterdir())
        if is_picked_up(place.name)
    ]


def hold(home: VetroHome, landed: LandedExport, instance: str, export_id: str) -> None:
    """Keep the export under `landing/.held/<instance>/<export_id>` until its predecessor comes.

    One that stands in landing is moved, one from elsewhere is copied; an earlier version of it is replaced.
    """
    if landed.held:
        return
    folder = home.landing_held / instance
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (f"{export_id}.zip" if landed.is_zip else export_id)
    incoming = folder / f".{export_id}.new"
    _remove(incoming)
    if landed.place.is_relative_to(home.landing):
        landed.place.rename(incoming)
    elif landed.is_zip:
        shutil.copyfile(landed.place, incoming)
    else:
        shutil.copytree(landed.place, incoming, symlinks=True)
    for earlier in (folder / f"{export_id}.zip", folder / export_id):
        _remove(earlier)
    incoming.rename(target)
    landed.place, landed.held = target, True


def release(home: VetroHome, landed: LandedExport, instance: str) -> None:
    """Move an accepted export from `.held` to the instance's landing folder, where accepted exports stand."""
    if not landed.held:
        return
    folder = home.landing / instance
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / landed.place.name
    if target.exists():
        _remove(landed.place)
    else:
        landed.place.rename(target)
    landed.place, landed.held = target, False


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def export_id_hint(place: Path) -> str:
    """Return a name for an export whose descriptor says none."""
    return masked(re.sub(r"\.zip$", "", place.name, flags=re.IGNORECASE))
