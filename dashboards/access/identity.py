"""Who is looking: the session of the server arrives, what the reader may look as leaves.

Signing in itself is Streamlit's (`st.login`), with a provider of identities by OpenID Connect. What an
identity may see is the policy's to say.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from core.loopback import is_loopback
from dashboards.access.policy import AccessPolicyError, read_policy
from dashboards.access.viewer import EVERYTHING, Viewer
from dashboards.settings import StaffSettings

_LOG = logging.getLogger(__name__)

# in: may see something; out: has not signed in; over: signed in too long ago; unknown: no entry of the policy
# is about this reader; closed: the policy cannot be read, or the pages are reached from another machine
# although they are open without signing in.
State = Literal["in", "out", "over", "unknown", "closed"]


@dataclass(frozen=True)
class Standing:
    """How a reader stands, and what they may look as. `is_demonstration`: nobody was asked to sign in."""

    state: State
    viewers: tuple[Viewer, ...] = ()
    is_demonstration: bool = False


def standing(settings: StaffSettings) -> Standing:
    """Return how the reader of this session stands now; asked at every run, so that a change of the policy,
    and the end of a session, hold at once."""
    if settings.auth == "off":
        if not _is_local():
            return Standing("closed")
        return Standing("in", (EVERYTHING,), is_demonstration=True)
    if not getattr(st.user, "is_logged_in", False):
        return Standing("out")
    return judged(st.user.to_dict(), settings, time.time())


def judged(claims: Mapping[str, Any], settings: StaffSettings, now: float) -> Standing:
    """Return how somebody stands for whom the provider vouched with these claims. now -- seconds since the
    beginning of 1970."""
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or now - issued > settings.session_hours * 3600:
        return Standing("over")
    if settings.access is None:
        return Standing("closed")
    try:
        viewers = read_policy(settings.access).viewers(claims)
    except AccessPolicyError as error:
        _LOG.error("%s", error)
        return Standing("closed")
    return Standing("in", viewers) if viewers else Standing("unknown")


def _is_local() -> bool:
    # Whoever sends requests on from elsewhere says so, or leaves the name under which it was asked.
    headers = st.context.headers
    passed_on = any(headers.get(name) for name in ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded"))
    asked = headers.get("Host")
    listens = is_loopback(st.get_option("server.address") or "0.0.0.0")
    return listens and not passed_on and (asked is None or is_loopback(asked))
