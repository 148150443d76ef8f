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

from core.settings import Settings, inherited_environment
from orchestration import serving


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_both_apps_answer_and_stop_together(walked: Settings) -> None:
    ports = free_port(), free_port()
    code = (
        "import sys; from pathlib import Path\n"
        "from orchestration.serving import serve; from core.settings import Settings\n"
        f"sys.exit(serve(Settings(home=Path({str(walked.home)!r})), *{ports!r}))"
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
        with pytest.raises(serving.ServeError, match="in use"):
            serving.serve(walked, taken.getsockname()[1], free_port())


def test_two_sites_cannot_share_a_port(walked: Settings) -> None:
    with pytest.raises(serving.ServeError, match="two different"):
        serving.serve(walked, 8501, 8501)


def test_a_child_inherits_no_setting_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VETRO_HOME", "somewhere")
    monkeypatch.setenv("STREAMLIT_SERVER_PORT", "1")
    inherited = inherited_environment()
    assert "PATH" in inherited or "PATH" not in os.environ
    assert not [name for name in inherited if name.startswith(("VETRO_", "STREAMLIT_"))]
