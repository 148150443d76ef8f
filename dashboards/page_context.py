"""Who looks at which release in which language: settings and the address arrive, the `PageContext` leaves.

It is made once per page run and handed to everything that draws. Drawing does not belong here.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode

import streamlit as st

from core.presentation.formatting import Lang, rome_day
from core.presentation.tokens import Theme
from dashboards import queries
from dashboards.access.identity import Standing, standing
from dashboards.access.viewer import NOBODY, Viewer, ViewerDatabase, looking_as
from dashboards.figures import Indicator
from dashboards.i18n import Messages, chosen_language
from dashboards.release import Release, current_release
from dashboards.settings import StaffSettings

# A choice is as wide as its longest words need, not as the page.
WIDE = 360


@dataclass(frozen=True)
class PageContext:
    """The release, the reader, the language and the look of one page run. `release` is None before
    anything was published.
    """

    messages: Messages
    viewer: Viewer
    standing: Standing
    theme: Theme
    release: Release | None
    run: queries.Row | None
    table_open: bool
    today: date

    @property
    def lang(self) -> Lang:
        """The language of the page."""
        return self.messages.lang

    @property
    def database(self) -> ViewerDatabase:
        """What the reader may read of the release: the first argument of every query."""
        return ViewerDatabase(self._released.database, self.viewer)

    @property
    def as_of(self) -> date:
        """The last day that the release covers."""
        return self._released.as_of

    @property
    def indicators(self) -> dict[str, Indicator]:
        """The indicators that the release has any figure of."""
        return queries.indicators(self.database)

    @property
    def _released(self) -> Release:
        if self.release is None:
            raise LookupError("nothing has been released yet")
        return self.release


class NotYoursError(Exception):
    """The address names a subject that is not the reader's, or that does not exist: nobody can tell which.

    kind -- the name of the parameter; asked -- what the address says under it.
    """

    def __init__(self, kind: str, asked: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.asked = asked


def staff_context() -> PageContext:
    """Return the context of a page for signed-in readers. Its viewer is nobody, who holds no row of anything,
    where the reader has not signed in or no entry of the policy is about them."""
    settings = StaffSettings()
    release, found = current_release(settings.releases), standing(settings)
    viewer = _looks_as(found) if found.state == "in" else NOBODY
    return _view(release, queries.last_run(settings.status), found, viewer)


def _looks_as(found: Standing) -> Viewer:
    """Return whose eyes the page is drawn for: those that the address names, else the first that the reader
    may look as. In a demonstration that is any role over anything."""
    if found.is_demonstration:
        return looking_as(asked("as"), asked("of"))
    return ways(found).get(asked("as") or "", found.viewers[0])


def ways(found: Standing) -> dict[str, Viewer]:
    """Return what a reader may look as, by its name in the address."""
    named: dict[str, Viewer] = {}
    for viewer in found.viewers:
        named[viewer.role if viewer.role not in named else f"{viewer.role}-{len(named) + 1}"] = viewer
    return named


def _view(release: Release | None, run: queries.Row | None, found: Standing, viewer: Viewer) -> PageContext:
    # What a run that was interrupted left is not of this page.
    _unwritten().clear()
    theme = "dark" if st.context.theme.type == "dark" else "light"
    messages = Messages(chosen_language(st.query_params.get("lang")))
    return PageContext(
        messages, viewer, found, theme, release, run, st.query_params.get("table") == "1", today()
    )


def today() -> date:
    """Return the day it is in Rome: what is late, and which figures are new, hangs on it."""
    return rome_day(datetime.now(UTC).replace(tzinfo=None))


def address(**changes: str | None) -> str:
    """Return the address of this page with some of its parameters changed, or taken away where None."""
    parameters = {**st.query_params.to_dict(), **_unwritten(), **changes}
    return "?" + urlencode({name: value for name, value in parameters.items() if value is not None})


def state() -> dict[str, str]:
    """Return what the address says: what a link to another page carries, so that every choice stands when
    the reader comes back."""
    return st.query_params.to_dict()


def address_of(page: str, **parameters: str) -> str:
    """Return the address of another page, by its key: what this page's address says, and some parameters."""
    return f"{page}?" + urlencode({**st.query_params.to_dict(), **_unwritten(), **parameters})


def asked(name: str) -> str | None:
    """Return what the address says under a name, or None."""
    return st.query_params.get(name)


def choose(
    label: str, options: dict[str, str], name: str, default: str | None = None, width: int | str = WIDE
) -> str:
    """Draw a choice whose state is in the address under `name`, and return the chosen id.

    options -- id: text. An id in the address that does not exist falls back on the default (else the first).

    Streamlit's own binding to the address (`bind="query-params"`) would write the text of an option there,
    which is another one in the other language, and would leave out what is chosen by default. So the id is
    written, by the choice itself and before anything is drawn: links above the choice already carry it. For
    their sake no such choice stands in an `st.fragment`, which would leave them as they were.
    """
    key, asked = f"choice.{name}", st.query_params.get(name)
    first = default if default in options else next(iter(options))
    st.session_state[key] = asked if asked in options else first

    def write() -> None:
        st.query_params[name] = st.session_state[key]

    chosen = st.selectbox(
        label, list(options), format_func=options.__getitem__, key=key, width=width, on_change=write
    )
    if asked != chosen:
        _unwritten()[name] = chosen
    return chosen


def choose_subject(label: str, options: dict[str, str], name: str, width: int | str = WIDE) -> str:
    """Draw the choice of what a page is about, and return the chosen id. Raises NotYoursError where the
    address names none of the options: it may be somebody else's, or nothing at all."""
    named = asked(name)
    if named is not None and named not in options:
        raise NotYoursError(name, named)
    return choose(label, options, name, width=width)


def complete_address() -> None:
    """Write into the address what was chosen by default, all at once: every change of the address is a step
    of the way back."""
    # Told the same again, a browser that has gone back meanwhile would be sent forward.
    if _unwritten():
        st.query_params.update(_unwritten())
        _unwritten().clear()


def _unwritten() -> dict[str, str]:
    return st.session_state.setdefault("address.defaults", {})


def choose_year(context: PageContext, years: list[date], default: str | None = None) -> date:
    """Draw the choice of a year and return its first day. The years are those of the release on every page,
    so that a year chosen on one stands on the others."""
    options = {str(year.year): str(year.year) for year in years}
    return date(int(choose(context.messages("filter.year"), options, "year", default)), 1, 1)
