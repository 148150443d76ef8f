"""The registry of the territories: `instances.yaml`, written by a person or by the simulation.

Arrives: the registry file, or territories to add to it. Leaves: `Instance` records, or the file with more of
them. What an instance has sent does not belong here.
"""

import re
from datetime import date
from typing import Annotated

import yaml
from pydantic import AfterValidator, BeforeValidator, Field

from core.atomic_files import replacing
from core.errors import Kind
from core.home import VetroHome
from core.presentation.bilingual import Lang
from core.yaml_models import Several, YamlModel, checked, problem, read_yaml
from ingestion.contract.instance_id import INSTANCE_ID

MAIL_ADDRESS = re.compile(r"^[^@\s<>,;\"]+@[^@\s<>,;\"]+$", re.ASCII)
ISTAT_COMUNE = re.compile(r"^[0-9]{6}$")


def _instance_id(name: str) -> str:
    if not INSTANCE_ID.match(name):
        raise problem(
            "il nome breve usa minuscole, cifre, punto, trattino",
            "the short name uses lower case, digits, dot, hyphen",
        )
    return name


def _istat_code(code: object) -> object:
    # Unquoted YAML reads 015182 as an octal number in some writers and as text in others: only text is safe.
    if not isinstance(code, str) or not ISTAT_COMUNE.match(code):
        raise problem(
            'il codice ISTAT ha sei cifre e sta tra virgolette, come "015182"',
            'an ISTAT code has six digits and stands in quotes, like "015182"',
        )
    return code


def _mail_address(address: str) -> str:
    if not MAIL_ADDRESS.match(address):
        raise problem("serve un indirizzo e-mail", "an e-mail address is needed")
    return address


MailAddress = Annotated[str, AfterValidator(_mail_address)]
InstanceId = Annotated[str, AfterValidator(_instance_id)]
IstatCode = Annotated[str, BeforeValidator(_istat_code)]


class Instance(YamlModel):
    """One territory. `seat` and `comuni` are ISTAT codes of six digits; `mapping` names the settings by
    which its foreign files are read, where it cannot send the contract; `language` is the one in which its
    receipts speak first; `contact` says whom to call about its exports: an office or a person at work, with a
    telephone or an address; `receipts_to` is an e-mail address that its receipts go to besides the outbox.
    """

    name: str
    seat: IstatCode
    comuni: Annotated[Several[IstatCode], Field(min_length=1)]
    timezone: str = "Europe/Rome"
    active_from: date | None = None
    active_to: date | None = None
    mapping: str | None = None
    language: Lang = "it"
    contact: str | None = None
    receipts_to: MailAddress | None = None


class _Registry(YamlModel):
    instances: dict[InstanceId, Instance] | None = None


def read_instances(home: VetroHome) -> dict[str, Instance]:
    """Return the registered instances by id; empty where no registry exists; FileUnusable where it
    cannot be read.
    """
    if not home.instances_file.exists():
        return {}
    content = home.instances_file.read_bytes()
    registry = read_yaml(
        content, home.instances_file.name, _Registry, kind=Kind.COULD_NOT_RUN, digits_stay_text=True
    )
    return dict(registry.instances or {})


def mapped_instances(registered: dict[str, Instance]) -> set[str]:
    """Return the ids of the instances whose foreign files a mapping reads."""
    return {name for name, instance in registered.items() if instance.mapping}


class _CodeDumper(yaml.SafeDumper):
    """YAML in which codes made of digits stand in quotes, as a person should write them."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if text.isdigit() else None)


_CodeDumper.add_representer(str, _represent_text)
_CodeDumper.add_representer(tuple, yaml.SafeDumper.represent_list)


def register_instances(home: VetroHome, instances: dict[str, dict]) -> list[str]:
    """Add the instances that are not there yet, keep the others untouched, and return the ids added.

    `instances` maps an id to the keys of `Instance`.
    The file is replaced in one step.
    """
    declared = read_instances(home)
    added = [key for key in instances if key not in declared]
    if not added:
        return []
    new = {key: instances[key] for key in added}
    registry = checked({"instances": new}, home.instances_file.name, _Registry, kind=Kind.COULD_NOT_RUN)
    merged = declared | dict(registry.instances or {})
    home.root.mkdir(parents=True, exist_ok=True)
    content = {key: instance.model_dump(exclude_unset=True) for key, instance in merged.items()}
    text = yaml.dump({"instances": content}, Dumper=_CodeDumper, allow_unicode=True, sort_keys=False)
    with replacing(home.instances_file) as written:
        written.write_text(text, encoding="utf-8")
    return added
