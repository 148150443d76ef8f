"""The index of the search box, `pagefind/`: titles and questions of pages arrive, files that a browser reads
from the same host leave.

Titles change seldom, figures often: where all pages are called what they were called before, the index is
that of the release before.
"""

import asyncio
import gzip
import hashlib
import json
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from pagefind.index import IndexConfig
from pagefind.service import PagefindService

from core.errors import VetroError
from core.presentation.formatting import Lang
from core.presentation.rendering import render
from dashboards.site.folder import SiteFolder

FOLDER = "pagefind"
_TEMPLATES = Path(__file__).parent / "templates"
# What the index was made from, so that the next release can tell.
_DIGEST = f"{FOLDER}/entries.sha256"
_GZIP = b"\x1f\x8b"
# Tenths of a second.
_LONGEST_WAIT = 300


@dataclass(frozen=True)
class Entry:
    """A page to be found: its path, language and title, and all words that it is found by."""

    path: str
    lang: Lang
    title: str
    words: str


def write_search_index(folder: SiteFolder, entries: Sequence[Entry]) -> None:
    """Write the index, or take over that of the release before, which was made from the same entries."""
    told = json.dumps([astuple(entry) for entry in entries], ensure_ascii=False).encode()
    digest = f"{hashlib.sha256(told).hexdigest()}\n".encode()
    if folder.before is not None:
        known = folder.before / _DIGEST
        if known.is_file() and known.read_bytes() == digest:
            folder.take_over(FOLDER)
            return
    place = folder.public / FOLDER
    _in_its_own_loop(entries, place)
    # Its own boxes are left out: ours is smaller, and theirs carry the addresses of their translators.
    for unused in ("pagefind-*ui.*", "pagefind-highlight.js"):
        for path in place.glob(unused):
            path.unlink()
    # It names the languages in any order.
    entry = place / "pagefind-entry.json"
    entry.write_text(json.dumps(json.loads(entry.read_bytes()), sort_keys=True), encoding="utf-8")
    folder.put(_DIGEST, digest)


def _in_its_own_loop(entries: Sequence[Entry], place: Path) -> None:
    """Whoever publishes may be in a loop of its own already."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(_index(entries, place))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


async def _index(entries: Sequence[Entry], place: Path) -> None:
    """Entries go in as a folder of small pages: Pagefind's client waits a tenth of a second for each answer,
    and would take four minutes for 2,400 entries given one by one."""
    with tempfile.TemporaryDirectory() as pages:
        for entry in entries:
            page = Path(pages) / entry.path / "index.html"
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(render("search_entry.html.j2", _TEMPLATES, entry=entry), encoding="utf-8")
        async with PagefindService() as service:
            index = await service.create_index(config=IndexConfig(output_path=str(place)))
            await index.add_directory(pages)
            await index.write_files()
            await _written(place)


async def _written(place: Path) -> None:
    """Wait until every file is whole. Pagefind answers before its last bytes are on disk, and is stopped as
    soon as it has answered. Raises VetroError where that takes too long."""
    before: dict[Path, int] = {}
    for _ in range(_LONGEST_WAIT):
        sizes = {path: path.stat().st_size for path in place.rglob("*") if path.is_file()}
        if sizes == before and all(_is_whole(path) for path in sizes):
            return
        before = sizes
        await asyncio.sleep(0.1)
    raise VetroError(
        "the search index was not written whole; make the release again / "
        "l'indice di ricerca non è stato scritto per intero: rifare il rilascio"
    )


def _is_whole(path: Path) -> bool:
    content = path.read_bytes()
    try:
        if content.startswith(_GZIP):
            gzip.decompress(content)
        elif path.suffix == ".json":
            json.loads(content)
    except (EOFError, ValueError):
        return False
    return bool(content)
