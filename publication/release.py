"""Releases: immutable folders and the link `current` that one atomic step moves.

A home whose warehouse was judged arrives, a release leaves, or an error and the release before stays. A
release is written under a hidden name, attacked, made durable and then renamed; a reader sees it whole or not
at all. What stands in a release is composed elsewhere.
"""

import hashlib
import json
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Protocol

import duckdb

from core.atomic_files import sync
from core.errors import Kind, VetroError
from core.home import VetroHome
from core.locks import exclusive
from core.progress import Progress
from publication import composition
from publication.additivity import not_adding_up
from publication.attack.attacker import attack
from publication.catalogue.publisher import Publisher, read_publisher
from publication.catalogue.release_catalogue import write_catalogue
from publication.catalogue.release_description import ReleaseFacts
from publication.composition import (
    PRIVATE,
    PUBLIC,
    WAREHOUSE,
    Composition,
    Source,
    accepted_exports,
    attached,
    compose,
    is_there,
)
from publication.difference import ReleaseDifference, difference
from publication.error_reports import read_error_reports
from publication.identifier_scan import first_places, leaks
from publication.policy import load_policy
from publication.printed import Printed, as_csv, ever_public, prints_other_figures, remember, years_in
from publication.public_files import TABLES_JSON
from publication.release_notes import write_attack, write_changes
from publication.release_record import RELEASE_JSON, damaged_release, read_release, sha256_of
from publication.revision import LATE_DATA, Revision
from publication.table_list import load_table_list

BUILDING = ".building-"
LOCK = ".lock"


class UnknownReleaseError(VetroError):
    """There is no release with this id."""

    kind = Kind.USAGE


# Writes the pages of the public side of a release into it; the public side of the release before, or None.
WritePages = Callable[[Path, Path | None], None]


class GateState(Protocol):
    """What publication must know about the gates."""

    @property
    def green(self) -> bool:
        """Whether a release may leave."""

    @property
    def checked_at(self) -> datetime:
        """When the gates were run, UTC."""

    @property
    def results(self) -> Sequence[object]:
        """The check results, with gate, check_name, passed, observed_count, total_count and severity."""


@dataclass(frozen=True)
class Release:
    """A release on disk. `new` is True when this call made it current; `told_before` are the places
    that an earlier release by itself tells whoever knows more than the tables, or compares stages."""

    release_id: str
    path: Path
    created_at: datetime
    as_of: date
    new: bool
    tables: tuple[str, ...]
    told_before: tuple[str, ...]


def publish(
    home: VetroHome,
    *,
    gate: GateState | None,
    code_version: str,
    progress: Progress | None = None,
    revised_years: Collection[str] = (),
    why: str = LATE_DATA,
    write_pages: WritePages | None = None,
) -> Release:
    """Make the judged warehouse a release and make it current; with nothing new return the current one.

    Everything that was ever public stays as it was printed, in whichever release and whether or not one went
    back from it since. `revised_years` are issued again as a whole, and readers are told `why`. `write_pages`
    makes the pages for everybody; without it the release has data and no pages.
    Raises VetroError where the gate is closed, a file of the home cannot be used, a year was never published,
    the finished tables would say too much or what was printed is lost, or the error of a disk; in all cases
    the release before stays current.
    """
    if gate is None or not gate.green:
        raise VetroError(
            "the gate is red or has not judged this build: run `vetro check` and read its report; the last "
            "release stays / i controlli non sono superati o non riguardano questa costruzione: eseguire "
            "`vetro check` e leggerne il rapporto; resta l'ultimo rilascio"
        )
    publisher = read_publisher(home.publisher_file)
    with exclusive(home.releases / LOCK, "publishing"):
        _remove_unfinished(home)
        before = current(home)
        inputs = _input_fingerprint(home, code_version)
        if before and not revised_years and read_release(before.path)["input_fingerprint"] == inputs:
            return before
        if before:
            # What it printed is printed again: a changed file must not be taken over.
            require_whole(before.path)
        printed = ever_public(home)
        _require_published(printed, revised_years)
        building = home.releases / f"{BUILDING}{uuid.uuid4().hex[:12]}"
        building.mkdir()
        try:
            revision = _RevisionRequest(tuple(sorted(set(revised_years))), " ".join(why.split()))
            made_from = _Inputs(home, before, printed, gate, publisher, code_version, inputs, revision)
            return _build(building, made_from, progress, write_pages)
        finally:
            shutil.rmtree(building, ignore_errors=True)


def current(home: VetroHome) -> Release | None:
    """Return the current release, or None before the first."""
    link = home.current_release
    if not link.is_symlink() or not (link / RELEASE_JSON).exists():
        return None
    return _as_release(link.resolve(), new=False)


def find(home: VetroHome, release_id: str) -> Release:
    """Return the release with this id; the word `current` names the current
    one. Raises UnknownReleaseError.
    """
    path = (home.releases / release_id).resolve()
    if not any(home.releases.glob(f"*/{RELEASE_JSON}")):
        raise UnknownReleaseError(
            f"no release in {home.releases}: make one with `vetro run`, or name another home with --home or "
            f"VETRO_HOME / nessun rilascio in {home.releases}: farne uno con `vetro run`, o indicare "
            "un'altra cartella con --home o VETRO_HOME"
        )
    if path.parent != home.releases.resolve() or not (path / RELEASE_JSON).exists():
        raise UnknownReleaseError(
            f"there is no release {release_id}: choose a folder in {home.releases} / "
            f"non esiste il rilascio {release_id}: scegliere una cartella in {home.releases}"
        )
    return _as_release(path, new=False)


def diff(home: VetroHome, before_id: str, after_id: str) -> ReleaseDifference:
    """Compare the public figures of two releases. Raises UnknownReleaseError."""
    before, after = find(home, before_id), find(home, after_id)
    return difference(before.path, read_release(before.path), after.path, read_release(after.path))


def rollback(home: VetroHome, release_id: str) -> Release:
    """Make an earlier release current again, in one step. Raises UnknownReleaseError."""
    find(home, release_id)
    with exclusive(home.releases / LOCK, "publishing"):
        release = find(home, release_id)
        _switch(home, release.path.name)
        return _as_release(release.path, new=True)


def require_whole(path: Path) -> None:
    """Hash the files of the release at `path` again. Raises VetroError when any is another."""
    if _files(path) != read_release(path)["files"]:
        raise damaged_release(path.name)


@dataclass(frozen=True)
class _RevisionRequest:
    """The years to issue again, and why."""

    years: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class _Inputs:
    """What a release is made from, settled before anything of it is written.

    `before` is the current release, `printed` all that were ever public; `fingerprint` is the same for the
    same input and code.
    """

    home: VetroHome
    before: Release | None
    printed: Sequence[Printed]
    gate: GateState
    publisher: Publisher
    code_version: str
    fingerprint: str
    revision: _RevisionRequest

    @property
    def former(self) -> Path | None:
        """The folder of the current release."""
        return self.before.path if self.before else None

    @property
    def earlier(self) -> list[Printed]:
        """What was ever public, without the current release."""
        return [each for each in self.printed if self.former is None or each.release_id != self.former.name]


def _require_published(printed: Sequence[Printed], years: Collection[str]) -> None:
    """Raise VetroError for a year of which nothing was ever published."""
    known = set().union(*(years_in(each.path) for each in printed)) if years else set()
    for year in sorted(set(years) - known):
        raise VetroError(
            f"nothing of {year} was ever published, so it cannot be issued again; published: "
            f"{', '.join(sorted(known)) or '-'} / "
            f"del {year} non è mai stato pubblicato nulla, quindi non si può ripubblicare; pubblicati: "
            f"{', '.join(sorted(known)) or '-'}",
            kind=Kind.USAGE,
        )


def _revisions(inputs: _Inputs, day: str) -> list[Revision]:
    """The years issued again that the new release names: those of the releases from which their figures
    are taken over, and those of now."""
    revised: dict[str, Revision] = {}
    known: set[str] = set()
    former = [inputs.former] if inputs.former else []
    for folder in [*former, *(each.path for each in inputs.earlier)]:
        document = json.loads((folder / PUBLIC / TABLES_JSON).read_text(encoding="utf-8"))
        for each in document.get("revisions", []):
            if each["year"] not in known:
                revised.setdefault(each["year"], Revision(**each))
        known |= years_in(folder)
    revised |= {year: Revision(year, day, inputs.revision.why) for year in inputs.revision.years}
    return [revised[year] for year in sorted(revised)]


def _build(
    building: Path, inputs: _Inputs, progress: Progress | None, write_pages: WritePages | None
) -> Release:
    """Compose the release in the folder `building`, judge it, describe it and make it current."""
    created_at = datetime.now(UTC).replace(microsecond=0)
    source = Source(
        inputs.home.warehouse,
        inputs.home.reference,
        inputs.former,
        load_policy(),
        inputs.code_version,
        inputs.revision.years,
        earlier=[each.path for each in inputs.earlier],
        revisions=_revisions(inputs, created_at.date().isoformat()),
        publisher=inputs.publisher,
        error_reports=read_error_reports(inputs.home.error_reports_file),
    )
    composed = compose(building, source, created_at, progress)
    _require_adding_up(inputs.home, building, source)
    told_before = _require_safe(building, inputs.before, inputs.earlier)
    protection = {
        "cells": composed.protection.cells,
        "taken_over": composed.taken_over,
        "hidden": composed.protection.primary + composed.protection.secondary,
        "attack_findings": 0,
        # What an earlier release tells by itself no later one can take back.
        "told_before": len(told_before),
    }
    facts = ReleaseFacts(
        release_id=composed.release_id,
        created_at=created_at,
        as_of=composed.as_of,
        code_version=inputs.code_version,
        replaces=inputs.before.release_id if inputs.before else None,
        publisher=inputs.publisher,
        simulated=composed.simulated,
        gate=_verdict(inputs.gate),
        protection=protection,
        policy=source.policy.as_record(),
        printed=inputs.printed,
    )
    record = _record(inputs, source, composed, facts) | {"told_before": told_before}
    former = inputs.former
    write_changes(building, record, former, read_release(former) if former else None, composed.simulated)
    write_attack(
        building / PUBLIC,
        composed.simulated,
        cells=protection["cells"],
        hidden=protection["hidden"],
        releases=1 + len(inputs.printed),
        told_before=len(told_before),
    )
    if write_pages is not None:
        write_pages(building / PUBLIC, former / PUBLIC if former else None)
    # The last that is written into the public side: it holds the hash of every file there.
    write_catalogue(building / PUBLIC, facts)
    record["files"] = _files(building)
    (building / RELEASE_JSON).write_text(
        json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    _require_nobody_named(building, inputs.publisher)
    return _commit(inputs.home, building, composed.release_id)


def _record(inputs: _Inputs, source: Source, composed: Composition, facts: ReleaseFacts) -> dict[str, object]:
    """What `release.json` holds, but for the files."""
    return {
        "release_id": facts.release_id,
        "created_at": facts.created_at.isoformat(),
        "as_of": facts.as_of.isoformat(),
        "code_version": facts.code_version,
        "input_fingerprint": inputs.fingerprint,
        "previous": facts.replaces,
        "former": [each.release_id for each in inputs.earlier],
        "revised_years": list(inputs.revision.years),
        "revisions": [asdict(revision) for revision in source.revisions],
        "exports": composed.exports,
        "corrections": _corrections(inputs.home),
        "merges_told": composed.merges_told,
        "simulated": composed.simulated.as_record(),
        "definitions": composed.definitions,
        "gate": {
            "green": inputs.gate.green,
            "checked_at": inputs.gate.checked_at.isoformat(timespec="seconds"),
            "results": [_check_record(result) for result in inputs.gate.results],
        },
        "policy": facts.policy,
        "protection": facts.protection,
        "tables": composed.tables,
        "private_tables": composed.private_tables,
    }


def _require_nobody_named(building: Path, publisher: Publisher) -> None:
    """Search every file about to be released, in which the address of whoever publishes may stand. Raises
    VetroError with places, never values."""
    found = leaks(building, contact=publisher.email)
    if found:
        places = first_places(found)
        raise VetroError(
            "a codice fiscale, an IBAN, an e-mail address or a telephone number stands in what was to be "
            f"released, nothing was published: {places}; have the territory send these rows again "
            "without it / in ciò che si stava per pubblicare c'è un codice fiscale, un IBAN, un'e-mail o un "
            f"telefono: non è stato pubblicato nulla: {places}; chiedere al territorio di rimandare le "
            "righe senza"
        )


def _require_adding_up(home: VetroHome, building: Path, source: Source) -> None:
    """Raise VetroError where printed parts do not make up their printed whole."""
    with attached(home.warehouse) as connection:
        table_list = load_table_list(source.policy, composition.areas_of_need(connection))
    wrong = not_adding_up(building, table_list, source.former)
    if wrong:
        raise VetroError(
            f"{len(wrong)} sums of the finished tables do not come out, nothing was published: "
            f"{'; '.join(wrong[:5])} / "
            f"{len(wrong)} somme delle tabelle finite non tornano: non è stato pubblicato nulla"
        )


def _require_safe(building: Path, before: Release | None, earlier: Sequence[Printed]) -> list[str]:
    """Attack the finished tables together with the current release, and with every other that was ever public
    and says anything that neither it nor a later one says. Raises VetroError with what was found.

    Return the places that one of those releases by itself tells to somebody on the spot.
    """
    report = attack(building, before.path if before else None, former=_as_csv(earlier, building.parent))
    findings, told = list(report.findings), {finding.place for finding in report.told_before}
    said = [building, *([before.path] if before else [])]
    for each in earlier:
        if prints_other_figures(each.path, said):
            said.append(each.path)
            others = [before.path] if before else []
            with as_csv(each.path, building.parent) as folder:
                report = attack(building, folder, former=chain(others, _as_csv(earlier, building.parent)))
            findings += report.findings
            told |= {finding.place for finding in report.told_before}
    if findings:
        places = "; ".join(sorted({finding.place for finding in findings})[:5])
        raise VetroError(
            f"the attack on the finished tables, alone and beside all that was ever public, found "
            f"{len(findings)} cells, nothing was published: {places} / "
            "l'attacco alle tabelle finite, da sole e accanto a tutto ciò che è stato pubblico, ha trovato "
            f"{len(findings)} celle: non è stato pubblicato nulla"
        )
    return sorted(told)


def _as_csv(printed: Sequence[Printed], scratch: Path) -> Iterator[Path]:
    """Each of the releases in turn, as a reader has it; made only when it is asked for."""
    for each in printed:
        with as_csv(each.path, scratch) as folder:
            yield folder


def _commit(home: VetroHome, building: Path, release_id: str) -> Release:
    """Make the folder durable, give it its name, move the link. Only the last step is seen by readers."""
    final = home.releases / release_id
    if final.exists():
        # The same content was released before (a kill between rename and switch, or a rollback): it is whole.
        made = _as_release(final, new=True)
        remember(home, final, release_id, made.created_at)
        _switch(home, release_id)
        return made
    building.chmod(0o711)
    for path in building.rglob("*"):
        is_public = PRIVATE not in path.relative_to(building).parts[:1]
        if path.is_file():
            path.chmod(0o444 if is_public else 0o400)
        elif path.is_dir():
            path.chmod(0o755 if is_public else 0o700)
        sync(path)
    sync(building)
    building.rename(final)
    sync(home.releases)
    made = _as_release(final, new=True)
    # Before any reader sees it: what it prints must be known whatever becomes of its folder.
    remember(home, final, release_id, made.created_at)
    _switch(home, release_id)
    return made


def _switch(home: VetroHome, release_id: str) -> None:
    link = home.releases / f".current-{uuid.uuid4().hex[:12]}"
    link.symlink_to(release_id, target_is_directory=True)
    link.replace(home.current_release)
    sync(home.releases)


def _remove_unfinished(home: VetroHome) -> None:
    for leftover in (*home.releases.glob(f"{BUILDING}*"), *home.releases.glob(".compared-*")):
        shutil.rmtree(leftover)
    for link in home.releases.glob(".current-*"):
        link.unlink()


def _input_fingerprint(home: VetroHome, code_version: str) -> str:
    with attached(home.warehouse) as connection:
        exports = accepted_exports(connection)
        # The register, residents and ATS.
        places = "".join(
            f"{content:016x}"
            for table in ("dim_instance", "dim_territory")
            for (content,) in connection.execute(
                f"select coalesce(bit_xor(hash(row)), 0) from {composition.MARTS}.{table} as row"
            ).fetchall()
        )
        merges = _reviewed_merges(connection)
    corrections = _corrections(home)
    known: list[object] = [exports, places, code_version, load_policy().sha256, *merges]
    known += [corrections["sha256"]] if corrections else []
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def _corrections(home: VetroHome) -> dict[str, object] | None:
    """The corrections that the warehouse was built with: hash of the file, lines, and by territory what tells
    its own from others; None without any."""
    with attached(home.warehouse) as connection:
        if not is_there(connection, "staging", "stg_correction"):
            return None
        [(sha256, lines)] = connection.execute(
            f"select max(file_sha256), count(*) from {WAREHOUSE}.staging.stg_correction"
        ).fetchall()
        # What stands on a line may be about a person: only its hash leaves, and not where the line stands.
        instances = {
            instance: f"{content:016x}"
            for instance, content in connection.execute(
                f"""select instance_id, bit_xor(hash(own)) from (
                        select * exclude (line, file_sha256) from {WAREHOUSE}.staging.stg_correction
                    ) as own group by all order by all"""
            ).fetchall()
        }
    return {"sha256": sha256, "lines": lines, "instances": instances} if lines else None


def _reviewed_merges(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return when persons were said to be one, each moment; the rest follows from the exports."""
    if not is_there(connection, "intermediate", "subject_merge"):
        return []
    rows = connection.execute(
        f"select cast(merged_at as varchar) from {WAREHOUSE}.intermediate.subject_merge "
        "where source = 'reviewed' order by all"
    ).fetchall()
    return [merged_at for (merged_at,) in rows]


def _files(folder: Path) -> dict[str, dict[str, object]]:
    return {
        str(path.relative_to(folder)): {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
        for side in (PUBLIC, PRIVATE)
        for path in sorted((folder / side).rglob("*"))
        if path.is_file()
    }


def _verdict(gate: GateState) -> dict[str, object]:
    """The verdict of the gates as everybody may see it: how many checks, and how many did not hold."""
    records = [_check_record(result) for result in gate.results]
    failed = Counter(str(record["severity"]) for record in records if not record["passed"])
    return {
        "green": gate.green,
        "checked_at": gate.checked_at.isoformat(timespec="seconds"),
        "checks": len(records),
        "passed": sum(bool(record["passed"]) for record in records),
        "not_passed": dict(sorted(failed.items())),
    }


def _check_record(result: object) -> dict[str, object]:
    return {
        name: getattr(result, name)
        for name in ("gate", "check_name", "passed", "observed_count", "total_count", "severity")
    }


def _as_release(path: Path, *, new: bool) -> Release:
    record = read_release(path)
    return Release(
        record["release_id"],
        path,
        datetime.fromisoformat(record["created_at"]),
        date.fromisoformat(record["as_of"]),
        new,
        tuple(record["tables"]),
        tuple(record.get("told_before", ())),
    )
