"""The catalogue: two languages, the same places in both, no unused key, and the voice of the house."""

import ast
import re
import string
from pathlib import Path

import pytest

import dashboards
from dashboards.figures import MARKS
from dashboards.i18n import Messages, catalogue, chosen_language
from dashboards.pages import STAFF

ROOM = Path(dashboards.__file__).parent
# Families of keys that code puts together from what the data hold.
FROM_DATA = (
    "acri.",
    "area.",
    "code.",
    "definition.",
    "entity.",
    "grant.status.",
    "indicator.",
    "mark.",
    "state.",
    "unit.",
)
# Forms of a counted word, and the places that hold what is written and not counted.
FORMS = re.compile(r"\{\w+:([^|{}]+)\|((?:[^{}]|\{\w+\})+)\}")
WRITTEN = ("factor", "widening", "name", "names", "disbursed", "amount", "year")
PAGES = tuple(page.key for page in STAFF)


def said_in_code() -> list[str]:
    """Every text in the code as a pattern: what is filled in at run time stands for anything."""
    patterns = []
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                patterns.append(re.escape(node.value))
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(p.value) if isinstance(p, ast.Constant) else r"[\w.-]+" for p in node.values
                ]
                patterns.append("".join(parts))
    return [p for p in patterns if p.count("]+") < 2 and re.fullmatch(r"[\w\\.\[\]+-]+", p)]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_is_there_in_both_languages_with_the_same_places() -> None:
    for key, texts in catalogue().items():
        assert set(texts) == {"it", "en"}, key
        assert texts["it"].strip() and texts["en"].strip(), key
        assert places(texts["it"]) == places(texts["en"]), key


def test_every_key_that_code_names_is_in_the_catalogue() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in ROOM.rglob("*.py"))
    named = set(re.findall(r"messages(?:\.lines|\.counted)?\(\s*\"([a-z_]+(?:\.[a-zA-Z_0-9]+)+)\"", code))
    assert len(named) > 80
    assert not {key for key in named if not {key, f"{key}.1", f"{key}.one"} & set(catalogue())}


def test_no_text_is_left_that_nobody_says() -> None:
    patterns = [p for p in said_in_code() if "." in p]
    said = re.compile("|".join(f"(?:{pattern})" for pattern in dict.fromkeys(patterns)))
    counted = r"\.(one|other|\d+)$"
    unused = [
        key
        for key in catalogue()
        if not key.startswith(FROM_DATA)
        and not said.fullmatch(key)
        and not said.fullmatch(re.sub(counted, "", key))
    ]
    assert not unused


def test_every_mark_has_its_word_and_its_sentence() -> None:
    for lang in ("it", "en"):
        messages = Messages(lang)
        for mark in MARKS:
            assert messages(f"mark.{mark}")
            assert messages(f"mark.{mark}.spoken")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_title_question_empty_panel_and_three_to_six_limits(page: str) -> None:
    messages = Messages("it")
    for part in ("title", "question", "empty"):
        assert messages(f"{page}.{part}")
    assert messages(f"{page}.question").endswith("?")
    assert 3 <= len(messages.lines(f"{page}.limits")) <= 6


def test_the_pages_that_most_read_say_three_to_six_limits() -> None:
    for page in ("public_territory", "public_network"):
        assert 3 <= len(Messages("it").lines(f"{page}.limits")) <= 6, page


@pytest.mark.parametrize("lang", ["it", "en"])
def test_a_headline_sentence_has_at_most_thirty_words_a_sentence(lang: str) -> None:
    for key, texts in catalogue().items():
        if key.startswith("sentence."):
            for part in re.split(r"(?<=[.?])\s", texts[lang]):
                assert len(part.split()) <= 30, key


def test_the_voice_of_the_house_is_kept() -> None:
    never = (
        r"\b(utenti|utenza|assistiti|beneficiari finali|inevas\w+|oscurat\w+|n\.d\.|barboni)\b"
        r"|\b(extracomunitari|maglia nera|impatto|grazie a|mln|ca\.)\b|!"
    )
    for key, texts in catalogue().items():
        assert not re.search(never, texts["it"], flags=re.IGNORECASE), key


def test_public_sentences_can_be_read_by_many() -> None:
    """Gulpease: 89 + (300 x sentences - 10 x letters) / words; 55 at least on public pages."""
    texts = [
        texts["it"]
        for key, texts in catalogue().items()
        if key.startswith(("public_territory.", "sentence.territory", "foot.method", "page."))
        and len(texts["it"].split()) > 7
    ]
    assert len(texts) > 10
    text = " ".join(re.sub(r"\*\*|\{\w+\}", "Biella", t) for t in texts)
    sentences = len(re.findall(r"[.?:;]", text))
    letters, count = len(re.findall(r"\w", text)), len(text.split())
    assert 89 + (300 * sentences - 10 * letters) / count >= 55


def test_singular_and_plural_are_told_apart() -> None:
    messages = Messages("it")
    assert messages.counted("sentence.open", 1) == "È aperto **un** intervento."
    assert messages.counted("sentence.open", 0) == "Sono aperti **0** interventi."
    one, many = messages.count(1), messages.count(1_000_000)
    assert messages("provenance.network", n=one, total=one) == "1 territorio su 1"
    assert messages("provenance.network", n=many, total=many) == "1.000.000 territori su 1.000.000"


def test_a_place_that_is_given_nothing_is_an_error_and_never_reaches_a_reader() -> None:
    with pytest.raises(KeyError):
        Messages("it")("plan.gap")


def test_no_text_writes_a_number_before_a_fixed_plural() -> None:
    """A number that comes in takes its noun along: `{n} {n:territorio|territori}`."""
    forms = {text for texts in catalogue().values() for lang in texts for text in FORMS.findall(texts[lang])}
    plurals = {plural.split()[-1] for _, plural in forms} | {"interventi", "prestazioni", "avvisi", "volte"}
    assert len(plurals) > 20
    fixed = re.compile(rf"\{{(\w+)\}}\**[ \u00a0]({'|'.join(map(re.escape, sorted(plurals)))})\b")
    for key, texts in catalogue().items():
        if not key.endswith((".other", ".many")):
            found = [
                hit
                for text in texts.values()
                for hit in fixed.findall(FORMS.sub("", text))
                if hit[0] not in WRITTEN
            ]
            assert not found, f"{key}: {found}"


def test_only_protected_is_said_of_what_is_protected() -> None:
    """No reason of a protected value is hinted at: protection is also of what stands beside."""
    for key, texts in catalogue().items():
        for text in texts.values():
            assert not re.search(r"troppo poche|too few (people|were)|senza renderl|making them", text), key


def test_italian_is_spoken_unless_english_is_asked_for() -> None:
    assert [chosen_language(asked) for asked in (None, "", "fr", "it", "en")] == [
        "it",
        "it",
        "it",
        "it",
        "en",
    ]
