"""Headline sentences (Frase) that more than one page says: figures arrive, the text in the variant that their
marks ask for leaves."""

from core.presentation import formatting
from dashboards.figures import Figure
from dashboards.i18n import Messages


def of_territory(
    name: str, year: int, people: Figure | None, money: Figure | None, messages: Messages
) -> str:
    """Return how many people a territory helped in a year and what their services were worth; None where
    nothing is known of a figure."""
    values = {"year": str(year), "name": name}
    if people is None or people.amount is None or people.mark == "zero":
        return messages(f"sentence.territory.{people.mark if people else 'missing'}", **values)
    if money is None or money.amount is None:
        told = messages.counted("sentence.territory.no_money", int(people.amount), **values)
        return f"{told} {messages('sentence.money.' + (money.mark if money else 'missing'))}"
    values["euro"] = formatting.euro_in_words(money.amount, messages.lang)
    return messages.counted("sentence.territory", int(people.amount), **values)
