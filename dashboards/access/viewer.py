"""Whose eyes a page is drawn for: a role and what is its own, as one value that can be a key.

Who is given which role is said by the policy file; which rows follow from it by `table_rules`.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["foundation", "municipality", "network", "provider", "operations"]
ROLES: tuple[Role, ...] = get_args(Role)
# Who looks without signing in, which is possible on this machine only, sees what all roles see.
DEMONSTRATION = "demonstration"


@dataclass(frozen=True)
class Viewer:
    """A role and its scope. `network`, `operations` and the demonstration have no scope: all is theirs.

    funders, providers, consortia -- tax codes; instances -- ids of territories; ats -- ids of ambiti
    territoriali sociali. With `sees_persons` figures about persons are as they are; without, they are
    protected as they are for the public.
    """

    role: str
    funders: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    ats: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    consortia: tuple[str, ...] = ()
    sees_persons: bool = False

    @property
    def owns_all(self) -> bool:
        """Whether the rows of every scope are its own."""
        return self.role in ("network", "operations", DEMONSTRATION)

    def may_see(self, role: str | None) -> bool:
        """Return whether pages for readers of a role are for this one; pages without a role are for all."""
        return role is None or self.role in (role, DEMONSTRATION)


EVERYTHING = Viewer(DEMONSTRATION, sees_persons=True)
# Whoever has not signed in, or whom the policy does not name: no table is declared for it.
NOBODY = Viewer("nobody")


def looking_as(role: str | None, scope: str | None) -> Viewer:
    """Return whose eyes a demonstration is looked at with: a role over one funder, territory or provider;
    everything where no role is named."""
    over = (scope,) if scope else ()
    match role:
        case "foundation":
            return Viewer("foundation", funders=over)
        case "municipality":
            return Viewer("municipality", instances=over, sees_persons=True)
        case "provider":
            return Viewer("provider", providers=over)
        case "network" | "operations":
            return Viewer(role)
    return EVERYTHING


@dataclass(frozen=True)
class ViewerDatabase:
    """A release's database as one viewer may read it: the first argument of every query, and the key of all
    that is kept of its answers.

    path -- the real path of the private database of a release, which never changes its content.
    """

    path: str
    viewer: Viewer = EVERYTHING
