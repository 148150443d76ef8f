"""What a column holds is written once: in a block of models/columns.md, or where only one model has it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from orchestration.registry_macro import read_registry
from orchestration.wide_marts import wide_mart_contracts

MODELS = Path(__file__).resolve().parents[2] / "dbt_project" / "models"
BLOCKS = MODELS / "columns.md"
BLOCK = re.compile(r"\{% docs (?P<name>\w+) %\}\n(?P<text>.*?)\n\{% enddocs %\}", re.DOTALL)
NAMED = re.compile(r"\{\{ doc\('(?P<name>\w+)'\) \}\}")
# So short a text says the same of many things, as "name" does.
FEWEST_WORDS = 4

# The text of a column, by model and column.
Texts = Mapping[tuple[str, str], str]


@pytest.fixture(scope="module")
def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall(BLOCKS.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def texts() -> Texts:
    """Those that people write: the columns of wide marts that are indicators come from the registry."""
    registry = read_registry()
    generated = {path.stem for path in wide_mart_contracts(registry)}
    return {
        (model, column): text
        for model, column, text in columns()
        if model not in generated or column not in registry
    }


def columns() -> Iterator[tuple[str, str, str]]:
    for path in sorted(MODELS.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            for column in model.get("columns", []):
                yield model["name"], column["name"], column["description"]


def written_twice(texts: Texts, blocks: list[tuple[str, str]]) -> list[str]:
    """Return every text that stands in more than one place, with the places."""
    places: dict[str, list[str]] = {}
    for (model, column), text in texts.items():
        if not NAMED.fullmatch(text):
            places.setdefault(text.lower(), []).append(f"{model}.{column}")
    for name, text in blocks:
        places.setdefault(text.lower(), []).append(f"block {name}")
    return [
        f"{text!r}: {', '.join(found)}"
        for text, found in places.items()
        if len(found) > 1 and len(text.split()) >= FEWEST_WORDS
    ]


def named_once(texts: Texts, blocks: list[tuple[str, str]]) -> list[str]:
    """Return the blocks that fewer than two columns name: their text belongs in the model's own .yml."""
    uses = Counter(name for text in texts.values() for name in NAMED.findall(text))
    return [name for name, _ in blocks if uses[name] < 2]


def test_no_text_is_written_twice(texts: Texts, blocks: list[tuple[str, str]]) -> None:
    assert len(texts) > 1000
    found = written_twice(texts, blocks)
    assert not found, "put the text into a block of models/columns.md, and name it: " + "; ".join(found)


def test_every_block_is_named_by_several_columns(texts: Texts, blocks: list[tuple[str, str]]) -> None:
    assert len(blocks) > 100
    found = named_once(texts, blocks)
    assert not found, f"write the text in the only model's .yml that names it: {', '.join(found)}"


def test_blocks_stand_in_the_order_of_their_names(blocks: list[tuple[str, str]]) -> None:
    names = [name for name, _ in blocks]
    assert names == sorted(set(names)), "put the blocks of models/columns.md in the order of their names"


@pytest.mark.parametrize(
    ("in_a", "in_b", "told"),
    [
        ("day on which the request came in", "Day on which the request came in", True),
        ("day on which the request came in", "day on which it was served", False),
        ("name", "name", False),
        ("{{ doc('day') }}", "{{ doc('day') }}", False),
        ("{{ doc('day') }}", "first day of the month", True),
    ],
)
def test_a_repeated_text_is_found(in_a: str, in_b: str, told: bool) -> None:
    texts = {("a", "received_on"): in_a, ("b", "received_on"): in_b}
    assert bool(written_twice(texts, [("day", "first day of the month")])) is told


def test_a_block_named_once_is_found() -> None:
    assert named_once({("a", "day"): "{{ doc('day') }}"}, [("day", "first day of the month")]) == ["day"]
