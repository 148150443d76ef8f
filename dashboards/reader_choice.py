"""Whose eyes the pages are looked at with, where a reader has a choice, and the way out.

A context arrives, the head of the left column is drawn.

In a demonstration anybody looks as anybody; who signs in chooses among what the policy gives them.
"""

from collections.abc import Callable, Sequence

import duckdb
import streamlit as st

from dashboards import queries
from dashboards.access.viewer import ROLES, ViewerDatabase
from dashboards.page_context import PageContext, asked, state, ways

# Of the roles that have a scope: over what they can be looked as, id and name.
_SUBJECTS: dict[str, Callable[[ViewerDatabase], dict[str, str]]] = {
    "foundation": lambda whole: {row["tax_code"]: row["name"] for row in queries.funders(whole)},
    "municipality": lambda whole: {row["instance_id"]: row["name"] for row in queries.instances(whole)},
    "provider": lambda whole: {row["tax_code"]: row["name"] for row in queries.providers(whole)},
}


def complete(context: PageContext) -> bool:
    """Write into the address over what a demonstration is looked at, where it names a role and nothing that
    there is; return whether anything was written."""
    offered = _subjects(context)
    if not offered or asked("of") in offered:
        return False
    st.query_params["of"] = next(iter(offered))
    return True


def draw(context: PageContext) -> None:
    """Draw the choice, if there is any, and the way out for who signed in."""
    messages, found = context.messages, context.standing
    if found.state != "in":
        return
    with st.sidebar:
        if found.is_demonstration:
            named = {"": messages("role.demonstration")} | {role: messages(f"role.{role}") for role in ROLES}
        else:
            named = {name: messages(f"role.{viewer.role}") for name, viewer in ways(found).items()}
        if len(named) > 1:
            _choose(messages("filter.as"), named, "as", keeps=("lang",))
        if over := _subjects(context):
            _choose(messages("filter.of"), over, "of", keeps=("lang", "as"))
        if not found.is_demonstration:
            st.button(messages("sign_out.button"), on_click=st.logout)


def _subjects(context: PageContext) -> dict[str, str]:
    """Return over what the role that the address names can be looked as; nothing where all is the role's, or
    where nobody may choose."""
    role = asked("as")
    if not context.standing.is_demonstration or context.release is None or role not in _SUBJECTS:
        return {}
    try:
        return _SUBJECTS[role](ViewerDatabase(context.release.database))
    except duckdb.Error:
        # The page says that the release cannot be read.
        return {}


def _choose(label: str, options: dict[str, str], name: str, keeps: Sequence[str]) -> None:
    """Draw a choice; of the address only what it keeps stays, since pages were about what others see."""
    key, first = f"viewer.{name}", next(iter(options))
    st.session_state[key] = asked(name) if asked(name) in options else first

    def write() -> None:
        kept = {each: value for each, value in state().items() if each in keeps}
        st.query_params.from_dict(kept | ({name: chosen} if (chosen := st.session_state[key]) else {}))

    st.selectbox(label, list(options), format_func=options.__getitem__, key=key, on_change=write)
