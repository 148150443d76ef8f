"""The register of processing (article 30 GDPR), with retention, erasures, and the inputs of a DPIA.

A home and its settings arrive; one Markdown text per language leaves, written from the contract, the policies
and what the home holds: counts and names of columns, never a value of a row. What the product cannot know is
left to the controller, in so many words.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from core.atomic_files import replacing
from core.duckdb_sessions import connect
from core.home import VetroHome
from core.home_version import product_version
from core.settings import Settings
from dashboards.access.log import MONTHS_KEPT
from dashboards.access.policy import read_policy
from ingestion.contract.schema import Entity, Field, load_contract
from ingestion.contract.words import column_words, entity_words
from ingestion.data_subjects.erased_persons import read_forgotten
from ingestion.instances import read_instances
from ingestion.privacy.direct_identifiers import FORBIDDEN_COLUMNS
from ingestion.privacy.pseudonymisation import REMOVED, raw_columns
from ingestion.privacy.pseudonyms import open_key
from ingestion.raw.layer import all_committed_exports, record_versions
from ingestion.sources.settings import read_sources
from orchestration.backup import backups_in
from publication.catalogue.publisher import read_publisher
from publication.policy import load_policy

# Personal where the organisation is a sole trader, which 16 characters of its code tell: the contract gives
# the column of all organisations no degree.
OF_SOLE_TRADERS = {
    "organisation": ("tax_code", "name", "vat_number"),
    "grant_line": ("doc_ref",),
}
WORDS_FILE = Path(__file__).with_suffix(".yaml")
FILES = {"it": "registro-dei-trattamenti.md", "en": "register-of-processing.md"}
Say = Callable[..., str]


def write_register(settings: Settings, folder: Path) -> list[Path]:
    """Write the register in Italian and English into `folder`, and return the two paths.

    FileUnusable where a file that people wrote into the home cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for language, name in FILES.items():
        with replacing(folder / name) as written:
            written.write_text(register(settings, language), encoding="utf-8")
    return [folder / name for name in FILES.values()]


def register(settings: Settings, language: str) -> str:
    """Return the register as Markdown; `language` is `it` or `en`."""
    home, place = settings.vetro_home, ("it", "en").index(language)

    def say(key: str, **values: object) -> str:
        return str(_words()[key][place]).format(**values)

    def each(key: str, **values: object) -> list[str]:
        return [str(pair[place]).format(**values) for pair in _words()[key]]

    exports = all_committed_exports(home)
    instances = sorted(read_instances(home))
    day = datetime.now(ZoneInfo("Europe/Rome")).date()
    lines = [
        f"# {say('title')}\n",
        say("intro", day=day.isoformat(), version=product_version()) + "\n",
        *_controller(home, instances, say, language),
        f"## {say('purpose')}\n",
        say("purposes") + "\n",
        *_subjects(say, place),
        *_recipients(settings, say),
        *_retention(settings, say),
        f"## {say('security')}\n",
    ]
    key = open_key(home)
    measures = each("measures", key_id=key.key_id, links=len(key.links), hours=settings.session_hours)
    lines += [*(f"- {measure}" for measure in measures), ""]
    special = ", ".join(f"`{e.name}.{f.name}`" for e, f in _personal() if f.personal == "sensitive")
    lines += [
        f"## {say('dpia')}\n",
        say("dpia_intro") + "\n",
        say("scale", persons=_persons(home), exports=len(exports), instances=len(instances)) + "\n",
        f"{say('criteria')}:\n",
        *(f"- {text}" for text in each("criteria_text", sensitive=special, instances=len(instances))),
        "",
        *_table(say("risks_head"), each("risks")),
    ]
    return "\n".join(lines).rstrip() + "\n"


@cache
def _words() -> dict[str, Any]:
    return yaml.safe_load(WORDS_FILE.read_text(encoding="utf-8"))


def _table(head: str, rows: Iterable[str]) -> list[str]:
    """Return a table of Markdown; cells are parted by ` | `."""
    return [f"| {head} |", "|" + "---|" * (head.count("|") + 1), *(f"| {row} |" for row in rows), ""]


def _controller(home: VetroHome, instances: list[str], say: Say, language: str) -> list[str]:
    publisher = read_publisher(home.publisher_file)
    rows = {
        "controller_name": f"{publisher.name(language)} ({publisher.identifier})",
        "contact": publisher.email,
        "dpo": say("complete"),
        "basis": say("complete"),
        "processors": say("complete"),
        "territories": ", ".join(instances) or "0",
    }
    return [f"## {say('controller')}\n", *(f"- {say(key)}: {value}" for key, value in rows.items()), ""]


def _personal() -> list[tuple[Entity, Field]]:
    entities = load_contract().entities.values()
    return [(entity, field) for entity in entities for field in entity.fields if field.personal]


def _subjects(say: Say, place: int) -> list[str]:
    rows = [
        f"{entity.name} | `{field.name}`: {column_words(entity, field)[place]} | {say(field.personal)} | "
        f"{_after_ingestion(entity, field, say)}"
        for entity, field in _personal()
        if field.personal
    ]
    rows += [
        f"{entity.name} | `{field.name}`: {column_words(entity, field)[place]} | {say('sole_trader')} | "
        + say(f"sole_trader_{field.name}")
        for entity in load_contract().entities.values()
        for field in entity.fields
        if field.name in OF_SOLE_TRADERS.get(entity.name, ())
    ]
    named = {entity.name for entity, _ in _personal()}
    others = [
        f"- {entity.name}: {entity_words(entity)[place]}"
        for entity in load_contract().entities.values()
        if entity.person_columns and entity.name not in named
    ]
    forbidden = ", ".join(f"`{name}`" for name in sorted(FORBIDDEN_COLUMNS))
    return [
        f"## {say('subjects')}\n",
        say("subjects_intro") + "\n",
        *_table(say("subjects_head"), rows),
        f"{say('about')}:\n",
        *others,
        "",
        f"{say('forbidden')}: {forbidden}.\n",
    ]


def _after_ingestion(entity: Entity, field: Field, say: Say) -> str:
    """Say what raw holds of a column: it as it was sent, or what `raw_columns` makes of it."""
    held = {column.name: column for column in raw_columns(entity)}
    if field.name in held:
        return say("kept")
    new = [column for name, column in held.items() if name not in entity.columns and field.name in column.sql]
    told = [say("keyed", column=f"`{column.name}`") if column.keyed else f"`{column.name}`" for column in new]
    return say("replaced", columns=", ".join(told))


def _recipients(settings: Settings, say: Say) -> list[str]:
    policy = load_policy()
    lines = [
        f"## {say('recipients')}\n",
        "- " + say(
            "recipients_text",
            below=policy.normal - 1,
            below_high=policy.high - 1,
            areas=", ".join(sorted(policy.high_areas)),
            sensitivity=policy.high_sensitivity,
            floor=policy.population_floor,
        ),
    ]  # fmt: skip
    if settings.access_file.exists():
        roles = sorted({entry.role for entry in read_policy(settings.access_file).access})
        lines.append("- " + say("roles", roles=", ".join(roles)))
    else:
        lines.append("- " + say("no_roles"))
    sources = ", ".join(sorted(read_sources(settings.vetro_home))) or "0"
    return [*lines, "- " + say("transfers", sources=sources), ""]


def _retention(settings: Settings, say: Say) -> list[str]:
    home = settings.vetro_home
    backups = backups_in(settings.backups) if settings.backups else []
    held = say("backups", n=len(backups), oldest=backups[0].name[:10]) if backups else say("backups_none")
    rows = [
        f"`landing/` | {say('landing')} | {say('days', n=settings.landing_days)}",
        f"`landing/` | {say('refused')} | {say('days', n=settings.refused_days)}",
        f"`raw/` | {say('raw_what')} | {say('raw')}",
        f"`releases/`, `printed/` | {say('releases')} | {say('for_ever')}",
        f"`operations/access/` | {say('access_log')} | {say('months', n=MONTHS_KEPT)}",
        f"`VETRO_BACKUPS` | {held} | {say('backups_kept')}",
    ]
    erased = read_forgotten(home)
    told = [
        f"{entry.at} | {entry.persons} | {', '.join(entry.instances) or '-'} | {entry.rows}"
        for entry in erased
    ]
    log = home.operations / "landing_retention.jsonl"
    removed = sum(1 for line in log.read_text(encoding="utf-8").splitlines() if line) if log.exists() else 0
    return [
        f"## {say('retention')}\n",
        *_table(say("retention_head"), rows),
        say("erased_with", entities=", ".join(REMOVED)) + "\n",
        *(_table(say("erasures_head"), told) if told else [say("erasures_none") + "\n"]),
        say("removed", n=removed) + "\n",
    ]


def _persons(home: VetroHome) -> int:
    """Return how many pseudonyms of persons raw holds."""
    versions = record_versions(home, "person", ["id_pseudonym"])
    if versions is None:
        return 0
    with connect() as connection:
        [(count,)] = connection.execute(f"select count(distinct id_pseudonym) from {versions}").fetchall()
    return count
