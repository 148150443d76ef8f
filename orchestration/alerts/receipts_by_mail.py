"""Receipts that go to their territories by mail, besides the outbox.

The outbox and the register arrive, a mail per new receipt leaves, to the territory's `receipts_to`. A receipt
holds codes, places and counts, and no direct identifier. Kept in `operations/mailed_receipts.json`: which
were sent, by the hash of what they say.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from core.atomic_files import replacing
from core.home import VetroHome
from core.presentation.bilingual import Said
from ingestion.instances import Instance
from ingestion.receipts import STATUS_WORDS
from orchestration.alerts.channels import Attachment, ChannelError, connected, deliver, message
from orchestration.alerts.settings import Credentials, Mail
from orchestration.alerts.words import told

# Of a territory that asks for mail from now on, only what was just answered is sent.
JUST_ANSWERED = timedelta(days=1)
LATEST = ".receipt.json"
_TYPES = {".json": "application/json", ".html": "text/html", ".csv": "text/csv"}
_KEPT = TypeAdapter(dict[str, dict[str, str]])


def waiting(home: VetroHome, registered: Mapping[str, Instance], now: datetime) -> dict[str, list[Path]]:
    """Return the receipts that are to be mailed, by instance, oldest first."""
    sent = _read(home)
    found: dict[str, list[Path]] = {}
    for name, instance in sorted(registered.items()):
        if not instance.receipts_to:
            continue
        paths = sorted(_latest(home, name), key=lambda path: (path.stat().st_mtime_ns, path.name))
        if name in sent:
            paths = [path for path in paths if sent[name].get(_stem(path)) != _hash(path)]
        else:
            since = (now - JUST_ANSWERED).timestamp()
            paths = [path for path in paths if path.stat().st_mtime >= since]
        if paths:
            found[name] = paths
    return found


def send(
    home: VetroHome, registered: Mapping[str, Instance], mail: Mail, credentials: Credentials, now: datetime
) -> tuple[int, list[Said]]:
    """Mail the receipts that wait; return how many went, and what could not be sent and why.

    What went is kept after each, so that no receipt goes twice.
    """
    found = waiting(home, registered, now)
    if not found:
        return 0, []
    sent = _read(home)
    went, failures = 0, []
    try:
        with connected(mail, credentials) as server:
            for name, paths in found.items():
                instance = registered[name]
                # Those of before the first mail count as told.
                known = {_stem(path): _hash(path) for path in _latest(home, name) if path not in paths}
                sent.setdefault(name, known)
                for path in paths:
                    try:
                        said = deliver(server, _message(mail, instance, path))
                    except ChannelError as error:
                        failures.append(error.said)
                        continue
                    failures += [said] if said else []
                    went += 1
                    sent[name][_stem(path)] = _hash(path)
                    _write(home, sent)
    except ChannelError as error:
        failures.append(error.said)
    return went, failures


def _message(mail: Mail, instance: Instance, path: Path):
    receipt = json.loads(path.read_bytes())
    status = Said(*STATUS_WORDS[receipt["status"]])
    errors = len(receipt["errors"]) + receipt.get("errors_left_out", 0)
    key = "receipt_text" if errors else "receipt_good"
    words = told("parts", "receipt", export=receipt["export_id"], status=status)
    body = told("parts", key, n=errors)
    ordered = [0, 1] if instance.language == "it" else [1, 0]
    attachments = [
        Attachment(file.name, file.read_bytes(), kind)
        for suffix, kind in _TYPES.items()
        if (file := path.with_suffix(suffix)).is_file()
    ]
    return message(
        mail,
        [instance.receipts_to or ""],
        words[ordered[0]],
        "\n\n".join(f"{words[each]}.\n{body[each]}" for each in ordered),
        attachments,
    )


def _latest(home: VetroHome, instance: str) -> list[Path]:
    """The latest answer to every export; those before it carry a number as well, and have had their mail."""
    paths = (home.outbox / instance).glob(f"*{LATEST}")
    return [path for path in paths if not _stem(path).rpartition(".")[2].isdigit() or not _earlier(path)]


def _earlier(path: Path) -> bool:
    return path.with_name(f"{_stem(path).rpartition('.')[0]}{LATEST}").exists()


def _stem(path: Path) -> str:
    return path.name.removesuffix(LATEST)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(home: VetroHome) -> dict[str, dict[str, str]]:
    try:
        return _KEPT.validate_json(home.mailed_receipts.read_bytes())
    except (OSError, ValidationError):
        return {}


def _write(home: VetroHome, sent: dict[str, dict[str, str]]) -> None:
    home.operations.mkdir(parents=True, exist_ok=True)
    with replacing(home.mailed_receipts) as written:
        written.write_text(json.dumps(sent, indent=1), encoding="utf-8")
