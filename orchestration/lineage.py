"""The steps of the pipeline as OpenLineage events, for a receiver outside this house, where one is named.

Settings and a step arrive; the step is recorded, and its start and end leave as events over HTTP: names of
layers, times, counts, outcomes. A receiver that does not answer is told of once on standard error and changes
nothing else. What a step does, and what it says of itself, does not belong here.
"""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from core.settings import Settings
from orchestration import status
from orchestration.status import Step

NAMESPACE = "casa-di-vetro"
PRODUCER = "urn:casa-di-vetro"
SPECIFICATION = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
STATISTICS = (
    "https://openlineage.io/spec/facets/1-0-2/OutputStatisticsOutputDatasetFacet.json"
    "#/$defs/OutputStatisticsOutputDatasetFacet"
)
ERROR = "https://openlineage.io/spec/facets/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet"
ENDPOINT = "/api/v1/lineage"
SECONDS = 3
# What each step reads, and what it writes: the layers of the house.
READS_AND_WRITES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "simulate": ((), ("landing",)),
    "fetch": (("sources",), ("landing",)),
    "ingest": (("landing",), ("raw",)),
    "build": (("raw", "reference"), ("marts", "quality")),
    "check": (("raw", "marts"), ("quality",)),
    "publish": (("marts", "quality"), ("release",)),
    "forget": (("raw",), ("raw",)),
    "rotate-key": (("raw",), ("raw",)),
    "merge-person": (("raw",), ("raw",)),
}
_FAILED = ("failed", "red")


@contextmanager
def step(settings: Settings, name: str) -> Iterator[Step]:
    """Record a step as `status.step` does, and tell its start and its end to the receiver of the settings."""
    receiver = _Receiver(settings, name) if settings.openlineage_url else None
    if receiver:
        receiver.tell("START")
    this = None
    try:
        with status.step(settings.vetro_home, name) as this:
            yield this
    finally:
        # What was raised has set the outcome by now.
        if receiver and this:
            receiver.tell("FAIL" if this.outcome in _FAILED else "COMPLETE", this)


class _Receiver:
    """Where the events of one run of a step go; after one that could not be given, none is tried again."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._name, self._run_id = name, str(uuid4())
        self._address = urlsplit(settings.openlineage_url.rstrip("/"))
        key = settings.openlineage_api_key.get_secret_value()
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._answers = True

    def tell(self, kind: str, ended: Step | None = None) -> None:
        if not self._answers:
            return
        body = json.dumps(self._event(kind, ended)).encode()
        is_secure = self._address.scheme == "https"
        connect = http.client.HTTPSConnection if is_secure else http.client.HTTPConnection
        # By itself it follows no answer elsewhere, where the key of the receiver would go along.
        connection = connect(self._address.netloc, timeout=SECONDS)
        try:
            connection.request("POST", self._address.path + ENDPOINT, body, self._headers)
            answer = connection.getresponse()
            if answer.status >= 300:
                raise http.client.HTTPException
        except (OSError, ValueError, http.client.HTTPException) as error:
            self._answers = False
            print(
                f"vetro: the receiver of VETRO_OPENLINEAGE_URL took no event of '{self._name}' "
                f"({type(error).__name__}); the run goes on.",
                file=sys.stderr,
                flush=True,
            )
        finally:
            connection.close()

    def _event(self, kind: str, ended: Step | None) -> dict[str, Any]:
        reads, writes = READS_AND_WRITES.get(self._name, ((), ()))
        run: dict[str, Any] = {"runId": self._run_id}
        outputs: list[dict[str, Any]] = [{"namespace": NAMESPACE, "name": name} for name in writes]
        if ended and ended.rows is not None and outputs:
            facet = {"_producer": PRODUCER, "_schemaURL": STATISTICS, "rowCount": ended.rows}
            outputs[0]["outputFacets"] = {"outputStatistics": facet}
        if kind == "FAIL" and ended:
            facet = {"_producer": PRODUCER, "_schemaURL": ERROR, "programmingLanguage": "Python"}
            run["facets"] = {"errorMessage": facet | {"message": ended.detail or ended.outcome}}
        return {
            "eventType": kind,
            "eventTime": datetime.now(UTC).isoformat(),
            "run": run,
            "job": {"namespace": NAMESPACE, "name": self._name},
            "inputs": [{"namespace": NAMESPACE, "name": name} for name in reads],
            "outputs": outputs,
            "producer": PRODUCER,
            "schemaURL": SPECIFICATION,
        }
