"""What people write beside a pack: a text of one section arrives, the file that the pack reads leaves.

A text is kept beside the releases, signed and dated, and changes no figure.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import yaml

from core.atomic_files import replacing
from dashboards.packs.document import Quote


def write(path: Path, texts: Mapping[str, Quote], section: str, text: str, author: str, day: date) -> None:
    """Write the file of a pack's texts with that of one section in it, or without it where it is empty.

    texts -- those that the file holds. The file is replaced as a whole.
    """
    kept = {name: quote for name, quote in texts.items() if name != section}
    if text.strip():
        kept[section] = Quote(text.strip(), author.strip(), day)
    told = {
        name: {"text": quote.text, "author": quote.author, "date": quote.written_on}
        for name, quote in kept.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as fresh:
        fresh.write_text(yaml.safe_dump(told, allow_unicode=True, sort_keys=False), encoding="utf-8")
