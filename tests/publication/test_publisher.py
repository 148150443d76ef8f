"""Who publishes is read from the home, and what cannot be used is told to whoever wrote it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.home import VetroHome
from core.yaml_models import FileUnusable
from publication.catalogue.publisher import (
    Publisher,
    demonstration_publisher,
    read_publisher,
)
from publication.release import publish
from tests.support.gates import RecordedGate

KEYS = {
    "name_it": "Comune di Prova",
    "name_en": "Municipality of Prova",
    "identifier": "c_h264",
    "email": "dati@comune.prova.example",
    "homepage": "https://www.comune.prova.example/",
    "site_url": "https://dati.comune.prova.example/welfare",
}


def written(folder: Path, **keys: str | None) -> Path:
    path = folder / "publisher.yaml"
    lines = [f"{key}: {value}" for key, value in (KEYS | keys).items() if value is not None]
    path.write_text("# Chi pubblica\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_file_of_the_home_says_who_publishes(tmp_path):
    told = read_publisher(written(tmp_path, name_it="Comune  di Prova"))
    assert told == Publisher(**(KEYS | {"site_url": "https://dati.comune.prova.example/welfare/"}))
    assert (told.name("it"), told.name("en")) == ("Comune di Prova", "Municipality of Prova")
    assert told.address("data/x.csv") == "https://dati.comune.prova.example/welfare/data/x.csv"
    assert read_publisher(written(tmp_path, identifier='"00743110157"')).identifier == "00743110157"


def test_without_an_address_of_the_site_it_is_that_of_the_demonstration(tmp_path):
    told = read_publisher(written(tmp_path, site_url=None))
    assert told.site_url == demonstration_publisher().site_url == "https://casa-di-vetro.example/"


@pytest.mark.parametrize(
    ("key", "value", "line", "words"),
    [
        ("identifier", "00743110158", 4, "undici cifre"),
        ("identifier", "'00743110158'", 4, "codice IPA"),
        ("identifier", "ZZXZDB80A41X777M", 4, "mai quello di una persona"),
        ("identifier", "c f205", 4, "codice IPA"),
        ("email", "dati.comune.prova.example", 5, "un indirizzo e-mail"),
        ("email", "Dati <dati@comune.prova.example>", 5, "un indirizzo e-mail"),
        ("email", "a@b.it,c@d.it", 5, "un indirizzo e-mail"),
        ("name_it", "'Ufficio, tel. 02 12345678'", 2, "toglierli"),
        ("name_en", "'  '", 3, "serve il nome"),
        ("homepage", "www.comune.prova.example", 6, "un indirizzo intero"),
        ("homepage", "https://utente:parola@prova.example/", 6, "un indirizzo intero"),
        ("homepage", "'https://prova.example/a b'", 6, "un indirizzo intero"),
        ("homepage", "'https://prova.example/<x>'", 6, "un indirizzo intero"),
        ("homepage", "'https://[prova'", 6, "un indirizzo intero"),
        ("homepage", "'https://prova.example:99999/'", 6, "un indirizzo intero"),
        ("site_url", "ftp://prova.example/", 7, "un indirizzo intero"),
        ("site_url", "https://prova.example/?id=1", 7, "è una cartella"),
        ("site_url", "12", 7, "serve un testo"),
        ("telefono", "'02'", 8, "chiave sconosciuta"),
        ("email", None, 2, "chiave mancante"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line_in_both_languages(tmp_path, key, value, line, words):
    with pytest.raises(FileUnusable) as raised:
        read_publisher(written(tmp_path, **{key: value}))
    message = str(raised.value)
    assert message.startswith(f"publisher.yaml:{line}:") and key in message
    assert words in message and " / " in message
    said = (value or "").strip("' ")
    assert len(said) < 4 or said not in message
    assert raised.value.exit_code == 2


def test_nothing_is_published_for_a_publisher_that_cannot_be_used(tmp_path):
    home = VetroHome.at(tmp_path / "home").ensure()
    written(home.root, email="nessuna")
    with pytest.raises(FileUnusable, match=r"publisher\.yaml:5:8, email"):
        publish(home, gate=RecordedGate(True, datetime(2026, 10, 1, tzinfo=UTC), []), code_version="1")
    assert not list(home.releases.iterdir())
