"""Newer residents come from a POSAS file whole or not at all, and stand where the older ones stood."""

import zipfile
from datetime import date
from pathlib import Path

import duckdb
import pytest

from core.errors import VetroError
from core.home import VetroHome
from ingestion.reference.residents import adopt, read_posas
from ingestion.reference.tables import FOLDER, reference_relation, write_reference

TITLE = "Popolazione residente per sesso, età e stato civile al 1° gennaio 2025"
NAMES = "Codice comune;Comune;Età;Totale maschi;Totale femmine;Totale"


def lines(comune: str = "004003", men: int = 1, women: int = 2) -> list[str]:
    """A comune with as many men and women of every age, and its total."""
    every = [f"{comune};Alba;{age};{men};{women};{men + women}" for age in range(101)]
    return [*every, f"{comune};Alba;999;{men * 101};{women * 101};{(men + women) * 101}"]


def posas(folder: Path, *rows: str, title: str = TITLE, names: str = NAMES, encoding: str = "utf-8") -> Path:
    path = folder / "POSAS_2025_it_Comuni.csv"
    path.write_text("\n".join([title, names, *rows]) + "\n", encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_posas_file_is_read_with_its_day(tmp_path: Path, encoding: str) -> None:
    read = read_posas(posas(tmp_path, *lines(), encoding=encoding))
    assert read.reference_date == date(2025, 1, 1)
    assert read.total("004003") == 303
    bands = read.by_band("004003")
    assert bands["F", "0-2"] == 6 and bands["M", "6-13"] == 8 and bands["F", "85+"] == 32
    assert sum(bands.values()) == 303


def test_quotes_a_lost_zero_and_notes_below_are_borne(tmp_path: Path) -> None:
    quoted = [";".join(f'"{cell}"' for cell in line.split(";")) for line in lines("4003")]
    read = read_posas(posas(tmp_path, *quoted, "", "Fonte: Istat"))
    assert list(read.by_age) == ["004003"]


@pytest.mark.parametrize(
    ("rows", "names", "sentence"),
    [
        (lines(), NAMES.replace("Totale femmine", "Donne"), "totale femmine"),
        (lines()[:50] + lines()[51:], NAMES, "every age"),
        ([*lines()[:5], lines()[4], *lines()[5:]], NAMES, "line 8.*out of place"),
        ([*lines()[:-1], "004003;Alba;999;1;1;2"], NAMES, "do not add up"),
        (["004003;Alba;many;1;1;2"], NAMES, "line 3"),
        ([], NAMES, "no comune"),
    ],
)
def test_a_file_that_does_not_hold_is_refused_with_a_sentence(
    tmp_path: Path, rows: list[str], names: str, sentence: str
) -> None:
    with pytest.raises(VetroError, match=sentence):
        read_posas(posas(tmp_path, *rows, names=names))


def test_a_title_without_a_day_asks_for_it(tmp_path: Path) -> None:
    path = posas(tmp_path, *lines(), title="Popolazione residente")
    with pytest.raises(VetroError, match="--date"):
        read_posas(path)
    assert read_posas(path, date(2024, 1, 1)).reference_date == date(2024, 1, 1)


def test_newer_residents_stand_where_the_older_ones_stood_and_the_rest_stay(tmp_path: Path) -> None:
    home = VetroHome.at(tmp_path / "home")
    home.ensure()
    write_reference(home)
    adopt(home, read_posas(posas(tmp_path, *lines())))
    write_reference(home)
    with duckdb.connect() as connection:
        residents = f"read_parquet('{home.reference}/residents.parquet')"
        assert connection.execute(f"from {residents} where istat_comune = '004003'").fetchall() == [
            ("004003", 303, "ISTAT POSAS", date(2025, 1, 1))
        ]
        shipped = f"read_csv('{FOLDER}/residents.csv', types={{'istat_comune': 'VARCHAR'}})"
        today = f"(select istat_comune, istat_comune_today from {reference_relation('comune')})"
        changed = connection.execute(
            "select istat_comune from "
            "(select istat_comune_today as istat_comune, sum(residents) as residents "
            f"from {shipped} join {today} using (istat_comune) group by all) as old "
            f"anti join {residents} as new using (istat_comune, residents)"
        ).fetchall()
        assert changed == [("004003",)]
        groups = f"read_parquet('{home.reference}/residents_by_group.parquet')"
        (by_group, kinds) = connection.execute(
            f"select sum(residents), count(*) from {groups} where istat_comune = '004003'"
        ).fetchone()
        assert (by_group, kinds) == (303, 20)


def test_residents_are_those_of_the_comuni_of_today_by_the_newest_list_alone(tmp_path: Path) -> None:
    home = VetroHome.at(tmp_path / "home")
    home.ensure()

    def residents(*comuni: str) -> dict[str, int]:
        write_reference(home)
        with duckdb.connect() as connection:
            rows = connection.execute(
                f"select istat_comune, residents from read_parquet('{home.reference}/residents.parquet') "
                "where list_contains($1, istat_comune)",
                [list(comuni)],
            ).fetchall()
        return dict(rows)

    # Castegnero and Nanto, Lirio and Montalto Pavese were counted apart; Sassari had another code.
    assert residents("024027", "024071", "018082", "090064") == {}
    assert residents("024129", "018094") == {"024129": 2792 + 3057, "018094": 125 + 832}
    # A newer list that still tells them apart, then one that does not: never both lists together.
    adopt(home, read_posas(posas(tmp_path, *lines("018082"), *lines("018094"))))
    assert residents("018094", "024129") == {"018094": 2 * 303, "024129": 2792 + 3057}
    adopt(home, read_posas(posas(tmp_path, *lines("018094"), *lines("024129"))))
    assert residents("018094", "018082", "024129") == {"018094": 303, "024129": 303}


def test_the_zip_in_which_istat_gives_a_file_is_read_and_another_archive_is_not(tmp_path: Path) -> None:
    file = posas(tmp_path, *lines(), encoding="utf-8-sig")
    with zipfile.ZipFile(tmp_path / "POSAS.zip", "w") as archive:
        archive.write(file, "POSAS_2025_it_004_Cuneo.csv")
        archive.writestr("__MACOSX/._POSAS_2025_it_004_Cuneo.csv", b"\0\5")
    assert read_posas(tmp_path / "POSAS.zip") == read_posas(file)
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.write(file, "one.csv")
        archive.writestr("two.csv", file.read_bytes().replace(b"004003", b"015182"))
    assert set(read_posas(tmp_path / "two.zip").by_age) == {"004003", "015182"}
    with zipfile.ZipFile(tmp_path / "wrong.zip", "w") as archive:
        archive.writestr("leggimi.txt", "nothing")
    for name, content, sentence in (
        ("wrong.zip", None, "no CSV file"),
        ("cut.zip", (tmp_path / "POSAS.zip").read_bytes()[:200], "download it again"),
        ("old.xls", b"\xd0\xcf\x11\xe0\0\0", "no text"),
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(VetroError, match=sentence):
            read_posas(tmp_path / name)


def in_use(home: VetroHome) -> dict[str, tuple]:
    """Residents, source and day by comune of today, of the comuni that this module brings."""
    write_reference(home)
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"from read_parquet('{home.reference}/residents.parquet') "
            "where istat_comune in ('004003', '015182')"
        ).fetchall()
    return {comune: tuple(rest) for comune, *rest in rows}


def test_a_second_province_adds_and_an_older_year_does_not_replace_a_newer_one_unless_asked(
    tmp_path: Path,
) -> None:
    home = VetroHome.at(tmp_path / "home")
    home.ensure()
    adopt(home, read_posas(posas(tmp_path, *lines("004003"))))
    adopt(home, read_posas(posas(tmp_path, *lines("015182", 3, 4))))
    posas_2025 = {
        "004003": (303, "ISTAT POSAS", date(2025, 1, 1)),
        "015182": (707, "ISTAT POSAS", date(2025, 1, 1)),
    }
    assert in_use(home) == posas_2025
    older = read_posas(posas(tmp_path, *lines("015182"), title=TITLE.replace("2025", "2019")))
    with pytest.raises(VetroError, match=r"2019-01-01.*015182.*2025-01-01.*--replace-newer"):
        adopt(home, older)
    assert in_use(home) == posas_2025
    adopt(home, older, replace_newer=True)
    assert in_use(home) == posas_2025 | {"015182": (303, "ISTAT POSAS", date(2019, 1, 1))}


def test_an_older_year_does_not_replace_the_residents_that_come_with_the_product(tmp_path: Path) -> None:
    home = VetroHome.at(tmp_path / "home")
    home.ensure()
    older = read_posas(posas(tmp_path, *lines("015182"), title=TITLE.replace("2025", "2019")))
    with pytest.raises(VetroError, match="2024-11-21"):
        adopt(home, older)
    assert in_use(home)["015182"][1:] == ("ANPR", date(2024, 11, 21))


@pytest.mark.parametrize(
    ("title", "note", "source"),
    [
        (f"{TITLE} - Stima", "", "ISTAT POSAS, stima"),
        (f"{TITLE} (dati stimati)", "", "ISTAT POSAS, stima"),
        (TITLE, "I dati sono una stima anticipatoria", "ISTAT POSAS, stima"),
        (f"{TITLE} (dati provvisori)", "", "ISTAT POSAS, dati provvisori"),
        (TITLE, "Fonte: Istat", "ISTAT POSAS"),
    ],
)
def test_an_estimate_is_called_one_wherever_the_source_stands(
    tmp_path: Path, title: str, note: str, source: str
) -> None:
    home = VetroHome.at(tmp_path / "home")
    home.ensure()
    adopt(home, read_posas(posas(tmp_path, *lines(), note, title=title)))
    assert in_use(home)["004003"] == (303, source, date(2025, 1, 1))
