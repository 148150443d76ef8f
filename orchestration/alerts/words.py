"""The words of alerts in Italian and English: a key of `words.yaml` and values arrive, sentences leave."""

from functools import cache
from pathlib import Path

import yaml

from core.presentation.bilingual import Said, said

WORDS_FILE = Path(__file__).with_name("words.yaml")


@cache
def book() -> dict[str, dict]:
    """Return the whole catalogue, by section."""
    return yaml.safe_load(WORDS_FILE.read_text(encoding="utf-8"))


def told(section: str, key: str, /, *more: str, **values: object) -> Said:
    """Return the words under a key, filled. KeyError where they or a value are missing."""
    words = book()[section][key]
    for name in more:
        words = words[name]
    return said(words["it"], words["en"], **values)
