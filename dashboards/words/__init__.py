"""The words of the pages: catalogues in YAML arrive, a `Words` in one language leaves.

Every key has an Italian and an English text. Numbers come in already written; nothing is computed here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from dashboards.numerals import Lang

LANGUAGES: tuple[Lang, ...] = ("it", "en")


@dataclass(frozen=True)
class Words:
    """The catalogue in one language."""

    lang: Lang

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text of a key with its places filled; raises KeyError for a key that no catalogue
        has."""
        text = catalogue()[key][self.lang]
        return text.format(**values) if values else text

    def counted(self, key: str, count: int, /, **values: object) -> str:
        """Return the singular (`<key>.one`) or the plural (`<key>.other`) of a key, by the count."""
        return self(f"{key}.{'one' if count == 1 else 'other'}", **values)

    def has(self, key: str) -> bool:
        """Tell whether the catalogue knows the key."""
        return key in catalogue()

    def known(self, key: str, otherwise: str) -> str:
        """Return the text of a key that comes from data, or `otherwise` where the catalogue does not know
        it."""
        return self(key) if self.has(key) else otherwise

    def lines(self, key: str) -> list[str]:
        """Return `<key>.1`, `<key>.2` and so on, as far as they go."""
        return list(self._numbered(key))

    def _numbered(self, key: str) -> Iterator[str]:
        n = 1
        while self.has(f"{key}.{n}"):
            yield self(f"{key}.{n}")
            n += 1


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return all keys of all catalogues: {key: {it, en}}. A key in two files is an error."""
    book: dict[str, dict[str, str]] = {}
    for file in sorted(Path(__file__).parent.glob("*.yaml")):
        for key, texts in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            if key in book:
                raise ValueError(f"{file.name}: the key {key} stands already in another catalogue")
            book[key] = texts
    return book


def chosen_language(asked: str | None) -> Lang:
    """Return the language asked for in the address; Italian unless it is English."""
    return "en" if asked == "en" else "it"
