"""A provider in words: its figures arrive, its sentence, its cards and its panel leave."""

from datetime import date

from dashboards import compose, data, numerals
from dashboards.compose import Subject
from dashboards.parts import prose
from dashboards.view import View

CARDS = ("deliveries", "persons_served", "satisfaction", "no_show_rate")
# What takes a card's place while the release does not hold it.
SPARE = ("spend_delivered", "cost_per_person")


def provider(view: View, row: data.Row) -> Subject:
    """Return the provider as its own people see it, over all territories it is at work in."""
    return compose.placed(view, data.figures, "provider", row["tax_code"], "works", row)


def cards(subject: Subject) -> list[str]:
    """Return the ids of the four cards: the chosen ones that the release holds, then the spare ones."""
    return [i.indicator_id for i in subject.held(*CARDS, *SPARE)][:4]


def headline(subject: Subject, name: str, year: date) -> str:
    """Return the sentence of a provider and a year; without deliveries it says so."""
    words, lang, values = subject.view.words, subject.view.lang, {"name": name, "year": str(year.year)}
    indicators = subject.held("persons_served", "deliveries", "spend_delivered")
    if len(indicators) < 3:
        return ""
    people, done, money = (subject.figure(i, "year", year) for i in indicators)
    if done.amount is None or done.amount == 0:
        key = "none" if done.mark == "zero" else "missing"
        return prose.sentence(words(f"sentence.provider.{key}", **values))
    values["deliveries"] = words.counted("deliveries", done.amount)
    key = "sentence.provider"
    if people.amount is None:
        key += ".no_people"
    else:
        values["persons"] = words.counted("people", people.amount)
        if money.amount is None:
            key += ".no_money"
        else:
            values["euro"] = numerals.euro_in_words(money.amount, lang)
    return prose.sentence(words(key, **values), *compose.year_remarks(subject, year))


def nothing(view: View) -> str:
    """Return the panel of a release without providers."""
    words = view.words
    return prose.empty_panel(
        words, words("provider.empty"), words("empty.no_figures"), words("empty.network")
    )
