"""Files as models: a fault is told with its place, in two languages, without a word of what stands there."""

from datetime import date

import pytest
from pydantic import Field, model_validator

from core.yaml_models import FileUnusable, Members, Several, YamlModel, problem, read_json, read_yaml

SECRET = "secret-that-must-not-show"


class Unusable(FileUnusable):
    """The class that the reader of the file chooses."""


class Part(YamlModel):
    day: date
    share: float = Field(0.5, gt=0, lt=1)
    words: Several[str] = ()


class Whole(YamlModel):
    name: str = Field(alias="from")
    parts: dict[str, Part] = Field(default_factory=dict)
    steps: Several[Part] = ()
    tags: Members[str] = frozenset()

    @model_validator(mode="after")
    def _tags_are_parts(self) -> "Whole":
        for tag in self.tags - self.parts.keys():
            raise problem("non è fra le parti", "is none of the parts", "tags", tag)
        return self


GOOD = """\
from: a
parts:
  one: {day: 2026-10-01, share: 0.1}
steps:
  - day: 2026-10-01
    words: [x, y]
tags: [one]
"""


def read(text: str | bytes) -> Whole:
    content = text if isinstance(text, bytes) else text.encode()
    return read_yaml(content, "whole.yaml", Whole, Unusable)


def test_what_a_file_says_is_read() -> None:
    found = read(GOOD)
    assert (found.name, found.parts["one"].share, found.steps[0].words) == ("a", 0.1, ("x", "y"))


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (GOOD.replace("0.1", "1.5"), "whole.yaml:3:33, parts.one.share:", "less than 1"),
        (GOOD.replace("0.1", f"'{SECRET}'"), "whole.yaml:3:33, parts.one.share:", "number"),
        (GOOD.replace("from: a", "from: 5"), "whole.yaml:1:7, from:", "text"),
        (GOOD.replace("from: a", f"from: a\nkey: {SECRET}"), "whole.yaml:2:1, key:", "known: from, parts"),
        (GOOD.replace("from: a\n", ""), "whole.yaml:1:1, from:", "missing"),
        (GOOD.replace("day: 2026-10-01,", ""), "whole.yaml:3:3, parts.one.day:", "missing"),
        (GOOD.replace("  - day: 2026-10-01", "  - day: 1 October"), "whole.yaml:5:10, steps[0].day:", "date"),
        (GOOD.replace("[x, y]", f"[x, {{{SECRET}: 1}}]"), "whole.yaml:6:16, steps[0].words[1]:", "text"),
        (GOOD.replace("[x, y]", SECRET), "whole.yaml:6:12, steps[0].words:", "list"),
        (GOOD.replace("tags: [one]", "tags: [two]"), "whole.yaml:7:1, tags.two:", "none of the parts"),
        (GOOD + f"from: {SECRET}\n", "whole.yaml:8:1:", "twice"),
        (GOOD + f"a: [{SECRET}\n", "whole.yaml:9:1:", "readable YAML"),
        (GOOD.replace("2026-10-01,", "2026-02-30,"), "whole.yaml:3:14:", "readable YAML"),
        (b"from: a\nx: \xff", "whole.yaml:2:4:", "readable YAML"),
        (b"from: a\nx: \x07", "whole.yaml:2:4:", "readable YAML"),
        ("from: à\nè: è\x07".encode(), "whole.yaml:2:5:", "readable YAML"),
        (b"\xef\xbb\xbf" + "from: à\nè: ".encode() + b"\xff", "whole.yaml:2:4:", "readable YAML"),
        ("- a", "whole.yaml:1:1:", "keys among from"),
        ("", "whole.yaml, from:", "missing"),
    ],
)
def test_a_fault_has_its_place_in_two_languages_and_quotes_nothing(
    text: str | bytes, place: str, said: str
) -> None:
    with pytest.raises(Unusable) as raised:
        read(text)
    told = str(raised.value)
    assert told.startswith(f"{place} ") and said in told and " / " in told
    assert SECRET not in told and raised.value.__suppress_context__
    assert raised.value.exit_code == 2


def test_the_first_fault_of_the_file_is_told() -> None:
    with pytest.raises(Unusable, match=r"whole\.yaml:1:7, from"):
        read(GOOD.replace("from: a", "from: 1").replace("0.1", "2"))


def test_an_anchor_and_a_merge_are_no_key_twice() -> None:
    merged = "from: a\nparts:\n  one: &one {day: 2026-10-01, share: 0.2}\n  two: {<<: *one, share: 0.4}\n"
    assert read(merged).parts["two"] == Part(day=date(2026, 10, 1), share=0.4)


def test_digits_stay_text_where_asked_for() -> None:
    text = b"{a: 015182, b: 10.50, c: true}"
    found = read_yaml(text, "x", dict[str, str | bool], Unusable, digits_stay_text=True)
    assert found == {"a": "015182", "b": "10.50", "c": True}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{\n "from": "a",\n "tags": 3}', "x.json:3:10, tags:"),
        ('{\n "from": "a",\n "tags": [}', "x.json:3:11:"),
        (b'{"from": "\xff"}', "x.json:1:11:"),
    ],
)
def test_json_is_told_of_in_the_same_way(text: str | bytes, place: str) -> None:
    with pytest.raises(Unusable) as raised:
        read_json(text if isinstance(text, bytes) else text.encode(), "x.json", Whole, Unusable)
    assert str(raised.value).startswith(place)
