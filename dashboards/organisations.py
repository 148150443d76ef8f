"""A provider in words: its figures arrive, its sentence, its cards and its panel leave."""

from datetime import date

from core.presentation import formatting
from dashboards import presenters, queries
from dashboards.components import prose
from dashboards.page_context import PageContext
from dashboards.presenters import Subject

CARDS = ("deliveries", "persons_served", "satisfaction", "no_show_rate")
# What takes a card's place while the release does not hold it.
SPARE = ("spend_delivered", "cost_per_person")


def provider(context: PageContext, row: queries.Row) -> Subject:
    """Return the provider as its own people see it, over all territories it is at work in."""
    return presenters.placed(context, queries.figures, "provider", row["tax_code"], "works", row)


def rule(context: PageContext) -> str:
    """Return the rule that holds for figures about persons on this page."""
    messages, shown = context.messages, context.viewer.sees_persons
    text = messages("provider.rule" if shown else "persons.protected")
    return prose.notice("note", text, messages("territory.rule.word" if shown else "persons.protected.word"))


def cards(subject: Subject) -> list[str]:
    """Return the ids of the four cards: the chosen ones that the release holds, then the spare ones."""
    return [i.indicator_id for i in subject.held(*CARDS, *SPARE)][:4]


def headline(subject: Subject, name: str, year: date) -> str:
    """Return the sentence of a provider and a year; without deliveries it says so."""
    messages, lang, values = (
        subject.context.messages,
        subject.context.lang,
        {"name": name, "year": str(year.year)},
    )
    indicators = subject.held("persons_served", "deliveries", "spend_delivered")
    if len(indicators) < 3:
        return ""
    people, done, money = (subject.figure(i, "year", year) for i in indicators)
    if done.amount is None or done.amount == 0:
        key = "none" if done.mark == "zero" else "missing"
        return prose.sentence(messages(f"sentence.provider.{key}", **values))
    values["deliveries"] = messages.counted("deliveries", done.amount)
    key = "sentence.provider"
    if people.amount is None:
        key += ".no_people"
    else:
        values["persons"] = messages.counted("people", people.amount)
        if money.amount is None:
            key += ".no_money"
        else:
            values["euro"] = formatting.euro_in_words(money.amount, lang)
    return prose.sentence(messages(key, **values), *presenters.year_remarks(subject, year))


def nothing(context: PageContext) -> str:
    """Return the panel of a release without providers."""
    messages = context.messages
    return prose.empty_panel(
        messages, messages("provider.empty"), messages("empty.no_figures"), messages("empty.network")
    )
