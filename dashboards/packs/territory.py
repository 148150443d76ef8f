"""The annual report of a territory: whom it helped, with whose money, after which wait. An open release, the
territory and a year arrive, the document leaves."""

from collections.abc import Sequence
from datetime import date

from core.presentation import formatting
from dashboards.figures import SHOWN, Figure
from dashboards.i18n import Messages
from dashboards.packs import common_sections, spending, year_sections
from dashboards.packs.disclosure import Key
from dashboards.packs.document import Block, Document, Section, TableBlock
from dashboards.packs.release_reader import ReleaseReader, Row
from dashboards.packs.subject import Subject, protected_cells

SLOTS = ("people", "sources", "requests", "interventions", "outcomes")

_KEY_FIGURES = ("persons_served", "spend_delivered", "wait_to_service_p50", "unmet_share")
_PEOPLE = ("persons_served", "first_time_persons", "persons_per_1000", "deliveries")
_AREAS = ("persons_served", "spend_delivered", "cost_per_person")
_SPENDING = ("spend_delivered", "spend_net", "spend_municipal", "spend_municipal_per_resident")
_REQUESTS = ("requests", "acceptance_rate", "unmet_share", "open_share")
_WAITS = ("wait_to_assessment_p50", "wait_to_service_p50", "wait_to_service_p90", "waiting_persons")
_INTERVENTIONS = ("deliberated", "disbursed", "reported", "admitted")
_VOUCHERS = ("voucher_issued", "voucher_redeemed", "voucher_lapsed", "voucher_redemption_rate")
_OUTCOMES = ("outcome_improved", "followup_rate", "satisfaction", "response_rate")


def document(
    reader: ReleaseReader, instance_id: str, year: int, messages: Messages, stem: str
) -> Document | None:
    """Return the report of a territory's year, or None where the release knows no such territory or nothing
    of it in the year."""
    row = reader.territory(instance_id)
    if row is None:
        return None
    subject = Subject(reader, messages, "instance", instance_id, [row])
    cells = subject.cells(_KEY_FIGURES, "year")
    start = date(year, 1, 1)
    if not any(key[3] == start for key in cells):
        return None
    years = year_sections.known_years(cells, year)
    body = [
        _people(subject, years),
        _sources(subject, years),
        _requests(subject, years),
        _interventions(subject, years),
        year_sections.outcomes_section(subject, _OUTCOMES, years),
    ]
    tables = [b for section in body for b in section.blocks if isinstance(b, TableBlock)]
    checks = [
        *common_sections.release_checks(subject),
        common_sections.protection_check(subject, protected_cells(tables)),
    ]
    indicators = subject.held(
        *dict.fromkeys(
            (*_PEOPLE, *_AREAS, *_SPENDING, *_REQUESTS, *_WAITS, *_INTERVENTIONS, *_VOUCHERS, *_OUTCOMES)
        )
    )
    sections = [
        *body,
        common_sections.checks_section(subject, checks),
        common_sections.quality_section(
            subject, ("service_delivery", "payment", "voucher_event", "grant_line")
        ),
        common_sections.provenance_section(subject, indicators, stem),
    ]
    return Document(
        kind="territory",
        subject_id=instance_id,
        year=year,
        lang=subject.lang,
        kicker=messages("pack.territory.kicker"),
        title=messages("pack.territory.title", name=row["instance_name"], year=year),
        finding=_finding(subject, row["instance_name"], cells, year),
        facts=_facts(subject, row, year),
        key_figures=year_sections.key_figures(subject, cells, _KEY_FIGURES, year),
        sections=year_sections.with_open_year(subject, sections, year),
        checks=checks,
        indicators=indicators,
        data_to=subject.data_to,
    )


def _finding(subject: Subject, name: str, cells: dict[Key, Figure], year: int) -> str:
    messages, lang, start = subject.messages, subject.lang, date(year, 1, 1)
    found = {i: cells.get((i, "ALL", "ALL", start)) for i in _KEY_FIGURES}
    people, spend = found["persons_served"], found["spend_delivered"]
    texts = [
        year_sections.people_and_value(
            messages,
            "pack.territory.finding",
            people,
            spend,
            name=name,
            year=year_sections.told_year(subject, year),
        )
    ]
    wait, refused = found["wait_to_service_p50"], found["unmet_share"]
    if wait is not None and wait.mark in SHOWN and wait.amount is not None:
        texts.append(messages("pack.territory.finding.wait", days=formatting.days(wait.amount, lang)))
    if refused is not None and refused.mark in SHOWN and refused.value is not None:
        share = formatting.share_of(refused.numerator or 0, refused.denominator or 0, refused.value, lang)
        texts.append(messages("pack.territory.finding.unmet", share=share))
    return " ".join(texts)


def _facts(subject: Subject, row: Row, year: int) -> list[tuple[str, str]]:
    messages, lang = subject.messages, subject.lang
    facts = [
        (messages("column.territory"), row["instance_name"]),
        (messages("pack.fact.region"), row["region_name"]),
        (messages("pack.fact.year"), str(year)),
        (messages("column.data_to"), formatting.day(row["data_to"], lang) if row["data_to"] else None),
        (messages("pack.fact.protection"), messages("pack.fact.protection.public")),
    ]
    return [(label, text) for label, text in facts if text]


def _people(subject: Subject, years: Sequence[int]) -> Section:
    blocks = year_sections.people_blocks(subject, years, _PEOPLE, _AREAS)
    return Section("people", subject.messages("pack.section.people"), blocks)


def _sources(subject: Subject, years: Sequence[int]) -> Section:
    messages, year = subject.messages, years[-1]
    blocks: list[Block] = [
        *subject.years_table("spending", messages("pack.spending.years"), _SPENDING, years),
        *spending.by_source(subject, year),
        *spending.by_macro_area(subject, year),
    ]
    return Section("sources", messages("pack.section.sources"), blocks)


def _requests(subject: Subject, years: Sequence[int]) -> Section:
    messages = subject.messages
    blocks: list[Block] = [
        *subject.years_table("requests", messages("pack.requests.years"), _REQUESTS, years),
        *subject.years_table(
            "waits", messages("pack.waits.years"), _WAITS, years, messages("pack.waits.under")
        ),
    ]
    return Section("requests", messages("pack.section.requests"), blocks)


def _interventions(subject: Subject, years: Sequence[int]) -> Section:
    messages = subject.messages
    blocks: list[Block] = [
        *subject.years_table(
            "interventions",
            messages("pack.interventions.years"),
            _INTERVENTIONS,
            years,
            messages("pack.money.by_year.under"),
        ),
        *subject.years_table("vouchers", messages("pack.vouchers.years"), _VOUCHERS, years),
    ]
    return Section("interventions", messages("pack.section.interventions"), blocks)
