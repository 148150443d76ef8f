"""What a release is and what its catalogue says of it, in every form.

The facts arrive when the release is finished; sentences in both languages leave. How they are laid out in a
file does not belong here.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from publication.catalogue.publisher import Publisher
from publication.printed import Printed
from publication.simulated import Simulated

LANGUAGES = ("it", "en")
TITLE = "Casa di Vetro"
DATA = "data"
DATABASE = "casa-di-vetro.duckdb"
LICENCE = "CC-BY-4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
LICENCE_NAMES = {
    "it": "Creative Commons Attribuzione 4.0 Internazionale (CC BY 4.0)",
    "en": "Creative Commons Attribution 4.0 International (CC BY 4.0)",
}
KEYWORDS = {
    "it": ("welfare territoriale", "servizi sociali", "trasparenza", "spesa sociale", "dati aperti"),
    "en": ("territorial welfare", "social services", "transparency", "social spending", "open data"),
}
SIMULATED_KEYWORD = {"it": "dati simulati", "en": "simulated data"}


@dataclass(frozen=True)
class Printing:
    """When a table was first public, None where nobody remembers, and since when it says what it says now."""

    issued: date | None
    modified: date


@dataclass(frozen=True)
class ReleaseFacts:
    """What a release is, beside its files. `replaces` is the id of the release before; `gate`, `protection`
    and `policy` are what of `release.json` is for everybody. `printed` are all releases that were ever
    public, newest first."""

    release_id: str
    created_at: datetime
    as_of: date
    code_version: str
    replaces: str | None
    publisher: Publisher
    simulated: Simulated
    gate: Mapping[str, object]
    protection: Mapping[str, int]
    policy: Mapping[str, object]
    printed: Sequence[Printed]


@dataclass(frozen=True)
class ReleaseDescription(ReleaseFacts):
    """A release as its catalogue describes it: its facts, and what its files hold.

    `territories` are names; `regions` maps the ISTAT code of each region to its name. `data_from` is the
    first day that any figure is about; `printings` are those of the tables, by name.
    """

    territories: Sequence[str]
    regions: Mapping[str, str]
    data_from: date
    printings: Mapping[str, Printing]

    def with_notice(self, language: str, text: str) -> str:
        """Return the text behind the sentence that says which data are of nobody real, if any are."""
        return " ".join(filter(None, (self.simulated.sentence(language), text)))

    def keywords(self, language: str) -> tuple[str, ...]:
        """Return the keywords of every dataset."""
        said = (SIMULATED_KEYWORD[language],) if self.simulated else ()
        return (*KEYWORDS[language], *said)

    def title(self, language: str) -> str:
        """Return the title of the whole, with who publishes."""
        words = {"it": "dati aperti del welfare territoriale", "en": "open data of territorial welfare"}
        return f"{TITLE}: {words[language]}, {self.publisher.name(language)}"

    def description(self, language: str) -> str:
        """Return what the whole is, in two sentences or three."""
        text = {
            "it": "Servizi, spesa, attese, bandi, buoni ed esiti del welfare di "
            f"{len(self.territories)} territori, dati fino al {self.as_of:%d/%m/%Y}. I conteggi e gli "
            "importi che renderebbero riconoscibile una persona sono protetti; accanto a ogni numero un "
            "segno dice che cosa è.",
            "en": "Services, spending, waits, calls, vouchers and outcomes of welfare in "
            f"{len(self.territories)} territories, data to {self.as_of.isoformat()}. Counts and amounts that "
            "would let a person be recognised are protected; beside every number a mark says what it is.",
        }[language]
        return self.with_notice(language, text)

    def citation(self, language: str) -> str:
        """Return how to cite the release."""
        words = {
            "it": (f"dati fino al {self.as_of:%d/%m/%Y}", "rilascio", "licenza"),
            "en": (f"data to {self.as_of.isoformat()}", "release", "licence"),
        }[language]
        text = (
            f"{self.publisher.name(language)}, {self.title(language).partition(',')[0]}, {words[0]}, "
            f"{words[1]} {self.release_id} ({self.created_at:%Y}). {self.publisher.site_url}. "
            f"{words[2].capitalize()} CC BY 4.0."
        )
        return self.with_notice(language, text)


@dataclass(frozen=True)
class File:
    """One public file: its name within `public/`, its size and its hashes."""

    name: str
    bytes: int
    sha256: str
    sha1: str


def file_at(public: Path, name: str) -> File:
    """Return the file `name` of the public side, read once in pieces."""
    sha256, sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    size = 0
    with (public / name).open("rb") as opened:
        while piece := opened.read(1 << 20):
            size += len(piece)
            sha256.update(piece)
            sha1.update(piece)
    return File(name, size, sha256.hexdigest(), sha1.hexdigest())
