"""Archives, opened with suspicion: a bomb, a link or a path that leads outside stops them.

The path of a zip arrives; its descriptor, its files in memory or an unpacked folder leave. What an export is
does not belong here.
"""

import io
import os
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from ingestion.contract.findings import Finding
from ingestion.landing.file_formats import SPOKEN, format_of
from ingestion.landing.plain_names import (
    LARGEST_MANIFEST,
    MANIFEST_NAME,
    is_leftover,
    path_is_safe,
    plain_path,
)

BOMB_BYTES = 100 * 1024 * 1024
BOMB_RATIO = 100
_CHUNK = 1024 * 1024
# A damaged archive surfaces as any of these, depending on where the damage is.
_DAMAGE = (
    zipfile.BadZipFile,
    EOFError,
    OSError,
    NotImplementedError,
    ValueError,
    RuntimeError,
    OverflowError,
    zlib.error,
)


class ArchiveUnsafe(Exception):
    """The archive would leave its folder, is truncated, or is a bomb. `kind` says which to its sender:
    not_archive, format, outside, twice, bomb, damaged or link; `filled` fills in its sentence.
    """

    def __init__(self, kind: str, why: str, *filled: str):
        super().__init__(why)
        self.kind, self.filled = kind, filled

    @property
    def finding(self) -> Finding:
        """What the receipt says of it."""
        return Finding("archive_unsafe", detail=(self.kind, *self.filled))


def is_picked_up(name: str) -> bool:
    """False for half-uploaded and hidden names (`.part` at the end, a dot at the start), and for what an
    operating system leaves beside files.
    """
    return not name.startswith(".") and not name.endswith(".part") and not is_leftover(name)


def _checked_entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    names: set[str] = set()
    for entry in archive.infolist():
        kind = stat.S_IFMT(entry.external_attr >> 16)
        # Some programs for Windows part folders by a backslash, against the format's own rule.
        entry.filename = name = entry.filename.replace("\\", "/")
        leftover = is_leftover(PurePosixPath(name).name)
        safe = path_is_safe(name.removeprefix("~") if leftover else name)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or not safe or entry.flag_bits & 0x1:
            raise ArchiveUnsafe("outside", "an entry is a link, encrypted, or leads outside")
        if not leftover:
            one = plain_path(name).rstrip("/").casefold()
            if not one or one in names or not one.isprintable():
                raise ArchiveUnsafe("twice", "an entry stands twice or has no usable name")
            names.add(one)
        if _is_bomb(entry.file_size, entry.compress_size):
            raise ArchiveUnsafe("bomb", "an entry is a bomb")
    total, packed = (
        sum(e.file_size for e in archive.infolist()),
        sum(e.compress_size for e in archive.infolist()),
    )
    if _is_bomb(total, packed):
        raise ArchiveUnsafe("bomb", "the archive is a bomb")
    return [entry for entry in archive.infolist() if not entry.is_dir()]


def check_archive(path: Path) -> None:
    """See that an archive read by others, such as a spreadsheet, is no bomb; ArchiveUnsafe if it is."""
    with _open_zip(path) as archive:
        _checked_entries(archive)


def read_archive(path: Path) -> list[tuple[str, bytes]]:
    """Return name and content of every file in an archive that is read whole; ArchiveUnsafe if it is unsafe,
    damaged, or holds more than `BOMB_BYTES`.
    """
    found = []
    with _open_zip(path) as archive:
        entries = [e for e in _checked_entries(archive) if is_picked_up(PurePosixPath(e.filename).name)]
        if sum(entry.file_size for entry in entries) > BOMB_BYTES:
            raise ArchiveUnsafe("bomb", f"it holds more than {BOMB_BYTES // 1024**2} MB")
        for entry in entries:
            content = io.BytesIO()
            try:
                with archive.open(entry) as source:
                    _copy_no_more_than(source, content, entry)
            except _DAMAGE as error:
                raise ArchiveUnsafe("damaged", "an entry cannot be read as its header says") from error
            found.append((entry.filename, content.getvalue()))
    return found


def _is_bomb(size: int, packed: int) -> bool:
    return size > BOMB_BYTES and size > BOMB_RATIO * packed


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except _DAMAGE as error:
        with path.open("rb") as file:
            kind = format_of(file.read(4096))
        if kind is not None and kind != "zip":
            raise ArchiveUnsafe("format", f"not a zip archive but {kind}", SPOKEN.get(kind, kind)) from error
        raise ArchiveUnsafe("not_archive", "not a whole zip archive") from error


def _zip_manifest(path: Path) -> bytes | None:
    with _open_zip(path) as archive:
        entries = _checked_entries(archive)
        tops = {
            entry.filename.split("/", 1)[0]
            for entry in entries
            if is_picked_up(entry.filename.split("/", 1)[0])
        }
        names = {MANIFEST_NAME} | ({f"{next(iter(tops))}/{MANIFEST_NAME}"} if len(tops) == 1 else set())
        found = sorted((entry for entry in entries if entry.filename in names), key=lambda e: len(e.filename))
        if not found:
            return None
        try:
            with archive.open(found[0]) as file:
                return file.read(LARGEST_MANIFEST + 1)
        except _DAMAGE as error:
            raise ArchiveUnsafe("damaged", "the descriptor cannot be read from the archive") from error


def _unpack(path: Path, work: Path) -> Path:
    target = work / f"zip-{os.getpid()}-{len(list(work.iterdir()))}"
    target.mkdir(parents=True)
    with _open_zip(path) as archive:
        for entry in _checked_entries(archive):
            place = target / entry.filename
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                with archive.open(entry) as source, place.open("xb") as file:
                    _copy_no_more_than(source, file, entry)
            except _DAMAGE as error:
                raise ArchiveUnsafe("damaged", "an entry cannot be read as its header says") from error
    return target


def _copy_no_more_than(source, file, entry: zipfile.ZipInfo) -> None:
    written = 0
    while chunk := source.read(_CHUNK):
        written += len(chunk)
        if written > entry.file_size or _is_bomb(written, entry.compress_size):
            raise ArchiveUnsafe("damaged", "an entry is larger than its header says")
        file.write(chunk)
    if written != entry.file_size:
        raise ArchiveUnsafe("damaged", "an entry is shorter than its header says")
