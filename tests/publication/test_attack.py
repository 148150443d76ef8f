"""The attack finds what can be worked out, and nothing where nothing can."""

import pytest

from publication.attack.attacker import (
    EXACT,
    SMALL_DIFFERENCE,
    SMALL_NARROWED,
    SMALL_PRINTED,
    TOO_NARROW,
    attack,
)
from publication.attack.published import UnreadableReleaseError
from tests.support.published import HIDDEN, Published

ROWS = {"I": "ALL", "II": "ALL", "III": "ALL"}
COLUMNS = {"A": "ALL", "B": "ALL", "C": "ALL"}
INVESTMENT = {
    ("I", "A"): 20, ("I", "B"): 50, ("I", "C"): 10, ("II", "A"): 8, ("II", "B"): 19, ("II", "C"): 22,
    ("III", "A"): 17, ("III", "B"): 32, ("III", "C"): 12,
}  # fmt: skip


def with_totals(cells: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    full = dict(cells)
    for (row, column), value in cells.items():
        for place in ((row, "ALL"), ("ALL", column), ("ALL", "ALL")):
            full[place] = full.get(place, 0) + value
    return full


def square(cells: dict, hidden: set, **options) -> Published:
    full = {place: HIDDEN if place in hidden else value for place, value in with_totals(cells).items()}
    return Published({"row": ROWS, "column": COLUMNS}).table("square", ["row", "column"], full, **options)


def kinds(report) -> set[str]:
    return {finding.kind for finding in report.findings}


def test_a_small_count_in_print_is_found(tmp_path):
    report = attack(square(INVESTMENT | {("I", "C"): 3}, set()).write(tmp_path / "r"))
    assert kinds(report) == {SMALL_PRINTED}


@pytest.mark.parametrize(("value", "found"), [(4, True), (5, False), (1, True), (0, False)])
def test_small_is_from_one_to_one_less_than_the_threshold(tmp_path, value, found):
    report = attack(square(INVESTMENT | {("I", "C"): value}, set()).write(tmp_path / "r"))
    assert bool(report.findings) is found


def test_a_single_hidden_cell_is_recovered_from_its_total(tmp_path):
    report = attack(square(INVESTMENT | {("I", "C"): 3}, {("I", "C")}).write(tmp_path / "r"))
    assert [(finding.kind, finding.lowest, finding.highest) for finding in report.findings] == [(EXACT, 3, 3)]


def test_the_published_three_by_three_case_has_its_published_interval(tmp_path):
    """Fischetti and Salazar's investment table: with four cells hidden, II-C lies between 2 and 30."""
    hidden = {("I", "A"), ("I", "C"), ("II", "A"), ("II", "C")}
    published = square(INVESTMENT, hidden, threshold=40)
    found = {
        finding.place: (finding.lowest, finding.highest)
        for finding in attack(published.write(tmp_path / "r")).findings
    }
    assert found["persons column=C row=II"] == (2, 30)
    assert found["persons column=A row=II"] == (0, 28)
    assert found["persons column=A row=I"] == (0, 28)


def test_two_hidden_in_every_row_and_column_can_still_be_recovered(tmp_path):
    """Two hidden in each row and column fall apart where a sum of rows less columns leaves one
    of them alone.
    """
    rows = dict.fromkeys("pqr", "ALL")
    cells = {("p", "A"): 1, ("p", "B"): 30, ("p", "C"): 40, ("q", "A"): 12, ("q", "B"): 2, ("q", "C"): 50,
             ("r", "A"): 20, ("r", "B"): 60, ("r", "C"): 47}  # fmt: skip
    full = with_totals(cells)
    hidden = {
        ("p", "A"),
        ("p", "B"),
        ("q", "A"),
        ("q", "B"),
        ("r", "C"),
        ("r", "ALL"),
        ("ALL", "C"),
        ("ALL", "ALL"),
    }
    shown = {place: HIDDEN if place in hidden else value for place, value in full.items()}
    del shown["ALL", "ALL"]
    # The grand total stands in another table of the same measure.
    published = Published({"row": rows, "column": COLUMNS})
    published.table("square", ["row", "column"], shown, threshold=50)
    published.table("total", ["row", "column"], {("ALL", "ALL"): full["ALL", "ALL"]}, threshold=50)
    found = {finding.place: finding for finding in attack(published.write(tmp_path / "r")).findings}
    assert (found["persons column=C row=r"].lowest, found["persons column=C row=r"].highest) == (47, 47)
    assert found["persons column=C row=r"].kind == EXACT


def test_two_small_cells_that_only_cover_each_other_are_found(tmp_path):
    cells = INVESTMENT | {("I", "A"): 2, ("I", "C"): 1, ("II", "A"): 1, ("II", "C"): 2}
    hidden = {("I", "A"), ("I", "C"), ("II", "A"), ("II", "C")}
    assert kinds(attack(square(cells, hidden).write(tmp_path / "r"))) == {TOO_NARROW}


def test_a_printed_zero_says_that_a_mark_is_at_least_one(tmp_path):
    """Without the zero 0 to 5 is wide enough for a threshold of 5; with it only 1 to 5 is left."""
    wide = {
        ("I", "A"): 2,
        ("I", "B"): 50,
        ("I", "C"): 3,
        ("II", "A"): 3,
        ("II", "B"): 9,
        ("II", "C"): 2,
        ("III", "A"): 17,
        ("III", "B"): 32,
        ("III", "C"): 12,
    }
    hidden = {("I", "A"), ("I", "C"), ("II", "A"), ("II", "C")}
    assert not attack(square(wide, hidden).write(tmp_path / "without")).findings
    assert attack(square(wide | {("III", "B"): 0}, hidden).write(tmp_path / "with")).findings


def test_tables_protected_one_by_one_are_found_together(tmp_path):
    """The margin of the first table hides other cells than the table itself allows for."""
    cells = {("I", "A"): 3, ("I", "B"): 20, ("II", "A"): 30, ("II", "B"): 40}
    first = {
        place: HIDDEN
        if (place[0] == "I" and place[1] != "ALL") or place == ("II", "A") or place == ("II", "B")
        else value
        for place, value in with_totals(cells).items()
    }
    published = Published({"row": {"I": "ALL", "II": "ALL"}, "column": {"A": "ALL", "B": "ALL"}})
    published.table("alone", ["row", "column"], first)
    assert not attack(published.write(tmp_path / "alone")).findings
    second = {("II", "A"): 30, ("ALL", "A"): 33}
    published.table("beside", ["row", "column"], second, absent="unknown")
    report = attack(published.write(tmp_path / "together"))
    assert EXACT in kinds(report)


def test_two_linked_hierarchies_protected_one_by_one_are_found_together(tmp_path):
    """The case of sdcTable's linked tables: eight regions in two counties, and in two groups by size."""
    persons = dict(zip("ABIJKLMN", (2, 2, 8, 8, 3, 3, 3, 7), strict=True))
    counties = dict.fromkeys("ABIJ", "county-1") | dict.fromkeys("KLMN", "county-2")
    groups = {region: "big" if region in "LM" else "small" for region in persons}
    trees = {
        "region": counties | {"county-1": "ALL", "county-2": "ALL"},
        "group": {"big": "ALL", "small": "ALL"},
    }
    hidden = set("ABIKLM")
    shown = {region: HIDDEN if region in hidden else value for region, value in persons.items()}
    by_county = {(region,): value for region, value in shown.items()}
    by_county |= {("county-1",): 20, ("county-2",): 16, ("ALL",): 36}
    by_group = {(region, groups[region]): value for region, value in shown.items()}
    by_group |= {("ALL", "big"): 6, ("ALL", "small"): 30}

    def publication(*names: str) -> Published:
        published = Published(trees)
        if "county" in names:
            published.table("county", ["region"], by_county, fixed={"group": "ALL"})
        if "group" in names:
            published.table("group", ["region", "group"], by_group)
        return published

    assert not attack(publication("county").write(tmp_path / "county")).findings
    assert not attack(publication("group").write(tmp_path / "group")).findings
    found = {f.place: f for f in attack(publication("county", "group").write(tmp_path / "both")).findings}
    alone = found["persons group=ALL region=K"]
    assert (alone.kind, alone.lowest, alone.highest) == (EXACT, 3, 3)


def test_sums_that_nobody_printed_are_written_down(tmp_path):
    """Age by sex and a total elsewhere: the sums over sex are printed nowhere and still tie the cells."""
    trees = {"age": {"young": "ALL", "old": "ALL"}, "sex": {"F": "ALL", "M": "ALL"}}
    published = Published(trees)
    published.table(
        "groups",
        ["age", "sex"],
        {("young", "F"): HIDDEN, ("young", "M"): 10, ("old", "F"): 20, ("old", "M"): 30},
    )
    published.table("total", [], {(): 62}, fixed={"age": "ALL", "sex": "ALL"})
    report = attack(published.write(tmp_path / "r"))
    assert [(f.kind, f.lowest) for f in report.findings] == [(EXACT, 2)]


def test_distinct_persons_are_not_added_up(tmp_path):
    """One of 100 hidden beside 99 is exact for deliveries; of persons it may be any number."""
    cells = {("A",): HIDDEN, ("B",): 99, ("ALL",): 100}
    tree = {"area": {"A": "ALL", "B": "ALL"}}
    added = Published(tree).table("t", ["area"], cells).write(tmp_path / "added")
    distinct = Published(tree, {"persons": ["area"]}).table("t", ["area"], cells).write(tmp_path / "distinct")
    assert kinds(attack(added)) == {EXACT}
    assert not attack(distinct).findings


@pytest.mark.parametrize(
    ("others", "found"),
    [
        # Hidden alone it was hidden for its own sake: from 1 to 4, and no less than what the others leave.
        ({"B": 96}, [(EXACT, 4, 4)]),
        ({"B": 98}, [(SMALL_NARROWED, 2, 4)]),
        ({"B": 99}, []),
        ({"B": 80, "C": 40}, []),
        # Which of two it was nobody can tell.
        ({"B": 96, "C": HIDDEN}, []),
    ],
)
def test_a_count_hidden_alone_is_small(tmp_path, others, found):
    tree = {"result": dict.fromkeys(("A", *others), "ALL")}
    cells = {("A",): HIDDEN, ("ALL",): 100} | {(name,): value for name, value in others.items()}
    published = Published(tree, {"persons": ["result"]}).table("t", ["result"], cells)
    report = attack(published.write(tmp_path / "r"))
    assert [(f.kind, f.lowest, f.highest) for f in report.findings] == found


def test_a_count_is_small_beside_one_that_can_only_be_large(tmp_path):
    """Of two hidden classes of 64 persons one holds 62 at most: the other 2 at least. Once it is known that
    the first holds 60 at least, the second is what was hidden for its own sake."""
    published = Published({"result": {"accepted": "ALL", "open": "ALL"}}, {"persons": ["result"]})
    published.table("t", ["result"], {("accepted",): HIDDEN, ("open",): HIDDEN, ("ALL",): 64})
    published.at_least = [["services", "persons"], ["persons", "served"]]
    published.table("s", ["result"], {("accepted",): 62}, measure="services", kind="amount", absent="unknown")
    assert not attack(published.write(tmp_path / "any")).findings
    published.table("p", ["result"], {("accepted",): 60}, measure="served", absent="unknown")
    found = attack(published.write(tmp_path / "small")).findings
    assert [(f.kind, f.place, f.lowest) for f in found] == [(SMALL_NARROWED, "persons result=open", 2)]


AMOUNTS = {
    "P": 500,
    "Q": 700,
    "R": 300,
    "S": 900,
    "T": 1000,
    "U": 400,
    "V": 800,
    "x": 1800,
    "y": 1600,
    "z": 1200,
}


def by_provider(at_work: str, hidden: str) -> Published:
    """Spending with one kind of provider by three territories, and with its providers, in one year.

    P and Q work in x, R and S in y, U and V in z, T in x (600) and y (400); `at_work`: what a reader knows.
    """
    shown = {name: HIDDEN if name in hidden else value for name, value in AMOUNTS.items()}
    trees = {
        "provider": dict.fromkeys("PQRSTUV", "cooperative") | {"cooperative": "ALL"},
        "territory": {f"instance:{territory}": "network" for territory in "xyz"},
    }
    pairs = [(word[0], word[1:]) for word in at_work.split()]
    published = Published(trees, at_work=[("2025", f"instance:{t}", provider) for t, provider in pairs])
    fixed = {"area": "ALL", "period": "2025"}
    # Where some have no name, those named are no whole.
    money = {"measure": "euro", "kind": "amount", "absent": "unknown"}
    trees["provider"] |= {"unstated": "cooperative"} if ("x", "cooperative") in pairs else {}
    of_providers = {(name,): shown[name] for name in "PQRSTUV"}
    published.table("t7", ["provider"], of_providers, fixed=fixed | {"territory": "network"}, **money)
    of_territories = {(f"instance:{name}", "cooperative"): shown[name] for name in "xyz"}
    return published.table("t11", ["territory", "provider"], of_territories, fixed=fixed, **money)


EVERYBODY = "xP xQ xT yT yR yS zU zV"


@pytest.mark.parametrize(
    ("at_work", "hidden", "found"),
    [
        # All of U and V is z's; and P is what x and y have together less all the others who work there.
        (EVERYBODY, "PU", "PU"),
        # How much of T is whose nobody printed.
        (EVERYBODY, "PR", ""),
        (EVERYBODY, "UVPQ", ""),
        # A territory is told by its providers.
        (EVERYBODY, "xz", "xz"),
        (EVERYBODY, "xy", ""),
        # Somebody without a name works in both.
        (f"{EVERYBODY} xcooperative zcooperative", "PU", ""),
        ("", "PU", ""),
    ],
)
def test_providers_and_territories_tell_each_other_to_whoever_knows_who_works_where(
    tmp_path, at_work, hidden, found
):
    report = attack(by_provider(at_work, hidden).write(tmp_path / "r"))
    places = {
        name: f"provider=cooperative territory=instance:{name}"
        if name in "xyz"
        else f"provider={name} territory=network"
        for name in found
    }
    assert {f.place for f in report.findings if f.kind == EXACT} == {
        f"euro area=ALL period=2025 {place}" for place in places.values()
    }


def test_what_an_earlier_release_tells_alone_is_told_apart(tmp_path):
    """And what only both together tell is found."""
    leaking = by_provider(EVERYBODY, "PU")
    former, again = leaking.write(tmp_path / "former"), leaking.write(tmp_path / "again")
    report = attack(again, former)
    assert (len(report.findings), len(report.told_before)) == (0, 2)
    assert len(attack(again).findings) == 2
    half = by_provider(EVERYBODY, "PUxz").write(tmp_path / "half")
    assert not attack(half).findings
    assert len(attack(again, half).findings) == 2
    assert len(attack(again, half, former=[former]).told_before) == 2


def test_a_person_count_is_found_through_its_deliveries(tmp_path):
    tree = {"area": {"A": "ALL", "B": "ALL"}}
    published = Published(tree, {"persons": ["area"]}, at_least=[["deliveries", "persons"]])
    published.table("p", ["area"], {("A",): HIDDEN, ("B",): 97, ("ALL",): 100, ("C",): 0})
    published.table(
        "d", ["area"], {("A",): HIDDEN, ("B",): 200, ("ALL",): 203}, measure="deliveries", kind="amount"
    )
    assert any(
        "persons area=A" in finding.place for finding in attack(published.write(tmp_path / "r")).findings
    )


def test_money_is_found_where_its_interval_is_narrow_and_few_persons_may_stand_behind(tmp_path):
    tree = {"area": {"A": "ALL", "B": "ALL", "C": "ALL"}}
    published = Published(tree, {"persons": ["area"]}, zero_links=[["euro", "persons"]])
    published.table("p", ["area"], {("A",): HIDDEN, ("B",): 97, ("C",): 0, ("ALL",): 100})
    published.table(
        "e", ["area"], {("A",): HIDDEN, ("B",): 900, ("C",): 0, ("ALL",): 1000}, measure="euro", kind="amount"
    )
    found = attack(published.write(tmp_path / "r")).findings
    assert [(f.kind, f.lowest) for f in found if f.place.startswith("euro")] == [(EXACT, 100)]


def test_rounding_to_base_three_is_broken_and_to_base_five_is_not(tmp_path):
    def rounded(base: int) -> Published:
        half = base // 2 + 1
        full = {("A",): base, ("B",): base, ("ALL",): base * round(2 * half / base)}
        return Published({"area": {"A": "ALL", "B": "ALL"}}).table("t", ["area"], full, half_width=base // 2)

    found = attack(rounded(3).write(tmp_path / "three")).findings
    assert sorted((f.kind, f.lowest) for f in found) == [(EXACT, 2), (EXACT, 2), (EXACT, 4)]
    assert not attack(rounded(5).write(tmp_path / "five")).findings


def test_two_safe_releases_that_differ_by_a_few_persons_are_found(tmp_path):
    before = square(INVESTMENT, set()).write(tmp_path / "before")
    after = square(INVESTMENT | {("I", "A"): 22}, set()).write(tmp_path / "after")
    assert not attack(before).findings
    assert not attack(after).findings
    assert kinds(attack(after, before)) == {SMALL_DIFFERENCE}


def test_a_cell_hidden_in_one_release_and_opened_by_the_other_is_found(tmp_path):
    cells = INVESTMENT | {("I", "C"): 3}
    before = square(cells, {("I", "C"), ("I", "A"), ("II", "A"), ("II", "C")}).write(tmp_path / "before")
    after = square(cells, {("I", "C"), ("I", "B"), ("II", "B"), ("II", "C")}).write(tmp_path / "after")
    assert not attack(before).findings
    assert not attack(after).findings
    assert kinds(attack(after, before)) == {EXACT}


def test_the_same_release_twice_tells_nothing_new(tmp_path):
    hidden = {("I", "C"), ("I", "A"), ("II", "A"), ("II", "C")}
    before = square(INVESTMENT | {("I", "C"): 3}, hidden).write(tmp_path / "before")
    assert not attack(before, before).findings


def test_a_folder_without_a_description_cannot_be_attacked(tmp_path):
    with pytest.raises(UnreadableReleaseError, match=r"tables\.json"):
        attack(tmp_path)


def test_a_file_that_is_missing_is_no_file_without_findings(tmp_path):
    folder = square(INVESTMENT, set()).write(tmp_path / "r")
    (folder / "data" / "square.csv").unlink()
    with pytest.raises(UnreadableReleaseError, match=r"square\.csv"):
        attack(folder)
