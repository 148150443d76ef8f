"""A provider's figures for its social report (bilancio sociale, DM 4 July 2019): its own services, by whom
they are paid, and what it received from public bodies. An open release, its tax code and a year arrive, the
document leaves."""

from collections.abc import Sequence
from datetime import date

from core.presentation import formatting
from dashboards.components.table import Cell, Column, Table, day_cell
from dashboards.figures import SHOWN, Figure
from dashboards.i18n import Messages
from dashboards.packs import common_sections, spending, year_sections
from dashboards.packs.disclosure import Key
from dashboards.packs.document import Block, Document, Section, Sentence, TableBlock
from dashboards.packs.release_reader import ReleaseReader, Row
from dashboards.packs.subject import Subject, protected_cells

SLOTS = ("people", "sources", "public_grants", "outcomes")

_KEY_FIGURES = ("persons_served", "spend_delivered", "deliveries", "satisfaction")
_PEOPLE = ("persons_served", "deliveries", "spend_delivered", "cost_per_person")
_AREAS = ("persons_served", "spend_delivered")
_MONEY = ("spend_delivered", "spend_net", "paid", "voucher_redeemed")
_OUTCOMES = ("satisfaction", "response_rate", "no_show_rate", "outcome_improved", "followup_rate")
_PLACES = " | "


def document(
    reader: ReleaseReader, tax_code: str, year: int, messages: Messages, stem: str
) -> Document | None:
    """Return the figures of a provider's year, or None where the release knows no such provider or nothing of
    it in the year."""
    row = reader.provider(tax_code)
    if row is None:
        return None
    named = (row.get("provider_in") or "").split(_PLACES)
    places = [place for name in named if (place := reader.territory(name)) is not None]
    subject = Subject(reader, messages, "provider", tax_code, places)
    cells = subject.cells(_KEY_FIGURES, "year")
    if not any(key[3] == date(year, 1, 1) for key in cells):
        return None
    years = year_sections.known_years(cells, year)
    body = [
        _people(subject, years),
        _sources(subject, years),
        _public_grants(subject, year),
        year_sections.outcomes_section(subject, _OUTCOMES, years),
    ]
    tables = [b for section in body for b in section.blocks if isinstance(b, TableBlock)]
    checks = [
        *common_sections.release_checks(subject),
        common_sections.protection_check(subject, protected_cells(tables)),
    ]
    indicators = subject.held(*dict.fromkeys((*_PEOPLE, *_MONEY, "source_mix", *_OUTCOMES)))
    sections = [
        *body,
        common_sections.checks_section(subject, checks),
        common_sections.quality_section(subject, ("service_delivery", "payment", "voucher_event")),
        common_sections.provenance_section(subject, indicators, stem),
    ]
    name = row["organisation_name"]
    return Document(
        kind="provider",
        subject_id=tax_code,
        year=year,
        lang=subject.lang,
        kicker=messages("pack.provider.kicker"),
        title=messages("pack.provider.title", name=name, year=year),
        finding=_finding(subject, name, cells, year),
        facts=_facts(subject, row, year),
        key_figures=year_sections.key_figures(subject, cells, _KEY_FIGURES, year),
        sections=year_sections.with_open_year(subject, sections, year),
        checks=checks,
        indicators=indicators,
        data_to=subject.data_to,
    )


def _finding(subject: Subject, name: str, cells: dict[Key, Figure], year: int) -> str:
    start = date(year, 1, 1)
    people, spend = (cells.get((i, "ALL", "ALL", start)) for i in ("persons_served", "spend_delivered"))
    places = ", ".join(row["instance_name"] for row in subject.territories)
    key = "pack.provider.finding"
    return year_sections.people_and_value(
        subject.messages,
        key,
        people,
        spend,
        name=name,
        year=year_sections.told_year(subject, year),
        places=places,
    )


def _facts(subject: Subject, row: Row, year: int) -> list[tuple[str, str]]:
    messages = subject.messages
    kind = row["kind"]
    facts = [
        (messages("pack.fact.provider"), row["organisation_name"]),
        (messages("pack.fact.tax_code"), row["tax_code"]),
        (messages("pack.fact.runts"), row.get("runts_number")),
        (messages("pack.fact.kind"), messages.known(f"kind.{kind}", kind) if kind else None),
        (messages("pack.fact.places"), ", ".join(place["instance_name"] for place in subject.territories)),
        (messages("pack.fact.year"), str(year)),
        (messages("pack.fact.protection"), messages("pack.fact.protection.public")),
    ]
    return [(label, text) for label, text in facts if text]


def _people(subject: Subject, years: Sequence[int]) -> Section:
    messages = subject.messages
    lead = Sentence(messages("pack.provider.people.lead"))
    blocks = year_sections.people_blocks(subject, years, _PEOPLE, _AREAS)
    return Section("people", messages("pack.section.people"), [lead, *blocks])


def _sources(subject: Subject, years: Sequence[int]) -> Section:
    messages, year = subject.messages, years[-1]
    blocks: list[Block] = [
        Sentence(messages("pack.provider.sources.lead")),
        *spending.by_source(subject, year),
        *subject.years_table(
            "money", messages("pack.provider.money"), _MONEY, years, messages("pack.provider.money.under")
        ),
    ]
    return Section("sources", messages("pack.section.sources"), blocks)


def _public_grants(subject: Subject, year: int) -> Section:
    messages, title = subject.messages, subject.messages("pack.section.public_grants")
    received = subject.reader.received_from_public_bodies(subject.scope_id, year)
    lead = Sentence(received_sentence(messages, received, year))
    if not received:
        return Section("public_grants", title, [lead])
    columns = [
        Column("payer_tax_code", messages("pack.fact.tax_code")),
        Column("payer_name", messages("pack.column.payer")),
        Column("received_eur", messages("pack.column.received"), True, kind="euro"),
        Column("reasons", messages("pack.column.reasons")),
        Column("last_received_on", messages("pack.column.last_on"), kind="date"),
    ]
    rows = []
    for row in received:
        if row["mark"] in SHOWN:
            amount = Cell(subject.euro(row["received_eur"]), row["received_eur"], row["mark"])
        else:
            amount = Cell(messages(f"mark.{row['mark']}"), None, row["mark"])
        rows.append(
            [
                Cell(row["payer_tax_code"], row["payer_tax_code"]),
                Cell(row["payer_name"] or "", row["payer_name"] or ""),
                amount,
                Cell(reasons_in_words(messages, row["reasons"]), row["reasons"] or ""),
                day_cell(row["last_received_on"], subject.lang),
            ]
        )
    table = Table(messages("pack.public_grants.caption", year=year), columns, rows, messages("table.empty"))
    note = messages("pack.public_grants.under")
    return Section("public_grants", title, [lead, TableBlock("public_grants", table, note)])


def received_sentence(messages: Messages, received: Sequence[Row] | None, year: int) -> str:
    """Return what the list of L. 124/2017 says of a provider's year: on which side of the line of 10,000 euro
    it stands. received -- its rows by payer, or None where the release has no such list."""
    if received is None:
        return messages("pack.public_grants.no_list")
    if not received:
        return messages("pack.public_grants.none", year=year)
    first = received[0]
    if first["provider_total_eur"] is None:
        return messages("pack.public_grants.hidden", year=year)
    side = "above" if first["above_threshold"] else "below"
    amount = formatting.euro(first["provider_total_eur"], messages.lang, cents=True)
    return messages(f"pack.public_grants.{side}", year=year, amount=amount)


def reasons_in_words(messages: Messages, reasons: str | None) -> str:
    """Return the reasons of what a public body paid, which stand in one text as codes."""
    return ", ".join(messages.known(f"payment.{code}", code) for code in (reasons or "").split())
