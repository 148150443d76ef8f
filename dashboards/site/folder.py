"""The folder of a site beside that of the release before: the files of a page arrive, those that say
something else than before are written, all others are the same files once more.

A page keeps the id of the release in which it last changed, with all its files: whoever cites it cites where
its numbers come from, and a reader who knows it need not load it again. Folders of releases are never
changed, so that two of them may hold one file.
"""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

INDEX = "index.html"
# How a page says which release it was written with, and on which day.
_RELEASE = re.compile(rb'data-release="([^"]+)" data-day="([^"]+)"')


class SiteFolder:
    """The folder `public` of the release `release_id`, written on `day` (ISO); `before` is the public side of
    the release that it replaces, or None."""

    def __init__(self, public: Path, before: Path | None, release_id: str, day: str) -> None:
        self.public, self.before = public, before
        self._id, self._day = release_id.encode(), day.encode()
        self._folders: set[str] = set()

    def put_page(
        self, path: str, files: Mapping[str, bytes | Callable[[], bytes]], *, is_about_release: bool
    ) -> bool:
        """Write a page and its files, by their paths, all with the id of this release, or link those of the
        release before where none of them says anything else; return whether they were written.

        A file that says the same as the others in a form that cannot be compared is made when it is asked
        for, and only then.

        is_about_release -- the page tells of the release itself, and no other can take its place.
        """
        if self.before is not None and not is_about_release and self._is_known(path, files):
            for name in files:
                self._link(name, self.before / name)
            return False
        for name, content in files.items():
            self._write(name, content if isinstance(content, bytes) else content())
        return True

    def put(self, name: str, content: bytes) -> bool:
        """Write a file that names no release of its own, or link that of the release before where it is the
        same; return whether it was written."""
        if self.before is not None and _content(self.before / name) == content:
            self._link(name, self.before / name)
            return False
        self._write(name, content)
        return True

    def take_over(self, folder: str) -> None:
        """Link all files in a folder of the release before."""
        root = Path(self.before or "")
        for path in sorted((root / folder).rglob("*")):
            if path.is_file():
                self._link(path.relative_to(root).as_posix(), path)

    def _is_known(self, path: str, files: Mapping[str, bytes | Callable[[], bytes]]) -> bool:
        former = _content(Path(self.before or "", path, INDEX))
        told = _RELEASE.search(former)
        if told is None:
            return False
        for name, content in files.items():
            if not isinstance(content, bytes):
                if not Path(self.before or "", name).is_file():
                    return False
                continue
            known = former if name == f"{path}{INDEX}" else _content(Path(self.before or "", name))
            if len(known) - len(content) != content.count(self._id) * (len(told[1]) - len(self._id)):
                return False
            again = content.replace(self._id, told[1])
            if known is former:
                again = again.replace(b'data-day="%b"' % self._day, b'data-day="%b"' % told[2])
                again = again.replace(b'"dateModified":"%b"' % self._day, b'"dateModified":"%b"' % told[2])
            if again != known:
                return False
        return True

    def _write(self, name: str, content: bytes) -> None:
        self._make_folder(name)
        descriptor = os.open(self.public / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            written = 0
            while written < len(content):
                written += file.write(content[written:]) or 0

    def _link(self, name: str, source: Path) -> None:
        self._make_folder(name)
        try:
            os.link(source, self.public / name)
        except OSError:
            # A disk without links, or another one.
            self._write(name, source.read_bytes())

    def _make_folder(self, name: str) -> None:
        folder = name.rpartition("/")[0]
        if folder not in self._folders:
            (self.public / folder).mkdir(parents=True, exist_ok=True)
            self._folders.add(folder)


def _content(path: Path) -> bytes:
    """The content of a file, nothing where it is not there."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
