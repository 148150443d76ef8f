"""Nothing direct leaves landing: not in raw, receipts, attempts, logs, errors, or a working copy."""

import hashlib
import hmac
import stat
import unicodedata
from pathlib import Path

import duckdb
import pytest

from core.errors import VetroError
from ingestion.loading.ingest import ingest
from ingestion.privacy.pseudonyms import (
    PseudonymKey,
    normalised_sql,
    open_key,
    prepare_pseudonyms,
    pseudonym_sql,
)
from tests.support.exports import Export, make_home, row, rows

PLANTED = {
    "a codice fiscale": "RSSMRA85T10A562S",
    "an omocodic one": "RSSMRAULALMFNLRD",
    "an STP": "STP7654321098765",
    "a provisional code": "65432198706",
    "a bad codice fiscale": "VRDGPP70A41A859W",
    "a manager": "Zaira.Quintavalle",
    "a birth date": "1937-08-23",
    "an ISEE": "13579.24",
    "a sole trader": "BNCLRA92M55D704V",
    "a sole trader's name": "Bottega Quarantelli",
    "a sole trader's VAT number": "07643520567",
    "a mangled id": "7.65432E+12",
}


def planted_export(**more) -> Export:
    people = [
        row(
            "person",
            "P-1",
            id_kind="CF",
            id_value=PLANTED["a codice fiscale"],
            birth_date=PLANTED["a birth date"],
        ),
        row("person", "P-2", id_kind="CF", id_value=PLANTED["an omocodic one"]),
        row("person", "P-3", id_kind="STP", id_value=PLANTED["an STP"]),
        row("person", "P-4", id_kind="CF_PROV", id_value=PLANTED["a provisional code"]),
        row("person", "BAD-1", id_kind="CF", id_value=PLANTED["a bad codice fiscale"]),
        row("person", "BAD-2", id_kind="STP", id_value=PLANTED["a mangled id"]),
        row("person", PLANTED["a codice fiscale"], birth_date=PLANTED["a birth date"]),
    ]
    return Export(
        entities={
            "person": [*people, *rows("person", 300)],
            "assessment": [row("assessment", manager_ref=PLANTED["a manager"])],
            "household": [row("household", isee_value=PLANTED["an ISEE"])],
            "organisation": [
                row(
                    "organisation",
                    tax_code=PLANTED["a sole trader"],
                    name=PLANTED["a sole trader's name"],
                    vat_number=PLANTED["a sole trader's VAT number"],
                )
            ],
        },
        **more,
    )


def everything_outside_landing(root: Path) -> dict[Path, bytes]:
    found = {}
    for path in root.rglob("*"):
        if not path.is_file() or (root / "landing") in path.parents:
            continue
        found[path] = path.read_bytes()
        if path.suffix == ".parquet":
            table = duckdb.sql(f"select * from read_parquet('{path}', hive_partitioning=false)")
            found[path] += repr(table.fetchall()).encode()
    return found


def assert_nothing_planted(root: Path) -> None:
    files = everything_outside_landing(root)
    assert len(files) > 5
    for what, value in PLANTED.items():
        for path, content in files.items():
            assert value.encode() not in content, f"{what} in {path}"
            assert value.lower().encode() not in content.lower(), f"{what} in {path}"


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "jsonl", "parquet"])
def test_no_planted_value_is_found_outside_landing(home, kind, capfd):
    export = planted_export(
        formats=dict.fromkeys(("person", "assessment", "household", "organisation"), kind)
    )
    export.write(home.landing / "rho")
    (receipt,) = ingest(home)
    assert receipt.status == "accepted", receipt.errors
    assert receipt.counts["person"]["quarantined"] == 3
    assert_nothing_planted(home.root)
    told = capfd.readouterr()
    assert not any(value in told.out + told.err for value in PLANTED.values())


def test_a_refused_and_a_held_export_leave_no_planted_value_either(home):
    planted_export(spoil=lambda d: d["resources"][0].update(rows=1)).write(home.landing / "rho")
    planted_export(sequence=5).write_zip(home.landing / "rho")
    assert sorted(receipt.status for receipt in ingest(home)) == ["held", "refused"]
    assert_nothing_planted(home.root)


def test_what_replaces_a_personal_value(home, tmp_path):
    ingest(home, [planted_export().write(tmp_path)])
    raw = f"{home.raw}/instance=rho/export=*"
    key = open_key(home)
    pseudonym, birth_year = duckdb.sql(
        f"select id_pseudonym, birth_year from read_parquet('{raw}/person.parquet') where record_id = 'P-1'"
    ).fetchone()
    assert (pseudonym, birth_year) == (key.pseudonym("person", "CF", "RSSMRA85T10A562S"), 1937)
    assert duckdb.sql(f"select isee_band from read_parquet('{raw}/household.parquet')").fetchall() == [
        ("UP_TO_15000",)
    ]
    assert duckdb.sql(
        f"select manager_pseudonym from read_parquet('{raw}/assessment.parquet')"
    ).fetchall() == [(key.pseudonym("manager", "rho", "ZAIRA.QUINTAVALLE"),)]
    assert duckdb.sql(
        f"select name, tax_code, tax_code_pseudonym, is_sole_trader, vat_number from "
        f"read_parquet('{raw}/organisation.parquet')"
    ).fetchall() == [(None, None, key.pseudonym("organisation", "CF", PLANTED["a sole trader"]), True, None)]


def test_persons_without_identifier_have_no_pseudonym(home, tmp_path):
    ingest(home, [Export(entities={"person": rows("person", 3)}).write(tmp_path)])
    assert duckdb.sql(
        f"select distinct id_pseudonym from read_parquet('{home.raw}/instance=rho/export=*/person.parquet')"
    ).fetchall() == [(None,)]


def test_two_omocodic_forms_are_two_people_and_two_instances_share_one(home, tmp_path):
    people = {
        "person": [
            row("person", "A", id_kind="CF", id_value="RSSMRA80A01F205X"),
            row("person", "B", id_kind="CF", id_value="RSSMRA80A0MF205P"),
        ]
    }
    ingest(home, [Export(instance=name, entities=people).write(tmp_path) for name in ("rho", "matera")])
    assert duckdb.sql(
        f"select count(*), count(distinct id_pseudonym) from "
        f"read_parquet('{home.raw}/instance=*/export=*/person.parquet')"
    ).fetchone() == (4, 2)


TEXTS = [
    "RSSMRA85T10A562S",
    " rssmra85t10a562s ",
    "ﬁ",
    "Ｚａｉｒａ",
    "Forlì",
    "Forli\u0300",
    "x" * 300,
    "|",
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_pseudonym_in_sql_is_hmac_sha_256(text):
    key = PseudonymKey(bytes(range(32)), "test")
    expected = hmac.new(
        key.secret,
        f"wx1|person|CF|{unicodedata.normalize('NFKC', text.upper().strip())}".encode(),
        hashlib.sha256,
    ).hexdigest()[:32]
    with duckdb.connect() as connection:
        prepare_pseudonyms(connection, key)
        sql = pseudonym_sql("'person|CF|' || " + normalised_sql("x"))
        (found,) = connection.execute(f"select {sql} from (select ?::varchar as x)", [text]).fetchone()
    assert found == expected


def test_the_key_is_made_once_for_its_owner_only(home):
    key = open_key(home)
    path = home.secrets / "pseudonym.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.secrets.stat().st_mode) == 0o700
    assert open_key(home) == key
    assert open_key(make_home(home.root / "other")) != key


def test_a_key_that_others_can_read_stops_everything(home, tmp_path):
    open_key(home)
    (home.secrets / "pseudonym.key").chmod(0o640)
    with pytest.raises(VetroError, match="others can read the key"):
        ingest(home, [Export(entities={"person": rows("person", 1)}).write(tmp_path)])
    assert not list(home.raw.glob("instance=*"))


def test_the_key_stands_in_no_statement_and_no_error(home, tmp_path):
    key = open_key(home)
    ingest(home, [planted_export().write(tmp_path)])
    for path, content in everything_outside_landing(home.root).items():
        if path.parent != home.secrets:
            assert key.secret.hex().encode() not in content
            assert all(pad.hex().encode() not in content for pad in key.pads())
