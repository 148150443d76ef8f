"""Who publishes: the titolare of the data, as the home says it in `publisher.yaml`.

The file arrives, or is not there; a `Publisher` leaves, or an error that says the line and what to do. What
is told of it, and where, does not belong here.
"""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from core.demonstration_publisher import DEMONSTRATION_PUBLISHER, SITE_URL
from core.yaml_models import YamlModel, problem, read_yaml
from ingestion.privacy.direct_identifiers import DOCUMENT, carries
from ingestion.privacy.identifiers import CODICE_FISCALE

# A code of the Indice dei domicili digitali (IPA), such as c_f205; or the tax code of a body.
_IPA_CODE = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_-]{2,20}")
_TAX_CODE = re.compile(r"[0-9]{11}")
_OF_A_PERSON = re.compile(CODICE_FISCALE, re.IGNORECASE)
_EMAIL = re.compile(r"[A-Za-z0-9._+-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,24}")


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise problem("serve il nome dell'ente", "the name of the body is needed")
    if carries(name):
        raise problem(
            "il nome contiene un codice fiscale, un IBAN, un'e-mail o un telefono: toglierli",
            "the name carries a codice fiscale, an IBAN, an e-mail or a telephone number: leave them out",
        )
    return name


def _identified(code: str) -> str:
    of_ipa = _IPA_CODE.fullmatch(code) and not _OF_A_PERSON.fullmatch(code)
    if not (of_ipa or (_TAX_CODE.fullmatch(code) and _check_digit(code) == code[-1])):
        raise problem(
            "serve il codice IPA (come c_f205) o il codice fiscale dell'ente, undici cifre esatte tra "
            "virgolette; mai quello di una persona",
            "the IPA code (such as c_f205) or the tax code of the body is needed, eleven right digits in "
            "quotes; never that of a person",
        )
    return code


def _check_digit(code: str) -> str:
    """The last digit of a partita IVA (D.M. 23/12/1976) from the ten before it."""
    doubled = (2 * int(digit) for digit in code[1:10:2])
    total = sum(map(int, code[0:10:2])) + sum(each - 9 * (each > 9) for each in doubled)
    return str(-total % 10)


def _reached(email: str) -> str:
    if not _EMAIL.fullmatch(email):
        raise problem(
            "serve un indirizzo e-mail, come dati@comune.esempio.it; di un ufficio, non di una persona",
            "an e-mail address is needed, such as data@body.example; of an office, not of a person",
        )
    return email


def _addressed(url: str) -> str:
    try:
        parts = urlsplit(url)
        of_a_host = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        of_a_host = False
    if not of_a_host or parts.username or re.search(r"[\s\"'<>\\^`{|}]|[^\x21-\x7e]", url):
        raise problem(
            "serve un indirizzo intero, come https://dati.esempio.it/",
            "a whole address is needed, such as https://data.body.example/",
        )
    if carries(url, DOCUMENT):
        raise problem(
            "l'indirizzo contiene un codice fiscale, un IBAN, un'e-mail o un telefono: sceglierne un altro",
            "the address carries a codice fiscale, an IBAN, an e-mail or a telephone number: choose another",
        )
    return url


def _hosted(url: str) -> str:
    url = _addressed(url)
    if "?" in url or "#" in url:
        raise problem(
            "l'indirizzo del sito è una cartella, senza ? e #: ogni file le sta sotto",
            "the address of the site is a folder, without ? and #: every file lies below it",
        )
    return url if url.endswith("/") else f"{url}/"


class Publisher(YamlModel):
    """The titolare, who is also editor and point of contact.

    `identifier` is the codice IPA or the tax code of the body; `site_url` the address at which `public/` of a
    release is hosted, absolute, always with a final slash.
    """

    name_it: Annotated[str, AfterValidator(_named)]
    name_en: Annotated[str, AfterValidator(_named)]
    identifier: Annotated[str, AfterValidator(_identified)]
    email: Annotated[str, AfterValidator(_reached)]
    homepage: Annotated[str, AfterValidator(_addressed)]
    site_url: Annotated[str, AfterValidator(_hosted)] = Field(default=SITE_URL)

    def name(self, language: str) -> str:
        """Return the name in Italian (`it`) or English."""
        return self.name_it if language == "it" else self.name_en

    def address(self, file: str) -> str:
        """Return the absolute address of a public file, named within `public/`."""
        return self.site_url + file


def read_publisher(path: Path) -> Publisher:
    """Return who publishes as the file says; where there is none, the publisher of the demonstration.

    FileUnusable for a key that is missing or unknown, or a value that cannot be used.
    """
    if not path.exists():
        return demonstration_publisher()
    return read_yaml(path.read_bytes(), path.name, Publisher)


def demonstration_publisher() -> Publisher:
    """Return the publisher that says of itself to be none."""
    return Publisher(**DEMONSTRATION_PUBLISHER)
