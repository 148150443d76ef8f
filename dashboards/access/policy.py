"""The policy of access: which identity has which role, over what.

`access.yaml` of the home and the claims of an ID token arrive, viewers leave. Whoever no entry names is
nobody, and sees nothing. What a role sees of a release is said by `table_rules`, not here.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from core.yaml_models import FileUnusable, Place, Several, YamlModel, problem, read_yaml
from dashboards.access.viewer import Role, Viewer

# What one text of the file is: a word without spaces at its ends.
Text = Annotated[str, StringConstraints(min_length=1, pattern=r"^\S(.*\S)?$")]
TaxCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{11}|[A-Z0-9]{16})$")]
Domain = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")]
# The keys that say over what a role is; those of other roles have no scope, since all is theirs.
SCOPES: dict[str, tuple[str, ...]] = {
    "foundation": ("funders",),
    "municipality": ("instances", "ats"),
    "provider": ("providers", "consortia"),
    "network": (),
    "operations": (),
}
IDENTITIES = ("groups", "emails", "email_domains", "subjects")
# For these, persons are always protected as they are for the public: they stand outside the territory.
ALWAYS_PROTECTED = ("foundation", "network")


class AccessPolicyError(FileUnusable):
    """`access.yaml` cannot be used: nobody gets in until it can."""


class Claims(YamlModel):
    """Under which names the provider tells what; a dot leads into a claim: `realm_access.roles`."""

    subject: Text = "sub"
    groups: Text = "groups"
    email: Text = "email"
    email_verified: Text = "email_verified"


class Entry(YamlModel):
    """Who (any of groups, emails, domains, subjects) has one role over what."""

    role: Role
    groups: Several[Text] = ()
    emails: Several[Email] = ()
    email_domains: Several[Domain] = ()
    subjects: Several[Text] = ()
    funders: Several[TaxCode] = ()
    instances: Several[Text] = ()
    ats: Several[Text] = ()
    providers: Several[TaxCode] = ()
    consortia: Several[TaxCode] = ()
    persons: Literal["protected", "as_they_are"] = "protected"

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not any(getattr(self, key) for key in IDENTITIES):
            listed = ", ".join(IDENTITIES)
            raise problem(
                f"chi è? serve almeno una chiave fra {listed}",
                f"who is it? at least one key is needed among {listed}",
            )
        own = SCOPES[self.role]
        if own and not any(getattr(self, key) for key in own):
            listed = ", ".join(own)
            raise problem(
                f"su che cosa? per questo ruolo serve {listed}",
                f"over what? for this role {listed} is needed",
            )
        for key in sorted({key for keys in SCOPES.values() for key in keys} - set(own)):
            if getattr(self, key):
                raise problem(
                    "questa chiave non è di questo ruolo: toglierla",
                    "this key is not of this role: remove it",
                    key,
                )
        if self.persons == "as_they_are" and self.role in ALWAYS_PROTECTED:
            raise problem(
                "per questo ruolo le persone sono sempre protette: togliere la chiave",
                "for this role persons are always protected: remove the key",
                "persons",
            )
        return self

    def names(self, identity: "Identity") -> bool:
        """Return whether the entry is about an identity."""
        email = identity.email.casefold()
        return bool(
            identity.groups & set(self.groups)
            or identity.subject in self.subjects
            or (email and email in {each.casefold() for each in self.emails})
            or ("@" in email and email.rpartition("@")[2] in self.email_domains)
        )

    @property
    def viewer(self) -> Viewer:
        """Whose eyes the pages are drawn for."""
        return Viewer(
            self.role,
            **{key: tuple(sorted(set(getattr(self, key)))) for keys in SCOPES.values() for key in keys},
            sees_persons=self.persons == "as_they_are",
        )


class Identity:
    """What the claims of an ID token say: subject, groups, and an e-mail address where it was verified."""

    def __init__(self, claims: Mapping[str, Any], names: Claims) -> None:
        found = _claim(claims, names.groups)
        self.subject = str(_claim(claims, names.subject) or "")
        several = found if isinstance(found, list | tuple) else [found] if isinstance(found, str) else []
        self.groups = {str(each) for each in several}
        # An address that nobody verified is anybody's.
        verified = _claim(claims, names.email_verified) in (True, "true")
        self.email = str(_claim(claims, names.email) or "") if verified else ""


class AccessPolicy(YamlModel):
    """The whole file."""

    claims: Claims = Field(default_factory=Claims)
    access: Several[Entry]

    def viewers(self, claims: Mapping[str, Any]) -> tuple[Viewer, ...]:
        """Return what an identity may look as, in the order of the file; none where no entry names it.

        Entries of one role that protect persons alike are one viewer over all that they name.
        """
        identity = Identity(claims, self.claims)
        found: dict[tuple[str, bool], Viewer] = {}
        for entry in self.access:
            if entry.names(identity):
                new = entry.viewer
                key = new.role, new.sees_persons
                found[key] = _together(found[key], new) if key in found else new
        return tuple(found.values())


def read_policy(path: Path) -> AccessPolicy:
    """Return the policy; one that has not changed is read once. Raises AccessPolicyError, which says file,
    line and column."""
    try:
        at = path.stat()
    except OSError:
        raise AccessPolicyError(
            Place(str(path)),
            "il file manca: copiare dashboards/access/access.example.yaml e dire chi vede che cosa",
            "the file is missing: copy dashboards/access/access.example.yaml and say who sees what",
        ) from None
    return _read(path, at.st_mtime_ns, at.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int, _size: int) -> AccessPolicy:
    return read_yaml(path.read_bytes(), str(path), AccessPolicy, AccessPolicyError)


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    if name in claims:
        return claims[name]
    found: Any = claims
    for step in name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _together(one: Viewer, other: Viewer) -> Viewer:
    keys = [key for keys in SCOPES.values() for key in keys]
    both = {key: tuple(sorted({*getattr(one, key), *getattr(other, key)})) for key in keys}
    return Viewer(one.role, **both, sees_persons=one.sees_persons)
