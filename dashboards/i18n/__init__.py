"""The words of the pages: catalogues in YAML arrive, a `Words` in one language leaves.

Every key has an Italian and an English text. What is counted comes in as a `Count`, so that every noun agrees
with its number; all other numbers come in already written. Nothing is computed here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel import Locale

from core.presentation.formatting import Lang, Number, number
from core.yaml_models import FileUnusable, YamlModel, read_yaml

OTHER: dict[Lang, Lang] = {"it": "en", "en": "it"}


class CatalogueError(FileUnusable):
    """A catalogue cannot be used: a key stands in it twice, or has not both texts."""


class _Said(YamlModel):
    it: str
    en: str


@dataclass(frozen=True)
class Count:
    """A whole number in a text: `{n}` writes it, `{n:territorio|territori}` the word that agrees with it."""

    value: Number
    lang: Lang

    def __str__(self) -> str:
        return number(self.value, self.lang)

    def __format__(self, forms: str) -> str:
        if not forms:
            return str(self)
        singular, plural = forms.split("|")
        return singular if is_singular(self.value, self.lang) else plural


def is_singular(value: Number, lang: Lang) -> bool:
    """Tell whether a whole number asks for the singular, by the plural rules of the language (CLDR)."""
    return _plural(lang)(int(value)) == "one"


@cache
def _plural(lang: Lang) -> Callable[[int], str]:
    return Locale(lang).plural_form


@dataclass(frozen=True)
class Messages:
    """The catalogue in one language."""

    lang: Lang

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text of a key with its places filled; raises KeyError for a key that no catalogue
        has, and for a place that is given nothing."""
        return catalogue()[key][self.lang].format(**values) if values else _without_places(key, self.lang)

    def count(self, value: Number) -> Count:
        """Return a whole number that a text writes and lets its nouns agree with."""
        return Count(value, self.lang)

    def counted(self, key: str, count: Number, /, **values: object) -> str:
        """Return the singular (`<key>.one`) or the plural (`<key>.other`) of a key, by the count, which is
        its `{n}`."""
        one = is_singular(count, self.lang)
        return self(f"{key}.{'one' if one else 'other'}", **{"n": self.count(count), **values})

    def has(self, key: str) -> bool:
        """Tell whether the catalogue knows the key."""
        return key in catalogue()

    def known(self, key: str, otherwise: str) -> str:
        """Return the text of a key that comes from data, or `otherwise` where the catalogue does
        not know it.
        """
        return self(key) if self.has(key) else otherwise

    def unit(self, unit: str, amount: float | Decimal) -> str:
        """Return the words that follow a number of a unit, or nothing."""
        key, whole = f"unit.{unit}", amount == int(amount)
        return self(key, n=Count(int(amount) if whole else 2, self.lang)) if self.has(key) else ""

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
        for key, texts in read_yaml(file.read_bytes(), file.name, dict[str, _Said], CatalogueError).items():
            if key in book:
                raise ValueError(f"{file.name}: the key {key} stands already in another catalogue")
            book[key] = texts.model_dump()
    return book


@cache
def _without_places(key: str, lang: Lang) -> str:
    return catalogue()[key][lang].format()


def chosen_language(asked: str | None) -> Lang:
    """Return the language asked for in the address; Italian unless it is English."""
    return "en" if asked == "en" else "it"
