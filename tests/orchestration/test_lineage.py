"""OpenLineage events, told to a receiver that is a process of its own, and to one that is none."""

import json
import re
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from core.errors import VetroError
from core.settings import Settings
from orchestration import lineage, status, steps

RECEIVER = """
import http.server, json, sys
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(sys.argv[1], "a") as file:
            told = [self.path, self.headers["Authorization"], json.loads(body)]
            file.write(json.dumps(told) + "\\n")
        self.send_response(int(sys.argv[2]))
        self.end_headers()
    def log_message(self, *told):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture
def told(tmp_path: Path) -> Path:
    return tmp_path / "told"


@pytest.fixture(params=[201])
def receiver(request: pytest.FixtureRequest, told: Path) -> Iterator[str]:
    """The address of a receiver that answers with one code."""
    command = [sys.executable, "-c", RECEIVER, str(told), str(request.param)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/"
        process.kill()


def events(told: Path) -> list[dict]:
    """What was told, each held to what the specification requires of a run event."""
    found = []
    for line in told.read_text().splitlines():
        path, authorization, event = json.loads(line)
        assert (path, authorization) == ("/api/v1/lineage", "Bearer known-as")
        assert uuid.UUID(event["run"]["runId"])
        assert datetime.fromisoformat(event["eventTime"]).tzinfo
        assert re.match("[a-z]+:", event["producer"])
        assert event["schemaURL"].endswith("#/$defs/RunEvent")
        facets = [event["run"].get("facets", {}), *(o.get("outputFacets", {}) for o in event["outputs"])]
        assert all({"_producer", "_schemaURL"} <= set(f) for each in facets for f in each.values())
        for named in (event["job"], *event["inputs"], *event["outputs"]):
            assert named["namespace"] and named["name"]
        found.append(event)
    return found


def test_each_step_tells_its_start_and_its_end_with_rows_and_without_values(
    receiver: str, told: Path, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", openlineage_url=receiver, openlineage_api_key="known-as")
    with lineage.step(settings, "publish") as step:
        step.rows = 12
    with pytest.raises(ValueError), lineage.step(settings, "build"):
        raise ValueError("could not convert 'RSSMRA80A01H501U'")
    assert steps.ingest(settings) == []
    found = events(told)
    assert [(event["job"]["name"], event["eventType"]) for event in found] == [
        ("publish", "START"), ("publish", "COMPLETE"), ("build", "START"), ("build", "FAIL"),
        ("ingest", "START"), ("ingest", "COMPLETE"),
    ]  # fmt: skip
    assert len({event["run"]["runId"] for event in found}) == 3
    assert found[1]["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 12
    assert [data["name"] for data in found[1]["inputs"]] == ["marts", "quality"]
    assert found[3]["run"]["facets"]["errorMessage"]["message"] == "ValueError"
    assert "RSSMRA80A01H501U" not in told.read_text()


@pytest.mark.parametrize("receiver", [500, 302], indirect=True)
def test_a_receiver_that_refuses_is_told_of_once_and_stops_nothing(
    receiver: str, told: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(home=tmp_path / "home", openlineage_url=receiver, openlineage_api_key="known-as")
    with lineage.step(settings, "build"):
        pass
    assert len(events(told)) == 1
    assert capfd.readouterr().err.count("VETRO_OPENLINEAGE_URL") == 1
    assert [step.outcome for step in status.read(settings.vetro_home).steps()] == ["ok"]


def test_a_receiver_that_never_answers_keeps_nobody_waiting(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings = Settings(home=tmp_path / "home", openlineage_url=address)
        clock = time.monotonic()
        with pytest.raises(VetroError), lineage.step(settings, "build"):
            raise VetroError("dbt could not start")
        assert time.monotonic() - clock < 2 * lineage.SECONDS
    assert [step.detail for step in status.read(settings.vetro_home).steps()] == ["dbt could not start"]


def test_without_a_receiver_nothing_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *address: pytest.fail("something was sent"))
    with lineage.step(Settings(home=tmp_path / "home"), "build") as step:
        step.detail = "2 models built"
    assert status.read(Settings(home=tmp_path / "home").vetro_home).steps()[0].detail == "2 models built"


def test_an_address_that_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="openlineage_url"):
        Settings(openlineage_url="file:///etc/passwd")
