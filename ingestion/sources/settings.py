"""The places from which an installation fetches exports: `sources.yaml`, and their credentials.

Arrives: the file a person wrote, secrets from the settings or from `secrets/sources/`. Leaves: a `Source` of
its kind, and its `Credentials`. What a kind asks for does not belong here (`kinds`), nor choosing what
to fetch (`fetching`).
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any

from pydantic import AfterValidator, PlainValidator, ValidationInfo

import ingestion.sources.kinds  # noqa: F401  every kind registers itself
from core.home import VetroHome
from core.yaml_models import YamlModel, checked, problem, read_yaml
from ingestion.contract.instance_id import INSTANCE_ID
from ingestion.instances import read_instances
from ingestion.sources.kinds.kind import (
    KINDS,
    Credentials,
    Source,
    SourcesError,
    address_needed,
    read_secret,
    split_address,
)


def _name(name: str) -> str:
    if not INSTANCE_ID.match(name):
        raise problem(
            "il nome di una fonte usa minuscole, cifre, punto, trattino",
            "the name of a source uses lower case, digits, dot, hyphen",
        )
    return name


def _of_its_kind(entry: Any, info: ValidationInfo) -> Source:
    url = entry.get("url") if isinstance(entry, dict) else None
    kind: type[Source] | None = Source
    if isinstance(url, str):
        # What every source asks for finds fault with an address that cannot be read.
        with suppress(ValueError):
            kind = KINDS.get(split_address(url).scheme)
    if kind is None:
        raise address_needed("url")
    return kind.model_validate(entry, context=info.context)


class _Sources(YamlModel):
    sources: dict[Annotated[str, AfterValidator(_name)], Annotated[Source, PlainValidator(_of_its_kind)]]


def read_sources(home: VetroHome) -> dict[str, Source]:
    """Return the declared sources by name; empty where there is no `sources.yaml`.

    SourcesError if the file cannot be read, a key is wrong, or an instance is not registered.
    """
    if not home.sources_file.exists():
        return {}
    found = read_yaml(
        home.sources_file.read_bytes(),
        home.sources_file.name,
        _Sources,
        SourcesError,
        context={"home": home, "registered": read_instances(home)},
    )
    return {name: source.named(name) for name, source in found.sources.items()}


def credentials_of(home: VetroHome, source: Source, given: Mapping[str, Mapping[str, str]]) -> Credentials:
    """Return the credentials of `source`: those `given` (settings; hyphens and dots of the name may be `_`),
    or else `secrets/sources/<name>.yaml`.

    SourcesError where they are missing, incomplete, of an unknown kind, or in a file others can read.
    """
    kind = source.credentials
    if not kind.model_fields:
        return kind()
    values = given.get(source.name) or given.get(re.sub(r"[.-]", "_", source.name))
    if values:
        return checked(dict(values), f"VETRO_SOURCE_CREDENTIALS ({source.name})", kind, SourcesError)
    where = f"secrets/sources/{source.name}.yaml"
    content = read_secret(home.source_secrets / f"{source.name}.yaml", where)
    return read_yaml(content, where, kind, SourcesError)
