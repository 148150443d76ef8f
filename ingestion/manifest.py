"""The descriptor of an export: `datapackage.json`, read with suspicion.

Arrives: the bytes of the descriptor. Leaves: a `Manifest`, or the findings that make it unreadable. What the
files hold does not belong here, nor whether the export may be loaded: that is `door`.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

from ingestion.contract import CONTRACT_NAME, VERSIONS
from ingestion.instances import INSTANCE_ID
from ingestion.receipts import Finding

MANIFEST_NAME = "datapackage.json"
LARGEST_MANIFEST = 32 * 1024 * 1024
DEEPEST_NESTING = 100
DECIMAL_TEXT = re.compile(r"-?[0-9]{1,26}(\.[0-9]{1,9})?")
SHA256 = re.compile(r"sha256:[0-9a-fA-F]{64}")
FORMATS = ("csv", "csv.gz", "parquet", "jsonl")


@dataclass(frozen=True)
class Resource:
    """One declared file. `format` is csv, csv.gz, parquet, jsonl, or what the sender wrote; `hash` 64 hex
    characters.
    """

    entity: str
    path: str
    format: str
    encoding: str
    delimiter: str
    bytes: int
    hash: str
    rows: int
    control_totals: dict[str, Decimal]
    path_is_safe: bool


@dataclass(frozen=True)
class Manifest:
    """What the sender declares. `created` carries its offset."""

    export_id: str
    instance: str
    sequence: int
    mode: str
    contract: str
    version: str
    period_from: date
    period_to: date
    created: datetime
    erasures: tuple[str, ...]
    resources: tuple[Resource, ...]
    sha256: str

    @property
    def contract_is_known(self) -> bool:
        """True if this receiver speaks the contract and version."""
        return self.contract == CONTRACT_NAME and self.version in VERSIONS


class ManifestUnreadable(ValueError):
    """The descriptor cannot be used. `export_id` and `instance` are what could still be made out, untrusted.
    """

    def __init__(self, why: str, export_id: str | None = None, instance: str | None = None):
        super().__init__(why)
        self.export_id, self.instance = export_id, instance

    @property
    def finding(self) -> Finding:
        """The one finding of an unreadable descriptor."""
        return Finding("manifest_unreadable", file=MANIFEST_NAME)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key stands twice")
    return result


def _constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _parse(content: bytes) -> dict[str, Any]:
    document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_constant)
    if not isinstance(document, dict):
        raise ValueError("the descriptor is not an object")
    level: list[Any] = [document]
    for _ in range(DEEPEST_NESTING):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return document
    raise ValueError("nested too deeply")


def _need(container: dict, key: str, kind: type, where: str) -> Any:
    value = container.get(key)
    # bool is an int for Python, never for a descriptor.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"{where}.{key} is missing or of the wrong type")
    if kind is str and (not value or "\0" in value or not value.isprintable()):
        raise ValueError(f"{where}.{key} is not plain text")
    return value


def _optional(container: dict, key: str, kind: type, default: Any, where: str) -> Any:
    return default if container.get(key) is None else _need(container, key, kind, where)


def _day(container: dict, key: str, where: str) -> date:
    text = _need(container, key, str, where)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f"{where}.{key} is not a date")
    return date.fromisoformat(text)


def _control_totals(declared: dict, where: str) -> dict[str, Decimal]:
    totals = {}
    for column, text in declared.items():
        if not isinstance(text, str) or not DECIMAL_TEXT.fullmatch(text):
            raise ValueError(f"{where}.controlTotals holds something else than decimal strings")
        totals[column] = Decimal(text)
    return totals


def _format(declared: str | None, path: str, compression: str | None) -> str:
    suffixes = "".join(PurePosixPath(path).suffixes[-2:]).lower()
    name = (declared or suffixes.lstrip(".") or "").lower()
    name = {"ndjson": "jsonl", "csv.gzip": "csv.gz", "gz": "csv.gz"}.get(name, name)
    packed = (compression or "").lower() in ("gz", "gzip") or suffixes.endswith(".gz")
    return "csv.gz" if name == "csv" and packed else name


def path_is_safe(path: str) -> bool:
    """True for a relative path inside the export: no URL, no drive, no root, no `..`."""
    parts = re.split(r"[\\/]", path)
    return not (path.startswith(("/", "\\", "~")) or ".." in parts or ":" in path)


def _resource(declared: Any, number: int) -> Resource:
    where = f"resources[{number}]"
    if not isinstance(declared, dict):
        raise ValueError(f"{where} is not an object")
    path = _need(declared, "path", str, where)
    dialect = _optional(declared, "dialect", dict, {}, where)
    delimiter = _optional(dialect, "delimiter", str, ",", where) if dialect.get("delimiter") != "\t" else "\t"
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0' or delimiter.isalnum():
        raise ValueError(f"{where}.dialect.delimiter is not one character")
    size, rows = _need(declared, "bytes", int, where), _need(declared, "rows", int, where)
    if size < 0 or rows < 0 or size >= 2**62 or rows >= 2**62:
        raise ValueError(f"{where} has negative rows or bytes")
    declared_hash = _need(declared, "hash", str, where)
    if not SHA256.fullmatch(declared_hash):
        raise ValueError(f"{where}.hash is not sha256")
    _optional(declared, "type", str, "table", where)
    _optional(declared, "schema", (dict, str), {}, where)  # type: ignore[arg-type]
    return Resource(
        entity=_need(declared, "name", str, where),
        path=path,
        format=_format(
            _optional(declared, "format", str, None, where),
            path,
            _optional(declared, "compression", str, None, where),
        ),
        encoding=_optional(declared, "encoding", str, "utf-8", where),
        delimiter=delimiter,
        bytes=size,
        hash=declared_hash.removeprefix("sha256:").lower(),
        rows=rows,
        control_totals=_control_totals(_optional(declared, "controlTotals", dict, {}, where), where),
        path_is_safe=path_is_safe(path),
    )


def _erasures(welfare: dict) -> tuple[str, ...]:
    erased = []
    for number, declared in enumerate(_optional(welfare, "erasures", list, [], "welfare")):
        where = f"welfare.erasures[{number}]"
        if not isinstance(declared, dict) or declared.get("entity") != "person":
            raise ValueError(f"{where} is not the erasure of a person")
        erased.append(_need(declared, "record_id", str, where))
    return tuple(dict.fromkeys(erased))


def _manifest(document: dict, sha256: str) -> Manifest:
    welfare = _need(document, "welfare", dict, "descriptor")
    instance, export_id = (
        _need(welfare, "instance", str, "welfare"),
        _need(welfare, "export_id", str, "welfare"),
    )
    if not INSTANCE_ID.match(instance) or not INSTANCE_ID.match(export_id):
        raise ValueError("instance or export_id has a form that is not allowed")
    period = _need(welfare, "period", dict, "welfare")
    period_from, period_to = _day(period, "from", "welfare.period"), _day(period, "to", "welfare.period")
    created = datetime.fromisoformat(_need(document, "created", str, "descriptor"))
    mode, sequence = _need(welfare, "mode", str, "welfare"), _need(welfare, "sequence", int, "welfare")
    if (
        created.tzinfo is None
        or period_to < period_from
        or mode not in ("full", "incremental")
        or not 1 <= sequence < 2**31
    ):
        raise ValueError("created, period, mode or sequence cannot be used")
    _optional(document, "name", str, "", "descriptor")
    declared = _need(document, "resources", list, "descriptor")
    resources = tuple(_resource(item, number) for number, item in enumerate(declared))
    if not resources:
        raise ValueError("no resources")
    for attribute in ("entity", "path"):
        if len({getattr(resource, attribute) for resource in resources}) != len(resources):
            raise ValueError(f"a resource {attribute} stands twice")
    return Manifest(
        export_id=export_id,
        instance=instance,
        sequence=sequence,
        mode=mode,
        contract=_need(welfare, "contract", str, "welfare"),
        version=_need(welfare, "version", str, "welfare"),
        period_from=period_from,
        period_to=period_to,
        created=created,
        erasures=_erasures(welfare),
        resources=resources,
        sha256=sha256,
    )


def _made_out(document: Any, key: str) -> str | None:
    welfare = document.get("welfare") if isinstance(document, dict) else None
    value = welfare.get(key) if isinstance(welfare, dict) else None
    return value if isinstance(value, str) and INSTANCE_ID.match(value) else None


def read_manifest(content: bytes | None) -> Manifest:
    """Return the manifest in `content` (None where there is no descriptor); ManifestUnreadable if it cannot
    be used.
    """
    if content is None:
        raise ManifestUnreadable("no datapackage.json")
    if len(content) > LARGEST_MANIFEST:
        raise ManifestUnreadable("datapackage.json is too large")
    document: Any = None
    try:
        document = _parse(content)
        return _manifest(document, hashlib.sha256(content).hexdigest())
    except (ValueError, OverflowError, RecursionError) as error:
        # The cause is not chained: a JSON error quotes the document.
        raise ManifestUnreadable(
            type(error).__name__, _made_out(document, "export_id"), _made_out(document, "instance")
        ) from None
