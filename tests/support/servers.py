"""Servers for tests of sources, as real processes: S3 by SeaweedFS, SFTP by OpenSSH.

Each is given a folder of its own and free ports on this machine. `place` hands out a fresh part of it to put
files in and to declare as a source.
"""

import getpass
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import s3fs
import yaml

from core.home import VetroHome

BUCKET = "welfare"
READER, READER_SECRET = "reader-key", "reader-secret-of-the-test"
WRITER, WRITER_SECRET = "writer-key", "writer-secret-of-the-test"


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now, below those that systems hand out by themselves."""
    opened = [socket.socket() for _ in range(count)]
    try:
        for one in opened:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in opened]
    finally:
        for one in opened:
            one.close()


def _wait_for(port: int, process: subprocess.Popen, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server does not listen on {port}; it left with {process.poll()}")


def _family(pid: int) -> list[int]:
    """A process and everything it started."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return [pid]
    return [pid, *(member for child in text.split() for member in _family(int(child)))]


def _kill(process: subprocess.Popen) -> None:
    for pid in _family(process.pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()


@dataclass
class Place:
    """A fresh place at a source: `entry` for sources.yaml, `secret` for secrets/sources/."""

    entry: dict
    secret: dict | None = None
    secret_files: dict[str, bytes] = field(default_factory=dict)

    def put(self, path: str, content: bytes) -> None:
        """Write one file at once."""
        raise NotImplementedError

    def remove(self, path: str) -> None:
        """Remove one file."""
        raise NotImplementedError

    def content(self) -> dict[str, bytes]:
        """Every file with its bytes."""
        raise NotImplementedError

    def put_all(self, files: dict[str, bytes], folder: str) -> None:
        """Write the files of an export, in their order."""
        for path, content in files.items():
            self.put(f"{folder}/{path}", content)


class FolderPlace(Place):
    """A folder of this machine, whoever serves it."""

    folder: Path

    @classmethod
    def at(cls, folder: Path, entry: dict, **secrets) -> "FolderPlace":
        """The place that `folder` is."""
        place = cls(entry, **secrets)
        place.folder = folder
        folder.mkdir(parents=True)
        return place

    def put(self, path: str, content: bytes) -> None:
        """Write one file at once; a second version gets another time of change."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        later = target.stat().st_mtime + 7 if target.exists() else None
        target.write_bytes(content)
        if later:
            os.utime(target, (later, later))

    def remove(self, path: str) -> None:
        """Remove one file."""
        (self.folder / path).unlink()

    def content(self) -> dict[str, bytes]:
        """Every plain file with its bytes."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if stat.S_ISREG(path.lstat().st_mode)
        }


class BucketPlace(Place):
    """A prefix in a bucket."""

    filesystem: s3fs.S3FileSystem
    prefix: str

    def put(self, path: str, content: bytes) -> None:
        """Write one object."""
        self.filesystem.pipe_file(f"{self.prefix}/{path}", content)

    def remove(self, path: str) -> None:
        """Remove one object."""
        self.filesystem.rm_file(f"{self.prefix}/{path}")

    def content(self) -> dict[str, bytes]:
        """Every object with its bytes."""
        found = self.filesystem.find(self.prefix)
        return {name.removeprefix(f"{self.prefix}/"): self.filesystem.cat_file(name) for name in found}


class S3Server:
    """SeaweedFS with one bucket, an identity that writes and one that only reads."""

    def __init__(self, folder: Path):
        self.folder, self.ports, self.places, self.starts = folder, free_ports(8), 0, 0
        self.endpoint = f"http://127.0.0.1:{self.ports[6]}"
        identities = [
            (WRITER, WRITER_SECRET, ["Admin", "Read", "List", "Write"]),
            (READER, READER_SECRET, [f"Read:{BUCKET}", f"List:{BUCKET}"]),
        ]
        config = [
            {"name": key, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": actions}
            for key, secret, actions in identities
        ]
        (folder / "s3.json").write_text(json.dumps({"identities": config}), encoding="utf-8")
        self.start()

    def start(self) -> None:
        """Start it, or start it again, empty: on old data it would look for its peers for 20 seconds."""
        self.starts += 1
        data = self.folder / f"data-{self.starts}"
        data.mkdir()
        weed = Path(sys.executable).with_name("weed")
        master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3, s3_grpc = self.ports
        options = {
            "dir": data, "ip": "127.0.0.1", "ip.bind": "127.0.0.1",
            "master.port": master, "master.port.grpc": master_grpc, "master.volumeSizeLimitMB": 128,
            "master.volumePreallocate": "false", "volume.port": volume, "volume.port.grpc": volume_grpc,
            "volume.max": 20, "filer": "true", "filer.port": filer, "filer.port.grpc": filer_grpc,
            "filer.localSocket": self.folder / "filer.sock", "s3": "true", "s3.port": s3,
            "s3.port.grpc": s3_grpc, "s3.port.iceberg": 0, "s3.port.lance": 0,
            "s3.localSocket": self.folder / "s3.sock", "s3.config": self.folder / "s3.json",
        }  # fmt: skip
        command = [str(weed), "-logtostderr=true", "server", *(f"-{k}={v}" for k, v in options.items())]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        _wait_for(s3, self.process)
        self._make_the_bucket()

    def _make_the_bucket(self) -> None:
        for _ in range(200):
            try:
                self.writer().makedirs(BUCKET, exist_ok=True)
                self.writer().pipe_file(f"{BUCKET}/first", b"it can be written to")
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the S3 server listens, but does not answer")

    def kill(self) -> None:
        """End it at once, in the middle of whatever it does."""
        _kill(self.process)

    def writer(self) -> s3fs.S3FileSystem:
        """A client that may write."""
        return s3fs.S3FileSystem(
            key=WRITER, secret=WRITER_SECRET, endpoint_url=self.endpoint, use_listings_cache=False,
            skip_instance_cache=True,
        )  # fmt: skip

    def place(self, instance: str = "rho") -> BucketPlace:
        """A prefix of its own, to be read by an identity that may do nothing else."""
        self.places += 1
        prefix = f"{BUCKET}/place-{self.places}/esportazioni"
        entry = {"instance": instance, "url": f"s3://{prefix}", "endpoint": self.endpoint}
        place = BucketPlace(entry, {"access_key": READER, "secret_key": READER_SECRET})
        place.filesystem, place.prefix = self.writer(), prefix
        # Something stands in the bucket beside every place, with a name that begins in the same way.
        place.filesystem.pipe_file(f"{prefix}-altro/estraneo.zip", b"not ours")
        return place


class SftpServer:
    """OpenSSH's sshd for the account that runs the tests, with a key to log in and two host keys."""

    def __init__(self, folder: Path):
        program = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin")
        if program is None:
            pytest.skip("sshd is not installed: sources over SFTP are not tried (Debian: openssh-server)")
        self.program, self.folder, self.places = program, folder, 0
        self.port = free_ports(1)[0]
        (folder / "files").mkdir(parents=True)
        for name in ("host", "other_host", "login", "other_login"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True)
        (folder / "authorized_keys").write_bytes((folder / "login.pub").read_bytes())
        options = {
            "Port": self.port, "ListenAddress": "127.0.0.1", "HostKey": folder / "host", "PidFile": "none",
            "AuthorizedKeysFile": folder / "authorized_keys", "StrictModes": "no", "UsePAM": "no",
            "PermitRootLogin": "yes", "Subsystem": "sftp internal-sftp", "ForceCommand": "internal-sftp",
        }  # fmt: skip
        lines = "".join(f"{key} {value}\n" for key, value in options.items())
        (folder / "sshd_config").write_text(lines, encoding="utf-8")
        if os.getuid() == 0:
            # sshd under root will not start without it, and packages leave making it to a service.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self.start()

    def start(self) -> None:
        """Start it, or start it again."""
        command = [self.program, "-D", "-e", "-f", str(self.folder / "sshd_config")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        _wait_for(self.port, self.process)

    def kill(self) -> None:
        """End it and every session at once."""
        _kill(self.process)

    def fingerprint(self, name: str = "host") -> str:
        """The fingerprint of a host key, as ssh-keygen shows it."""
        shown = subprocess.run(
            ["ssh-keygen", "-lf", str(self.folder / f"{name}.pub")],
            check=True,
            capture_output=True,
            text=True,
        )
        return shown.stdout.split()[1]

    def known_hosts(self, name: str = "host") -> str:
        """A line of known_hosts for this server with a host key."""
        key = (self.folder / f"{name}.pub").read_text(encoding="ascii").split()
        return f"[127.0.0.1]:{self.port} {key[0]} {key[1]}\n"

    def place(self, instance: str = "rho") -> FolderPlace:
        """A folder of its own."""
        self.places += 1
        folder = self.folder / "files" / f"place-{self.places}"
        url = f"sftp://{getpass.getuser()}@127.0.0.1:{self.port}{folder}"
        entry = {"instance": instance, "url": url, "host_key": self.fingerprint()}
        files = {"login": (self.folder / "login").read_bytes()}
        return FolderPlace.at(folder, entry, secret={"key": "login"}, secret_files=files)


class LocalFolders:
    """Folders of this machine, where a server of somebody else puts what arrives."""

    def __init__(self, folder: Path):
        self.folder, self.places = folder, 0

    def place(self, instance: str = "rho") -> FolderPlace:
        """A folder of its own."""
        self.places += 1
        folder = self.folder / f"place-{self.places}"
        return FolderPlace.at(folder, {"instance": instance, "url": str(folder)})


def declare(home: VetroHome, **places: Place) -> None:
    """Write `sources.yaml` and the credentials of its sources."""
    entries = {name.replace("_", "-"): place for name, place in places.items()}
    content = {"sources": {name: place.entry for name, place in entries.items()}}
    home.sources_file.write_text(yaml.safe_dump(content), encoding="utf-8")
    home.source_secrets.mkdir(mode=0o700, exist_ok=True)
    for name, place in entries.items():
        files = dict(place.secret_files)
        if place.secret is not None:
            files[f"{name}.yaml"] = yaml.safe_dump(place.secret).encode()
        for file, secret in files.items():
            target = home.source_secrets / file
            target.touch(mode=0o600)
            target.write_bytes(secret)
