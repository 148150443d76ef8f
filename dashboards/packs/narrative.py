"""The texts that people add to a pack, kept beside the releases: a YAML file arrives, signed texts leave.

`<folder>/<kind>/<name>.yaml` holds, by section, a text with its author and its day:

    people:
      text: |
        Le persone del secondo anno sono arrivate soprattutto dai servizi di prossimità.
      author: Maria Rossi, presidente della Cooperativa Aurora
      date: 2026-11-12

A text is quoted and signed in the PDF; it changes no figure and is no part of a release.
"""

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from urllib.parse import quote

from pydantic import Field, model_validator

from core.yaml_models import FileUnusable, Place, YamlModel, problem, read_yaml
from dashboards.packs.document import Kind, Quote

# A text that is longer stands in a report of its own.
MOST_CHARACTERS = 6_000


class NarrativeError(FileUnusable):
    """The texts of a pack cannot be used."""


class _Text(YamlModel):
    text: str = Field(min_length=1, max_length=MOST_CHARACTERS)
    author: str = Field(min_length=1, max_length=200)
    date: date

    @model_validator(mode="after")
    def _says_something(self) -> "_Text":
        for name in ("text", "author"):
            if not getattr(self, name).strip():
                raise problem("serve un testo", "text is needed", name)
        return self


def file_of(folder: Path, kind: Kind, subject_id: str, year: int | None) -> Path:
    """Return where the texts of a pack stand, whether or not there is such a file."""
    return folder / kind / f"{stem(subject_id, year)}.yaml"


def stem(subject_id: str, year: int | None) -> str:
    """Return the name of the files of a subject: rho.G-0001, rho-2025. No two subjects share one, and none
    leads out of its folder."""
    name = quote(subject_id.replace(":", ".", 1), safe="")
    name = f"_{name}" if name.startswith(".") else name
    return name if year is None else f"{name}-{year}"


def read(path: Path, sections: Collection[str]) -> Mapping[str, Quote]:
    """Return the texts in a file, by the section they stand in; none where there is no file.

    Raises NarrativeError, with file, line and column, where the file cannot be used or names a section that
    the pack does not have.
    """
    if not path.is_file():
        return {}
    texts = read_yaml(path.read_bytes(), path.name, dict[str, _Text] | None, NarrativeError)  # type: ignore[arg-type]
    for name in texts or {}:
        if name not in sections:
            known = ", ".join(sections)
            raise NarrativeError(
                Place(path.name, key=name),
                f"sezione sconosciuta; si conosce {known}",
                f"unknown section; known: {known}",
            )
    return {
        name: Quote(one.text.strip(), one.author.strip(), one.date) for name, one in (texts or {}).items()
    }
