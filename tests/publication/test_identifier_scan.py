"""No byte of a release names a person: planted in any kind of file it is found, and
told without its value.
"""

import gzip
import json
import zipfile
from html import escape

import duckdb
import pytest

from publication.identifier_scan import first_places, leaks
from tests.ingestion.test_direct_identifiers import FRAMES, INNOCENT, planted

CODE = "ZZXZDB80A41X777M"
IBAN = "IT60 X054 2811 1010 0000 0123 456"


def table(path, columns: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"copy (select {columns}) to '{path}'")


def database(path, columns: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.dim_grant as select {columns}")


PLANTED = {
    "t.parquet": (lambda p: table(p, f"1 as n, 'Sostegno a {CODE}' as title"), "column title"),
    "nested.parquet": (lambda p: table(p, f"[{{'a': '{CODE}'}}] as told"), "column told"),
    "t.duckdb": (lambda p: database(p, f"'{IBAN}' as title"), "table marts.dim_grant, column title"),
    "t.csv": (
        lambda p: p.write_text('award,title\n1,Uno\n2,"Sostegno, scrivere a\nmario.rossi@example.it"\n'),
        "line 3, column title",
    ),
    "n.csv": (lambda p: p.write_text("title\nSportello\n3331234567\n"), "line 3, column title"),
    "t.json": (
        lambda p: p.write_text(json.dumps({"tables": [{"it": f"di {CODE.lower()}"}]})),
        "tables[0].it",
    ),
    "t.html": (lambda p: p.write_text("<p>Uno</p>\n<p title='x'>mario&#64;example.it</p>"), "line 2"),
    "a.html": (lambda p: p.write_text('<a href="tel:+393331234567">chiama</a>'), "line 1, attribute href"),
    "t.svg": (lambda p: p.write_text(f"<svg><!-- {CODE} --></svg>"), "line 1"),
    "t.txt": (lambda p: p.write_text("riga\ntel. 02 12345678\n"), "line 2"),
    "t.js": (lambda p: p.write_text(f'const a = 3331234567; const b = "{CODE}";'), "line 1"),
    "t.csv.gz": (
        lambda p: p.write_bytes(gzip.compress(f"title\n{CODE}\n".encode())),
        "t.csv, line 2, column title",
    ),
    "t.bin": (lambda p: p.write_bytes(b"\0\1\2" + f"utente {CODE} altro".encode() + b"\0"), "bytes"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found_and_told_without_its_value(tmp_path, name):
    plant, place = PLANTED[name]
    (tmp_path / "public").mkdir()
    plant(tmp_path / "public" / name)
    (tmp_path / "public" / "innocent.csv").write_text("tax_code,amount\n00743110157,3331234567.00\n")
    found = leaks(tmp_path)
    assert [(leak.file, leak.place) for leak in found] == [(f"public/{name}", place)]
    assert CODE.lower() not in first_places(found).lower()


@pytest.mark.parametrize("form", ["csv", "json", "html"])
def test_recall_and_precision_over_planted_cells(tmp_path, capsys, form):
    """One cell in each file, with an identifier or without, in the kinds of files of a release."""
    write = {
        "csv": lambda cell: f'n,title\n1,"{cell}"\n',
        "json": lambda cell: json.dumps({"title": cell}),
        "html": lambda cell: f"<h1>Casa di Vetro</h1>\n<p>{escape(cell)}</p>\n",
    }[form]
    guilty = set(planted()[::19])
    innocent = {frame.format(each) for each in INNOCENT for frame in FRAMES[:3]}
    cells = {f"{n}.{form}": cell for n, cell in enumerate(sorted(guilty | innocent))}
    for name, cell in cells.items():
        (tmp_path / name).write_text(write(cell), encoding="utf-8")
    caught = {cells[leak.file] for leak in leaks(tmp_path)}
    recall = len(caught & guilty) / len(guilty)
    precision = len(caught & guilty) / len(caught)
    with capsys.disabled():
        print(f"\ncells of {form}: {len(guilty)} planted, recall {recall:.4f}; {len(innocent)} innocent, "
              f"precision {precision:.4f}")  # fmt: skip
    assert recall >= 0.99, sorted(guilty - caught)
    assert precision >= 0.99, sorted(caught - guilty)


def test_the_address_of_whoever_publishes_is_let_through_as_it_is_and_nothing_near_it(tmp_path):
    contact = "dati@rete.example"
    near = ("mario.dati@rete.example", "dati@rete.example.org", "DATI@rete.example", "dati (at) rete.example")
    for n, email in enumerate((contact, *near)):
        folder = tmp_path / str(n)
        folder.mkdir()
        table(folder / "t.parquet", f"'{email}' as email, 'Scrivere a {email}.' as told")
        database(folder / "t.duckdb", f"'{email}' as email")
        (folder / "t.csv").write_text(f"email,n\n{email},1\n", encoding="utf-8")
        (folder / "t.json").write_text(json.dumps({"contributors": [{"email": email}]}), encoding="utf-8")
        (folder / "t.jsonld").write_text(json.dumps([{"@id": f"mailto:{email}"}]), encoding="utf-8")
        (folder / "t.ttl").write_text(f"<#contact> vcard:hasEmail <mailto:{email}> .\n", encoding="utf-8")
        (folder / "t.rdf").write_text(f'<vcard:hasEmail rdf:resource="mailto:{email}"/>', encoding="utf-8")
        (folder / "t.html").write_text(f'<a href="mailto:{email}">{email}</a>', encoding="utf-8")
        (folder / "SHA256SUMS").write_text(f"# {email}, who publishes this\n", encoding="utf-8")
        found = {leak.file for leak in leaks(folder, contact=contact)}
        assert found == (set() if email == contact else {path.name for path in folder.iterdir()}), email
    # Beside it others are found, and without it so is it.
    (tmp_path / "0" / "t.csv").write_text(f"email\n{contact} {CODE}\n", encoding="utf-8")
    assert {leak.file for leak in leaks(tmp_path / "0", contact=contact)} == {"t.csv"}
    assert len({leak.file for leak in leaks(tmp_path / "0")}) == 9


def test_a_file_that_stands_there_under_two_names_is_searched_once(tmp_path):
    table(tmp_path / "t.parquet", f"'{CODE}' as title")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "same.parquet").symlink_to("../t.parquet")
    assert [leak.file for leak in leaks(tmp_path)] == ["t.parquet"]
    outside = tmp_path.with_name(f"{tmp_path.name}-outside")
    outside.mkdir()
    table(outside / "u.parquet", f"'{CODE}' as title")
    (tmp_path / "data" / "other.parquet").symlink_to(outside / "u.parquet")
    assert [leak.file for leak in leaks(tmp_path)] == ["data/other.parquet", "t.parquet"]


def test_an_archive_is_opened(tmp_path):
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        archive.writestr("data/t.csv", f"title\n{CODE}\n")
        archive.writestr(f"{CODE}.txt", "niente")
    assert [leak.place for leak in leaks(tmp_path)] == ["data/t.csv, line 2, column title", "entry 2, name"]


def test_a_name_of_a_file_or_of_a_column_is_searched_and_not_told(tmp_path):
    (tmp_path / f"scheda-{CODE}.csv").write_text("a\n1\n")
    (tmp_path / "t.csv").write_text(f"a,{CODE}\n1,2\n")
    found = leaks(tmp_path)
    assert [str(leak) for leak in found] == ["file 1, name", "t.csv, name of a column"]


def test_figures_codes_and_pages_are_left_alone(tmp_path):
    (tmp_path / "t.csv").write_text(
        "scope_id,period_start,value,note\n00743110157,2026-01-01,3331234567.12,SD-02-1234567\n"
        "rho:SC-345-1234567,2026-02-01,3331234567,0371\n"
    )
    (tmp_path / "t.json").write_text(json.dumps({"sha256": "0f3a" * 16, "n": 3331234567, "at": "2026-01-05"}))
    drawing = '<svg viewBox="0 0 3331234567 1"><path d="M 333 1234567 L 02 12345678"/></svg>'
    (tmp_path / "t.svg").write_text(drawing)
    columns = "3331234567::bigint as n, 'CIG 3331234567' as title, md5('a') as grant_key"
    database(tmp_path / "t.duckdb", columns)
    assert leaks(tmp_path) == []
