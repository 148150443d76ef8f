"""Alerts of a whole home, to a real mail server and a real receiver: at the end of a run, and by command."""

import json
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import dagster as dg
import pytest
import yaml

from core.settings import Settings
from ingestion.instances import read_instances
from orchestration import alerting, assets, pipeline, status
from tests.support.alert_receivers import (
    PASSWORD,
    USER,
    MailServer,
    PostReceiver,
    mail_server,
    post_receiver,
)
from tests.support.command_line import Vetro
from tests.support.homes import first_exports, land


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("mails")) as running:
        yield running


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostReceiver]:
    with post_receiver(tmp_path_factory.mktemp("posts")) as running:
        yield running


@pytest.fixture
def settings(walked: Settings, tmp_path: Path, server: MailServer, receiver: PostReceiver) -> Settings:
    """The walked home, in which alerts go to both, receipts of Rho to Rho, and nothing arrived before."""
    shutil.copytree(walked.vetro_home.root, tmp_path / "copy", symlinks=True, copy_function=shutil.copy2)
    for folder in (server.folder, receiver.folder):
        for path in (*folder.glob("*.eml"), *folder.glob("*.json")):
            path.unlink()
    found = Settings(home=tmp_path / "copy")
    home = found.vetro_home
    mail = {
        "server": "127.0.0.1",
        "port": server.port,
        "from": "vetro@example.org",
        "to": ["dati@example.org"],
        "user": USER,
        "certificates": str(server.certificate),
    }
    told = {"owner": "Ufficio dati", "mail": mail, "webhook": {"url": f"http://127.0.0.1:{receiver.port}/"}}
    home.alerts_file.write_text(yaml.safe_dump(told), "utf-8")
    home.alert_secrets.write_text(f"mail_password: {PASSWORD}\n", "utf-8")
    home.alert_secrets.chmod(0o600)
    register = yaml.safe_load(home.instances_file.read_text("utf-8"))
    register["instances"]["rho"] |= {"contact": "Ufficio di piano", "receipts_to": "exports@rho.example.org"}
    home.instances_file.write_text(yaml.safe_dump(register), "utf-8")
    return found


@pytest.fixture
def spoilt(settings: Settings, simulated: Path) -> Settings:
    """The same, where a second export of Rho has landed that will be refused."""
    landed = land(settings.vetro_home, first_exports(simulated, "rho", 2)[1], "rho")
    next(landed.glob("data/*.csv")).write_text("spoilt\n", encoding="utf-8")
    return settings


def kinds(post: dict) -> dict[str, str]:
    return {alert["key"].partition("/")[0]: alert["state"] for alert in post["body"]["alerts"]}


def test_a_run_tells_what_it_found_once_and_mails_the_receipt_to_its_territory(
    spoilt: Settings, server: MailServer, receiver: PostReceiver
) -> None:
    assert pipeline.run(spoilt).exit_code == pipeline.REFUSED
    told, receipts = server.mails()[0], server.mails()[1:]
    text = told.get_content()
    assert told["To"] == "dati@example.org"
    assert "l'invio" in text and "was refused" in text and "Ufficio di piano" in text
    # What has two exports of two years ago is silent as well.
    assert kinds(receiver.posts()[0]) == {"refused:rho": "new", "silent:rho": "new", "silent:matera": "new"}
    (refusal,) = [
        mail for mail in receipts if "respinta" in mail["Subject"] or "rifiutata" in mail["Subject"]
    ]
    assert refusal["To"] == "exports@rho.example.org"
    names = [part.get_filename() for part in refusal.iter_attachments()]
    assert [name.rpartition(".")[2] for name in names] == ["json", "html", "csv"]
    step = {each.name: each for each in status.read(spoilt.vetro_home).steps()}["alerts"]
    assert step.outcome == "ok" and step.detail.startswith("3 by mail, 3 by webhook")

    before = len(server.mails())
    pipeline.run(spoilt)
    assert (len(server.mails()), len(receiver.posts())) == (before, 1)


def test_a_mail_server_that_fails_fails_no_run_and_is_tried_again(
    spoilt: Settings, server: MailServer, receiver: PostReceiver, capsys: pytest.CaptureFixture[str]
) -> None:
    home = spoilt.vetro_home
    right = home.alerts_file.read_text("utf-8")
    home.alerts_file.write_text(right.replace(str(server.port), "9"), "utf-8")
    assert pipeline.run(spoilt).exit_code == pipeline.REFUSED
    said = capsys.readouterr().err
    assert "mail: non risponde" in said and PASSWORD not in said
    assert len(receiver.posts()) == 1 and not server.mails()
    assert {each.name: each.outcome for each in status.read(home).steps()}["alerts"] == "failed"
    # The failure of the alerts is no alert, and the post is not sent twice.
    home.alerts_file.write_text(right, "utf-8")
    assert not alerting.tell(spoilt).failures
    assert len(receiver.posts()) == 1
    assert {mail["To"] for mail in server.mails()} == {"dati@example.org", "exports@rho.example.org"}

    home.alerts_file.write_text("mail: [", "utf-8")
    assert pipeline.run(spoilt).exit_code == pipeline.REFUSED
    assert "alerts.yaml" in capsys.readouterr().err


def test_the_command_shows_what_stands_sends_it_and_tries_the_channels(
    settings: Settings, vetro: Vetro, server: MailServer, receiver: PostReceiver
) -> None:
    home = str(settings.home)
    shown = vetro("--home", home, "alerts")
    assert shown.returncode == 1 and "silent:rho, not told" in shown.stdout
    assert not server.mails()
    tried = vetro("--home", home, "alerts", "--test")
    assert tried.returncode == 0 and "1 by mail, 1 by webhook" in tried.stdout
    assert "Prova" in server.mails()[0]["Subject"]
    sent = json.loads(vetro("--home", home, "alerts", "--send", "--json").stdout)
    assert sent["told"]["notices"] == {"mail": 2, "webhook": 2}
    assert [each["told"] for each in sent["alerts"]] == [["mail", "webhook"]] * 2
    # Nobody is silent any more.
    settings.vetro_home.instances_file.write_text("instances: {}\n", "utf-8")
    assert vetro("--home", home, "alerts", "--send").returncode == 0
    assert kinds(receiver.posts()[-1]) == {"silent:rho": "over", "silent:matera": "over"}
    settings.vetro_home.alerts_file.unlink()
    unsaid = vetro("--home", home, "alerts", "--send")
    assert unsaid.returncode == 2 and "alerts.example.yaml" in unsaid.stderr


def test_a_run_of_dagster_tells_too_however_it_ended(settings: Settings, receiver: PostReceiver) -> None:
    @dg.op(required_resource_keys={assets.TURN})
    def failing() -> None:
        with status.step(settings.vetro_home, "build"):
            raise ValueError

    @dg.job(resource_defs={assets.TURN: assets.turn(settings)})
    def one() -> None:
        failing()

    with dg.DagsterInstance.ephemeral() as instance:
        assert not one.execute_in_process(instance=instance, raise_on_error=False).success
    assert kinds(receiver.posts()[0])["step_failed:build"] == "new"


def test_what_a_territory_was_answered_before_it_asked_for_mail_is_not_mailed(
    settings: Settings, server: MailServer
) -> None:
    home = settings.vetro_home
    (receipt,) = (home.outbox / "rho").glob("*.receipt.json")
    old = datetime(2026, 1, 1).timestamp()
    for path in (home.outbox / "rho").iterdir():
        os.utime(path, (old, old))
    assert alerting.tell(settings).receipts == 0
    shutil.copy(receipt, receipt.with_name("rho-later.receipt.json"))
    assert read_instances(home)["rho"].receipts_to == "exports@rho.example.org"
    assert alerting.tell(settings).receipts == 1
    assert alerting.tell(settings).receipts == 0
    # An answer that changed goes again; the one before it, which then carries a number, does not.
    receipt.replace(receipt.with_name(receipt.name.replace(".receipt", ".1.receipt")))
    later = json.loads(receipt.with_name("rho-later.receipt.json").read_text("utf-8"))
    receipt.write_text(json.dumps(later | {"status": "known"}), "utf-8")
    assert alerting.tell(settings).receipts == 1
