"""The register of the signed-in pages: which there are, for whom, in which order.

A page `example` is the file `staff_pages/example.py`, its words `example.*` in
`words/pages.yaml`, and the exposure `page_example` in `dbt_project/models/exposures.yml`.
Navigation, start page and tests read this register.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class StaffPage:
    """A signed-in page. `audience`: under whose name it is in the navigation (`audience.*` in the words).

    `is_about_runs`: it tells of the last run, so it is drawn before anything is released, and names
    a red gate itself.
    """

    key: str
    audience: str | None
    is_about_runs: bool = False

    @property
    def file(self) -> str:
        """Its file, below `dashboards/`."""
        return f"staff_pages/{self.key}.py"


START = StaffPage("home", None)
# Each answers a question, which the start page asks.
QUESTIONS = (
    StaffPage("foundation", "foundation"),
    StaffPage("territory", "municipality"),
    StaffPage("network", "network"),
    StaffPage("provider", "provider"),
    StaffPage("operations", "operations", is_about_runs=True),
)
STAFF = (START, *QUESTIONS)
