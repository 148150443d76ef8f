"""The site as its pages know it: a published release, its publisher and one language arrive; pages begin.

Which page there is for what, and what things are called, is decided here, so that a link always leads to a
page that is there.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from core.presentation import formatting
from core.presentation.formatting import Lang
from dashboards.figures import Indicator
from dashboards.i18n import Messages
from dashboards.site import addresses
from dashboards.site.page import Page, Publisher
from dashboards.site.published_release import PublishedRelease, Row, Territory


@dataclass(frozen=True)
class Site:
    """A published release in one language."""

    published: PublishedRelease
    publisher: Publisher
    messages: Messages

    @property
    def lang(self) -> Lang:
        """The language of the pages."""
        return self.messages.lang

    @property
    def year(self) -> int | None:
        """The last closed year, of which pages speak; None before any."""
        return self.published.years[0] if self.published.years else None

    def path(self, *parts: str) -> str:
        """Return the path of a page in the language of the site."""
        return addresses.path(self.lang, *parts)

    def page(self, kind: str, *parts: str, **told: Any) -> Page:
        """Begin a page of a kind at a path below its language; the rest is told as to `page_at`."""
        return self.page_at(self.path(*parts), kind, **told)

    def page_at(
        self,
        path: str,
        kind: str,
        *,
        title: str | None = None,
        name: str = "",
        crumbs: tuple[tuple[str, str], ...] = (),
        **values: object,
    ) -> Page:
        """Begin a page of a kind at a whole path; `name` is its subject, which the description names."""
        messages, keywords = self.messages, f"site.{kind}.keywords"
        return Page(
            path,
            title or messages(f"site.{kind}.title", **values),
            messages(f"site.{kind}.question"),
            messages(f"site.{kind}.description", name=name or title or "", **values),
            messages,
            self.published,
            self.publisher,
            messages(f"site.{kind}.above") if messages.has(f"site.{kind}.above") else "",
            () if path == self.path() else ((self.path(), messages("site.home")), *crumbs),
            keywords=messages(keywords) if messages.has(keywords) else "",
        )

    def crumb(self, kind: str, part: str) -> tuple[str, str]:
        """Return the path and the title of the list of a kind."""
        return self.path(part), self.messages(f"site.{kind}.title")

    def territory_path(self, territory: Territory) -> str:
        """Return the path of a territory's page."""
        return self.path(
            addresses.TERRITORIES, addresses.slug(territory.seat or territory.instance_id, territory.name)
        )

    @cached_property
    def organisations(self) -> Mapping[str, Row]:
        """What is public of each organisation, by tax code."""
        known = {row["tax_code"]: dict(row) for row in self.published.rows("organisation")}
        for row in self.published.rows("funder"):
            known.setdefault(row["tax_code"], {"tax_code": row["tax_code"], "name": row["name"]})
        return known

    @cached_property
    def funders(self) -> list[str]:
        """The tax codes of the funders with a figure, in the order of their names."""
        return sorted(self.published.scopes("funder"), key=lambda code: (self.name_of(code).casefold(), code))

    @cached_property
    def providers(self) -> list[str]:
        """The tax codes of the providers with a figure and a name, in the order of their names."""
        found = [code for code in self.published.scopes("provider") if code in self.organisations]
        return sorted(found, key=lambda code: (self.name_of(code).casefold(), code))

    @cached_property
    def interventions(self) -> dict[str, Row]:
        """The interventions with a figure, by the id of their scope; those without a title carry their id."""
        described = {row["scope_id"]: row for row in self.published.rows("intervention")}
        return {
            scope: described.get(scope) or {"scope_id": scope, "title": scope}
            for scope in self.published.scopes("grant")
        }

    def interventions_of(self, column: str, value: str) -> Sequence[str]:
        """Return the ids of the interventions with a value in a column: `instance_id`, `funder_tax_code`,
        `lead_tax_code` or `call_key`."""
        return self._interventions_of.get((column, value), ())

    @cached_property
    def _interventions_of(self) -> Mapping[tuple[str, str | None], Sequence[str]]:
        found: dict[tuple[str, str | None], list[str]] = defaultdict(list)
        for scope_id, row in self.interventions.items():
            found["instance_id", scope_id.partition(":")[0]].append(scope_id)
            for column in ("funder_tax_code", "lead_tax_code", "call_key"):
                found[column, row.get(column)].append(scope_id)
        return found

    @cached_property
    def calls(self) -> dict[str, Row]:
        """The calls with a figure, by their key, those opened last first."""
        keys = {row["call"] for name in CALL_TABLES for row in self.published.rows(name)}
        described = {row["call_key"]: row for row in self.published.rows("call")}
        found = {key: described.get(key) or {"call_key": key, "title": key} for key in sorted(keys)}
        opened = {key: row.get("opened_on") or date.min for key, row in found.items()}
        return {key: found[key] for key in sorted(found, key=lambda key: opened[key], reverse=True)}

    def name_of(self, tax_code: str | None) -> str:
        """Return the name of an organisation, or its tax code where it has none."""
        row = self.organisations.get(tax_code or "")
        return str(row["name"]) if row and row.get("name") else tax_code or ""

    def funder_path(self, tax_code: str) -> str:
        """Return the path of a funder's page."""
        return self.path(addresses.FUNDERS, addresses.slug(tax_code, self.name_of(tax_code)))

    def provider_path(self, tax_code: str) -> str:
        """Return the path of a provider's page."""
        return self.path(addresses.PROVIDERS, addresses.slug(tax_code, self.name_of(tax_code)))

    def intervention_path(self, scope_id: str) -> str:
        """Return the path of an intervention's page."""
        return self.path(addresses.INTERVENTIONS, addresses.slug(scope_id))

    def call_path(self, key: str) -> str:
        """Return the path of a call's page."""
        return self.path(addresses.CALLS, addresses.slug(key))

    def indicator_path(self, indicator_id: str) -> str:
        """Return the path of an indicator's page."""
        return self.path(addresses.INDICATORS, addresses.slug(indicator_id))

    def territory_of(self, key: str) -> Territory | None:
        """Return the territory of an intervention or a call, or None where the release lacks it."""
        return self.published.territories.get(key.partition(":")[0])

    def territory_link(self, page: Page, key: str) -> str:
        """Return the name of the territory of an intervention or a call, as a link; nothing without one."""
        territory = self.territory_of(key)
        return page.link(self.territory_path(territory), territory.name) if territory else ""

    def call_link(self, page: Page, key: str | None) -> str:
        """Return the title of a call as a link; nothing where it has no page."""
        return page.link(self.call_path(key), self.calls[key]["title"]) if key in self.calls else ""

    def funder_link(self, page: Page, tax_code: str | None) -> str:
        """Return the name of a funder, as a link where it has a page."""
        if tax_code in self.published_funders:
            return page.link(self.funder_path(str(tax_code)), self.name_of(tax_code))
        return self.name_of(tax_code)

    def organisation_link(self, page: Page, tax_code: str | None, name: str = "") -> str:
        """Return the name of an organisation, as a link to its page as provider, else as funder."""
        if tax_code in self.published_providers:
            return page.link(self.provider_path(str(tax_code)), self.name_of(tax_code))
        if tax_code in self.published_funders:
            return page.link(self.funder_path(str(tax_code)), self.name_of(tax_code))
        return name or self.name_of(tax_code)

    @cached_property
    def published_funders(self) -> frozenset[str]:
        """The tax codes of the funders that have a page."""
        return frozenset(self.funders)

    @cached_property
    def published_providers(self) -> frozenset[str]:
        """The tax codes of the providers that have a page."""
        return frozenset(self.providers)

    def indicator(self, indicator_id: str, scope_type: str = "") -> Indicator | None:
        """Return an indicator of the release as it is called at a kind of scope, or None."""
        found = self.published.indicators.get(indicator_id)
        return None if found is None else replace(found, scope_type=scope_type)

    def indicators(self, *ids: str, scope_type: str = "") -> list[Indicator]:
        """Return those of some indicators that the release holds."""
        return [found for i in ids if (found := self.indicator(i, scope_type)) is not None]

    def euro(self, value: formatting.Number) -> str:
        """Return euro as sentences say it."""
        return formatting.euro_in_words(value, self.lang)

    def amount(self, value: formatting.Number) -> str:
        """Return euro as tables print it."""
        return formatting.euro(value, self.lang)


CALL_TABLES = (
    "t10_persons_by_call_and_stage",
    "t10_euro_by_call_and_stage",
    "t10_organisations_by_call_and_stage",
)
STAGES = ("submitted", "admitted", "funded", "paid")
