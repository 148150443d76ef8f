"""The descriptor of an export: `datapackage.json`, read with suspicion.

Arrives: the bytes of the descriptor. Leaves: a `Manifest`, or the findings that make it unreadable. What the
files hold does not belong here, nor whether the export may be loaded: that is `loading`.
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

from core.errors import VetroError
from ingestion.contract.findings import Finding
from ingestion.contract.instance_id import INSTANCE_ID
from ingestion.contract.schema import CONTRACT_NAME, CURRENT_VERSION, VERSIONS
from ingestion.landing.plain_names import LARGEST_MANIFEST, MANIFEST_NAME, path_is_safe
from ingestion.privacy.direct_identifiers import IDENTIFIER, carries

DEEPEST_NESTING = 100
# The property of a descriptor by which an export says that its data are invented.
SIMULATION = "simulation"
PLACES_LISTED = 20
DECIMAL_TEXT = re.compile(r"-?[0-9]{1,26}(\.[0-9]{1,9})?")
SHA256 = re.compile(r"sha256:[0-9a-fA-F]{64}")
FORMATS = ("csv", "csv.gz", "parquet", "jsonl")


@dataclass(frozen=True)
class Resource:
    """One declared file. `format` is csv, csv.gz, parquet, jsonl, or what the sender wrote; `hash`
    64 hex characters.
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
    # Declared by whoever invents data: nothing in the export is of a real person or body.
    simulated: bool = False

    @property
    def contract_is_known(self) -> bool:
        """True if this receiver speaks the contract and version."""
        return self.contract == CONTRACT_NAME and self.version in VERSIONS

    @property
    def judged_version(self) -> str:
        """The version that its files are judged by: its own, or the present one where that is not known."""
        return self.version if self.contract_is_known else CURRENT_VERSION


class ManifestUnreadable(VetroError):
    """The descriptor cannot be used. `export_id` and `instance` are what could still be made out, untrusted.

    `detail` says why to its sender: a kind and what fills it in, names of properties of the contract or
    places in the text, never a value.
    """

    def __init__(self, *detail: str, export_id: str | None = None, instance: str | None = None):
        super().__init__(" ".join(detail))
        self.detail, self.export_id, self.instance = detail, export_id, instance

    @property
    def finding(self) -> Finding:
        """The one finding of an unreadable descriptor."""
        return Finding("manifest_unreadable", file=MANIFEST_NAME, detail=self.detail)


class _Wrong(VetroError):
    """What is wrong, by the path of the property: all of `places` are told."""

    def __init__(self, *places: str):
        super().__init__(", ".join(places))
        self.places = places


class _Tried:
    """Calls one reading after another and keeps what each finds wrong, so that all is told at once."""

    def __init__(self) -> None:
        self.places: list[str] = []

    def __call__(self, read: Callable[..., Any], *arguments: Any) -> Any:
        """Return what `read` returns; None where it finds something wrong."""
        try:
            return read(*arguments)
        except _Wrong as wrong:
            self.places += wrong.places
            return None

    def wrong(self, test: bool, place: str) -> None:
        """Keep `place` if `test`."""
        if test:
            self.places.append(place)

    def end(self) -> None:
        """Raise what was found wrong."""
        if self.places:
            raise _Wrong(*self.places)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ManifestUnreadable("key_twice")
    return result


def _constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _parse(content: bytes) -> dict[str, Any]:
    document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_constant)
    if not isinstance(document, dict):
        raise ManifestUnreadable("not_object")
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
    raise ManifestUnreadable("nested", str(DEEPEST_NESTING))


def _need(container: dict, key: str, kind: type, where: str) -> Any:
    value = container.get(key)
    # bool is an int for Python, never for a descriptor.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _Wrong(f"{where}{key}")
    if isinstance(value, str) and (not value or "\0" in value or not value.isprintable()):
        raise _Wrong(f"{where}{key}")
    return value


def _optional(container: dict, key: str, kind: type, default: Any, where: str) -> Any:
    return default if container.get(key) is None else _need(container, key, kind, where)


def _day(container: dict, key: str, where: str) -> date:
    text = _need(container, key, str, where)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise _Wrong(f"{where}{key}")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Wrong(f"{where}{key}") from None


def _instant(container: dict, key: str, where: str) -> datetime:
    text = _need(container, key, str, where)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise _Wrong(f"{where}{key}") from None
    if instant.tzinfo is None:
        raise _Wrong(f"{where}{key}")
    return instant


def _name(container: dict, key: str, where: str) -> str:
    text = _need(container, key, str, where)
    if not INSTANCE_ID.match(text) or carries(text, IDENTIFIER):
        raise _Wrong(f"{where}{key}")
    return text


def _control_totals(declared: dict, where: str) -> dict[str, Decimal]:
    totals = {}
    for column, text in declared.items():
        if not isinstance(text, str) or not DECIMAL_TEXT.fullmatch(text):
            raise _Wrong(f"{where}controlTotals")
        totals[column] = Decimal(text)
    return totals


def _format(declared: str | None, path: str, compression: str | None) -> str:
    suffixes = "".join(PurePosixPath(path).suffixes[-2:]).lower()
    name = (declared or suffixes.lstrip(".") or "").lower()
    name = {"ndjson": "jsonl", "csv.gzip": "csv.gz", "gz": "csv.gz"}.get(name, name)
    packed = (compression or "").lower() in ("gz", "gzip") or suffixes.endswith(".gz")
    return "csv.gz" if name == "csv" and packed else name


def _resource(declared: Any, number: int) -> Resource:
    if not isinstance(declared, dict):
        raise _Wrong(f"resources[{number}]")
    where, tried = f"resources[{number}].", _Tried()
    entity = tried(_need, declared, "name", str, where)
    path = tried(_need, declared, "path", str, where)
    form = tried(_optional, declared, "format", str, None, where)
    compression = tried(_optional, declared, "compression", str, None, where)
    encoding = tried(_optional, declared, "encoding", str, "utf-8", where)
    delimiter = tried(_delimiter, declared, where)
    size, rows = (tried(_count, declared, key, where) for key in ("bytes", "rows"))
    declared_hash = tried(_need, declared, "hash", str, where)
    tried.wrong(bool(declared_hash) and not SHA256.fullmatch(declared_hash), f"{where}hash")
    tried(_optional, declared, "type", str, "table", where)
    tried(_optional, declared, "schema", (dict, str), {}, where)
    totals = tried(_optional, declared, "controlTotals", dict, {}, where)
    totals = tried(_control_totals, totals or {}, where)
    tried.end()
    return Resource(
        entity=entity,
        path=path,
        format=_format(form, path, compression),
        encoding=encoding,
        delimiter=delimiter,
        bytes=size,
        hash=declared_hash.removeprefix("sha256:").lower(),
        rows=rows,
        control_totals=totals,
        path_is_safe=path_is_safe(path),
    )


def _delimiter(declared: dict, where: str) -> str:
    dialect = _optional(declared, "dialect", dict, {}, where)
    if dialect.get("delimiter") == "\t":
        return "\t"
    inside = f"{where}dialect."
    delimiter = _optional(dialect, "delimiter", str, ",", inside)
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0' or delimiter.isalnum():
        raise _Wrong(f"{inside}delimiter")
    return delimiter


def _count(declared: dict, key: str, where: str) -> int:
    number = _need(declared, key, int, where)
    if not 0 <= number < 2**62:
        raise _Wrong(f"{where}{key}")
    return number


def _erasures(welfare: dict) -> tuple[str, ...]:
    erased, tried = [], _Tried()
    for number, declared in enumerate(_optional(welfare, "erasures", list, [], "welfare.")):
        where = f"welfare.erasures[{number}]"
        if not isinstance(declared, dict) or declared.get("entity") != "person":
            tried.wrong(True, where)
        else:
            erased.append(tried(_need, declared, "record_id", str, f"{where}."))
    tried.end()
    return tuple(dict.fromkeys(erased))


def _manifest(document: dict, sha256: str) -> Manifest:
    tried = _Tried()
    welfare = tried(_need, document, "welfare", dict, "") or {}
    instance, export_id = (tried(_name, welfare, key, "welfare.") for key in ("instance", "export_id"))
    contract, version = (tried(_need, welfare, key, str, "welfare.") for key in ("contract", "version"))
    period = tried(_need, welfare, "period", dict, "welfare.") or {}
    period_from, period_to = (tried(_day, period, key, "welfare.period.") for key in ("from", "to"))
    tried.wrong(bool(period_from and period_to and period_to < period_from), "welfare.period.to")
    created = tried(_instant, document, "created", "")
    mode = tried(_need, welfare, "mode", str, "welfare.")
    tried.wrong(bool(mode) and mode not in ("full", "incremental"), "welfare.mode")
    sequence = tried(_need, welfare, "sequence", int, "welfare.")
    tried.wrong(sequence is not None and not 1 <= sequence < 2**31, "welfare.sequence")
    erasures = tried(_erasures, welfare)
    tried(_optional, document, "name", str, "", "")
    declared = tried(_need, document, "resources", list, "")
    tried.wrong(declared == [], "resources")
    resources = [tried(_resource, item, number) for number, item in enumerate(declared or [])]
    for key, attribute in (("name", "entity"), ("path", "path")):
        seen: set[str] = set()
        for number, resource in enumerate(resources):
            named = getattr(resource, attribute, None)
            tried.wrong(named in seen, f"resources[{number}].{key}")
            seen |= {named} if named is not None else set()
    tried.end()
    return Manifest(
        export_id=export_id,
        instance=instance,
        sequence=sequence,
        mode=mode,
        contract=contract,
        version=version,
        period_from=period_from,
        period_to=period_to,
        created=created,
        erasures=erasures,
        resources=tuple(resources),
        sha256=sha256,
        simulated=document.get(SIMULATION) not in (None, False),
    )


def _made_out(document: Any, key: str) -> str | None:
    welfare = document.get("welfare") if isinstance(document, dict) else None
    value = welfare.get(key) if isinstance(welfare, dict) else None
    usable = isinstance(value, str) and INSTANCE_ID.match(value) and not carries(value, IDENTIFIER)
    return value if usable else None


def read_manifest(content: bytes | None) -> Manifest:
    """Return the manifest in `content` (None where there is no descriptor); ManifestUnreadable if it cannot
    be used.
    """
    if content is None:
        raise ManifestUnreadable("absent")
    if len(content) > LARGEST_MANIFEST:
        raise ManifestUnreadable("too_large")
    document: Any = None
    try:
        document = _parse(content)
        return _manifest(document, hashlib.sha256(content).hexdigest())
    except ManifestUnreadable as error:
        detail = error.detail
    except _Wrong as wrong:
        detail = ("properties", _listed(wrong.places))
    except json.JSONDecodeError as error:
        detail = ("not_json", str(error.lineno), str(error.colno))
    except UnicodeDecodeError:
        detail = ("not_utf8",)
    except (ValueError, OverflowError, RecursionError):
        detail = ()
    # Outside of the handlers, so that no cause is chained: a JSON error quotes the document.
    raise ManifestUnreadable(
        *detail, export_id=_made_out(document, "export_id"), instance=_made_out(document, "instance")
    )


def _listed(places: Sequence[str]) -> str:
    # What stands inside a property that is missing is missing with it.
    inner = {place for place in places for outer in places if place.startswith(f"{outer}.")}
    places = [place for place in dict.fromkeys(places) if place not in inner]
    more = f" (+{len(places) - PLACES_LISTED})" if len(places) > PLACES_LISTED else ""
    return ", ".join(f"`{place}`" for place in places[:PLACES_LISTED]) + more
