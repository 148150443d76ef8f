"""How few did not go on from one stage to another cannot be worked out, nor what money is theirs, and the
attack finds it where it can."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from core.errors import VetroError
from core.home import VetroHome
from publication import composition
from publication.attack.attacker import EXACT, TOO_NARROW, AttackReport, attack
from publication.cells import SMALL_COUNT, Cell, CellSystem
from publication.composition import Source, compose
from publication.cubes import REGISTRY
from publication.policy import load_policy
from publication.release import Release, publish
from publication.release_record import read_release
from publication.remainders import add_remainders, nested_in_truth
from publication.secondary_suppression import protect
from publication.table_list import load_table_list
from tests.support.gates import RecordedGate
from tests.support.published import HIDDEN, Published
from tests.support.warehouse import Size, build_warehouse

NOW = datetime(2026, 10, 1, tzinfo=UTC)
OPEN = RecordedGate(True, NOW, [])
STAGES = ("submitted", "admitted", "funded", "paid")
TREE = {"admitted": "submitted", "funded": "admitted", "paid": "funded"}
OPEN_TREE = TREE | {"unstated": "submitted", "unstated admitted": "admitted", "unstated funded": "funded"}
PERSONS, EURO = "t10_persons_by_call_and_stage", "t10_euro_by_call_and_stage"


def stages(persons: tuple, euro: tuple | None = None, call: str = "c") -> Published:
    """One call as a release prints it."""
    published = Published({"stage": OPEN_TREE}, {"persons": ["call", "stage"]})
    cells = {(call, s): n for s, n in zip(STAGES, persons, strict=False)}
    published.table("t10", ["call", "stage"], cells, absent="unknown")
    if euro:
        cells = {(call, s): n for s, n in zip(STAGES, euro, strict=False)}
        published.table(
            "t10e", ["call", "amount_stage"], cells, measure="euro", kind="amount", absent="unknown"
        )
    return published


def found_in(published: Published, folder: Path) -> list[tuple[str, str]]:
    findings = attack(published.write(folder)).findings
    return [(f.kind, f.place.partition("stage=")[2].removesuffix(" call=c")) for f in findings]


@pytest.mark.parametrize(
    ("persons", "found"),
    [
        ((60, 31, 30, 20), [(EXACT, "admitted without funded")]),
        ((60, 31, 27, 20), [(EXACT, "admitted without funded")]),
        ((60, 31, 26, 20), []),
        # All were paid who were funded: nothing is told of anybody who was not.
        ((60, 31, 20, 20), []),
        # Not from one to the next, but over two: 3 of those admitted were not paid.
        ((60, 30, 28, 27), [(EXACT, "admitted without funded"), (EXACT, "admitted without paid"),
                            (EXACT, "funded without paid")]),
        # Whoever stands between 31 and 28 left from 0 to 3 behind on both sides.
        ((60, 31, HIDDEN, 28), [(EXACT, "admitted without paid"), (TOO_NARROW, "admitted without funded"),
                                (TOO_NARROW, "funded without paid")]),
        ((60, 31, HIDDEN, 20), []),
        ((60, HIDDEN, HIDDEN, 20), []),
    ],
)  # fmt: skip
def test_the_attack_finds_how_few_did_not_go_on(tmp_path, persons, found):
    assert sorted(found_in(stages(persons), tmp_path / "r")) == sorted(found)


def test_it_looks_for_it_whatever_a_publication_calls_nested(tmp_path):
    """And in no tree that is not: those who asked and were not accepted are told by their results."""
    published = Published({"request": {"accepted": "ALL", "open": "ALL"}}, {"persons": ["request"]})
    published.table("t9", ["request"], {("ALL",): 40, ("accepted",): 38, ("open",): 20})
    assert not attack(published.write(tmp_path / "r")).findings


@pytest.mark.parametrize(
    ("persons", "euro", "found"),
    [
        # One of the two counts is hidden: the amounts beside tell what those asked for who were refused.
        ((60, HIDDEN, 20, 5), (6000, 5900, HIDDEN, HIDDEN), [(EXACT, "submitted without admitted")]),
        ((60, HIDDEN, 20, 5), (6000, HIDDEN, HIDDEN, HIDDEN), []),
        # So many are no few.
        ((60, 31, 20, 5), (6000, 5900, 5000, 4000), []),
    ],
)
def test_the_attack_finds_the_money_of_those_who_did_not_go_on(tmp_path, persons, euro, found):
    assert found_in(stages(persons, euro), tmp_path / "r") == found


def protected(
    persons: tuple[int, ...], euro: tuple[int, ...], in_print: bool = False
) -> tuple[CellSystem, dict[str, set[str]]]:
    """One call, with what is hidden of it by measure; `in_print`: all but small ones were."""
    policy, system = load_policy(), CellSystem(hierarchies={"stage": TREE})
    table_list = load_table_list(policy, ["ANZ"])
    for measure, values in (("call_applicants", persons), ("call_amount", euro)):
        for stage, value, few in zip(STAGES, values, persons, strict=True):
            cell = system.add(Cell(measure, ("c", stage, "2025"), Decimal(value), few, 5))
            cell.reason = SMALL_COUNT if 0 < few < 5 else None
            cell.frozen = in_print
            if cell.hidden and in_print:
                system.hidden_before.add(cell.key)
    add_remainders(system, table_list)
    protect(system, table_list, policy)
    hidden = {
        name: {cell.at[1] for cell in system.cells.values() if cell.measure == name and cell.hidden}
        for name in ("call_applicants", "call_amount")
    }
    return system, hidden


@pytest.mark.parametrize(
    ("persons", "steps"),
    [
        ((60, 31, 30, 20), 1),
        ((60, 31, 26, 20), 0),
        ((60, 31, 20, 20), 0),
        ((60, 58, 56, 54), 2),
        ((12, 11, 9, 5), 2),
        ((9, 6, 3, 2), 2),
    ],
)
def test_a_step_is_hidden_where_few_did_not_go_on(tmp_path, persons, steps):
    euro = (6000, 5500, 5400, 3000)
    _, hidden = protected(persons, euro)
    assert bool(hidden["call_applicants"]) is bool(steps)
    # The amount of a stage goes with its count.
    assert hidden["call_applicants"] <= hidden["call_amount"]
    shown = {
        name: tuple(
            HIDDEN if stage in hidden[name] else value for stage, value in zip(STAGES, values, strict=True)
        )
        for name, values in (("call_applicants", persons), ("call_amount", euro))
    }
    assert not found_in(stages(shown["call_applicants"], shown["call_amount"]), tmp_path / "r")
    # Nothing of the table is hidden that needs not be: where no step is small all is shown.
    if not steps:
        assert not hidden["call_amount"]


def test_one_stage_is_enough_where_it_leaves_the_doubt():
    assert protected((60, 31, 30, 20), (6000, 5500, 3000, 2000))[1] == {
        "call_applicants": {"funded"},
        "call_amount": {"funded"},
    }


def test_the_money_of_few_keeps_its_share_of_doubt():
    """Of 6,000 euro the admitted asked for 100: all that the others asked for is known within 2 in 100, if
    only the amount of the admitted is hidden."""
    system, hidden = protected((60, 57, 30, 20), (6000, 100, 90, 80))
    assert "submitted" in hidden["call_amount"]
    key = ("call_amount", ("c", "submitted without admitted", "2025"))
    assert system.remainders[key].cell.value == 5900


def test_what_is_in_print_stays_as_it_is():
    """All of it was printed before: nothing more can be hidden, and nothing is refused for it."""
    assert protected((60, 31, 30, 20), (6000, 5500, 3000, 2000), in_print=True)[1]["call_applicants"] == set()
    assert protected((60, 6, 4, 3), (600, 60, 40, 30), in_print=True)[1]["call_applicants"] == {
        "funded",
        "paid",
    }


def test_a_part_that_is_more_than_its_whole_is_told_by_no_description():
    system, _ = protected((60, 31, 25, 20), (6000, 3000, 3500, 2000))
    told = nested_in_truth(system, load_table_list(load_policy(), ["ANZ"]))
    assert told["call_applicants"] == {"stage": TREE}
    assert told["call_amount"] == {"amount_stage": {"admitted": "submitted", "paid": "funded"}}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> Path:
    size = Size(instances=4, persons=700)
    return build_warehouse(tmp_path_factory.mktemp("stages") / "warehouse.duckdb", size)


def composed(warehouse: Path, folder: Path) -> Path:
    folder.mkdir()
    compose(folder, Source(warehouse, folder, None, load_policy(), "1"), NOW)
    return folder


def read(release: Path, table: str) -> list[dict[str, str]]:
    with (release / "public" / "data" / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def small_steps(release: Path) -> int:
    """How many pairs of printed stages of a call tell a small count by their difference."""
    rows: dict[tuple[str, str], dict[str, int]] = {}
    for row in read(release, PERSONS):
        if row["call_applicants"]:
            rows.setdefault((row["call"], row["year"]), {})[row["stage"]] = int(row["call_applicants"])
    return sum(
        0 < counts[whole] - counts[part] < 5
        for counts in rows.values()
        for n, whole in enumerate(STAGES)
        for part in STAGES[n + 1 :]
        if whole in counts and part in counts
    )


def test_a_release_tells_of_no_small_step_and_without_that_rule_it_does(warehouse, tmp_path, monkeypatch):
    release = composed(warehouse, tmp_path / "release")
    assert small_steps(release) == 0
    assert attack(release).findings == ()
    assert attack(release / "public").findings == ()
    # No table shows the places of those who did not go on.
    tables = "".join(path.read_text(encoding="utf-8") for path in (release / "public").rglob("*.csv"))
    assert " without " not in tables
    assert " without " not in (release / "public" / "tables.json").read_text(encoding="utf-8")
    monkeypatch.setattr(composition, "add_remainders", lambda *_: None)
    without = composed(warehouse, tmp_path / "without")
    assert small_steps(without) > 0
    for folder in (without, without / "public"):
        report = attack(folder)
        assert report.findings
        assert all(" without " in finding.place for finding in report.findings)
        assert {finding.place.split()[0] for finding in report.findings} == {"call_applicants", "call_amount"}
        # Places are those that a table shows.
        assert report.hidden == sum(row.count("suppressed") for row in _marks(without))


def _marks(release: Path) -> list[list[str]]:
    return [
        [mark for column, mark in row.items() if column.endswith("mark")]
        for path in (release / "public" / "data").glob("t*.csv")
        for row in read(release, path.stem)
    ]


def home_of_before(root: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[VetroHome, Release]:
    """A home whose release was made when nobody looked at those who did not go on."""
    home = VetroHome.at(root).ensure()
    build_warehouse(home.warehouse, Size(3, 400, last_day=date(2025, 12, 31)))
    with monkeypatch.context() as before:
        before.setattr(composition, "add_remainders", lambda *_: None)
        with pytest.raises(VetroError, match="the attack on the finished tables"):
            publish(home, gate=OPEN, code_version="1")
        before.setattr("publication.release.attack", lambda *_, **__: AttackReport((), 0, 0, 0))
        return home, publish(home, gate=OPEN, code_version="1")


def test_what_a_release_of_before_tells_stops_no_release_after_it(tmp_path, monkeypatch):
    """A release that tells of a small step is refused, unless one that is public already told it."""
    home, first = home_of_before(tmp_path, monkeypatch)
    assert small_steps(first.path)
    later = publish(home, gate=OPEN, code_version="2")
    for table in (PERSONS, EURO):
        assert read(later.path, table) == read(first.path, table)
    record = read_release(later.path)
    assert len(record["told_before"]) == record["protection"]["told_before"] == len(later.told_before)
    assert later.told_before
    assert all(" without " in place for place in later.told_before)
    again = publish(home, gate=OPEN, code_version="3", revised_years=["2025"])
    assert set(again.told_before) <= set(later.told_before)


def test_what_was_hidden_for_those_who_did_not_go_on_stays_hidden(tmp_path):
    """And a release that protects them tells the next one of nobody."""
    home = VetroHome.at(tmp_path).ensure()
    build_warehouse(home.warehouse, Size(2, 250, last_day=date(2025, 12, 31)))
    first, later = (publish(home, gate=OPEN, code_version=version) for version in "12")
    assert later.new
    assert later.told_before == ()
    for table in (PERSONS, EURO):
        assert read(later.path, table) == read(first.path, table)


def test_what_a_release_adds_to_it_is_found(tmp_path):
    former = stages((60, 31, 30, 20)).write(tmp_path / "former")
    again = stages((60, 31, 30, 20)).write(tmp_path / "again")
    report = attack(again, former)
    assert (len(report.findings), len(report.told_before)) == (0, 1)
    published = stages((60, 31, 30, 20))
    added = {("d", "submitted"): 40, ("d", "admitted"): 38}
    published.table("more", ["call", "stage"], added, absent="unknown")
    report = attack(published.write(tmp_path / "more"), former)
    assert [finding.place for finding in report.findings] == [
        "persons call=d stage=submitted without admitted"
    ]
    assert len(report.told_before) == 1


def test_no_figure_counted_from_applications_is_public_by_itself():
    """A rate of those who applied, beside how many did, would tell how many did not go on."""
    lines = [
        line for line in REGISTRY.read_text(encoding="utf-8").split("- {id: ") if "cube: application" in line
    ]
    assert any(line.startswith("application_success") for line in lines)
    assert all("protect: persons" in line for line in lines)
