"""The reporting pack of an intervention (rendicontazione): what it did with the money, for whom, and what
changed. An open release and the intervention's id arrive, the document leaves."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.presentation import formatting
from dashboards.components.table import Cell, Column, Table, day_cell
from dashboards.figures import COST_CATEGORIES, LEAST_FOLLOWUP, SHOWN, Figure, Indicator
from dashboards.i18n import Messages
from dashboards.packs import common_sections
from dashboards.packs.disclosure import Key, cumulative
from dashboards.packs.document import (
    Bars,
    Block,
    Check,
    Document,
    KeyFigure,
    MoneyStages,
    Section,
    Sentence,
    State,
    TableBlock,
)
from dashboards.packs.release_reader import ReleaseReader, Row, total
from dashboards.packs.subject import Subject, protected_cells

# So much over its budget, and a cost category is asked about.
MOST_OVER = Decimal("0.10")
# Texts that can be added beside the release, by the section they stand in.
SLOTS = ("overview", "costs", "people", "targets", "outcomes")

_TO_DATE = (
    "disbursement_rate",
    "eligible_cost_rate",
    "residual",
    "budget_reported",
    "time_elapsed",
)
_MONEY = ("deliberated", "disbursed", "reported", "admitted")
_PEOPLE = ("persons_served", "deliveries", "attributed", "cost_per_person")
_OUTCOMES = ("outcome_change", "outcome_improved", "followup_rate")
# Money of all of a grant's promises is told in euro.
_EURO_MEASURES = ("attributed", "disbursed", "reported", "admitted")
_RATIO_MEASURES = ("outcome_improved", "followup_rate")


class Standing(NamedTuple):
    """Where the money of a grant stands on the last day, in euro; awarded less savings and revocations."""

    awarded: Decimal
    disbursed: Decimal
    reported: Decimal
    admitted: Decimal
    residual: Decimal


def document(reader: ReleaseReader, grant_key: str, messages: Messages, stem: str) -> Document | None:
    """Return the pack of a grant, or None where the release knows no such grant."""
    row = reader.grant(grant_key)
    place = reader.territory(row["instance_id"]) if row else None
    if row is None or place is None:
        return None
    subject = Subject(reader, messages, "grant", grant_key, [place])
    to_date = _to_date(subject)
    standing = _standing(to_date)
    held = reader.cost_categories(grant_key, COST_CATEGORIES)
    categories = held or []
    years = _years(subject, row)
    body = [
        _money(subject, standing, years),
        _costs(subject, categories, is_held=held is not None),
        _people(subject, years),
        _targets(subject),
        _outcomes(subject),
    ]
    checks = [
        *common_sections.release_checks(subject),
        *_grant_checks(subject, standing, categories),
    ]
    tables = [b for section in body for b in section.blocks if isinstance(b, TableBlock)]
    checks.append(common_sections.protection_check(subject, protected_cells(tables)))
    indicators = _shown_indicators(subject)
    sections = [
        *body,
        common_sections.checks_section(subject, checks),
        common_sections.quality_section(subject, ("grant", "grant_line")),
        common_sections.provenance_section(subject, indicators, stem),
    ]
    return Document(
        kind="grant",
        subject_id=grant_key,
        year=None,
        lang=subject.lang,
        kicker=messages("pack.grant.kicker"),
        title=row["title"],
        finding=_finding(subject, standing, to_date, categories),
        facts=_facts(subject, row, place),
        key_figures=_key_figures(subject, standing, years),
        sections=sections,
        checks=checks,
        indicators=indicators,
        data_to=subject.data_to,
    )


def _to_date(subject: Subject) -> dict[str, Figure]:
    """The cumulative figures of the last month of the release, by indicator."""
    month = subject.reader.as_of.replace(day=1)
    cells = subject.cells(_TO_DATE, "month")
    return {key[0]: figure for key, figure in cells.items() if key[3] == month}


def _standing(to_date: dict[str, Figure]) -> Standing:
    nothing = Decimal(0)
    paid, claimed, left = (to_date.get(i) for i in ("disbursement_rate", "eligible_cost_rate", "residual"))
    return Standing(
        awarded=(paid.denominator if paid else None) or nothing,
        disbursed=(paid.numerator if paid else None) or nothing,
        reported=(claimed.denominator if claimed else None) or nothing,
        admitted=(claimed.numerator if claimed else None) or nothing,
        residual=(left.numerator if left else None) or nothing,
    )


def _years(subject: Subject, row: Row) -> list[int]:
    """The years from the award to the last day of the release that have any figure of the grant, and all
    between them."""
    cells = subject.cells([*_MONEY, "persons_served", "followup_rate"], "year")
    known = {key[3].year for key, figure in cells.items() if figure.mark != "missing"}
    if row["deliberated_on"]:
        known.add(row["deliberated_on"].year)
    known = {year for year in known if year <= subject.reader.as_of.year}
    return list(range(min(known), max(known) + 1)) if known else [subject.reader.as_of.year]


def _facts(subject: Subject, row: Row, place: Row) -> list[tuple[str, str]]:
    messages, lang = subject.messages, subject.lang

    def day(value: date | None) -> str:
        return formatting.day(value, lang) if value else messages("grant.no_end")

    status = messages(f"grant.status.{row['status']}")
    if row["status"] == "ACTIVE" and row["ends_on"] and row["ends_on"] < subject.reader.as_of:
        status = messages("grant.status.past_end")
    sector = row["acri_sector"]
    facts = [
        (messages("pack.fact.funder"), _named(row["funder_name"], row["funder_tax_code"], messages)),
        (messages("column.lead"), _named(row["lead_name"], row["lead_tax_code"], messages)),
        (messages("column.territory"), place["instance_name"]),
        (messages("pack.fact.programme"), row["programme"]),
        (messages("pack.fact.sector"), messages.known(f"acri.{sector}", sector) if sector else None),
        (messages("pack.fact.call"), subject.reader.call_title(row["call_key"])),
        ("CUP", row["cup"]),
        (messages("pack.fact.awarded_on"), day(row["deliberated_on"])),
        (
            messages("pack.fact.period"),
            messages("pack.fact.from_to", first=day(row["starts_on"]), last=day(row["ends_on"])),
        ),
        (messages("column.status"), status),
        (messages("pack.fact.code_of"), row["grant_key"]),
    ]
    return [(label, text) for label, text in facts if text]


def _named(name: str | None, tax_code: str | None, messages: Messages) -> str:
    if not name:
        return tax_code or messages("grant.no_lead")
    return messages("pack.fact.named", name=name, code=tax_code) if tax_code else name


def _finding(
    subject: Subject, standing: Standing, to_date: dict[str, Figure], categories: Sequence[Row]
) -> str:
    messages, lang = subject.messages, subject.lang
    told = {k: formatting.euro_in_words(v, lang) for k, v in standing._asdict().items()}
    texts = [messages("pack.grant.finding" if standing.reported else "pack.grant.finding.none", **told)]
    share, elapsed = to_date.get("budget_reported"), to_date.get("time_elapsed")
    if share and share.value is not None and elapsed and elapsed.value is not None:
        said = {
            "reported": formatting.share(share.value, lang),
            "elapsed": formatting.share(elapsed.value, lang),
        }
        texts.append(messages("pack.grant.finding.plan", **said))
    over = [row for row in categories if _is_over(row)]
    if over:
        texts.append(messages.counted("pack.grant.finding.over", len(over)))
    return " ".join(texts)


def _is_over(row: Row) -> bool:
    return row["variance"] > MOST_OVER * row["budget"] and row["variance"] > 0


def _key_figures(subject: Subject, standing: Standing, years: Sequence[int]) -> list[KeyFigure]:
    messages, lang = subject.messages, subject.lang
    of_awarded = [
        messages("pack.of_awarded", share=formatting.share(amount / standing.awarded, lang))
        if standing.awarded > 0
        else ""
        for amount in (standing.reported, standing.admitted)
    ]
    made = [
        KeyFigure(
            messages("ledger.awarded"),
            formatting.euro(standing.awarded, lang),
            "value",
            messages("pack.net_of_savings"),
        ),
        KeyFigure(
            messages("ledger.reported"), formatting.euro(standing.reported, lang), "value", of_awarded[0]
        ),
        KeyFigure(
            messages("ledger.admitted"), formatting.euro(standing.admitted, lang), "value", of_awarded[1]
        ),
    ]
    for indicator in subject.held("persons_served"):
        cells = subject.cells([indicator.indicator_id], "year")
        served = [y for y in years if ("persons_served", "ALL", "ALL", date(y, 1, 1)) in cells]
        year = served[-1] if served else years[-1]
        figure = subject.figure(cells, indicator, "year", date(year, 1, 1))
        made.append(
            KeyFigure(
                indicator.name(messages),
                figure.text(indicator, messages),
                figure.mark,
                _in_year(subject, year),
            )
        )
    return made


def _in_year(subject: Subject, year: int) -> str:
    if year == subject.data_to.year and subject.data_to != date(year, 12, 31):
        return subject.messages(
            "pack.in_year.so_far", year=year, day=formatting.day(subject.data_to, subject.lang)
        )
    return subject.messages("pack.in_year", year=year)


def _money(subject: Subject, standing: Standing, years: Sequence[int]) -> Section:
    messages = subject.messages
    told = {k: subject.euro(v) for k, v in standing._asdict().items()}
    columns = [
        Column("stage", messages("pack.column.stage")),
        Column("amount", messages("pack.column.amount"), True, kind="euro"),
        Column("of_awarded", messages("pack.column.of_awarded"), True, kind="share"),
    ]
    rows = [
        [
            Cell(messages(f"ledger.{stage}"), stage),
            subject.euro_cell(amount),
            subject.share_cell(amount / standing.awarded if standing.awarded > 0 else None),
        ]
        for stage, amount in standing._asdict().items()
    ]
    day = formatting.day(subject.reader.as_of, subject.lang)
    caption = messages("pack.money.caption", day=day)
    ledger = TableBlock(
        "ledger", Table(caption, columns, rows, messages("table.empty")), messages("pack.money.under")
    )
    by_year = subject.years_table(
        "money_by_year", messages("pack.money.by_year"), _MONEY, years, messages("pack.money.by_year.under")
    )
    picture = MoneyStages(*standing[:4], messages("pack.money.alternative", **told))
    return Section("overview", messages("pack.section.money"), [picture, ledger, *by_year])


def _costs(subject: Subject, categories: Sequence[Row], *, is_held: bool) -> Section:
    messages, title = subject.messages, subject.messages("pack.section.costs")
    if not categories:
        key = "pack.costs.none" if is_held else "pack.costs.not_held"
        return Section("costs", title, [Sentence(messages(key))])
    amounts = ("budget", "reported", "admitted", "variance")
    columns = [
        Column("cost_category", messages("pack.column.cost_category")),
        *(Column(key, messages(f"pack.column.{key}"), True, kind="euro") for key in amounts),
        Column("variance_share", messages("pack.column.variance_share"), True, kind="share"),
    ]
    rows = [
        [
            Cell(messages.known(f"cost.{row['cost_category']}", row["cost_category"]), row["cost_category"]),
            *(subject.euro_cell(Decimal(row[key])) for key in amounts[:-1]),
            subject.change_cell(Decimal(row["variance"])),
            subject.share_cell(row["variance_share"], signed=True),
        ]
        for row in categories
    ]
    sums = {key: total(categories, key) for key in amounts}
    share = sums["variance"] / sums["budget"] if sums["budget"] > 0 else None
    rows.append(
        [
            Cell(messages("pack.total"), "ALL"),
            *(subject.euro_cell(sums[key]) for key in amounts[:-1]),
            subject.change_cell(sums["variance"]),
            subject.share_cell(share, signed=True),
        ]
    )
    bars = Bars(
        [*(Decimal(row["reported"]) for row in categories), None],
        [*(Decimal(row["budget"]) for row in categories), None],
        "euro",
    )
    table = Table(messages("pack.costs.caption"), columns, rows, messages("table.empty"))
    block = TableBlock("costs", table, messages("pack.costs.under"), has_total=True, bars=bars)
    return Section("costs", title, [Sentence(_costs_told(subject, categories)), block])


def _costs_told(subject: Subject, categories: Sequence[Row]) -> str:
    messages, over = subject.messages, [row for row in categories if _is_over(row)]
    if not over:
        return messages("pack.costs.within")
    listed = ", ".join(
        messages(
            "pack.costs.over.one",
            name=messages.known(f"cost.{row['cost_category']}", row["cost_category"]),
            amount=subject.euro(Decimal(row["variance"])),
        )
        for row in over
    )
    return messages("pack.costs.over", listed=listed)


def _people(subject: Subject, years: Sequence[int]) -> Section:
    messages = subject.messages
    blocks: list[Block] = [
        Sentence(messages("pack.people.lead")),
        *subject.years_table(
            "people", messages("pack.people.caption"), _PEOPLE, years, messages("pack.people.under")
        ),
    ]
    cells = subject.cells(["persons_served", "attributed"], "year", by_area=True)
    with_areas = [
        key[3].year for key, figure in cells.items() if key[2] != "ALL" and figure.mark != "missing"
    ]
    if with_areas:
        year = max(with_areas)
        blocks.append(
            subject.areas_table(
                "people_by_area",
                messages("pack.people.areas", year=year),
                ("persons_served", "attributed"),
                year,
                drawn="attributed",
                note=f"{messages('pack.areas.under')} {messages('pack.areas.attributed')}",
            )
        )
    return Section("people", messages("pack.section.people"), blocks)


def _targets(subject: Subject) -> Section:
    messages = subject.messages
    month = subject.reader.as_of.replace(day=1)
    title, targets = messages("pack.section.targets"), subject.reader.targets(subject.scope_id)
    if not targets:
        key = "pack.targets.not_held" if targets is None else "pack.targets.none"
        return Section("targets", title, [Sentence(messages(key))])
    measures = [row["measure"] for row in targets]
    by_year = _years_of_measures(subject, measures)
    cells = {
        key[1]: cumulative(figure, key[1], by_year)
        for key, figure in subject.cells(["target_progress"], "month", by_item=True).items()
        if key[3] == month
    }
    columns = [
        Column("measure", messages("pack.column.measure")),
        Column("baseline", messages("pack.column.baseline"), True, kind="number"),
        Column("target", messages("pack.column.target"), True, kind="number"),
        Column("due_on", messages("pack.column.due"), kind="date"),
        Column("gained", messages("pack.column.gained"), True, kind="number"),
        Column("progress", messages("pack.column.progress"), True, kind="share"),
    ]
    rows = []
    for row in targets:
        figure = cells.get(row["measure"])
        # Of several targets of one measure the figure is about the one in force: that of the same distance.
        distance = row["target"] - (row["baseline"] or 0)
        is_in_force = figure is not None and (figure.denominator is None or figure.denominator == distance)
        rows.append(_target_row(subject, row, figure if is_in_force else None))
    table = Table(messages("pack.targets.caption"), columns, rows, messages("table.empty"))
    return Section("targets", title, [TableBlock("targets", table, messages("pack.targets.under"))])


def _years_of_measures(subject: Subject, measures: Sequence[str]) -> dict[Key, Figure]:
    """The figures of every year of some measures; those of a scale under its own name."""
    cells = dict(subject.cells(measures, "year"))
    for key, figure in subject.cells(["outcome_change"], "year", by_item=True).items():
        cells[(key[1], "ALL", "ALL", key[3])] = figure
    return cells


def _target_row(subject: Subject, row: Row, figure: Figure | None) -> list[Cell]:
    messages, measure = subject.messages, row["measure"]
    told = subject.held(measure)
    scale = subject.reader.outcomes(subject.scope_id).get(measure)
    name = told[0].name(messages) if told else (scale or {}).get("outcome_name") or measure
    if figure is None:
        empty = Cell(messages("mark.not_applicable"), None, "not_applicable")
        progress, gained = empty, empty
    elif figure.mark not in SHOWN or figure.numerator is None or figure.value is None:
        mark = figure.mark if figure.mark not in SHOWN else "missing"
        progress = gained = Cell(messages(f"mark.{mark}"), None, mark)
    else:
        progress = Cell(
            formatting.share(figure.value, subject.lang),
            formatting.recorded(figure.value, "ratio"),
            figure.mark,
        )
        gained = _amount(subject, measure, figure.numerator, figure.mark)
    return [
        Cell(name, measure),
        _amount(subject, measure, row["baseline"]),
        _amount(subject, measure, row["target"]),
        day_cell(row["due_on"], subject.lang),
        gained,
        progress,
    ]


def _amount(subject: Subject, measure: str, amount: Decimal | None, mark: str | None = None) -> Cell:
    """A number of a measure: euro, a share, or as many decimals as it has."""
    if amount is None:
        return Cell("", None)
    if measure in _EURO_MEASURES:
        return Cell(subject.euro(amount), formatting.rounded(amount, 2), mark)
    if measure in _RATIO_MEASURES:
        return Cell(formatting.share(amount, subject.lang), formatting.recorded(amount, "ratio"), mark)
    places = 0 if amount == amount.to_integral_value() else 2
    return Cell(formatting.number(amount, subject.lang, places), formatting.rounded(amount, places), mark)


def _outcomes(subject: Subject) -> Section:
    messages, title = subject.messages, subject.messages("pack.section.outcomes")
    scales = subject.reader.outcomes(subject.scope_id)
    cells = subject.cells(_OUTCOMES, "year", by_item=True)
    changes = [figure for key, figure in cells.items() if key[0] == "outcome_change" and key[1] != "ALL"]
    if not changes:
        return Section("outcomes", title, [Sentence(messages("pack.outcomes.none"))])
    columns = [
        Column("outcome", messages("pack.column.scale")),
        Column("year", messages("pack.column.year")),
        Column("pairs", messages("pack.column.pairs"), True, kind="count"),
        Column("outcome_change", messages("pack.column.change"), True, kind="number"),
        Column("ci_low", messages("pack.column.ci_low"), True, kind="number"),
        Column("ci_high", messages("pack.column.ci_high"), True, kind="number"),
    ]
    rows = [_outcome_row(subject, figure, scales) for figure in changes]
    table = Table(messages("pack.outcomes.caption"), columns, rows, messages("table.empty"))
    years = sorted({figure.period_start.year for figure in cells.values()})
    ids = ("outcome_improved", "followup_rate")
    followed = subject.years_table(
        "followup", messages("pack.outcomes.followup"), ids, years, messages("pack.outcomes.followup.under")
    )
    change = TableBlock("outcomes", table, messages("pack.outcomes.under"))
    return Section("outcomes", title, [Sentence(messages("pack.outcomes.before_after")), change, *followed])


def _outcome_row(subject: Subject, figure: Figure, scales: dict[str, Row]) -> list[Cell]:
    messages, lang, scale = subject.messages, subject.lang, scales.get(figure.item) or {}
    name = scale.get("outcome_name") or figure.item
    if scale.get("scale_min") is not None and scale.get("scale_max") is not None:
        low, high = (formatting.number(scale[key], lang) for key in ("scale_min", "scale_max"))
        name = messages("pack.scale", name=name, low=low, high=high)
    year = str(figure.period_start.year)

    def points(value: float | None) -> Cell:
        if figure.mark not in SHOWN:
            return Cell(messages(f"mark.{figure.mark}"), None, figure.mark)
        if value is None:
            return Cell("", None)
        return Cell(
            formatting.signed(value, lang, 2), formatting.recorded(value, "scale points"), figure.mark
        )

    if figure.mark in SHOWN and figure.denominator is not None:
        pairs = Cell(formatting.number(figure.denominator, lang), int(figure.denominator), figure.mark)
    else:
        mark = figure.mark if figure.mark not in SHOWN else "missing"
        pairs = Cell(messages(f"mark.{mark}"), None, mark)
    values = (figure.value, figure.ci_low, figure.ci_high)
    return [Cell(name, figure.item), Cell(year, year), pairs, *map(points, values)]


def _grant_checks(subject: Subject, standing: Standing, categories: Sequence[Row]) -> list[Check]:
    messages, warnings = subject.messages, subject.reader.warnings(subject.scope_id)
    checks = [_sums(subject, standing, categories)]
    for kind in ("double_claimed", "without_receipt", "out_of_window"):
        found, name = warnings.get(kind), messages(f"pack.check.{kind}")
        if found is None:
            state: State = "ok" if standing.reported else "none"
            key = f"pack.check.{kind}.ok" if standing.reported else "pack.check.no_expenses"
            checks.append(Check(kind, name, state, messages(key)))
            continue
        told = {"n": messages.count(found["cases"]), "amount": subject.euro(found["amount"])}
        checks.append(Check(kind, name, "attention", messages(f"pack.check.{kind}.found", **told)))
    over = [row for row in categories if _is_over(row)]
    if categories:
        key = "found" if over else "ok"
        names = ", ".join(
            messages.known(f"cost.{row['cost_category']}", row["cost_category"]) for row in over
        )
        told = {"n": messages.count(len(over)), "names": names}
        result = messages(f"pack.check.over_budget.{key}", **told)
        state = "attention" if over else "ok"
    else:
        state, result = "none", messages("pack.check.no_categories")
    checks.append(Check("over_budget", messages("pack.check.over_budget"), state, result))
    return [*checks, _followup(subject)]


def _sums(subject: Subject, standing: Standing, categories: Sequence[Row]) -> Check:
    messages, name = subject.messages, subject.messages("pack.check.sums")
    if not categories:
        return Check("sums", name, "none", messages("pack.check.no_categories"))
    reported, admitted = total(categories, "reported"), total(categories, "admitted")
    told = {
        "reported": subject.euro(reported),
        "admitted": subject.euro(admitted),
        "whole_reported": subject.euro(standing.reported),
        "whole_admitted": subject.euro(standing.admitted),
    }
    agrees = (reported, admitted) == (standing.reported, standing.admitted)
    key = "ok" if agrees else "differ"
    return Check("sums", name, "ok" if agrees else "failed", messages(f"pack.check.sums.{key}", **told))


def _followup(subject: Subject) -> Check:
    messages, name = subject.messages, subject.messages("pack.check.followup")
    cells = subject.cells(["followup_rate"], "year")
    if not cells:
        return Check("followup", name, "none", messages("pack.check.followup.none"))
    newest = max(cells.values(), key=lambda figure: figure.period_start)
    if newest.mark not in SHOWN or newest.value is None:
        word = (
            messages(f"mark.{newest.mark}.spoken")
            if newest.mark not in SHOWN
            else messages("mark.missing.spoken")
        )
        return Check("followup", name, "none", word)
    share = formatting.share_of(newest.numerator or 0, newest.denominator or 0, newest.value, subject.lang)
    told = {"share": share, "year": newest.period_start.year}
    if newest.value < LEAST_FOLLOWUP:
        return Check("followup", name, "attention", messages("pack.check.followup.low", **told))
    return Check("followup", name, "ok", messages("pack.check.followup.ok", **told))


def _shown_indicators(subject: Subject) -> list[Indicator]:
    return subject.held(*_MONEY, "residual", "budget_variance", *_PEOPLE, "target_progress", *_OUTCOMES)
