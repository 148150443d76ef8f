"""The same release again, from the raw layer.

A release and a way to build a warehouse arrive; whether the data files come out with the same bytes leaves,
or what they would have said on an earlier day. Everything happens in a scratch home; `current` and the raw
layer are only read.
"""

import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from core.duckdb_sessions import connect, only_row
from core.errors import VetroError
from core.home import VetroHome
from publication.composition import PUBLIC, Source, compose, is_data_file
from publication.difference import figures_in
from publication.policy import DisclosurePolicy, load_policy
from publication.printed import ever_public
from publication.public_files import DATA
from publication.release import Release, find
from publication.release_record import read_release, sha256_of

ROME = ZoneInfo("Europe/Rome")

BuildWarehouse = Callable[[VetroHome, date], None]


class Corrections(Protocol):
    """What people say that records say wrongly, as it stands in the home."""

    @property
    def sha256(self) -> str | None:
        """The hash of the file; None where nothing is corrected."""

    def copy(self, target: Path, *, reviewed_by: date) -> None:
        """Write to `target` what was reviewed by that day."""


@dataclass(frozen=True)
class Rebuild:
    """Data files that came out the same, and those that did not."""

    release_id: str
    same: tuple[str, ...]
    different: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """True when every data file has the same bytes."""
        return not self.different


@dataclass(frozen=True)
class EarlierFigure:
    """A public figure that was another one then. Text as printed, or the mark; None where there was none."""

    figure: str
    then: str | None
    now: str | None


@dataclass(frozen=True)
class EarlierKnowledge:
    """What the same public tables would have said on an earlier day."""

    release_id: str
    as_of: date
    exports: int
    exports_of_release: int
    figures: int
    different: tuple[EarlierFigure, ...]

    @property
    def holds(self) -> bool:
        """True when nothing was known otherwise then."""
        return not self.different


def rebuild(
    home: VetroHome,
    release_id: str,
    build_warehouse: BuildWarehouse,
    *,
    code_version: str,
    corrections: Corrections,
) -> Rebuild:
    """Build the release again in a scratch folder and compare its data files byte by byte.

    `build_warehouse(scratch_home, as_of)` fills the scratch home's warehouse from its raw layer. Raises
    UnknownReleaseError, and VetroError when exports were erased, the code, the policy or the
    corrections are others, or nobody remembers what a release printed whose figures were taken over;
    VetroError where that can no longer be read.
    """
    _, record, policy = _same_rules(home, release_id, code_version, corrections)
    former = _printed_before(home, record)
    with _scratch(home) as again:
        told_to = record["merges_told"]
        _lay_out(home, again, record["exports"], told_to and datetime.fromisoformat(told_to))
        corrections.copy(again.corrections_file, reviewed_by=date.max)
        as_of = date.fromisoformat(record["as_of"])
        build_warehouse(again, as_of)
        revised = tuple(record["revised_years"])
        source = Source(
            again.warehouse, again.reference, None, policy, code_version, revised, as_of, earlier=former
        )
        return _compare(release_id, record, _composed(again, source, record))


def rebuild_as_known(
    home: VetroHome,
    release_id: str,
    day: date,
    build_warehouse: BuildWarehouse,
    *,
    code_version: str,
    corrections: Corrections,
) -> EarlierKnowledge:
    """Say what the release's tables would have said with the exports that the territories had made by `day`.

    When an export was made stands in its manifest: loading it later changes nothing. Corrections count if
    they were reviewed by then. The answer is for whoever runs the house and is written nowhere: beside the
    published tables it would tell more than either.
    Raises what `rebuild` raises, and VetroError where no export had been made by then.
    """
    release, record, policy = _same_rules(home, release_id, code_version, corrections)
    with _scratch(home) as again:
        known, last_day = _made_by(home, record, day)
        _lay_out(home, again, known, _end_of(day))
        corrections.copy(again.corrections_file, reviewed_by=day)
        as_of = min(day, last_day)
        build_warehouse(again, as_of)
        source = Source(again.warehouse, again.reference, None, policy, code_version, (), as_of)
        then, now = figures_in(_composed(again, source, record)), figures_in(release.path)
    different = tuple(
        EarlierFigure(figure, _as_printed(then.get(figure)), _as_printed(now.get(figure)))
        for figure in sorted(then.keys() | now.keys())
        if then.get(figure) != now.get(figure)
    )
    return EarlierKnowledge(release_id, as_of, len(known), len(record["exports"]), len(then), different)


def _printed_before(home: VetroHome, record: dict) -> list[Path]:
    """What the releases printed from which figures were taken over, in the order in which they were."""
    names = [record["previous"]] if record["previous"] else []
    names += record.get("former", [])
    remembered = {each.release_id: each.path for each in ever_public(home)} if names else {}
    gone = [name for name in names if name not in remembered]
    if gone:
        raise VetroError(
            f"nobody remembers what {gone[0]} printed, whose figures were taken over / "
            f"non si sa più che cosa ha pubblicato {gone[0]}, di cui sono state riprese le cifre"
        )
    return [remembered[name] for name in names]


def _composed(again: VetroHome, source: Source, record: dict) -> Path:
    """The folder of a release written aside, as if at the moment of the one that `record` tells of."""
    folder = again.root / "release"
    folder.mkdir()
    compose(folder, source, datetime.fromisoformat(record["created_at"]))
    return folder


def _as_printed(figure: tuple[str | None, str] | None) -> str | None:
    return None if figure is None else figure[0] if figure[0] is not None else figure[1]


def _made_by(home: VetroHome, record: dict, day: date) -> tuple[list[dict], date]:
    """The release's exports that were made by the end of `day`, and the last day that they cover."""
    known, covered = [], []
    for export in record["exports"]:
        path = _raw_folder(home, export) / "_export.parquet"
        if not path.exists():
            raise _gone(export)
        with connect() as connection:
            made_on, covers_to = only_row(
                connection.execute(
                    "select created_on, period_to from read_parquet($path)", {"path": str(path)}
                )
            )
        if made_on <= day:
            known.append(export)
            covered.append(covers_to)
    if not known:
        raise VetroError(
            f"no export of {record['release_id']} had been made by {day} / "
            f"nessun invio di {record['release_id']} era stato fatto entro il {day}"
        )
    return known, max(covered)


def _same_rules(
    home: VetroHome, release_id: str, code_version: str, corrections: Corrections
) -> tuple[Release, dict, DisclosurePolicy]:
    """The release, its record and the policy, if nobody was erased since, and code, policy and corrections
    are still those that made it."""
    release = find(home, release_id)
    record = read_release(release.path)
    policy = load_policy()
    if record["code_version"] != code_version or record["policy"]["sha256"] != policy.sha256:
        raise VetroError(
            f"{release_id} was made by other code or under another policy: "
            f"install {record['code_version']} / "
            f"{release_id} nasce da altro codice o da altre regole: installare {record['code_version']}"
        )
    if _erased_since(home, record):
        raise VetroError(
            f"{release_id}: somebody was erased from the raw layer since; `verify` still says whether the "
            "release is whole / da allora qualcuno è stato cancellato dai dati di partenza; `verify` dice "
            "ancora se il rilascio è integro"
        )
    if (record.get("corrections") or {}).get("sha256") != corrections.sha256:
        raise VetroError(
            f"{release_id} was made with another corrections.csv: put the one of then back / "
            f"{release_id} nasce da un altro corrections.csv: rimettere quello di allora"
        )
    return release, record, policy


@contextmanager
def _scratch(home: VetroHome) -> Iterator[VetroHome]:
    scratch = home.temporary / f"rebuild-{uuid.uuid4().hex[:12]}"
    try:
        yield VetroHome.at(scratch).ensure()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _raw_folder(home: VetroHome, export: dict) -> Path:
    return home.raw / f"instance={export['instance_id']}" / f"export={export['export_id']}"


def _gone(export: dict) -> VetroError:
    return VetroError(
        f"export {export['export_id']} is no longer in the raw layer as it was (erased, or its "
        f"time is over) / l'invio {export['export_id']} non è più come allora (cancellazione o fine "
        "della conservazione)"
    )


def _lay_out(
    home: VetroHome,
    again: VetroHome,
    exports: list[dict],
    told_to: datetime | None,
) -> None:
    """Link the exports of the release, and copy what the build reads besides: of the pairs of persons that
    are one those told up to `told_to` (UTC).
    """
    for export in exports:
        folder = _raw_folder(home, export)
        if not folder.is_dir() or _hash_of(folder) not in (None, export.get("manifest_sha256")):
            raise _gone(export)
        target = again.raw / folder.relative_to(home.raw)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(folder, target_is_directory=True)
    shutil.copytree(home.raw_schema, again.raw_schema, dirs_exist_ok=True)
    shutil.copytree(home.reference, again.reference, dirs_exist_ok=True)
    for written, same in ((home.instances_file, again.instances_file), (home.ats_file, again.ats_file)):
        if written.exists():
            shutil.copyfile(written, same)
    if told_to and home.reviewed_merges.exists():
        again.raw_merges.mkdir()
        with connect(threads=1) as connection:
            told = connection.read_parquet(str(home.reviewed_merges))
            told.filter(f"merged_at <= timestamp '{told_to}'").write_parquet(str(again.reviewed_merges))


def _end_of(day: date) -> datetime:
    """The last moment of a day in Rome, as UTC without offset."""
    return datetime.combine(day, time.max, ROME).astimezone(UTC).replace(tzinfo=None)


def _erased_since(home: VetroHome, record: dict) -> bool:
    """True if a person left the release's exports after it was made, by request or by an export."""
    made_at = datetime.fromisoformat(record["created_at"])
    behind = {(export["instance_id"], export["export_id"]) for export in record["exports"]}
    instances = {instance for instance, _ in behind}
    if home.forgotten_file.exists():
        for entry in json.loads(home.forgotten_file.read_text(encoding="utf-8")):
            if datetime.fromisoformat(entry["at"]) >= made_at and instances & set(entry["instances"]):
                return True
    later = (
        tuple(part.partition("=")[2] for part in path.parent.parts[-2:])
        for path in home.raw.glob("instance=*/export=*/_erasure.parquet")
    )
    return any(instance in instances and (instance, export) not in behind for instance, export in later)


def _hash_of(folder: Path) -> str | None:
    path = folder / "_export.parquet"
    if not path.exists():
        return None
    with connect() as connection:
        [(sha256,)] = connection.execute(
            "select manifest_sha256 from read_parquet($path)", {"path": str(path)}
        ).fetchall()
        return sha256


def _compare(release_id: str, record: dict, folder: Path) -> Rebuild:
    same: list[str] = []
    different: list[str] = []
    names = {name for name in record["files"] if is_data_file(name)}
    names |= {str(path.relative_to(folder)) for path in (folder / PUBLIC / DATA).iterdir()}
    for name in sorted(names):
        known = record["files"].get(name, {}).get("sha256")
        path = folder / name
        (same if path.is_file() and sha256_of(path) == known else different).append(name)
    return Rebuild(release_id, tuple(same), tuple(different))
