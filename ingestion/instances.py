"""The registry of the territories: `instances.yaml`, written by a person or by the simulation.

Arrives: the registry file, or territories to add to it. Leaves: `Instance` records, or the file with more of
them. What an instance has sent does not belong here.
"""

import re
from dataclasses import dataclass
from datetime import date

import yaml

from core.atomic_files import replacing
from core.home import VetroHome

INSTANCE_ID = re.compile(r"^[a-z0-9][a-z0-9._-]{0,99}$")
ISTAT_COMUNE = re.compile(r"^[0-9]{6}$")


class RegistryError(ValueError):
    """The registry cannot be read; the message names the instance and the key, in Italian and English."""

    def __init__(self, where: str, it: str, en: str):
        super().__init__(f"instances.yaml, {where}: {it} / {en}")


@dataclass(frozen=True)
class Instance:
    """One territory. `seat` and `comuni` are ISTAT codes of six digits; `mapping` names the settings by
    which its foreign files are read, where it cannot send the contract.
    """

    id: str
    name: str
    seat: str
    comuni: tuple[str, ...]
    timezone: str = "Europe/Rome"
    active_from: date | None = None
    active_to: date | None = None
    mapping: str | None = None


def _code(value: object, where: str) -> str:
    # Unquoted YAML reads 015182 as an octal number in some writers and as text in others: only text is safe.
    if not isinstance(value, str) or not ISTAT_COMUNE.match(value):
        raise RegistryError(
            where,
            'il codice ISTAT ha sei cifre e sta tra virgolette, come "015182"',
            'an ISTAT code has six digits and stands in quotes, like "015182"',
        )
    return value


def _day(value: object, where: str) -> date | None:
    if value is None or type(value) is date:
        return value
    raise RegistryError(where, "serve una data AAAA-MM-GG", "a date YYYY-MM-DD is needed")


def _instance(instance_id: object, declared: object) -> Instance:
    where = str(instance_id)[:100]
    if not isinstance(instance_id, str) or not INSTANCE_ID.match(instance_id):
        raise RegistryError(
            where,
            "il nome breve usa minuscole, cifre, punto, trattino",
            "the short name uses lower case, digits, dot, hyphen",
        )
    if not isinstance(declared, dict) or not isinstance(declared.get("name"), str):
        raise RegistryError(where, "mancano name, seat o comuni", "name, seat or comuni are missing")
    comuni = declared.get("comuni")
    if not isinstance(comuni, list) or not comuni:
        raise RegistryError(where, "comuni è un elenco di codici ISTAT", "comuni is a list of ISTAT codes")
    mapping = declared.get("mapping")
    if mapping is not None and not isinstance(mapping, str):
        raise RegistryError(where, "mapping è il nome di un file", "mapping is the name of a file")
    return Instance(
        id=instance_id,
        name=declared["name"],
        seat=_code(declared.get("seat"), f"{where}.seat"),
        comuni=tuple(_code(code, f"{where}.comuni") for code in comuni),
        timezone=declared.get("timezone", "Europe/Rome"),
        active_from=_day(declared.get("active_from"), f"{where}.active_from"),
        active_to=_day(declared.get("active_to"), f"{where}.active_to"),
        mapping=mapping,
    )


class _TextLoader(yaml.SafeLoader):
    """YAML in which digits stay text, so that an unquoted 015182 keeps its zero."""


_TextLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _declared(home: VetroHome) -> dict:
    if not home.instances_file.exists():
        return {}
    try:
        # _TextLoader is a SafeLoader that resolves fewer types.
        content = yaml.load(home.instances_file.read_text(encoding="utf-8"), Loader=_TextLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RegistryError("", "il file non è YAML leggibile", "the file is not readable YAML") from error
    if content is None:
        return {}
    if not isinstance(content, dict) or not isinstance(content.get("instances") or {}, dict):
        raise RegistryError("", "serve la chiave instances", "the key instances is needed")
    return content.get("instances") or {}


def read_instances(home: VetroHome) -> dict[str, Instance]:
    """Return the registered instances by id; empty where no registry exists; RegistryError where it cannot be
    read.
    """
    return {str(key): _instance(key, declared) for key, declared in _declared(home).items()}


def mapped_instances(registered: dict[str, Instance]) -> set[str]:
    """Return the ids of the instances whose foreign files a mapping reads."""
    return {name for name, instance in registered.items() if instance.mapping}


class _CodeDumper(yaml.SafeDumper):
    """YAML in which codes made of digits stand in quotes, as a person should write them."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if text.isdigit() else None)


_CodeDumper.add_representer(str, _represent_text)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def register_instances(home: VetroHome, instances: dict[str, dict]) -> list[str]:
    """Add the instances that are not there yet, keep the others untouched, and return the ids added.

    `instances` maps an id to {name, seat, comuni, timezone, active_from?, active_to?}. The file is replaced
    in one step.
    """
    declared = _declared(home)
    added = [key for key in instances if key not in declared]
    if not added:
        return []
    merged = declared | {key: _plain(instances[key]) for key in added}
    for key in added:
        _instance(key, merged[key])
    home.root.mkdir(parents=True, exist_ok=True)
    text = yaml.dump({"instances": merged}, Dumper=_CodeDumper, allow_unicode=True, sort_keys=False)
    with replacing(home.instances_file) as written:
        written.write_text(text, encoding="utf-8")
    return added
