"""The register of processing: every datum of persons is in it, what it says holds, and it names nobody."""

from pathlib import Path

import pytest
import yaml

from core.home import VetroHome
from core.settings import Settings
from ingestion.contract.schema import load_contract
from ingestion.data_subjects.erasure_request import forget
from ingestion.identity.person_references import Identifier
from ingestion.loading.ingest import ingest
from ingestion.privacy.pseudonymisation import raw_columns
from ingestion.privacy.pseudonyms import open_key
from orchestration.backup import back_up
from orchestration.processing_register import FILES, WORDS_FILE, register, write_register
from publication.policy import load_policy
from tests.support.exports import Export, make_home, row

MARIO, LUIGI = "RSSMRA80A01X501K", "BNCLRA92M55X704P"


@pytest.fixture
def home(tmp_path: Path) -> VetroHome:
    """A home with two persons of rho."""
    home = make_home(tmp_path / "home")
    codes = {"P-1": MARIO, "P-2": LUIGI}
    people = [row("person", record, id_kind="CF", id_value=code) for record, code in codes.items()]
    ingest(home, [Export(entities={"person": people}).write(tmp_path / "sent")])
    return home


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_datum_of_a_person_is_in_it_with_what_becomes_of_it(home: VetroHome, language: str) -> None:
    text = register(Settings(home=home.root), language)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    for entity in load_contract().entities.values():
        for field in entity.fields:
            if field.personal:
                assert [line for line in rows if line.startswith(f"| {entity.name} | `{field.name}`: ")]
        if entity.person_columns:
            assert f"| {entity.name} |" in text or f"- {entity.name}: " in text
    [code] = [line for line in rows if line.startswith("| person | `id_value`")]
    assert "`id_pseudonym`" in code
    assert MARIO not in text


def test_what_ingestion_changes_because_it_may_be_a_persons_is_in_it(home: VetroHome) -> None:
    rows = [line for line in register(Settings(home=home.root), "en").splitlines() if line.startswith("| ")]
    changed = {
        (entity.name, field.name)
        for entity in load_contract().entities.values()
        for field in entity.fields
        if field.name not in {column.sql for column in raw_columns(entity)}
    }
    assert ("organisation", "tax_code") in changed and ("grant_line", "doc_ref") in changed
    for entity, column in changed:
        [said] = [line for line in rows if line.startswith(f"| {entity} | `{column}`: ")]
        assert "not kept" in said


def test_it_says_what_the_settings_and_the_policy_say(home: VetroHome) -> None:
    text = register(Settings(home=home.root, landing_days=45, refused_days=12), "en")
    assert "| 45 days |" in text
    assert "| 12 days |" in text
    assert f"from 1 to {load_policy().normal - 1} is never published" in text
    assert open_key(home).key_id in text
    assert "Scale: 2 pseudonyms of persons, 1 exports of 2 territories." in text


def test_an_erasure_and_the_backups_are_told_by_counts(home: VetroHome, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    settings = Settings(home=home.root, backups=folder)
    assert "No person was forgotten" in register(settings, "en")
    made = back_up(home, folder)
    forget(home, {1: Identifier("CF", MARIO)})
    text = register(settings, "en")
    assert " | 1 | rho | 1 |" in text
    assert f"1 there, the oldest of {made.folder.name[:10]}" in text
    assert "Scale: 1 pseudonyms" in text
    pseudonym = Identifier("CF", MARIO).pseudonym(open_key(home))
    assert pseudonym not in text


def test_both_languages_are_written_from_one_catalogue(home: VetroHome, tmp_path: Path) -> None:
    written = write_register(Settings(home=home.root), tmp_path / "out")
    assert [path.name for path in written] == list(FILES.values())
    it, en = (path.read_text(encoding="utf-8") for path in written)
    assert "Responsabile della protezione dei dati: da completare a cura del titolare" in it
    assert "Data protection officer: to be completed by the controller" in en
    assert it.count("\n|") == en.count("\n|")
    for key, pair in yaml.safe_load(WORDS_FILE.read_text(encoding="utf-8")).items():
        pairs = [pair] if isinstance(pair[0], str) else pair
        assert all(len(each) == 2 and each[0] and each[1] for each in pairs), key
