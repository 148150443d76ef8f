"""One export, validated: every check that can run is run, and nothing is decided.

Arrives: an opened export, its manifest, the history of its instance. Leaves: an `ExportValidation`: findings,
counts, totals, and the checked rows in DuckDB tables. Accepting, refusing, writing receipts and files do not
belong here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from core.sql import literal
from ingestion.contract.findings import Finding
from ingestion.contract.schema import Contract, Entity
from ingestion.landing.archives import ArchiveUnsafe
from ingestion.landing.exports import files_in
from ingestion.landing.file_formats import SPOKEN, format_of
from ingestion.landing.manifest import FORMATS, Manifest, Resource
from ingestion.landing.plain_names import MANIFEST_NAME, plain_path
from ingestion.privacy.direct_identifiers import FORBIDDEN_COLUMNS, column_shown, shown
from ingestion.session import IngestionSession
from ingestion.validation.control_totals import bad_rows_detail, compute_control_totals, too_many_bad
from ingestion.validation.file_reading import (
    TextFacts,
    TextRows,
    Unreadable,
    careful_csv_rows,
    encoding_is_utf8,
    hash_file,
    json_rows,
    parquet_header,
    parquet_rows,
    plain_csv_rows,
    read_csv_header,
    text_facts,
    unpack_gzip,
)
from ingestion.validation.history import History
from ingestion.validation.history_rules import (
    find_duplicates,
    find_erased,
    find_forgotten,
    find_invalid_reversals,
    find_known,
    find_off_scale,
    find_too_late,
    find_unknown_comuni,
    measure,
    unseen_reversals,
    why_invalid,
)
from ingestion.validation.result import CheckedRows, EntityValidation, ExportValidation
from ingestion.validation.row_rules import checked_rows

# How files of the contract's own formats begin.
_OF_FORMAT = {"csv.gz": ("gzip",), "parquet": ("Parquet",), "jsonl": ("JSON",)}


@dataclass
class ExportValidator:
    """Validates exports of one instance. `with_history` is off where the past cannot be compared with yet.

    `past_is_whole` is off where earlier exports may be missing from the history: a reversal of a row never
    seen is then left unjudged.
    """

    session: IngestionSession
    contract: Contract
    instance: str
    history: History
    work: Path
    with_history: bool = True
    past_is_whole: bool = True
    any_erased: bool = False
    any_forgotten: bool = False
    origins: Path | None = None
    progress: Callable[[str], None] = lambda label: None
    # The files of the export, by their plain path.
    _present: dict[str, str] = field(default_factory=dict, init=False)

    def validate(self, manifest: Manifest, root: Path) -> ExportValidation:
        """Return the validation of the export whose descriptor stands in `root`."""
        validation = ExportValidation(manifest, has_origins=self.origins is not None)
        self.session.clear()
        self._check_period(validation)
        self._check_list(validation, root)
        for resource in self._in_order(manifest):
            self.progress(resource.entity)
            validated = EntityValidation(resource, self.contract.entities.get(resource.entity))
            validation.entities[resource.entity] = validated
            try:
                self._file(validation, validated, root)
            except duckdb.OutOfMemoryException:
                raise
            except (Unreadable, duckdb.Error, pa.ArrowException):
                # Whatever a reader stumbles over, the file is not what it says it is.
                self._find(validation, validated, "encoding_wrong", detail=self._in_truth(validated, root))
            except ArchiveUnsafe as error:
                self._find(validation, validated, "archive_unsafe", detail=(error.fault, *error.filled))
        if self.origins is not None:
            self._record_origins(validation)
        return validation

    def _record_origins(self, validation: ExportValidation) -> None:
        """Say of every fault where it stands in the sender's own file."""
        self.session.fill("origin", f"select * from read_parquet({literal(self.origins)})")
        self.session.once(
            "update quarantine set file = origin.file, line = origin.line, "
            "code = coalesce(origin.code, quarantine.code) from origin "
            "where origin.entity = quarantine.entity and origin.place = quarantine.line"
        )
        told = self.session.once(
            "select entity, file, line, code, detail from origin where len(detail) > 0"
        ).fetchall()
        validation.said = {tuple(place): tuple(detail) for *place, detail in told}

    def _in_order(self, manifest: Manifest) -> list[Resource]:
        # The scales that measurements are judged by are read before them, and persons before all that names
        # them: one of them may have been forgotten.
        return sorted(
            manifest.resources,
            key=lambda resource: (
                resource.entity == "measurement",
                resource.entity != "person",
                resource.entity,
            ),
        )

    def _find(
        self,
        validation: ExportValidation,
        validated: EntityValidation,
        code: str,
        column: str | None = None,
        detail: tuple[str, ...] = (),
    ) -> None:
        resource = validated.resource
        validation.findings.append(
            Finding(code, shown(resource.entity), shown(resource.path), column=column, detail=detail)
        )

    def _check_period(self, validation: ExportValidation) -> None:
        """See that what the export says of its own days is plausible."""
        manifest, bounds = validation.manifest, self.contract.period
        days = {
            "created": manifest.created.date(),
            "welfare.period.from": manifest.period_from,
            "welfare.period.to": manifest.period_to,
        }
        outside = [name for name, day in days.items() if not bounds.first <= day <= bounds.last]
        if not outside and (manifest.period_to - manifest.created.date()).days > bounds.after_created:
            outside = ["welfare.period.to"]
        if not outside and (manifest.period_to - manifest.period_from).days > bounds.days:
            outside = ["welfare.period.from"]
        detail = ("period", *map(str, (bounds.first, bounds.last, bounds.after_created, bounds.days)))
        validation.findings += [
            Finding("out_of_range", file=MANIFEST_NAME, column=name, detail=detail) for name in outside
        ]

    def _check_list(self, validation: ExportValidation, root: Path) -> None:
        manifest, findings = validation.manifest, validation.findings
        declared = {plain_path(resource.path) for resource in manifest.resources}
        self._present, plain = files_in(root)
        if not plain:
            findings.append(Finding("archive_unsafe", detail=("link",)))
        findings += [
            Finding("file_undeclared", file=shown(path)) for path in sorted(self._present.keys() - declared)
        ]
        for resource in manifest.resources:
            if resource.entity not in self.contract.entities:
                findings.append(Finding("entity_unknown", shown(resource.entity), shown(resource.path)))
        if manifest.mode == "full":
            listed = {resource.entity for resource in manifest.resources}
            findings += [
                Finding("entity_missing", name, MANIFEST_NAME)
                for name, entity in self.contract.entities.items()
                if entity.mandatory and name not in listed
            ]

    def _file(self, validation: ExportValidation, validated: EntityValidation, root: Path) -> None:
        resource = validated.resource
        if not resource.path_is_safe:
            return self._find(validation, validated, "archive_unsafe", detail=("path",))
        path = root / self._present.get(plain_path(resource.path), resource.path)
        try:
            is_link = path.is_symlink() or any(
                parent.is_symlink() for parent in path.parents if parent.is_relative_to(root)
            )
            is_there = path.is_file()
        except OSError:
            # A name longer than any file's: nothing can stand under it.
            is_link, is_there = False, False
        if is_link:
            return self._find(validation, validated, "archive_unsafe", detail=("link",))
        if not is_there:
            return self._find(validation, validated, "file_missing")
        before = path.stat()
        facts = self._facts(path, resource)
        if facts.sha256 != resource.hash or facts.bytes != resource.bytes:
            self._find(validation, validated, "checksum_mismatch")
        if resource.format not in FORMATS or (
            resource.format != "parquet" and not encoding_is_utf8(resource)
        ):
            raise Unreadable("format or encoding outside the contract")
        if resource.format != "parquet" and not facts.is_text:
            raise Unreadable("not UTF-8 text")
        if validated.entity is None:
            return None
        self._rows(validation, validated, path, facts)
        after = path.stat()
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            # Somebody wrote while it was read: what was hashed is not what was loaded.
            self._find(validation, validated, "checksum_mismatch")
        return None

    def _in_truth(self, validated: EntityValidation, root: Path) -> tuple[str, ...]:
        """Return what is said of a file that cannot be read: a format outside of the contract is named."""
        resource, formats = validated.resource, ", ".join(FORMATS)
        if resource.format not in FORMATS:
            return "contract_format", formats
        path = root / self._present.get(plain_path(resource.path), resource.path)
        with path.open("rb") as file:
            kind = format_of(file.read(4096))
        if kind is None or kind in _OF_FORMAT.get(resource.format, ()):
            return ()
        return "contract_content", SPOKEN.get(kind, kind), formats

    def _facts(self, path: Path, resource: Resource) -> TextFacts:
        if resource.format in ("csv", "jsonl"):
            return text_facts(path, resource.delimiter if resource.format == "csv" else "\n")
        facts = TextFacts()
        if resource.format == "csv.gz":
            self._unpacked.unlink(missing_ok=True)
            try:
                unpack_gzip(path, self._unpacked)
                facts = text_facts(self._unpacked, resource.delimiter)
            except Unreadable:
                facts.is_text = False
        facts.sha256, facts.bytes = hash_file(path)
        return facts

    @property
    def _unpacked(self) -> Path:
        return self.work / "unpacked.csv"

    def _rows(
        self, validation: ExportValidation, validated: EntityValidation, path: Path, facts: TextFacts
    ) -> None:
        resource, entity = validated.resource, validated.entity
        if resource.format in ("csv", "csv.gz"):
            source = path if resource.format == "csv" else self._unpacked
            header = read_csv_header(source, resource)
            missing = self._check_columns(validation, validated, header)
            text, checked = self._csv(source, resource, entity, facts, header, missing)
        elif resource.format == "jsonl":
            text = json_rows(self.session, path, entity)
            # An empty file has no names to miss.
            missing = self._check_columns(
                validation, validated, text.columns if text.columns else list(entity.columns)
            )
            checked = self._typed(entity, text, missing)
        else:
            header, _ = parquet_header(path)
            missing = self._check_columns(validation, validated, header)
            text = parquet_rows(self.session, path, entity, header)
            checked = self._typed(entity, text, missing)
        if text is not None:
            validated.malformed = text.malformed
        if checked is not None:
            self._judge(validation, validated, checked, missing)
        self._compare(validation, validated, missing)

    def _csv(
        self,
        path: Path,
        resource: Resource,
        entity: Entity,
        facts: TextFacts,
        header: list[str],
        missing: frozenset[str],
    ) -> tuple[TextRows | None, CheckedRows | None]:
        if not header or (facts.is_plain and facts.lines <= 1):
            return None, None
        text = plain_csv_rows(self.session, path, resource, entity, facts, header)
        if text is not None:
            try:
                checked = self._typed(entity, text, missing)
            except (duckdb.InvalidInputException, duckdb.IOException):
                checked = None  # a row that is not like the header: found below, with its line
            if checked is not None and checked.rows == facts.lines - 1:
                return text, checked
            for table in (f"text_{entity.name}", f"rows_{entity.name}"):
                self.session.empty(table)
        text = careful_csv_rows(self.session, path, resource, entity, header)
        return text, self._typed(entity, text, missing)

    def _typed(self, entity: Entity, text: TextRows, missing: frozenset[str]) -> CheckedRows:
        select = checked_rows(
            entity, text.relation, instance=self.instance, missing=missing, numbered=text.numbered
        )
        if text.numbered:
            self.session.fill(f"rows_{entity.name}", select)
            return measure(self.session, entity, f"rows_{entity.name}", numbered=True)
        return measure(self.session, entity, self.session.lay_large(entity.name, select), numbered=False)

    def _check_columns(
        self, validation: ExportValidation, validated: EntityValidation, header: list[str]
    ) -> frozenset[str]:
        """Add a finding for every column missing, unknown, given twice or forbidden; return
        the missing ones.
        """
        entity = validated.entity
        missing = [name for name in entity.columns if name not in header]
        # A whole header read as one name: the delimiter is another than the declared one.
        detail = ("one_column",) if len(header) == 1 else ()
        for name in missing:
            self._find(validation, validated, "column_missing", name, detail)
        # Where most names are the contract's, the first record is a header, and its other names may be shown.
        is_header = len(missing) * 2 <= len(entity.columns)
        seen: set[str] = set()
        for place, name in enumerate(header, start=1):
            plain = re.sub(r"[\W_]", "", name).lower()
            if entity.has(name) and name not in seen:
                seen.add(name)
                continue
            self._find(validation, validated, "column_unknown", column_shown(name, place, is_header), detail)
            if plain in FORBIDDEN_COLUMNS and not entity.has(name):
                self._find(validation, validated, "column_forbidden", plain)
        return frozenset(missing)

    def _judge(
        self,
        validation: ExportValidation,
        validated: EntityValidation,
        checked: CheckedRows,
        missing: frozenset[str],
    ) -> None:
        """Run the checks over more than one row, and those against the past where that
        can be compared with.
        """
        validated.checked = checked
        entity, session = checked.entity, self.session
        if missing:
            return
        find_unknown_comuni(session, checked)
        find_too_late(session, checked, validation.manifest.created.date())
        find_duplicates(session, checked)
        if not self.with_history:
            return
        if self.any_forgotten and entity.name == "person":
            validation.forgotten = find_forgotten(session, checked, self.history, self.instance)
        if self.any_erased or validation.forgotten:
            find_erased(session, checked, self.history, self.instance)
        if entity.name == "measurement":
            indicators = validation.entities.get("outcome_indicator")
            find_off_scale(
                session,
                checked,
                self.history,
                indicators.checked if indicators else None,
                self.contract.entities["outcome_indicator"],
                validation.manifest.sequence,
            )
        find_known(session, checked, self.history)
        find_invalid_reversals(session, checked, self.history, past_is_whole=self.past_is_whole)
        if checked.reversals:
            self._record_reversals(validation, validated, checked)

    def _record_reversals(
        self, validation: ExportValidation, validated: EntityValidation, checked: CheckedRows
    ) -> None:
        """Say why reversals are invalid, and, where the past is not whole, of which it cannot be said."""
        name = checked.entity.name
        if checked.problems:
            for line, reason in why_invalid(self.session, checked, self.history):
                validation.reasons[name, line] = reason
        if not self.past_is_whole:
            validation.unjudged += [
                Finding("reversal_invalid", name, shown(validated.resource.path), line, "reverses_id")
                for line in unseen_reversals(self.session, checked, self.history)
            ]

    def _compare(
        self, validation: ExportValidation, validated: EntityValidation, missing: frozenset[str]
    ) -> None:
        """Count the rows and compare them with what the descriptor declares."""
        compute_control_totals(self.session, validated, missing)
        if validated.received != validated.resource.rows:
            detail = ("counts", str(validated.resource.rows), str(validated.received))
            self._find(validation, validated, "row_count_mismatch", detail=detail)
        summed = {total.column for total in validated.totals}
        for column in validated.resource.control_totals:
            if column not in summed and column not in missing:
                name = column_shown(column, 0, True)
                self._find(validation, validated, "control_total_mismatch", name, ("no_number",))
        for total in validated.totals:
            computed = total.loaded + total.known + total.quarantined
            if total.declared is not None and total.declared != computed:
                # A sum over one row would be its value.
                detail = () if total.personal else ("counts", f"{total.declared:f}", f"{computed:f}")
                self._find(validation, validated, "control_total_mismatch", total.column, detail)
        if too_many_bad(validated):
            self._find(validation, validated, "too_many_bad_rows", detail=bad_rows_detail(validated))
