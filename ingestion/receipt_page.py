"""The receipt as a paper for people: what happened, what to do, and where the errors are.

Arrives: receipts. Leaves: one HTML page that needs nothing else, in Italian and English, with a switch. No
value of a row stands in it: places, codes and sentences only. What a receipt says does not belong here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from core.presentation.bilingual import Said, said
from core.presentation.rendering import Head, render
from ingestion.receipts import (
    ACCEPTED,
    HELD,
    KNOWN,
    REFUSED,
    STATUS_WORDS,
    ErrorGroup,
    Receipt,
    account_sentences,
    grouped,
)

TEMPLATES = Path(__file__).parent / "templates"
# The worst groups of errors are shown at once, the others are counted and can be opened; and of each group
# the first places.
GROUPS_SHOWN, PLACES_SHOWN = 10, 5
ROME = ZoneInfo("Europe/Rome")
_KINDS = {ACCEPTED: "ok", REFUSED: "error", HELD: "attention", KNOWN: "note"}


@dataclass(frozen=True)
class _Group:
    """A group of errors as it is written: how many, what to do, and where the first ones are."""

    code: str
    about: str
    times: Said
    message: Said
    places: Sequence[str]
    more: Said | None


@dataclass(frozen=True)
class _Account:
    """What became of the records of one foreign file."""

    file: str
    sentences: Sequence[Said]


@dataclass(frozen=True)
class _Paper:
    """A receipt as it is written."""

    export_id: str
    status: Said
    kind: str
    sentence: Said
    facts: Sequence[tuple[Said, Said]]
    simulated: bool
    errors: Said
    groups: Sequence[_Group]
    rest: Sequence[_Group]
    rest_told: Said
    left_out: Said | None
    unjudged: Sequence[_Group]
    rows: Sequence[tuple[str, Sequence[Said]]]
    changed: Said | None
    accounts: Sequence[_Account]


def receipt_page(*receipts: Receipt, language: str = "it") -> str:
    """Return the receipts, one after the other, as an HTML page for people.

    language -- which is shown first: it, en or both.
    """
    names = ", ".join(receipt.export_id for receipt in receipts)
    head = Head("it", f"Ricevuta {names} · Casa di Vetro", is_indexed=False)
    return render(
        "receipt.html.j2", TEMPLATES, head=head, language=language, papers=[_paper(each) for each in receipts]
    )


def _paper(receipt: Receipt) -> _Paper:
    groups = [_group(each) for each in _worst_first(receipt.errors)]
    shown, rest = groups[:GROUPS_SHOWN], groups[GROUPS_SHOWN:]
    found = len(receipt.errors) + receipt.errors_left_out
    return _Paper(
        export_id=receipt.export_id,
        status=Said(*(word.capitalize() for word in STATUS_WORDS[receipt.status])),
        kind=_kind(receipt),
        sentence=_sentence(receipt, found),
        facts=_facts(receipt),
        simulated=receipt.simulated,
        errors=said(
            "{n} {n:errore|errori}, {k} {k:tipo|tipi}", "{n} {n:error|errors}, {k} {k:kind|kinds}",
            n=found, k=len(groups),
        ),
        groups=shown,
        rest=rest,
        rest_told=said(
            "{n:Un altro tipo|Altri {k} tipi} di errore",
            "{n:One more kind|{k} more kinds} of error",
            n=len(rest), k=len(rest),
        ) if rest else Said("", ""),
        left_out=said(
            "Altri {n} {n:errore|errori} oltre a quelli contati qui: compaiono quando questi sono corretti.",
            "{n} more {n:error|errors} beyond those counted here: they appear once these are corrected.",
            n=receipt.errors_left_out,
        ) if receipt.errors_left_out else None,
        unjudged=[_group(each) for each in _worst_first(receipt.unjudged)],
        rows=[(entity, _counts(counts)) for entity, counts in receipt.counts.items()],
        changed=_changed(receipt),
        accounts=[_account(file) for file in receipt.files],
    )  # fmt: skip


def _kind(receipt: Receipt) -> str:
    return "attention" if receipt.status == ACCEPTED and receipt.errors else _KINDS[receipt.status]


def _sentence(receipt: Receipt, found: int) -> Said:
    loaded = sum(counts["loaded"] for counts in receipt.counts.values())
    aside = sum(counts["quarantined"] for counts in receipt.counts.values())
    if receipt.status == ACCEPTED and (aside or found):
        return said(
            "L'esportazione è stata caricata ({loaded} {loaded:riga|righe}), tranne {aside} "
            "{aside:riga|righe} in quarantena: correggere come scritto sotto e rimandare con la "
            "prossima esportazione.",
            "The export was loaded ({loaded} {loaded:row|rows}), except {aside} {aside:row|rows} in "
            "quarantine: correct as written below and send again with the next export.",
            loaded=loaded,
            aside=aside,
        )
    if receipt.status == ACCEPTED:
        return said(
            "L'esportazione è stata caricata per intero ({loaded} {loaded:riga|righe}): non c'è niente da "
            "fare.",
            "The whole export was loaded ({loaded} {loaded:row|rows}): there is nothing to do.",
            loaded=loaded,
        )
    if receipt.status == KNOWN:
        return said(
            "L'esportazione era già stata caricata e non è cambiato nulla: non c'è niente da fare.",
            "The export had been loaded before and nothing has changed: there is nothing to do.",
        )
    if receipt.status == HELD:
        return said(
            "L'esportazione aspetta, perché ne manca una prima di questa: mandare quella che manca, e questa "
            "sarà caricata da sola.",
            "The export waits, because one before it is missing: send the missing one, and this one will be "
            "loaded by itself.",
        )
    return said(
        "Nessuna riga è stata caricata: correggere {n:l'errore|gli errori} qui sotto e mandare di nuovo "
        "l'esportazione intera.",
        "No row was loaded: correct the {n:error|errors} below and send the whole export again.",
        n=found,
    )


def _facts(receipt: Receipt) -> list[tuple[Said, Said]]:
    given = receipt.answered_at.astimezone(ROME)
    name = f"{receipt.name} ({receipt.instance})" if receipt.name else receipt.instance
    facts = [(Said("Territorio", "Territory"), Said(name, name))]
    if receipt.period:
        first, last = receipt.period
        span = said("dal {first} al {last}", "{first} to {last}", first=first, last=last)
        facts.append((Said("Periodo", "Period"), span))
    moment = said("{day}, ore {time}", "{day}, {time}", day=given.date(), time=f"{given:%H:%M}")
    return [*facts, (Said("Ricevuta del", "Receipt of"), moment)]


def _worst_first(errors: Sequence[dict]) -> list[ErrorGroup]:
    """The groups of errors: what stops the whole export first, causes before consequences; then by how often
    they occur."""
    groups = grouped(errors)
    return sorted(groups, key=lambda group: (not _stops(group), 0 if _stops(group) else -len(group.errors)))


def _stops(group: ErrorGroup) -> bool:
    return not group.about


def _group(group: ErrorGroup) -> _Group:
    places = [place for error in group.errors if (place := _place(error, whole=_stops(group)))]
    more = len(places) - PLACES_SHOWN
    return _Group(
        group.code,
        group.about,
        said("{n} {n:volta|volte}", "{n} {n:time|times}", n=len(group.errors)),
        Said(group.message_it, group.message_en),
        places[:PLACES_SHOWN],
        said("e {n:un altro posto|altri {k} posti}", "and {n:one more place|{k} more places}", n=more, k=more)
        if more > 0
        else None,
    )


def _place(error: dict, *, whole: bool) -> str:
    place = f"{error['file'] or ''}{':' + str(error['line']) if error['line'] else ''}"
    return " ".join(part for part in (place, error["column"] if whole else "") if part)


def _counts(counts: dict[str, int]) -> list[Said]:
    return [said("{n}", "{n}", n=counts[name]) for name in ("received", "loaded", "known", "quarantined")]


def _changed(receipt: Receipt) -> Said | None:
    if not receipt.changed:
        return None
    told = ", ".join(f"{entity} {rows}" for entity, rows in receipt.changed.items())
    return Said(
        f"Righe caricate di record già ricevuti in altra forma: {told}. La versione più recente vale al "
        "posto di quella di prima.",
        f"Rows loaded of records received before in another form: {told}. The latest version counts in the "
        "place of the one before.",
    )


def _account(file: dict) -> _Account:
    return _Account(file["file"], [Said(it, en) for _, it, en in account_sentences(file)])
