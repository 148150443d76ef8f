"""From the files at a source to deliveries: which belong together, and what speaks against taking one.

Arrives: a listing. Leaves: `Delivery` records, each a folder or an archive, and codes of `REASONS`. Reading
bytes does not belong here (`fetching`).
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ingestion.landing.exports import path_is_picked_up
from ingestion.landing.manifest import Manifest
from ingestion.landing.plain_names import MANIFEST_NAME, plain_path
from ingestion.sources.access import Listing

MOST_FILES = 1_000
LONGEST_NAME = 200

REASONS = {
    "no_descriptor": (
        "manca ancora datapackage.json, che si carica per ultimo",
        "datapackage.json, which is uploaded last, is not there yet",
    ),
    "incomplete": (
        "file mancanti o diversi da quanto dichiarato: caricamento in corso?",
        "files are missing or not as declared: still uploading?",
    ),
    "changing": ("è cambiata mentre la si leggeva", "it changed while it was read"),
    "settling": ("senza descrittore si attende che resti ferma", "without a descriptor it has to be still"),
    "other_instance": (
        "è di un'altra istanza: questa fonte vale per una sola; spostarla o correggere sources.yaml",
        "it is of another instance: this source is for one only; move it or correct sources.yaml",
    ),
    "name_unsafe": (
        "un nome contiene caratteri o percorsi non ammessi: rinominarlo alla fonte",
        "a name holds characters or a path that are not allowed: rename it at the source",
    ),
    "not_plain": (
        "contiene un collegamento o un file speciale: sostituirlo con il file vero",
        "it holds a link or a special file: put the real file in its place",
    ),
    "too_many_files": (
        f"ha più di {MOST_FILES} file: non è una sola esportazione",
        f"it has more than {MOST_FILES} files: that is not one export",
    ),
}


@dataclass(frozen=True)
class Delivery:
    """One export as it stands at a source. `place` is its folder ("" for the root), or one file: an archive,
    or a file of a foreign layout. `files` are relative to the folder, or the one file under its name; names
    are as `plain_path` has them, and `at_source` says how the source writes the paths that differ.
    """

    place: str
    files: Listing
    is_file: bool = False
    at_source: dict[str, str] = field(default_factory=dict)

    @property
    def is_archive(self) -> bool:
        """True for a zip."""
        return self.is_file and self.place.lower().endswith(".zip")

    @property
    def has_descriptor(self) -> bool:
        """True for a folder that holds a descriptor."""
        return MANIFEST_NAME in self.files

    @property
    def name(self) -> str:
        """The last part of the place."""
        return PurePosixPath(self.place).name

    @property
    def state(self) -> str:
        """A hash of names, sizes and versions: the same while nothing changes."""
        lines = sorted(f"{name}\0{file.size}\0{file.version}" for name, file in self.files.items())
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()

    def path(self, file: str) -> str:
        """Return where a file of the delivery stands, relative to the source's root, as the source has it."""
        named = self.place or file if self.is_file or not self.place else f"{self.place}/{file}"
        return self.at_source.get(named, named)

    @property
    def folder(self) -> str:
        """The folder to list for all of the delivery's files: the root where the source writes its name in
        another way.
        """
        return "" if self.at_source else self.place

    def objection(self) -> str | None:
        """Return why the delivery is not to be touched, None where nothing speaks against it."""
        parts = [part for name in (self.place, *self.files) for part in name.split("/") if name]
        folders = {str(parent) for name in self.files for parent in PurePosixPath(name).parents}
        # In a bucket a name may be a file and a folder at once.
        if not all(map(_name_is_safe, parts)) or folders & self.files.keys():
            return "name_unsafe"
        if not all(file.plain for file in self.files.values()):
            return "not_plain"
        return "too_many_files" if len(self.files) > MOST_FILES else None

    def is_complete(self, manifest: Manifest) -> bool:
        """True if every declared file is there with its declared size.

        A path that leads out of the export will never come; ingestion has an answer for it.
        """
        declared = {
            plain_path(str(PurePosixPath(resource.path))): resource.bytes
            for resource in manifest.resources
            if resource.path_is_safe
        }
        return all(path in self.files and self.files[path].size == size for path, size in declared.items())


def _name_is_safe(part: str) -> bool:
    return (
        part not in ("", ".", "..")
        and part.isprintable()
        and "\\" not in part
        and len(part.encode("utf-8", "surrogateescape")) <= LONGEST_NAME
    )


def deliveries_in(listing: Listing, *, foreign: bool) -> list[Delivery]:
    """Return the deliveries of a listing in the order of their places.

    A folder with a descriptor and whatever lies below it is one, and so is every other zip. What else stands
    in a folder is an upload without a descriptor yet; of an instance with a `foreign` layout every folder and
    file of the root is a delivery. Hidden and `.part` names, and otherwise loose files, are nobody's.
    """
    visible: Listing = {}
    at_source = {}
    # The one that is written plainly has the name.
    for written, file in sorted(listing.items(), key=lambda each: (plain_path(each[0]) != each[0], each[0])):
        path = plain_path(written)
        if path in visible:
            path = written  # two names that nobody can tell apart: each is left as it is
        if path_is_picked_up(written):
            visible[path] = file
            if path != written:
                at_source[path] = written
    roots = {_parent(path) for path in visible if path.rsplit("/", 1)[-1] == MANIFEST_NAME}
    folders: dict[str, Listing] = {}
    found = []
    for path, file in visible.items():
        above = [str(parent) for parent in PurePosixPath(path).parents]
        # The outermost folder with a descriptor: one further in is a file like the others.
        root = next((folder for folder in map(_plain, reversed(above)) if folder in roots), None)
        loose = "/" not in path
        if root is None and (path.lower().endswith(".zip") or (foreign and loose)):
            renamed = {path: at_source[path]} if path in at_source else {}
            found.append(Delivery(path, {path.rsplit("/", 1)[-1]: file}, is_file=True, at_source=renamed))
            continue
        if root is None and loose:
            continue
        if root is None:
            root = path.split("/", 1)[0] if foreign else _parent(path)
        folders.setdefault(root, {})[path.removeprefix(f"{root}/")] = file
    for place, files in folders.items():
        inside = (f"{place}/{name}" if place else name for name in files)
        found.append(
            Delivery(place, files, at_source={path: at_source[path] for path in inside if path in at_source})
        )
    return sorted(found, key=lambda delivery: delivery.place)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _plain(folder: str) -> str:
    return "" if folder == "." else folder
