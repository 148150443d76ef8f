"""The register of the signed-in pages: which there are, for whom, in which order.

Who may open a page follows from its audience: see `seen_by`. A page `example` is the file
`staff_pages/example.py`, its words `example.*` in `i18n/pages.yaml`, and the exposure `page_example` in
`dbt_project/models/exposures.yml`. Navigation, start page and tests read this register.
"""

from dataclasses import dataclass

from dashboards.access.viewer import Role, Viewer


@dataclass(frozen=True)
class StaffPage:
    """A signed-in page. `audience`: the role it is for, and under whose name it is in the navigation
    (`audience.*` in the words); None: everybody who signed in.

    `is_about_runs`: it tells of the last run, so it is drawn before anything is released, and names
    a red gate itself.
    """

    key: str
    audience: Role | None
    is_about_runs: bool = False

    @property
    def file(self) -> str:
        """Its file, below `dashboards/`."""
        return f"staff_pages/{self.key}.py"

    def seen_by(self, viewer: Viewer) -> bool:
        """Return whether a viewer may open it. All others are told that it is not theirs, as of a page that
        does not exist."""
        return viewer.may_see(self.audience)


START = StaffPage("home", None)
# Each answers a question, which the start page asks.
QUESTIONS = (
    StaffPage("foundation", "foundation"),
    StaffPage("foundation_grant", "foundation"),
    StaffPage("foundation_outcomes", "foundation"),
    StaffPage("foundation_pack", "foundation"),
    StaffPage("territory", "municipality"),
    StaffPage("territory_demand", "municipality"),
    StaffPage("territory_spending", "municipality"),
    StaffPage("territory_vouchers", "municipality"),
    StaffPage("territory_calls", "municipality"),
    StaffPage("territory_providers", "municipality"),
    StaffPage("territory_access", "municipality"),
    StaffPage("network", "network"),
    StaffPage("network_consortia", "network"),
    StaffPage("network_corporate", "network"),
    StaffPage("network_integration", "network"),
    StaffPage("network_services", "network"),
    StaffPage("provider", "provider"),
    StaffPage("operations", "operations", is_about_runs=True),
    StaffPage("operations_releases", "operations", is_about_runs=True),
)
STAFF = (START, *QUESTIONS)
