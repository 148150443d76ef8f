"""From the sources to landing: what is whole and new is copied, each export in one rename.

Arrives: the declared sources. Leaves: exports under `landing/<instance>/`, the log of what was fetched, and
for each delivery what became of it. Nothing is removed at a source, and what stands in landing is not judged
here (`loading.ingest`).
"""

import filecmp
import hashlib
import os
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from threading import Lock

from core.atomic_files import discard, sync
from core.errors import Kind, VetroError
from core.home import VetroHome
from core.locks import exclusive
from core.progress import Progress
from ingestion.instances import mapped_instances, read_instances
from ingestion.landing.archives import ArchiveUnsafe, is_picked_up
from ingestion.landing.exports import LandedExport
from ingestion.landing.manifest import Manifest, ManifestUnreadable, read_manifest
from ingestion.landing.plain_names import LARGEST_MANIFEST, MANIFEST_NAME, plain_path
from ingestion.raw.layer import locked
from ingestion.sources.access import PAUSES, OpenSource, SourceFailed
from ingestion.sources.fetch_log import FetchEntry, FetchLog
from ingestion.sources.file_groups import REASONS, Delivery, deliveries_in
from ingestion.sources.kinds.kind import FileChanged, Source, SourcesError
from ingestion.sources.settings import credentials_of, read_sources

FETCHED, UNCHANGED, WAITING, LEFT = "fetched", "unchanged", "waiting", "left"
# After this long without a change an upload has ended, however it ended: ingestion tells its sender.
PATIENCE_SECONDS = 3600
# A delivery of a foreign layout has no descriptor to say that it is whole.
STILL_SECONDS = 600
SOURCES_AT_ONCE = 4
ROOM_KEPT_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class DeliveryOutcome:
    """What became of one delivery: fetched, unchanged, waiting or left. `reason` is a key of `REASONS`."""

    place: str
    outcome: str
    reason: str | None = None
    target: str | None = None

    @property
    def sentence(self) -> str:
        """Why, in Italian and English; empty where nothing is to be said."""
        return " / ".join(REASONS[self.reason]) if self.reason else ""


@dataclass
class SourceOutcome:
    """What one source gave. `failure` is the sentence about why it could not be used to its end."""

    source: str
    instance: str
    deliveries: list[DeliveryOutcome] = field(default_factory=list)
    failure: str | None = None

    def count(self, outcome: str) -> int:
        """Return how many deliveries had that outcome."""
        return sum(delivery.outcome == outcome for delivery in self.deliveries)

    @property
    def needs_somebody(self) -> bool:
        """True if the source failed, or left something that will not come right by waiting."""
        return self.failure is not None or self.count(LEFT) > 0


def fetch(
    home: VetroHome,
    names: Sequence[str] = (),
    *,
    credentials: Mapping[str, Mapping[str, str]] | None = None,
    now: datetime | None = None,
    pauses: Sequence[float] = PAUSES,
    progress: Progress | None = None,
) -> list[SourceOutcome]:
    """Copy what is whole and new from the sources `names` (default: all declared) into landing.

    `credentials` are those of the settings by source, `now` the time (UTC), `pauses` the seconds between
    attempts; `progress` hears (label, done, total). A source that fails does not stop the others.

    SourcesError if `sources.yaml` cannot be used, VetroError for a name that is not in it.
    """
    declared = read_sources(home)
    for name in names:
        if name not in declared:
            raise VetroError(
                f"{name}: fonte non dichiarata in sources.yaml / not declared in sources.yaml",
                kind=Kind.USAGE,
            )
    chosen = [declared[name] for name in dict.fromkeys(names or declared)]
    if not chosen:
        return []
    home.ensure()
    foreign = mapped_instances(read_instances(home))
    moment, done, counting = now or datetime.now(UTC), 0, Lock()

    def one(source: Source) -> SourceOutcome:
        nonlocal done
        fetching = _Fetching(home, source, log, moment, foreign=source.instance in foreign)
        try:
            remote = OpenSource(home, source, credentials_of(home, source, credentials or {}), pauses)
            fetching.take_all(remote)
        except (SourceFailed, SourcesError) as error:
            fetching.outcome.failure = str(error)
        finally:
            log.write()
        with counting:
            done += 1
            if progress:
                progress(source.name, done, len(chosen))
        return fetching.outcome

    with _alone(home):
        log = FetchLog.read(home)
        with ThreadPoolExecutor(SOURCES_AT_ONCE) as pool:
            return list(pool.map(one, chosen))


@contextmanager
def _alone(home: VetroHome) -> Iterator[None]:
    """Let one process fetch at a time, and clear away what a killed one left half-copied."""
    with exclusive(home.landing / ".fetching.lock", "fetching from the sources"):
        discard(home.landing.glob("*/.fetching-*"))
        yield


@dataclass
class _Left(VetroError):
    """The delivery stays where it is. `waits` if it may come right by itself."""

    reason: str
    waits: bool


@dataclass
class _Fetching:
    """One source, from its listing to the last delivery."""

    home: VetroHome
    source: Source
    log: FetchLog
    now: datetime
    foreign: bool
    outcome: SourceOutcome = field(init=False)

    def __post_init__(self) -> None:
        self.outcome = SourceOutcome(self.source.name, self.source.instance)
        self.key = f"{self.source.name} {self.source.instance} {self.source.place}"

    def take_all(self, remote: OpenSource) -> None:
        """Take every delivery in turn; SourceFailed where the source gives up, what was taken stays."""
        try:
            entries = self.log.of(self.key)
            deliveries = deliveries_in(remote.listing(), foreign=self.foreign)
            for gone in entries.keys() - {delivery.place for delivery in deliveries}:
                del entries[gone]
            for delivery in deliveries:
                entry = self._one(remote, delivery, entries.get(delivery.place))
                if entries.get(delivery.place) is not entry:
                    entries[delivery.place] = entry
                    if entry.outcome == FETCHED:
                        self.log.write()
        finally:
            remote.close()

    def _one(self, remote: OpenSource, delivery: Delivery, before: FetchEntry | None) -> FetchEntry:
        """Decide over one delivery and return what to remember of it; `before` itself if all is as it was."""
        state = delivery.state
        same = before is not None and before.state == state
        since = before.since if same else self.now.isoformat()
        target = before.target if before else None
        if same and before.outcome == FETCHED:
            self._record(delivery, UNCHANGED)
            return before
        still = before.still_for(self.now) if same else 0.0
        if same and (before.outcome == LEFT or not self._is_worth_reading(delivery, before, still)):
            self._record(delivery, before.outcome, before.reason)
            return before
        try:
            target = self._take(remote, delivery, target, ended=still >= PATIENCE_SECONDS, still=still)
        except _Left as left:
            outcome = WAITING if left.waits else LEFT
            self._record(delivery, outcome, left.reason)
            return FetchEntry(state, outcome, since, left.reason, target)
        self._record(delivery, FETCHED, target=target)
        return FetchEntry(state, FETCHED, since, None, target)

    def _is_worth_reading(self, delivery: Delivery, before: FetchEntry, still: float) -> bool:
        """False while nothing has changed and the upload may still go on."""
        if before.reason == "settling":
            return still >= STILL_SECONDS
        if before.reason == "changing":
            # It was read while the state was another; this one has not been looked at.
            return True
        return before.reason != "no_descriptor" and still >= PATIENCE_SECONDS

    def _record(
        self, delivery: Delivery, outcome: str, reason: str | None = None, target: str | None = None
    ) -> None:
        self.outcome.deliveries.append(DeliveryOutcome(delivery.place, outcome, reason, target))

    def _take(
        self, remote: OpenSource, delivery: Delivery, previous: str | None, *, ended: bool, still: float
    ) -> str:
        """Copy one delivery into landing and return where it stands; `_Left` where it is not taken.

        `ended`: the upload is over, so that what is wrong with it is for ingestion to say.
        """
        if objection := delivery.objection():
            raise _Left(objection, waits=False)
        manifest, content = None, b""
        if delivery.has_descriptor:
            content = self._read_descriptor(remote, delivery)
            manifest = self._manifest(content, ended)
            if not ended and not delivery.is_complete(manifest):
                raise _Left("incomplete", waits=True)
        elif not delivery.is_file and not self.foreign:
            raise _Left("no_descriptor", waits=True)
        elif not delivery.is_archive and still < STILL_SECONDS:
            raise _Left("settling", waits=True)
        self._need_room(delivery)
        work = self.home.landing / self.source.instance / f".fetching-{self._token(delivery)}"
        work.mkdir(parents=True)
        try:
            fresh = self._copy(remote, delivery, work, content, manifest, ended)
            if delivery.is_archive:
                self._look_into(fresh, ended)
            return self._place(fresh, delivery, previous, work)
        finally:
            discard([work])

    def _token(self, delivery: Delivery) -> str:
        return hashlib.sha256(f"{self.key}\n{delivery.place}".encode("utf-8", "replace")).hexdigest()[:8]

    def _need_room(self, delivery: Delivery) -> None:
        needed = sum(file.size for file in delivery.files.values())
        if shutil.disk_usage(self.home.landing).free < needed + ROOM_KEPT_BYTES:
            raise SourceFailed(self.source.name, "no_room")

    def _read_descriptor(self, remote: OpenSource, delivery: Delivery) -> bytes:
        try:
            return remote.read(delivery.path(MANIFEST_NAME), LARGEST_MANIFEST + 1)
        except FileChanged:
            raise _Left("changing", waits=True) from None

    def _manifest(self, content: bytes | None, ended: bool) -> Manifest | None:
        """Return the manifest, None for one that cannot be used and will not change; `_Left` if it is of
        another instance.
        """
        manifest = None
        try:
            manifest = read_manifest(content)
            instance = manifest.instance
        except ManifestUnreadable as error:
            instance = error.instance
        if instance is not None and instance != self.source.instance:
            raise _Left("other_instance", waits=False)
        if manifest is None and not ended:
            raise _Left("incomplete", waits=True)
        return manifest

    def _copy(
        self,
        remote: OpenSource,
        delivery: Delivery,
        work: Path,
        descriptor: bytes,
        manifest: Manifest | None,
        ended: bool,
    ) -> Path:
        """Copy every file of the delivery, found at the end as it was listed, and return the copy."""
        root = work / "export"
        root.mkdir(mode=0o700)
        hashes = {}
        try:
            for name, file in delivery.files.items():
                target = root / name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                hashes[name] = remote.copy(delivery.path(name), file, target)
        except FileChanged:
            raise _Left("changing", waits=True) from None
        read = hashlib.sha256(descriptor).hexdigest()
        if self._now_at(remote, delivery) != delivery or hashes.get(MANIFEST_NAME, read) != read:
            raise _Left("changing", waits=True)
        if manifest and not ended:
            declared = {
                plain_path(str(PurePosixPath(resource.path))): resource.hash
                for resource in manifest.resources
                if resource.path_is_safe
            }
            if any(hashes[path] != wanted for path, wanted in declared.items()):
                raise _Left("incomplete", waits=True)
        for folder, _, _ in os.walk(root):
            sync(Path(folder))
        return root / delivery.name if delivery.is_file else root

    def _now_at(self, remote: OpenSource, delivery: Delivery) -> Delivery | None:
        """Return the delivery as it is at the source now."""
        if delivery.is_file:
            file = remote.look(delivery.path(delivery.name))
            return replace(delivery, files={delivery.name: file}) if file else None
        listed = deliveries_in(remote.listing(delivery.folder), foreign=self.foreign)
        return next((found for found in listed if found.place == delivery.place), None)

    def _look_into(self, archive: Path, ended: bool) -> None:
        """`_Left` for an archive whose end has not come yet, or that is of another instance."""
        try:
            with zipfile.ZipFile(archive):
                pass
            content = LandedExport(archive).manifest_bytes()
        except ArchiveUnsafe:
            return
        except Exception:  # an archive fails in many ways; what is wrong is for ingestion to say
            if not ended:
                raise _Left("incomplete", waits=True) from None
            return
        if content is not None:
            self._manifest(content, ended=True)

    def _place(self, fresh: Path, delivery: Delivery, previous: str | None, work: Path) -> str:
        """Put the copy at its place in landing, and return that place relative to landing.

        An earlier version of the same delivery is replaced; what stands there otherwise is not touched.
        """
        with locked(self.home):
            target = previous or self._free_place(fresh, delivery)
            place = self.home.landing / target
            if not (place.exists() and _same_content(fresh, place)):
                if place.exists():
                    place.rename(work / "old")
                place.parent.mkdir(parents=True, exist_ok=True)
                fresh.rename(place)
                sync(place.parent)
            return target

    def _free_place(self, fresh: Path, delivery: Delivery) -> str:
        suffix = re.sub(r"[^A-Za-z0-9.]", "_", Path(delivery.name).suffix) if delivery.is_file else ""
        name = delivery.name[: -len(suffix)] if suffix else delivery.name
        plain = re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".-")[:120] or self.source.name
        if self.foreign and delivery.is_file and not delivery.is_archive:
            # A mapping looks for the file by its name.
            plain = name.lstrip(".-") or plain
        if not is_picked_up(plain):
            plain = f"{plain}_"
        target = f"{self.source.instance}/{plain}{suffix}"
        place = self.home.landing / target
        mine = target not in self.log.targets()
        if mine and (not place.exists() or _same_content(fresh, place)):
            return target
        return f"{self.source.instance}/{plain}~{self._token(delivery)}{suffix}"


def _same_content(one: Path, other: Path) -> bool:
    if one.is_file() or other.is_file():
        return one.is_file() and other.is_file() and filecmp.cmp(one, other, shallow=False)
    names = [{str(path.relative_to(root)) for path in root.rglob("*")} for root in (one, other)]
    return names[0] == names[1] and all(_same_content(one / name, other / name) for name in names[0])
