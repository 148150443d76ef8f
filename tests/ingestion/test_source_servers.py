"""Sources that answer badly, or not at all: what is said, what is kept, and what never shows."""

import threading
import time
from datetime import UTC, datetime

import pytest

from core.errors import VetroError
from ingestion.loading.ingest import ingest
from ingestion.sources.access import OpenSource
from ingestion.sources.fetching import FETCHED, fetch
from tests.support.exports import Export, rows
from tests.support.servers import READER_SECRET, WRITER, WRITER_SECRET, LocalFolders, declare, free_ports

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WRONG = "wrong-secret-that-must-not-show"
LARGE = 40 * 1024 * 1024


def export(sequence: int = 1, instance: str = "rho") -> Export:
    return Export(instance=instance, sequence=sequence, entities={"organisation": rows("organisation", 3)})


def get(home, *names):
    return fetch(home, names, now=NOW, pauses=(0, 0))


def failure(home) -> str:
    (source,) = get(home)
    assert source.failure is not None
    assert source.needs_somebody
    assert " / " in source.failure, "Italian and English"
    return source.failure


def test_wrong_credentials_are_said_without_the_secret(home, s3_server, caplog, capfd):
    place = s3_server.place()
    for secret in (
        {"access_key": "reader-key", "secret_key": WRONG},
        {"access_key": WRONG, "secret_key": READER_SECRET},
    ):
        place.secret = secret
        declare(home, rho_bucket=place)
        said = failure(home)
        assert "credenziali" in said and "credentials" in said
        out, err = capfd.readouterr()
        for text in (said, caplog.text, out, err):
            assert WRONG not in text and READER_SECRET not in text


def test_a_login_that_sshd_does_not_know_is_said_without_the_key(home, sftp_server, caplog, capfd):
    place = sftp_server.place()
    stranger = (sftp_server.folder / "other_login").read_bytes()
    place.secret_files = {"login": stranger}
    declare(home, rho_sftp=place)
    said = failure(home)
    assert "credenziali" in said and "credentials" in said
    place.secret, place.secret_files = {"password": WRONG}, {}
    declare(home, rho_sftp=place)
    said += failure(home)
    out, err = capfd.readouterr()
    assert not [text for text in (said, caplog.text, out, err) if WRONG in text or "PRIVATE" in text]
    assert err == "", "libraries keep to themselves"


def test_another_host_key_is_refused_before_anything_is_sent(home, sftp_server):
    place = sftp_server.place()
    place.put_all(export().files(), "rho-1")
    place.entry["host_key"] = sftp_server.fingerprint("other_host")
    declare(home, rho_sftp=place)
    log = sftp_server.folder / "log"
    before = len(log.read_bytes())
    said = failure(home)
    assert sftp_server.fingerprint() in said, "so that it can be compared with what the keeper says"
    assert b"Accepted" not in log.read_bytes()[before:]
    assert not list(home.landing.glob("rho/*"))


@pytest.mark.parametrize(("known", "taken"), [("host", True), ("other_host", False), (None, False)])
def test_without_a_fingerprint_known_hosts_decides(home, sftp_server, known, taken):
    place = sftp_server.place()
    place.put_all(export().files(), "rho-1")
    del place.entry["host_key"]
    declare(home, rho_sftp=place)
    if known:
        (home.secrets / "known_hosts").write_text(sftp_server.known_hosts(known), encoding="ascii")
    (source,) = get(home)
    assert (source.failure is None) is taken
    assert source.count(FETCHED) == taken
    if not taken:
        assert "chiave del server" in source.failure and "server's key" in source.failure


def test_a_key_file_that_is_no_key_is_said_without_its_text(home, sftp_server):
    place = sftp_server.place()
    place.secret_files = {"login": WRONG.encode()}
    declare(home, rho_sftp=place)
    said = failure(home)
    assert "chiave privata" in said and WRONG not in said


def test_a_place_that_does_not_exist_is_said(home, server):
    place = server.place()
    place.entry["url"] = place.entry["url"].replace("s3://welfare/", "s3://nowhere/") + "/missing"
    if place.entry["url"].startswith("s3://"):
        # Whoever may read one bucket only is not told that another does not exist.
        place.secret = {"access_key": WRITER, "secret_key": WRITER_SECRET}
    declare(home, rho_source=place)
    said = failure(home)
    assert "non esiste" in said and "does not exist" in said


def test_an_empty_place_is_no_failure(home, server):
    place = server.place()
    declare(home, rho_source=place)
    (source,) = get(home)
    assert source.failure is None and source.deliveries == []


def test_a_source_that_is_down_does_not_stop_the_others(home, s3_server, sftp_server, tmp_path):
    down_s3, down_sftp = s3_server.place(), sftp_server.place()
    port = free_ports(1)[0]
    down_s3.entry["endpoint"] = f"http://127.0.0.1:{port}"
    down_sftp.entry["url"] = down_sftp.entry["url"].replace(f":{sftp_server.port}/", f":{port}/")
    up = LocalFolders(tmp_path / "folders").place("matera")
    up.put_all(export(instance="matera").files(), "matera-1")
    declare(home, a_bucket=down_s3, b_sftp=down_sftp, c_folder=up)
    first, second, third = get(home)
    assert (
        first.source == "a-bucket" and "non risponde" in first.failure and "does not answer" in first.failure
    )
    assert second.source == "b-sftp" and "non risponde" in second.failure
    assert third.failure is None and third.count(FETCHED) == 1
    assert [receipt.status for receipt in ingest(home)] == ["accepted"]


def test_two_sources_at_once_each_bring_their_own(home, s3_server, sftp_server):
    bucket, account = s3_server.place("rho"), sftp_server.place("matera")
    for sequence in range(1, 6):
        bucket.put_all(export(sequence).files(), f"e-{sequence}")
        account.put_all(export(sequence, "matera").files(), f"e-{sequence}")
    declare(home, rho_bucket=bucket, matera_sftp=account)
    assert [source.count(FETCHED) for source in get(home)] == [5, 5]
    receipts = ingest(home)
    assert sorted({(receipt.instance, receipt.status) for receipt in receipts}) == [
        ("matera", "accepted"),
        ("rho", "accepted"),
    ]
    assert len(receipts) == 10


def test_two_fetches_at_once_take_turns(home, server):
    place = server.place()
    for sequence in range(1, 6):
        place.put_all(export(sequence).files(), f"e-{sequence}")
    declare(home, rho_source=place)
    found = []
    both = [threading.Thread(target=lambda: found.append(get(home)[0])) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(source.count(FETCHED) for source in found) == [0, 5]
    assert [receipt.status for receipt in ingest(home)] == ["accepted"] * 5


@pytest.mark.parametrize("kind", ["s3", "sftp"])
def test_a_server_killed_in_the_middle_leaves_nothing_and_the_next_fetch_brings_all(home, request, kind):
    server = request.getfixturevalue(f"{kind}_server")
    place = server.place()
    # Not an archive, so that ingestion would have something to say of half of it.
    content = {"data/large.bin": bytes(LARGE)} | export(2).files()
    place.put_all(export(1).files(), "rho-1")
    place.put_all(content, "rho-2")
    declare(home, rho_source=place)

    def kill_once_it_flows() -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            for path in home.landing.glob("rho/.fetching-*/export/data/large.bin"):
                if 0 < path.stat().st_size < LARGE:
                    server.kill()
                    return
            time.sleep(0.001)

    watch = threading.Thread(target=kill_once_it_flows)
    watch.start()
    (source,) = get(home)
    watch.join()
    try:
        assert source.failure is not None and "connessione" in source.failure
        assert [(one.place, one.outcome) for one in source.deliveries] == [("rho-1", FETCHED)]
        assert sorted(path.name for path in (home.landing / "rho").iterdir()) == ["rho-1"]
    finally:
        server.start()
    if kind == "s3":
        place.put_all(export(1).files(), "rho-1")
        place.put_all(content, "rho-2")
    (source,) = get(home)
    assert source.failure is None
    assert [(one.place, one.outcome) for one in source.deliveries] == [
        ("rho-1", "unchanged"),
        ("rho-2", FETCHED),
    ]
    assert (home.landing / "rho" / "rho-2" / "data" / "large.bin").stat().st_size == LARGE


def test_a_broken_connection_is_made_again(home, sftp_server, monkeypatch):
    place = sftp_server.place()
    place.put_all(export().files(), "rho-1")
    declare(home, rho_sftp=place)
    copy = OpenSource.copy
    broken = []

    def break_once(self, *arguments):
        if not broken:
            broken.append(arguments)
            sftp_server.kill()
            sftp_server.start()
        return copy(self, *arguments)

    monkeypatch.setattr(OpenSource, "copy", break_once)
    (source,) = get(home)
    assert broken and source.failure is None and source.count(FETCHED) == 1


def test_a_name_that_is_not_declared_is_said(home, tmp_path):
    declare(home, rho_folder=LocalFolders(tmp_path / "folders").place())
    with pytest.raises(VetroError, match="non dichiarata"):
        get(home, "rho-bucket")


def test_only_the_sources_named_are_asked(home, tmp_path):
    folders = LocalFolders(tmp_path / "folders")
    rho, matera = folders.place(), folders.place("matera")
    declare(home, rho_folder=rho, matera_folder=matera)
    assert [source.source for source in get(home, "matera-folder")] == ["matera-folder"]
