"""Who looks at which release in which language: settings and the address arrive, a `View` leaves.

It is made once per page run and handed to everything that draws. Drawing does not belong here.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode

import streamlit as st

from core.presentation.tokens import Theme
from dashboards import data, received
from dashboards.figures import Indicator
from dashboards.numerals import Lang, rome_day
from dashboards.release import Release, current_release
from dashboards.settings import StaffSettings
from dashboards.words import Words, chosen_language

# A choice is as wide as its longest words need, not as the page.
WIDE = 360


@dataclass(frozen=True)
class View:
    """The release, the language and the look of one page run. `release` is None before
    anything was published.
    """

    words: Words
    theme: Theme
    release: Release | None
    run: data.Row | None
    table_open: bool
    today: date

    @property
    def lang(self) -> Lang:
        """The language of the page."""
        return self.words.lang

    @property
    def database(self) -> str:
        """The real path of the release's database."""
        return self._released.database

    @property
    def as_of(self) -> date:
        """The last day that the release covers."""
        return self._released.as_of

    @property
    def indicators(self) -> dict[str, Indicator]:
        """The indicators that the release has any figure of."""
        return data.indicators(self.database)

    @property
    def _released(self) -> Release:
        if self.release is None:
            raise LookupError("nothing has been released yet")
        return self.release


def staff_view() -> View:
    """Return the view of a signed-in page."""
    settings = StaffSettings()
    return _view(current_release(settings.releases), received.last_run(settings.status))


def _view(release: Release | None, run: data.Row | None) -> View:
    # What a run that was interrupted left is not of this page.
    _unwritten().clear()
    theme = "dark" if st.context.theme.type == "dark" else "light"
    words = Words(chosen_language(st.query_params.get("lang")))
    return View(words, theme, release, run, st.query_params.get("table") == "1", today())


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
    written, by the choice itself and before anything is drawn: links above the choice already carry it.
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


def complete_address() -> None:
    """Write into the address what was chosen by default, all at once: every change of the address is a step
    of the way back."""
    # Told the same again, a browser that has gone back meanwhile would be sent forward.
    if _unwritten():
        st.query_params.update(_unwritten())
        _unwritten().clear()


def _unwritten() -> dict[str, str]:
    return st.session_state.setdefault("address.defaults", {})


def choose_year(view: View, years: list[date], default: str | None = None) -> date:
    """Draw the choice of a year and return its first day. The years are those of the release on every page,
    so that a year chosen on one stands on the others."""
    options = {str(year.year): str(year.year) for year in years}
    return date(int(choose(view.words("filter.year"), options, "year", default)), 1, 1)
