"""The pictures: gaps, dashes and panes where the rules want them, and neither server nor database."""

import ast
from itertools import pairwise
from pathlib import Path

import pytest

from dashboards import pictures
from dashboards.pictures.curve import CurveWords, Guide, Step, curve, ending
from dashboards.pictures.dots import Dot, dots
from dashboards.pictures.funnel import FunnelDot, FunnelWords, Limits, funnel
from dashboards.pictures.line import Point, Series, line
from dashboards.pictures.parts import Whole, parts
from dashboards.pictures.stages import Stage, stages
from dashboards.pictures.svg import NARROW, WIDE


def series(values: list, name: str = "Persone", last_open: bool = False) -> Series:
    last = len(values) - 1
    made = [
        Point(
            str(2020 + n),
            v,
            "" if v is None else str(v),
            "[p]" if v is None else "",
            is_open=last_open and n == last,
        )
        for n, v in enumerate(values)
    ]
    return Series(name, made)


def drawn(*lines: Series) -> dict:
    return dict(line("l", "t", "a", lines, "people", "it").drawn[WIDE])


def test_a_picture_knows_neither_the_server_nor_the_database() -> None:
    for path in Path(pictures.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        names |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        assert not {n.split(".")[0] for n in names} & {"streamlit", "duckdb"}
        assert not any(name.startswith("dashboards.queries") for name in names)


def test_a_protected_point_is_a_gap_with_its_letter_at_the_axis() -> None:
    (found,) = drawn(series([10, 12, None, 30, 31]))["series"]
    assert [len(points.split()) for points in found["lines"]] == [2, 2]
    assert [letter["text"] for letter in found["letters"]] == ["[p]"]
    assert len(found["dots"]) == 4


def test_the_last_point_is_written_at_the_right_end_and_named_beside_others() -> None:
    (alone,) = drawn(series([10, 20, 30]))["series"]
    assert alone["last"]["label"] == ["30"]
    both = drawn(series([10, 20, 30]), series([1, 2, 3], "Alla prima volta"))["series"]
    assert [each["last"]["label"] for each in both] == [["30", "Persone"], ["3", "Alla prima", "volta"]]


def test_an_open_period_is_reached_by_a_dash_and_ends_hollow() -> None:
    (found,) = drawn(series([10, 20, 15], last_open=True))["series"]
    assert [len(points.split()) for points in found["lines"]] == [2]
    assert len(found["reaching"]) == 1
    assert [dot["open"] for dot in found["dots"]] == [False, False, True]


def test_a_line_starts_at_zero() -> None:
    found = drawn(series([900, 950]))
    assert found["grid"][0]["text"] == "0" and found["grid"][0]["y"] == found["floor"]


def test_labels_of_lines_that_end_together_do_not_cover_each_other() -> None:
    found = drawn(series([1, 100], "a"), series([1, 101], "b"), series([3, 0], "c"), series([3, 1], "d"))
    at = sorted((each["last"]["at"], len(each["last"]["label"])) for each in found["series"])
    for (one, rows_of_one), (next_one, _) in pairwise(at):
        assert next_one - one >= found["leading"] * rows_of_one - 0.2
    assert at[-1][0] + found["leading"] * (at[-1][1] - 1) <= found["floor"] + found["leading"]


def test_five_lines_are_too_many() -> None:
    with pytest.raises(ValueError, match="at most 4"):
        drawn(*(series([1], name) for name in "abcde"))


def dot_rows(own: str = "") -> list[Dot]:
    made = [
        ("Biella", 83.6, "83,6", "value"),
        ("Lecco", None, "protetto", "suppressed"),
        ("Rho", 73.0, "73,0", "value"),
        ("Sassari", None, "non rilevato", "not_collected"),
    ]
    return [Dot(*each, peers=80.0, is_context=bool(own) and each[0] != own) for each in made]


def test_dots_keep_the_order_and_every_row_says_its_number_or_its_mark() -> None:
    found = dots("d", "t", "a", dot_rows(), "people", "it", (82.6, "rete 82,6")).drawn[WIDE]
    assert [row["text"] for row in found["rows"]] == ["83,6", "protetto", "73,0", "non rilevato"]
    assert [row["x"] is None for row in found["rows"]] == [False, True, False, True]
    assert found["reference"]["text"] == "rete 82,6"
    assert found["left"] <= found["rows"][0]["peers"] <= found["right"]


def test_the_readers_own_is_in_colour_and_the_others_in_grey() -> None:
    html = str(dots("d", "t", "a", dot_rows("Rho"), "people", "it").html())
    wide = html.split("cdv-picture-narrow")[0]
    assert wide.count('<g class="own">') == 1 and wide.count('<g class="context">') == 3
    assert wide.index('<g class="own">') < wide.index(">Rho<")


def test_names_that_would_run_into_the_axis_stand_above_their_rows() -> None:
    long = [Dot("Passo Lento Bari cooperativa sociale", 1.0, "1", "value"), Dot("Rho", 2.0, "2", "value")]
    picture = dots("d", "t", "a", long, "euro", "it")
    beside, above = (picture.drawn[width]["rows"] for width in (WIDE, NARROW))
    assert all(row["name_y"] == row["y"] for row in beside)
    assert all(row["name_y"] < row["y"] - 10 for row in above)


def waiting(points: list[tuple[int, float]], half: int | None = 20) -> dict:
    steps = [Step(day, share, max(share - 0.1, 0), min(share + 0.1, 1)) for day, share in points]
    words = CurveWords("giorni", "in attesa", "quanti", "2024")
    guides = [Guide(0.5, half, "metà"), Guide(0.1, None, "nove su dieci")]
    counts = [(day, str(100 - day)) for day in (0, 30, 60, 90, 180)]
    return dict(curve("c", "t", "a", steps, steps[:1], guides, counts, words, "time", "it").drawn[WIDE])


def test_a_curve_goes_down_by_steps_and_its_guide_stands_where_the_day_is() -> None:
    found = waiting([(0, 1.0), (20, 0.5), (50, 0.3)])
    points = [tuple(map(float, each.split(","))) for each in found["line"].split()]
    assert all(x0 == x1 or y0 == y1 for (x0, y0), (x1, y1) in pairwise(points)), "a step is level or upright"
    half, tenth = found["guides"]
    assert half["reached"] and (half["x"], half["y"]) in points
    assert not tenth["reached"] and tenth["x"] == found["right"]
    assert [tick["text"] for tick in found["ticks"]] == ["100", "70", "40", "10", "-80"]


def test_the_words_of_guide_lines_stand_in_the_corner_that_a_curve_leaves_free() -> None:
    low, high = waiting([(0, 1.0), (20, 0.5), (50, 0.3)]), waiting([(0, 1.0), (20, 0.95)], None)
    first, second = low["guides"]
    assert first["text_y"] < second["text_y"] < first["y"]
    assert [guide["text_y"] for guide in high["guides"]] == [None, None], "the curve runs through the corner"


def test_the_axis_of_a_curve_reaches_the_last_guide_line() -> None:
    assert ending([Guide(0.5, 70, ""), Guide(0.1, None, "")]) == 180
    assert ending([Guide(0.5, 70, ""), Guide(0.1, 331, "")]) == 360


def test_stages_share_one_scale_and_a_hidden_one_has_no_length() -> None:
    rows = [
        Stage("ricevute", 100, "100"),
        Stage("servite", 50, "50", "50,0%"),
        Stage("respinte", None, "protetto", is_exit=True, mark="suppressed"),
    ]
    for width in (WIDE, NARROW):
        found = stages("s", "t", "a", rows, "le altre", "people").drawn[width]
        first, second, hidden = found["rows"]
        assert second["width"] == pytest.approx(first["width"] / 2, abs=0.1)
        assert hidden["width"] == 0 and first["y"] < second["y"] < found["heading"] < hidden["y"]
    html = str(stages("s", "t", "a", rows, "le altre", "people").html())
    assert html.count("url(#s-720-p)") == 1


def test_parts_lie_one_after_the_other_and_fill_their_whole() -> None:
    rows = [Whole("a", "100", [60, 30, 10], "x"), Whole("b", "50", [50, 0, 0], "y")]
    first, second = parts("p", "t", "a", rows, ["1", "2", "3"], "euro").drawn[WIDE]["rows"]
    assert [part["x"] for part in first["parts"]] == [0, 432, 648]
    assert len(second["parts"]) == 1 and second["parts"][0]["width"] == pytest.approx(358, abs=1)


def funnel_of(*names: str, own: str = "") -> dict:
    made = [
        FunnelDot(
            name,
            10.0 ** (n + 1),
            50.0,
            "50",
            {"variety": Limits(10, 90), "chance": Limits(40, 60)},
            is_own=name == own,
            is_beyond=name == "Padova",
        )
        for n, name in enumerate(names)
    ]
    words = FunnelWords("residenti", "valore", {"chance": "caso", "variety": "rete"}, "rete 50")
    return dict(funnel("f", "t", "a", made, 50.0, words, "people", "it").drawn[WIDE])


def test_a_funnel_plot_names_the_readers_own_and_those_beyond_alone() -> None:
    found = funnel_of("Biella", "Rho", "Padova", own="Rho")
    assert [dot["label"] for dot in found["dots"]] == ["", "Rho", "Padova"]
    one, two, three = (dot["x"] for dot in found["dots"])
    assert two - one == pytest.approx(three - two, abs=0.2), "each step of the axis multiplies"


def test_the_wide_band_of_a_funnel_plot_lies_under_the_narrow_one() -> None:
    found = funnel_of("Biella", "Rho")
    assert [band["name"] for band in found["bands"]] == ["variety", "chance"]
    heights = {
        band["name"]: [float(point.split(",")[1]) for point in band["points"].split()]
        for band in found["bands"]
    }
    assert min(heights["variety"]) < min(heights["chance"]) < max(heights["chance"]) < max(heights["variety"])
