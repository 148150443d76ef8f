"""`vetro serve`: two servers, one told of everything, one of the public side only; both stopped together."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from core.errors import VetroError
from core.settings import Settings, inherited_environment
from orchestration import serving
from tests.support.pages import Site, broken_links


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_both_apps_answer_and_stop_together(walked: Settings) -> None:
    ports = free_port(), free_port()
    code = (
        "import sys; from pathlib import Path\n"
        "from orchestration.serving import serve; from core.settings import Settings\n"
        f"sys.exit(serve(Settings(home=Path({str(walked.home)!r}), auth='off'), *{ports!r}))"
    )
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        said = [server.stdout.readline() for _ in range(3)]
        assert f"http://127.0.0.1:{ports[0]}" in said[0]
        for port in ports:
            assert urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).status == 200
        if Path("/proc/self/task").is_dir():
            told = [environment_of(child) for child in children(server.pid)]
            assert len(told) == 2
            (public,) = (one for one in told if "VETRO_RELEASES" not in one)
            assert not {name for name in public if name.startswith("VETRO_")}
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=20) == 0
    finally:
        server.kill()
        server.wait()
    for port in ports:
        assert not listens(port)


def test_every_link_of_a_published_site_leads_somewhere(walked: Settings) -> None:
    """Those to the catalogue and the checksums too, which are written after the pages."""
    assert not broken_links(Site((walked.vetro_home.current_release / "public").resolve()))


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def environment_of(pid: int) -> dict[str, str]:
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def listens(port: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return False
        time.sleep(0.2)
    return True


def test_a_port_in_use_is_said(walked: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(VetroError, match="in use"):
            serving.serve(open_to_all(walked), taken.getsockname()[1], free_port())


def test_two_sites_cannot_share_a_port(walked: Settings) -> None:
    with pytest.raises(VetroError, match="two different"):
        serving.serve(walked, 8501, 8501)


def test_a_child_inherits_no_setting_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VETRO_HOME", "somewhere")
    monkeypatch.setenv("STREAMLIT_SERVER_PORT", "1")
    inherited = inherited_environment()
    assert "PATH" in inherited or "PATH" not in os.environ
    assert not [name for name in inherited if name.startswith(("VETRO_", "STREAMLIT_"))]


def open_to_all(settings: Settings) -> Settings:
    return settings.model_copy(update={"auth": "off"})


@pytest.fixture
def released(tmp_path: Path) -> Settings:
    """A home with as much of a release as a server asks for before it starts."""
    public = tmp_path / "releases" / "current" / "public"
    public.mkdir(parents=True)
    (public / "index.html").touch()
    return Settings(home=tmp_path)


def test_without_signing_in_only_this_machine_is_served(released: Settings) -> None:
    for address in ("0.0.0.0", "192.168.1.4", "::", "casa.example"):
        elsewhere = open_to_all(released).model_copy(update={"address": address})
        with pytest.raises(VetroError, match="for this machine only") as error:
            serving.serve(elsewhere, free_port(), free_port())
        assert error.value.exit_code == 2


def test_who_serves_says_how_readers_sign_in_and_who_sees_what(released: Settings) -> None:
    home, ports = released.vetro_home, (free_port(), free_port())
    with pytest.raises(VetroError, match=r"sign_in\.yaml") as missing:
        serving.serve(released, *ports)
    assert missing.value.exit_code == 2 and "VETRO_AUTH=off vetro serve" in str(missing.value)
    home.secrets.mkdir(mode=0o700)
    home.sign_in_file.write_text("client_id: casa\n", encoding="utf-8")
    with pytest.raises(VetroError, match=r"access\.yaml: .*the file is missing") as no_policy:
        serving.serve(released, *ports)
    home.access_file.write_text("access:\n  - {role: network}\n", encoding="utf-8")
    with pytest.raises(VetroError, match=r"access\.yaml:2:5") as nobody:
        serving.serve(released, *ports)
    home.access_file.write_text("access:\n  - {role: network, groups: [rete]}\n", encoding="utf-8")
    home.sign_in_file.chmod(0o644)
    with pytest.raises(VetroError, match="chmod 600") as readable:
        serving.serve(released, *ports)
    home.sign_in_file.chmod(0o600)
    with pytest.raises(VetroError, match=r"sign_in\.yaml:1:1.*missing key") as incomplete:
        serving.serve(released, *ports)
    assert {each.value.exit_code for each in (no_policy, nobody, readable, incomplete)} == {2}
