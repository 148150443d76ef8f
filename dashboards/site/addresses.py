"""The permanent addresses of the site: what a page is about arrives, its path leaves.

A path begins with a language and ends with a slash; the other language has the same path under its own code.
Ids stand before names, so that a new name leaves an old address readable; links between pages are relative,
so that a site can stand in any folder of a host.
"""

import re
import unicodedata

from core.presentation.formatting import Lang

TERRITORIES, COMUNI, FUNDERS, INTERVENTIONS = "territori", "comuni", "finanziatori", "interventi"
PROVIDERS, CALLS, INDICATORS, COMPARISON = "fornitori", "bandi", "indicatori", "confronto"
QUALITY, METHOD, CHANGES, DATA = "qualita", "metodo", "cambiamenti", "dati"
GLOSSARY, ACCESSIBILITY, STATUTORY, CORRECTIONS = "glossario", "accessibilita", "trasparenza", "segnalazioni"
SEARCH, FIGURES, PEOPLE = "cerca", "cifre", "persone"


def slug(*parts: str) -> str:
    """Return parts as they stand in an address: small letters without accents, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", "-".join(parts)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def path(lang: Lang, *parts: str) -> str:
    """Return the path of a page: `it/territori/096004-biella/`."""
    return "".join(f"{part}/" for part in (lang, *parts))


def in_language(page: str, lang: Lang) -> str:
    """Return the path of the same page in a language."""
    return f"{lang}/{page.partition('/')[2]}"


def relative(source: str, target: str) -> str:
    """Return the link from a page to a page or a file. Both are paths from the root of the site, which is
    empty itself; that of a page ends with a slash."""
    own, wanted = source.split("/")[:-1], target.split("/")
    *folders, name = wanted
    shared = 0
    for mine, theirs in zip(own, folders, strict=False):
        if mine != theirs:
            break
        shared += 1
    return "/".join([*[".."] * (len(own) - shared), *folders[shared:], name]) or "./"
