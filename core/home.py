"""The folder that holds everything a run writes, and the name of every place in it.

A root path arrives, the paths of the packages' meeting points leave. What stands in those places does not
belong here.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from core import home_version


def keep_private() -> None:
    """Let no other account read what this process writes from now on; what is public, publication opens."""
    os.umask(0o077)


@dataclass(frozen=True)
class VetroHome:
    """VETRO_HOME. Every path is absolute; `ensure` makes the folders."""

    root: Path

    @classmethod
    def at(cls, root: Path | str) -> "VetroHome":
        """Return the home at `root`, resolved against the working directory."""
        return cls(Path(root).expanduser().resolve())

    @property
    def instances_file(self) -> Path:
        """Registry of the territories."""
        return self.root / "instances.yaml"

    @property
    def sources_file(self) -> Path:
        """Where exports are fetched from, if they do not arrive in landing by themselves."""
        return self.root / "sources.yaml"

    @property
    def ats_file(self) -> Path:
        """Which comuni form which ATS (ambito territoriale sociale), and since when."""
        return self.root / "ats.csv"

    @property
    def corrections_file(self) -> Path:
        """What records say wrongly, as people reviewed it, until their territories mend it."""
        return self.root / "corrections.csv"

    @property
    def error_reports_file(self) -> Path:
        """What readers reported as wrong, with what was decided."""
        return self.root / "error_reports.yaml"

    @property
    def publisher_file(self) -> Path:
        """Who publishes, as the catalogue of every release tells it."""
        return self.root / "publisher.yaml"

    @property
    def packs(self) -> Path:
        """Texts that people add to reporting packs, by kind and subject; no part of a release."""
        return self.root / "packs"

    @property
    def expectations(self) -> Path:
        """Suites of Great Expectations: the rules that a deployment adds at the gates."""
        return self.root / "expectations"

    @property
    def expectation_socket(self) -> Path:
        """Where the process answers that judges suites for a service."""
        return self.root / ".expectations.sock"

    @property
    def access_file(self) -> Path:
        """Who may see what on the pages for signed-in readers."""
        return self.root / "access.yaml"

    @property
    def alerts_file(self) -> Path:
        """To whom alerts go, and by which way."""
        return self.root / "alerts.yaml"

    @property
    def mappings(self) -> Path:
        """Mappings of this house's own, beside those shipped with the product."""
        return self.root / "mappings"

    @property
    def landing(self) -> Path:
        """Where exports arrive, one folder per instance. The only place that may hold direct identifiers."""
        return self.root / "landing"

    @property
    def landing_work(self) -> Path:
        """Working copies and spill files of anything not yet pseudonymised; emptied at
        every start and end.
        """
        return self.landing / ".work"

    @property
    def landing_held(self) -> Path:
        """Exports that wait for their predecessor."""
        return self.landing / ".held"

    @property
    def raw(self) -> Path:
        """Committed exports: instance=<id>/export=<export_id>/."""
        return self.root / "raw"

    @property
    def raw_incoming(self) -> Path:
        """Exports being written; one rename commits them."""
        return self.raw / ".incoming"

    @property
    def raw_attempts(self) -> Path:
        """What was tried and loaded nothing: <instance>/<export_id>.<n>.json."""
        return self.raw / ".attempts"

    @property
    def forgotten_file(self) -> Path:
        """Who was forgotten, sealed under the key of the house, and
        how often: see `ingestion.data_subjects.erased_persons`.
        """
        return self.raw / ".forgotten.json"

    @property
    def raw_merges(self) -> Path:
        """Which pseudonyms are the same person: what was told, and what follows from it and the history."""
        return self.raw / ".merges"

    @property
    def reviewed_merges(self) -> Path:
        """Pairs of pseudonyms that somebody said are the same person."""
        return self.raw_merges / "reviewed.parquet"

    @property
    def corrections_table(self) -> Path:
        """The corrections that apply, for the build."""
        return self.raw / ".corrections.parquet"

    @property
    def raw_schema(self) -> Path:
        """One empty Parquet file per entity and technical table, so that a build can read
        before anything arrived.
        """
        return self.raw / ".schema"

    @property
    def outbox(self) -> Path:
        """Receipts: <instance>/<export_id>.receipt.json."""
        return self.root / "outbox"

    @property
    def secrets(self) -> Path:
        """Keys, mode 0600."""
        return self.root / "secrets"

    @property
    def source_secrets(self) -> Path:
        """Credentials of the sources, mode 0600."""
        return self.secrets / "sources"

    @property
    def sign_in_file(self) -> Path:
        """What the provider of identities is told, mode 0600."""
        return self.secrets / "sign_in.yaml"

    @property
    def alert_secrets(self) -> Path:
        """What opens the mail server and the webhook of alerts, mode 0600."""
        return self.secrets / "alerts.yaml"

    @property
    def dagster_storage_file(self) -> Path:
        """The address of the PostgreSQL database that keeps Dagster's storage, if any, mode 0600."""
        return self.secrets / "dagster_storage"

    @property
    def reference(self) -> Path:
        """Reference data and the instance registry as Parquet, for the build."""
        return self.root / "reference"

    @property
    def warehouse(self) -> Path:
        """The private build database; no reader but the build, the gates and publication opens it."""
        return self.root / "warehouse.duckdb"

    @property
    def warehouse_lock(self) -> Path:
        """Held by the one process that builds, judges or publishes, with its name in it."""
        return self.root / ".warehouse.lock"

    @property
    def releases(self) -> Path:
        """Immutable releases and the link `current`."""
        return self.root / "releases"

    @property
    def current_release(self) -> Path:
        """The link that one atomic switch moves."""
        return self.releases / "current"

    @property
    def printed(self) -> Path:
        """What every release printed, remembered beside the releases and independent of their folders."""
        return self.root / "printed"

    @property
    def quality_report(self) -> Path:
        """The report of the last gates, without values."""
        return self.root / "quality"

    @property
    def operations(self) -> Path:
        """Status beside the releases."""
        return self.root / "operations"

    @property
    def status_database(self) -> Path:
        """Exports, receipt counts, checks and timings of the last run; replaced atomically, no values."""
        return self.operations / "status.duckdb"

    @property
    def alert_log(self) -> Path:
        """Which alerts were told, by which way, and when."""
        return self.operations / "alerts.json"

    @property
    def mailed_receipts(self) -> Path:
        """Which receipts went to their territories by mail."""
        return self.operations / "mailed_receipts.json"

    @property
    def access_log(self) -> Path:
        """Which role opened which page, by month; nothing about who it was."""
        return self.operations / "access"

    @property
    def dbt(self) -> Path:
        """dbt target and logs."""
        return self.root / "dbt"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME."""
        return self.root / "dagster"

    @property
    def temporary(self) -> Path:
        """Spill files of data already pseudonymised."""
        return self.root / "tmp"

    @property
    def private_folders(self) -> tuple[Path, ...]:
        """The folders that only the house may read: all but the releases, of which one side is public."""
        return (
            self.landing,
            self.raw,
            self.outbox,
            self.reference,
            self.printed,
            self.quality_report,
            self.operations,
            self.packs,
            self.secrets,
            self.dbt,
            self.dagster,
            self.temporary,
        )

    def ensure(self) -> "VetroHome":
        """Make the folders that every command needs, those of the house with mode 0700, note which version
        writes the home, and return self. HomeVersionError where a later one did.

        A folder that is there keeps its mode: whoever runs the house may have let in a group that delivers.
        """
        home_version.require_readable(self.root)
        if not self.root.exists():
            self.root.mkdir(parents=True)
            # A web server of another account must come through to the public side of releases.
            self.root.chmod(0o711)
        for folder in (
            self.landing,
            self.raw,
            self.raw_incoming,
            self.raw_attempts,
            self.raw_schema,
            self.outbox,
            self.reference,
            self.operations,
            self.dbt,
            self.temporary,
            self.secrets,
        ):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.releases.exists():
            self.releases.mkdir()
            self.releases.chmod(0o711)
        home_version.note_version(self.root)
        return self
