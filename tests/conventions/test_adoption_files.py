"""What others need to take the product up: licences, publiccode.yml, CITATION.cff, one version."""

import copy
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

PRODUCT = Path(__file__).resolve().parents[2]
PUBLICCODE = yaml.safe_load((PRODUCT / "publiccode.yml").read_text(encoding="utf-8"))
SCHEMA = yaml.safe_load(
    (PRODUCT / "tests" / "support" / "publiccode_schema.yaml").read_text(encoding="utf-8")
)
CITATION = yaml.safe_load((PRODUCT / "CITATION.cff").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((PRODUCT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REUSE = tomllib.loads((PRODUCT / "REUSE.toml").read_text(encoding="utf-8"))["annotations"]
OURS = "EUPL-1.2"


def problems(document: dict[str, Any]) -> list[str]:
    return [
        f"{error.json_path}: {error.message}"
        for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)
    ]


def is_named(entry: dict[str, Any], file: str) -> bool:
    paths = [entry["path"]] if isinstance(entry["path"], str) else entry["path"]
    return any(file == path or (path.endswith("**") and file.startswith(path[:-2])) for path in paths)


def test_publiccode_is_valid() -> None:
    assert not problems(PUBLICCODE)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("legal", "license"), None),
        (("maintenance", "contacts"), None),
        (("softwareType",), "website"),
        (("categories",), ["welfare"]),
        (("description", "it", "shortDescription"), "x" * 151),
        (("description", "en", "features"), ["x" * 101]),
    ],
)
def test_what_the_catalogue_refuses_is_found(place: tuple[str, ...], value: object) -> None:
    broken = copy.deepcopy(PUBLICCODE)
    inner = broken
    for key in place[:-1]:
        inner = inner[key]
    if value is None:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    assert len(problems(broken)) == 1


def test_pictures_of_publiccode_are_there() -> None:
    pictures = [name for text in PUBLICCODE["description"].values() for name in text["screenshots"]]
    assert pictures
    assert all((PRODUCT / name).read_bytes().startswith(b"\x89PNG") for name in pictures)


def test_citation_has_the_keys_of_its_format() -> None:
    assert CITATION["cff-version"] == "1.2.0"
    assert all(CITATION[key] for key in ("message", "title", "authors"))
    assert all(author.keys() & {"name", "family-names", "alias"} for author in CITATION["authors"])


def test_one_licence_is_named_everywhere() -> None:
    named = {
        PROJECT["license"],
        PUBLICCODE["legal"]["license"],
        CITATION["license"],
        REUSE[0]["SPDX-License-Identifier"],
    }
    assert named == {OURS}
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in (PRODUCT / "LICENSE").read_text(encoding="utf-8")


def test_a_version_that_was_released_is_told_everywhere() -> None:
    changelog = (PRODUCT / "CHANGELOG.md").read_text(encoding="utf-8")
    top = re.search(r"^## (\S+), (not yet released|\d{4}-\d{2}-\d{2})$", changelog, flags=re.MULTILINE)
    assert top, (
        "the first heading of CHANGELOG.md is '## <version>, <day>' or '## <version>, not yet released'"
    )
    version, day = top.groups()
    assert version == PROJECT["version"]
    told = [
        (PUBLICCODE.get("softwareVersion"), PUBLICCODE.get("releaseDate")),
        (CITATION.get("version"), CITATION.get("date-released")),
    ]
    if day == "not yet released":
        assert all(number != version for number, _ in told), "this version is not out"
    else:
        assert [(number, str(when)) for number, when in told] == [(version, day)] * 2


def test_every_licence_has_its_text_and_every_entry_a_file() -> None:
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PRODUCT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for entry in REUSE:
        for licence in entry["SPDX-License-Identifier"].split(" AND "):
            assert (PRODUCT / "LICENSES" / f"{licence}.txt").is_file(), licence
        assert any(is_named(entry, file) for file in files), entry["path"]


def test_what_comes_from_others_is_not_called_ours() -> None:
    def licence(file: str) -> str:
        return next(entry["SPDX-License-Identifier"] for entry in reversed(REUSE) if is_named(entry, file))

    assets = PRODUCT / "core" / "presentation" / "assets"
    files = [path for path in assets.rglob("*") if path.is_file()]
    reference = [
        PRODUCT / "ingestion" / "reference" / f"{name}.csv"
        for name in ("comune", "residents", "residents_by_group")
    ]
    ours = [
        path.name for path in (*files, *reference) if licence(path.relative_to(PRODUCT).as_posix()) == OURS
    ]
    assert len(files) > 10
    assert not ours, f"name in REUSE.toml whose these are: {ours}"
