"""What the commands about releases answer with: 0 it holds, 1 a finding or a difference, 2 usage, 3
could not run.
"""

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from core.home import VetroHome
from orchestration import change_detection
from publication import rebuilding
from publication.difference import NOT_FOR_PUBLICATION, figures_in
from publication.rebuilding import EarlierFigure, EarlierKnowledge, Rebuild
from publication.release import current, find
from tests.support.command_line import command_line
from tests.support.published import HIDDEN, Published
from tests.support.published_homes import copy_two_releases

AREAS = {"area": {"A": "ALL", "B": "ALL"}}


@pytest.fixture
def home(tmp_path) -> VetroHome:
    return copy_two_releases(tmp_path / "home")


@pytest.fixture
def vetro(home, monkeypatch, capsys):
    """Run the command on that home; return its exit code and what it printed."""
    # The code that made the releases, whatever is installed.
    monkeypatch.setattr(change_detection, "code_version", lambda: "1")
    command = command_line(monkeypatch, capsys)

    def run(*arguments: str) -> tuple[int, str]:
        done = command("--home", str(home.root), *arguments)
        return done.returncode, done.stdout + done.stderr

    return run


def earlier(home: VetroHome) -> str:
    return json.loads((home.current_release / "release.json").read_text())["previous"]


COMMANDS = ["verify", "attack", "rebuild", "rollback"]


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_release_is_a_matter_of_usage(vetro, command):
    code, said = vetro(command, "2020-01-01-nothing")
    assert code == 2
    assert "2020-01-01-nothing" in said


def test_diff_with_an_unknown_release_is_a_matter_of_usage(vetro):
    assert vetro("diff", "current", "2020-01-01-nothing")[0] == 2
    assert vetro("diff", "current")[0] == 2


@pytest.mark.parametrize("command", [*COMMANDS, "diff"])
def test_an_unknown_option_is_a_matter_of_usage(vetro, command):
    assert vetro(command, "--nothing")[0] == 2


def test_a_whole_release_verifies_and_a_changed_one_does_not(home, vetro):
    assert vetro("verify", "current")[0] == 0
    file = next((find(home, "current").path / "public" / "data").glob("*.csv"))
    file.chmod(0o644)
    file.write_text(file.read_text() + "x")
    code, said = vetro("verify", "current")
    assert code == 1
    assert file.name in said


FIGURE = "persons_served?age_band=ALL&area=ALL&period=2024&sex=ALL&territory=network"
TABLE = "t01_persons_by_territory_and_area"


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_where_release_json_cannot_be_read_nothing_could_run(home, vetro, content):
    folder = find(home, "current").path
    record = folder / "release.json"
    record.chmod(0o644)
    record.write_text(content)
    for command in (["verify"], ["rebuild"], ["rollback", folder.name], ["diff", folder.name, "current"]):
        code, said = vetro(*command)
        assert (code, "danneggiata" in said, "is damaged" in said) == (3, True, True), command


@pytest.mark.parametrize(
    "file, commands",
    [
        ("public/tables.json", [["attack"], ["diff", "current", "current"], ["trace", FIGURE]]),
        (f"public/data/{TABLE}.csv", [["attack"]]),
        (f"public/data/{TABLE}.parquet", [["diff", "current", "current"], ["trace", FIGURE]]),
        ("public/casa-di-vetro.duckdb", [["trace", FIGURE]]),
        ("private/protection.parquet", [["attack"]]),
    ],
)
def test_a_damaged_file_is_said_in_a_sentence_and_found_by_verify(home, vetro, file, commands):
    damaged = find(home, "current").path / file
    damaged.chmod(0o644)
    damaged.write_bytes(b"\xff\x00 no file of ours\n" * 40)
    for command in commands:
        code, said = vetro(*command)
        assert code == 3, command
        assert "unexpected" not in said
        assert " / " in said
    code, said = vetro("verify")
    assert code == 1
    assert file in said


@pytest.mark.parametrize("column", ["territory", "persons_served", "persons_served_mark"])
def test_a_column_that_is_gone_is_no_column_that_hides_everything(home, vetro, column):
    file = find(home, "current").path / "public" / "data" / f"{TABLE}.csv"
    file.chmod(0o644)
    header, rows = file.read_text().split("\n", 1)
    file.write_text("\n".join([header.replace(column, "other", 1), rows]))
    code, said = vetro("attack")
    assert code == 3
    assert column in said


def test_nothing_is_found_in_a_release_nor_in_two_successive_ones(home, vetro):
    assert vetro("attack", "current")[0] == 0
    assert vetro("attack", "current", "--with", earlier(home))[0] == 0


def test_a_folder_is_attacked_by_its_path_and_its_flaw_found(home, vetro, tmp_path):
    cells = {("A",): HIDDEN, ("B",): 97, ("ALL",): 100}
    planted = Published(AREAS).table("t", ["area"], cells).write(tmp_path / "planted")
    code, said = vetro("attack", str(planted), "--json")
    assert code == 1
    assert json.loads(said)["findings"][0]["kind"] == "exact"
    safe = Published(AREAS).table("t", ["area"], {("A",): 50, ("B",): 97, ("ALL",): 147})
    assert vetro("attack", str(safe.write(tmp_path / "safe")))[0] == 0


def test_two_folders_are_attacked_together(vetro, tmp_path):
    before = Published(AREAS).table("t", ["area"], {("A",): 50, ("B",): 97, ("ALL",): 147})
    after = Published(AREAS).table("t", ["area"], {("A",): 52, ("B",): 97, ("ALL",): 149})
    folders = [str(p.write(tmp_path / n)) for p, n in ((before, "before"), (after, "after"))]
    assert [vetro("attack", folder)[0] for folder in folders] == [0, 0]
    assert vetro("attack", folders[1], "--with", folders[0])[0] == 1


def test_a_folder_that_describes_no_tables_could_not_be_attacked(vetro, tmp_path):
    (tmp_path / "empty").mkdir()
    code, said = vetro("attack", str(tmp_path / "empty"))
    assert code == 3
    assert "tables.json" in said


def test_releases_that_differ_are_a_difference(home, vetro, tmp_path):
    assert vetro("diff", "current", "current")[0] == 0
    code, _ = vetro("diff", earlier(home), "current", "--out", str(tmp_path / "out"))
    assert code == 1
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".txt", ".csv", ".json"}


def test_rollback_makes_the_earlier_release_current(home, vetro):
    before = earlier(home)
    assert vetro("rollback", before)[0] == 0
    assert current(home).release_id == before
    assert vetro("verify", before)[0] == 0


def test_rollback_where_nothing_can_be_written_could_not_run(home, vetro, monkeypatch):
    now = current(home).release_id

    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "symlink_to", full)
    code, said = vetro("rollback", earlier(home))
    assert (code, current(home).release_id) == (3, now)
    assert "No space left" in said


@pytest.mark.parametrize("option", [[], ["--as-of", "2026-01-31"]])
def test_without_its_raw_exports_a_release_cannot_be_rebuilt_and_still_verifies(home, vetro, option):
    now = current(home).release_id
    code, said = vetro("rebuild", "current", *option)
    assert code == 3
    assert "raw layer" in said
    assert current(home).release_id == now
    assert vetro("verify", "current")[0] == 0
    assert not list(home.temporary.iterdir())


def test_a_day_that_is_none_is_a_matter_of_usage(vetro):
    assert vetro("rebuild", "current", "--as-of", "yesterday")[0] == 2


def test_what_may_show_what_the_current_release_hides_says_so_in_both_languages(home, vetro):
    for command in (["diff", earlier(home), "current"], ["trace", FIGURE, "--release", earlier(home)]):
        _, said = vetro(*command)
        assert "non è da pubblicare" in said, command
        assert "not for publication" in said, command
        _, said = vetro(*command, "--json")
        assert set(json.loads(said)["not_for_publication"]) == {"it", "en"}
    assert "not for publication" not in vetro("trace", FIGURE)[1]


def says_so(vetro, *command: str) -> tuple[int, str]:
    """Run it and see that it says in both languages, as text and as JSON, that it is not for publication."""
    _, told = vetro(*command, "--json")
    assert set(json.loads(told)["not_for_publication"]) == {"it", "en"}
    code, said = vetro(*command)
    assert all(sentence in said for sentence in NOT_FOR_PUBLICATION.values()), command
    return code, said


def figures_with(home: VetroHome, mark: str) -> list[str]:
    """The figures of the current release with this mark, of which the rows can be named."""
    return [
        figure
        for figure, (_, own) in sorted(figures_in(current(home).path).items())
        if own == mark and figure.startswith("persons_served?age_band=ALL") and "sex=ALL" in figure
    ]


@pytest.mark.parametrize("mark", ["suppressed", "value"])
def test_rows_behind_a_figure_are_not_for_publication_whether_it_is_public_or_not(home, vetro, mark):
    figure = figures_with(home, mark)[0]
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute(
            "update marts.fct_service_delivery set export_id = 'rho-1', file = 'a.csv', line = 7"
        )
    code, said = says_so(vetro, "trace", figure, "--rows")
    assert code == 0
    assert "service_delivery rho-1 a.csv:7" in said
    # Without rows it tells nothing that the release does not.
    assert "not for publication" not in vetro("trace", figure)[1]


def test_what_was_known_earlier_of_a_hidden_figure_is_not_for_publication(home, vetro, monkeypatch):
    hidden = figures_with(home, "suppressed")[0]
    release_id = current(home).release_id
    earlier_figure = EarlierFigure(hidden, "3", "suppressed")
    known = EarlierKnowledge(release_id, date(2025, 12, 31), 1, 3, 90, (earlier_figure,))
    monkeypatch.setattr(rebuilding, "rebuild_as_known", lambda *_, **__: known)
    code, said = says_so(vetro, "rebuild", "current", "--as-of", "2025-12-31")
    assert code == 1
    assert f"{hidden}: 3 then, suppressed now" in said
    # The same bytes again show nothing that is not public.
    monkeypatch.setattr(rebuilding, "rebuild", lambda *_, **__: Rebuild(release_id, ("a.csv",), ()))
    code, said = vetro("rebuild", "current")
    assert (code, "not for publication" in said) == (0, False)


def test_what_an_earlier_release_printed_and_this_one_hides_is_not_for_publication(home, vetro, tmp_path):
    hidden = next(
        figure
        for figure in figures_with(home, "suppressed")
        if all(part in figure for part in ("period=2024", "territory=instance", "area=FAM"))
    )
    territory = hidden.rpartition("territory=")[2]
    file = find(home, earlier(home)).path / "public" / "data" / f"{TABLE}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create table printed as from read_parquet('{file}')")
        changed = connection.execute(
            "update printed set persons_served = 12, persons_served_mark = 'value' "
            "where territory = ? and area = 'FAM' and year = '2024'",
            [territory],
        ).fetchone()
        assert changed == (1,)
        connection.execute(f"copy printed to '{file}'")
    code, said = says_so(vetro, "diff", earlier(home), "current", "--out", str(tmp_path / "changes"))
    assert code == 1
    assert f"{hidden}: 12 -> [suppressed]" in said
    written = (tmp_path / "changes" / "changes.txt").read_text(encoding="utf-8")
    assert all(sentence in written for sentence in NOT_FOR_PUBLICATION.values())
    document = json.loads((tmp_path / "changes" / "changes.json").read_text(encoding="utf-8"))
    assert document["not_for_publication"] == NOT_FOR_PUBLICATION


def test_a_year_is_issued_again_only_where_it_was_published(vetro):
    code, said = vetro("publish", "--reason", "late")
    assert code == 2
    assert "--revise-year" in said


def test_after_a_rollback_it_is_said_that_the_later_release_stays_known(home, vetro):
    code, said = vetro("rollback", earlier(home))
    assert code == 0
    assert "--revise-year" in said
